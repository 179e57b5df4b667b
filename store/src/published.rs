//! The document in force, parsed once and shared.

use crate::db::on_pool;
use crate::revisions::{RevisionRow, columns};
use crate::{Error, Result, Store};
use domain::product::Revision;
use moka::future::Cache;
use spec::model::Api;
use std::sync::Arc;
use uuid::Uuid;

/// How many bytes of documents' text are kept parsed; a parsed one takes a few times its text.
const BYTES_KEPT: u64 = 64 << 20;

/// Parsed documents by revision. A revision never changes, so nothing has to be forgotten.
pub(crate) type Documents = Cache<Uuid, Arc<Published>>;

/// A revision with everything computed from its document. Descriptions are sanitised HTML.
#[derive(Debug)]
pub struct Published {
    pub revision: Revision,
    pub api: Api,
    /// Of the text.
    bytes: u32,
}

/// An empty cache that forgets what was not read for longest.
pub(crate) fn documents() -> Documents {
    Cache::builder().max_capacity(BYTES_KEPT).weigher(|_, published: &Arc<Published>| published.bytes).build()
}

impl Store {
    /// The document in force of a product; cached by revision. Who asks while it is being parsed waits for the same work.
    ///
    /// # Errors
    /// What the database said; [`Error::Shared`] where the document could not be read, for everybody who waited for it.
    pub async fn published(&self, product: &str) -> Result<Option<Arc<Published>>> {
        const SQL: &str = concat!("select ", columns!(), " from products p join revisions r on r.id = p.revision_id where p.id = $1");
        let row: Option<RevisionRow> = on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(product).fetch_optional(pool).await?);
        let Some(row) = row else { return Ok(None) };
        let revision = Revision::from(row);
        let published = self.documents.try_get_with(revision.id, self.read_published(revision)).await;
        published.map(Some).map_err(Error::Shared)
    }

    async fn read_published(&self, revision: Revision) -> Result<Arc<Published>> {
        const SQL: &str = "select document from revisions where id = $1";
        let text: String = on_pool!(&self.db, |pool| sqlx::query_scalar(SQL).bind(revision.id).fetch_one(pool).await?);
        let bytes = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let work = move || spec::parse::parse(&text).map(Api::render_markdown);
        let api = tokio::task::spawn_blocking(work).await.map_err(|e| Error::Stopped(e.to_string()))?;
        let api = api.map_err(|refusal| Error::corrupt("revisions", "document", refusal.to_string()))?;
        Ok(Arc::new(Published { revision, api, bytes }))
    }
}
