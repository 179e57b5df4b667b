//! What the gateway remembers of the store, until it changes.

use super::memory::{Asked, Memory, Outage};
use super::permit::Terms;
use super::way::Way;
use crate::problem::Problem;
use domain::key::Presented;
use domain::plan::Plan;
use domain::subscription::SubscriptionStatus;
use equivalent::Equivalent;
use spec::matching::Matcher;
use std::sync::Arc;
use std::time::Duration;
use store::{Change, Entitlement, KeyRecord, Published, Route, Store};
use tokio::sync::broadcast::error::RecvError;
use uuid::Uuid;

/// Documents that are remembered, and for how long after they were last asked for.
const DOCUMENTS: u64 = 256;
const HOUR: Duration = Duration::from_secs(3_600);
/// How often what nobody asks for is let go of.
const SWEEP: Duration = Duration::from_secs(60);

/// A document with its operations arranged for finding.
pub struct Document {
    pub published: Arc<Published>,
    pub matcher: Matcher,
}

/// A partner's plan for a product, with what it allows.
pub struct Granted {
    pub plan: Plan,
    pub status: SubscriptionStatus,
    pub terms: Terms,
}

/// The memories of everything that a call asks for.
pub struct Known {
    pub store: Store,
    keys: Memory<String, Option<Arc<KeyRecord>>>,
    routes: Memory<String, Option<Arc<Way>>>,
    entitlements: Memory<(Uuid, String), Option<Arc<Granted>>>,
    visible: Memory<(Uuid, String), bool>,
    /// By revision, which never changes.
    documents: Memory<Uuid, Option<Arc<Document>>>,
    outage: Outage,
    /// Of documents: one that takes long to be read says nothing of the database.
    unread: Outage,
}

impl Granted {
    fn of(Entitlement { plan, status }: Entitlement) -> Self {
        let terms = Terms::of(&plan);
        Self { plan, status, terms }
    }
}

impl Known {
    /// Empty memories that listen to the store's changes for as long as they live.
    pub fn new(store: Store) -> Arc<Self> {
        let known = Arc::new(Self {
            keys: Memory::default(),
            routes: Memory::default(),
            entitlements: Memory::default(),
            visible: Memory::default(),
            documents: Memory::lasting(DOCUMENTS, HOUR),
            outage: Outage::of("the database"),
            unread: Outage::of("a document"),
            store,
        });
        tokio::spawn(forget_what_changes(Arc::downgrade(&known), known.store.changes()));
        known
    }

    /// The key with this prefix, whatever its state.
    pub async fn key(&self, presented: &Presented<'_>) -> Result<Option<Arc<KeyRecord>>, Problem> {
        let fetch = || async { Ok(self.store.key_record(presented.prefix).await?.map(Arc::new)) };
        self.keys.get(presented.prefix, &self.outage, fetch).await
    }

    /// How a product is reached.
    pub async fn route(&self, product: &str) -> Result<Option<Arc<Way>>, Problem> {
        // No product has such an id: what cannot be there is not asked for.
        if domain::product::id(product).is_err() {
            return Ok(None);
        }
        let fetch = || async { Ok(self.store.route(product).await?.map(Way::of).map(Arc::new)) };
        self.routes.get(product, &self.outage, fetch).await
    }

    /// A partner's plan for a product.
    pub async fn entitlement(&self, partner: Uuid, product: &str) -> Result<Option<Arc<Granted>>, Problem> {
        let fetch = || async { Ok(self.store.entitlement(partner, product).await?.map(Granted::of).map(Arc::new)) };
        self.entitlements.get(&Pair(partner, product), &self.outage, fetch).await
    }

    /// Whether a partner may see a product at all.
    pub async fn is_visible(&self, partner: Uuid, product: &str) -> Result<bool, Problem> {
        let fetch = || async { Ok(self.store.visible_product(product, Some(partner)).await?.is_some()) };
        self.visible.get(&Pair(partner, product), &self.outage, fetch).await
    }

    /// The document in force of a product.
    pub async fn document(&self, route: &Route) -> Result<Option<Arc<Document>>, Problem> {
        let Some(revision) = route.product.revision_id else { return Ok(None) };
        let fetch = || async {
            let (store, product) = (self.store.clone(), route.product.id.clone());
            // On a task of its own: a document that takes longer than anybody waits is there for whoever asks next.
            let read = tokio::spawn(async move { store.published(&product).await });
            let published = read.await.map_err(|error| store::Error::Stopped(error.to_string()))??;
            Ok(published.map(|published| Arc::new(Document { matcher: Matcher::new(&published.api), published })))
        };
        self.documents.get(&revision, &self.unread, fetch).await
    }

    async fn forget(&self, change: &Change) {
        match change {
            Change::Key(prefix) => self.keys.forget(prefix).await,
            Change::Partner(partner) => self.forget_partner(*partner).await,
            Change::Product(product) => self.forget_product(product).await,
            Change::Missed => self.doubt_everything(),
        }
    }

    /// Lets go of what nobody asks for any more.
    fn sweep(&self) {
        self.keys.sweep();
        self.routes.sweep();
        self.entitlements.sweep();
        self.visible.sweep();
        self.documents.sweep();
    }

    /// What this partner has and may; of everybody else's nothing has to be asked anew, least of all while the database is away.
    async fn forget_partner(&self, partner: Uuid) {
        self.keys.forget_where(|_, key| key.as_ref().is_some_and(|record| record.key.partner_id == partner)).await;
        self.entitlements.forget_where(|(whose, _), _| *whose == partner).await;
        self.visible.forget_where(|(whose, _), _| *whose == partner).await;
    }

    /// How this product is reached, and who may.
    async fn forget_product(&self, product: &str) {
        self.routes.forget_where(|id, _| id == product).await;
        self.entitlements.forget_where(|(_, of), _| of == product).await;
        self.visible.forget_where(|(_, of), _| of == product).await;
    }

    /// Nobody knows what was told: the database is asked, where it answers.
    fn doubt_everything(&self) {
        self.keys.doubt_all();
        self.routes.doubt_all();
        self.entitlements.doubt_all();
        self.visible.doubt_all();
    }
}

async fn forget_what_changes(known: std::sync::Weak<Known>, mut changes: tokio::sync::broadcast::Receiver<Change>) {
    let mut clock = tokio::time::interval(SWEEP);
    loop {
        let change = tokio::select! {
            change = changes.recv() => Some(change),
            _ = clock.tick() => None,
        };
        let Some(known) = known.upgrade() else { return };
        match change {
            None => known.sweep(),
            Some(Ok(change)) => known.forget(&change).await,
            Some(Err(RecvError::Lagged(_))) => known.doubt_everything(),
            Some(Err(RecvError::Closed)) => return,
        }
    }
}

/// A partner and a product, as a call names them.
#[derive(Hash)]
struct Pair<'a>(Uuid, &'a str);

impl Equivalent<(Uuid, String)> for Pair<'_> {
    fn equivalent(&self, key: &(Uuid, String)) -> bool {
        (self.0, self.1) == (key.0, key.1.as_str())
    }
}

impl Asked<(Uuid, String)> for Pair<'_> {
    fn own(&self) -> (Uuid, String) {
        (self.0, self.1.to_owned())
    }
}
