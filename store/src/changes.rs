//! What other parts of the process, and other nodes, must forget when something changed.

use crate::Store;
use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast, mpsc};
use uuid::Uuid;

/// Changes that a slow receiver may lag behind before it misses some.
const KEPT: usize = 1024;
/// Partners whose calls were metered: one roll-up tells of all of them at once.
const METERED: usize = 16_384;

/// Something that caches hold changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// The key with this prefix.
    Key(String),
    /// Everything of this partner: suspended, resumed, subscribed.
    Partner(Uuid),
    /// This product: document, upstream, plans, status.
    Product(String),
    /// Another node may have changed anything: its messages did not come through for a while.
    Missed,
}

/// What is told, in this process and from node to node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum News {
    /// For caches.
    Changed(Change),
    /// Calls of this partner were metered: for live numbers.
    Metered(Uuid),
}

/// Where news is announced.
#[derive(Debug, Clone)]
pub(crate) struct Changes {
    here: broadcast::Sender<Change>,
    /// Apart from what caches must hear: live numbers may miss some, and come with every call.
    metered: broadcast::Sender<Uuid>,
    /// To the other nodes.
    pub(crate) abroad: Option<mpsc::UnboundedSender<News>>,
}

impl Default for Changes {
    fn default() -> Self {
        Self { here: broadcast::Sender::new(KEPT), metered: broadcast::Sender::new(METERED), abroad: None }
    }
}

impl Changes {
    /// Tells everybody. Nobody listening is no fault.
    pub(crate) fn announce(&self, news: News) {
        if let Some(abroad) = &self.abroad {
            let _ = abroad.send(news.clone());
        }
        self.pass_on(news);
    }

    /// Tells this process what another node told.
    pub(crate) fn pass_on(&self, news: News) {
        match news {
            News::Metered(partner) => drop(self.metered.send(partner)),
            News::Changed(change) => drop(self.here.send(change)),
        }
    }
}

impl Store {
    /// Changes made through this store, or told by other nodes, from now on; a slow receiver misses the oldest and must then forget
    /// everything.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.here.subscribe()
    }

    /// Partners whose calls were metered, here or by other nodes, from now on; a slow receiver misses the oldest.
    pub fn metered(&self) -> broadcast::Receiver<Uuid> {
        self.changes.metered.subscribe()
    }
}
