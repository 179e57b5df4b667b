//! How long things are kept.

use crate::db::on_pool;
use crate::{Result, Store};
use chrono::{DateTime, Utc};

impl Store {
    /// Whether nobody signed up and nothing was published yet.
    ///
    /// # Errors
    /// What the database said.
    pub async fn is_empty(&self) -> Result<bool> {
        const SQL: &str = "select not exists (select 1 from people) and not exists (select 1 from products)";
        Ok(on_pool!(&self.db, |pool| sqlx::query_scalar(SQL).fetch_one(pool).await?))
    }

    /// Forgets what has outlived its use: sessions, links, attempts, unconfirmed claims on a confirmed address after 7 days, calls after 30 days, batch ids after 35.
    pub async fn prune(&self, now: DateTime<Utc>) -> Result<()> {
        todo!()
    }
}
