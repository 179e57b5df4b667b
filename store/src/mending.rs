//! Levels that do not hold the same calls are folded anew. A version from before 0029 that ran beside a newer one, in an update of one
//! node after the other, went on adding to those that it knew.

use crate::db::{Open, Tx, on_tx};
use crate::{Result, Store};

impl Store {
    /// Empties the levels where they differ; the hours, which have everything, are folded again.
    ///
    /// # Errors
    /// What the database said: nothing was changed.
    pub(crate) async fn mend_levels(&self) -> Result<()> {
        let Some(mut tx) = self.begin_fold().await? else { return Ok(()) };
        if !differ(&mut tx).await? {
            return Ok(());
        }
        empty(&mut tx).await?;
        tx.commit().await?;
        tracing::warn!("an older version folded usage beside this one; all of it is folded anew");
        Ok(())
    }
}

/// Whether products have other calls by month, which that version did not add to, than by day. Both levels are small: no partner is apart.
async fn differ(tx: &mut Tx) -> Result<bool> {
    const SQL: &str = "select coalesce(sum(case when level = 'product_day' then calls else -calls end), 0) <> 0 from usage_sums \
         where level in ('product_day', 'product_month')";
    Ok(on_tx!(tx, |conn| sqlx::query_scalar(SQL).fetch_one(conn).await?))
}

/// In a moment, however many rows there are: writers wait for it.
async fn empty(tx: &mut Tx) -> Result<()> {
    const POSTGRES: &str = "truncate usage_sums, usage_latencies, latency_sums, usage_folds";
    const SQLITE: [&str; 4] =
        ["delete from usage_sums", "delete from usage_latencies", "delete from latency_sums", "delete from usage_folds"];
    match &mut tx.open {
        Open::Postgres(open) => {
            sqlx::query(POSTGRES).execute(&mut **open).await?;
        }
        Open::Sqlite(open) => {
            for sql in SQLITE {
                sqlx::query(sql).execute(&mut **open).await?;
            }
        }
    }
    Ok(())
}
