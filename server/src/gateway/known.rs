//! What the gateway remembers of the store, for less than a second and until it changes.

use crate::problem::{Problem, UNAVAILABLE};
use domain::key::Presented;
use moka::future::Cache;
use spec::matching::Matcher;
use std::borrow::Borrow;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;
use store::{Change, Entitlement, KeyRecord, Published, Route, Store};
use tokio::sync::broadcast::error::RecvError;
use uuid::Uuid;

/// Another process' change (a revoked key, a new plan) is seen after at most this long, also where no message tells of it.
const REMEMBERED: Duration = Duration::from_millis(750);
/// Entries of one kind; what was not there is remembered too, so that guessing keys costs little.
const ENTRIES: u64 = 100_000;

/// A document with its operations arranged for finding.
pub struct Document {
    pub published: Arc<Published>,
    pub matcher: Matcher,
}

/// The caches. Whoever asks while an entry is fetched waits for the same fetch.
pub struct Known {
    pub store: Store,
    keys: Cache<String, Option<Arc<KeyRecord>>>,
    routes: Cache<String, Option<Arc<Route>>>,
    entitlements: Cache<(Uuid, String), Option<Arc<Entitlement>>>,
    visible: Cache<(Uuid, String), bool>,
    documents: Cache<Uuid, Option<Arc<Document>>>,
}

impl Known {
    /// Empty caches that listen to the store's changes for as long as they live.
    pub fn new(store: Store) -> Arc<Self> {
        let known = Arc::new(Self {
            keys: brief(),
            routes: brief(),
            entitlements: brief(),
            visible: brief(),
            documents: Cache::builder().max_capacity(256).time_to_idle(Duration::from_secs(3_600)).build(),
            store,
        });
        tokio::spawn(forget_what_changes(Arc::downgrade(&known), known.store.changes()));
        known
    }

    /// The key with this prefix, whatever its state.
    pub async fn key(&self, presented: &Presented<'_>) -> Result<Option<Arc<KeyRecord>>, Problem> {
        let fetch = || async { Ok(self.store.key_record(presented.prefix).await?.map(Arc::new)) };
        remembered(&self.keys, presented.prefix, fetch).await
    }

    /// How a product is reached.
    pub async fn route(&self, product: &str) -> Result<Option<Arc<Route>>, Problem> {
        // No product has such an id: what cannot be there is not asked for.
        if domain::product::id(product).is_err() {
            return Ok(None);
        }
        let fetch = || async { Ok(self.store.route(product).await?.map(Arc::new)) };
        remembered(&self.routes, product, fetch).await
    }

    /// A partner's plan for a product.
    pub async fn entitlement(&self, partner: Uuid, product: &str) -> Result<Option<Arc<Entitlement>>, Problem> {
        let fetch = || async { Ok(self.store.entitlement(partner, product).await?.map(Arc::new)) };
        remembered(&self.entitlements, &(partner, product.to_owned()), fetch).await
    }

    /// Whether a partner may see a product at all.
    pub async fn is_visible(&self, partner: Uuid, product: &str) -> Result<bool, Problem> {
        let fetch = || async { Ok(self.store.visible_product(product, Some(partner)).await?.is_some()) };
        remembered(&self.visible, &(partner, product.to_owned()), fetch).await
    }

    /// The document in force of a product.
    pub async fn document(&self, route: &Route) -> Result<Option<Arc<Document>>, Problem> {
        let Some(revision) = route.product.revision_id else { return Ok(None) };
        let fetch = || async {
            let published = self.store.published(&route.product.id).await?;
            Ok(published.map(|published| Arc::new(Document { matcher: Matcher::new(&published.api), published })))
        };
        remembered(&self.documents, &revision, fetch).await
    }

    async fn forget(&self, change: &Change) {
        match change {
            Change::Metered(_) => {}
            Change::Key(prefix) => self.keys.invalidate(prefix).await,
            Change::Partner(_) => {
                self.keys.invalidate_all();
                self.entitlements.invalidate_all();
                self.visible.invalidate_all();
            }
            Change::Product(_) | Change::Missed => self.forget_everything(),
        }
    }

    fn forget_everything(&self) {
        self.keys.invalidate_all();
        self.routes.invalidate_all();
        self.entitlements.invalidate_all();
        self.visible.invalidate_all();
    }
}

fn brief<K: Hash + Eq + Send + Sync + 'static, V: Clone + Send + Sync + 'static>() -> Cache<K, V> {
    Cache::builder().max_capacity(ENTRIES).time_to_live(REMEMBERED).build()
}

/// The entry, or what fetching it brings. Fetching lies in a box of its own: every call carries the futures of what it may wait for, and
/// those of the database are large.
async fn remembered<K, V, Q, F>(cache: &Cache<K, V>, key: &Q, fetch: impl FnOnce() -> F) -> Result<V, Problem>
where
    K: Borrow<Q> + Hash + Eq + Send + Sync + 'static,
    Q: ToOwned<Owned = K> + Hash + Eq + ?Sized,
    V: Clone + Send + Sync + 'static,
    F: Future<Output = store::Result<V>>,
{
    if let Some(value) = cache.get(key).await {
        return Ok(value);
    }
    Box::pin(cache.try_get_with_by_ref(key, fetch())).await.map_err(|error| {
        tracing::error!(%error, "the store failed");
        Problem::new(&UNAVAILABLE, "The portal cannot reach its data at the moment. Try again in a second.").retry_after(1)
    })
}

async fn forget_what_changes(known: std::sync::Weak<Known>, mut changes: tokio::sync::broadcast::Receiver<Change>) {
    loop {
        let change = changes.recv().await;
        let Some(known) = known.upgrade() else { return };
        match change {
            Ok(change) => known.forget(&change).await,
            Err(RecvError::Lagged(_)) => known.forget_everything(),
            Err(RecvError::Closed) => return,
        }
    }
}
