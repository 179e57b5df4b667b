//! What other parts of the process must forget when something changed.

use crate::Store;

/// Something that caches hold changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The key with this prefix.
    Key(String),
    /// Everything of this partner: suspended, resumed, subscribed.
    Partner(uuid::Uuid),
    /// This product: document, upstream, plans, status.
    Product(String),
    /// Calls of this partner were metered: for live numbers.
    Metered(uuid::Uuid),
}

impl Store {
    /// Changes made through this store from now on; a slow receiver misses the oldest and must then forget everything.
    pub fn changes(&self) -> tokio::sync::broadcast::Receiver<Change> {
        self.changes.subscribe()
    }
}
