//! What an instance calls itself, and what its nodes let through while Redis is away.

use crate::db::{Tx, on_pool, on_tx};
use crate::letters::Sender;
use crate::{Result, Store, events};
use chrono::{DateTime, Utc};
use domain::Invalid;
use domain::account::display_name;
use domain::event::By;
use domain::settings::{Allowance, Branding};
use serde_json::json;
use sqlx::types::Json;

const BRANDING: &str = "select value from settings where key = 'branding'";
const ALLOWANCE: &str = "select value from settings where key = 'allowance'";

/// Who signs the mails of this instance.
pub(crate) async fn sender(tx: &mut Tx) -> Result<Sender> {
    let brand: Option<Json<Branding>> = on_tx!(tx, |conn| sqlx::query_scalar(BRANDING).fetch_optional(conn).await?);
    Ok(Sender::new(&brand.map(|b| b.0).unwrap_or_default().name))
}

impl Store {
    /// The brand that was set, or Portico's own.
    ///
    /// # Errors
    /// What the database said.
    pub async fn branding(&self) -> Result<Branding> {
        let brand: Option<Json<Branding>> = on_pool!(&self.db, |pool| sqlx::query_scalar(BRANDING).fetch_optional(pool).await?);
        Ok(brand.map(|b| b.0).unwrap_or_default())
    }

    /// Replaces the brand.
    ///
    /// # Errors
    /// [`Invalid`] for `name`, `headline` or `sentence` where one is empty or too long.
    pub async fn set_branding(&self, branding: &Branding, by: &By, now: DateTime<Utc>) -> Result<()> {
        const SQL: &str = "insert into settings (key, value) values ('branding', $1)
            on conflict (key) do update set value = excluded.value";
        let branding = Branding {
            name: display_name("name", &branding.name)?,
            headline: line("headline", &branding.headline, 120)?,
            sentence: line("sentence", &branding.sentence, 300)?,
        };
        let mut tx = self.begin_write().await?;
        on_tx!(tx, |conn| sqlx::query(SQL).bind(Json(&branding)).execute(conn).await?.rows_affected());
        events::record(&mut tx, by, None, "settings.changed", &branding.name, json!(branding), now).await?;
        tx.commit().await
    }
}

impl Store {
    /// The allowance that was set, or one second.
    ///
    /// # Errors
    /// What the database said.
    pub async fn allowance(&self) -> Result<Allowance> {
        let set: Option<Json<Allowance>> = on_pool!(&self.db, |pool| sqlx::query_scalar(ALLOWANCE).fetch_optional(pool).await?);
        Ok(set.map(|set| set.0).unwrap_or_default())
    }

    /// Replaces the allowance. This node goes by it at once, the others within a second.
    ///
    /// # Errors
    /// What the database said.
    pub async fn set_allowance(&self, allowance: Allowance, by: &By, now: DateTime<Utc>) -> Result<()> {
        const SQL: &str = "insert into settings (key, value) values ('allowance', $1)
            on conflict (key) do update set value = excluded.value";
        let mut tx = self.begin_write().await?;
        on_tx!(tx, |conn| sqlx::query(SQL).bind(Json(allowance)).execute(conn).await?.rows_affected());
        let subject = format!("{allowance} s");
        events::record(&mut tx, by, None, "allowance.changed", &subject, json!({ "seconds": allowance }), now).await?;
        tx.commit().await?;
        if let Some(fleet) = self.fleet() {
            fleet.allow(allowance);
        }
        Ok(())
    }
}

fn line(field: &str, text: &str, most: usize) -> Result<String, Invalid> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > most {
        return Err(Invalid::new(field, format!("Write 1 to {most} characters.")));
    }
    Ok(text.to_owned())
}
