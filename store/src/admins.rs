//! Platform admins: made on the command line, or the first one through a link that the server prints.

use crate::db::{Tx, cut, on_pool, on_tx};
use crate::links::{self, LinkKind};
use crate::{Result, Secret, Store, events, people};
use chrono::{DateTime, Utc};
use domain::account::{self, Person};
use domain::event::By;
use serde_json::json;
use uuid::Uuid;

const HAS_ADMIN: &str = "select exists (select 1 from people where platform_admin)";

impl Store {
    /// Makes a confirmed platform admin, or raises the confirmed holder of the address to one (password replaced).
    ///
    /// # Errors
    /// [`domain::Invalid`] for `email`, `password` or `name`.
    pub async fn create_admin(&self, email: &str, password: &str, name: &str, now: DateTime<Utc>) -> Result<Person> {
        let form = self.admin_form(email, password, name).await?;
        let mut tx = self.begin_turn("admins").await?;
        let person = make(&mut tx, &form, now).await?;
        events::record(&mut tx, &By::command_line(), None, "admin.created", &person.email, json!({}), now).await?;
        tx.commit().await?;
        Ok(person)
    }

    /// Whether any platform admin exists.
    ///
    /// # Errors
    /// What the database said.
    pub async fn has_admin(&self) -> Result<bool> {
        Ok(on_pool!(&self.db, |pool| sqlx::query_scalar(HAS_ADMIN).fetch_one(pool).await?))
    }

    /// A one-time link token for the first admin, printed by each start that finds none: the nodes of a fleet start side by side, and each
    /// link works until there is an admin, or for its lifetime.
    ///
    /// # Errors
    /// What the database said, or [`crate::Error::Crypto`].
    pub async fn first_admin_link(&self, now: DateTime<Utc>) -> Result<Secret> {
        const SQL: &str = "delete from links where kind = 'first_admin' and used_at is null and expires_at <= $1";
        let mut tx = self.begin_turn("admins").await?;
        on_tx!(tx, |conn| sqlx::query(SQL).bind(cut(now)).execute(conn).await?.rows_affected());
        let token = links::make(&mut tx, LinkKind::FirstAdmin, "", None, now).await?;
        tx.commit().await?;
        Ok(token)
    }

    /// Uses it; `None` where the link is used up or an admin exists.
    ///
    /// # Errors
    /// [`domain::Invalid`] for `email`, `password` or `name`.
    pub async fn claim_first_admin(
        &self,
        token: &str,
        email: &str,
        password: &str,
        name: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Person>> {
        let form = self.admin_form(email, password, name).await?;
        let mut tx = self.begin_turn("admins").await?;
        let taken: bool = on_tx!(tx, |conn| sqlx::query_scalar(HAS_ADMIN).fetch_one(conn).await?);
        if taken || links::take(&mut tx, token, &[LinkKind::FirstAdmin], now).await?.is_none() {
            return Ok(None);
        }
        let person = make(&mut tx, &form, now).await?;
        events::record(&mut tx, &By::person(&person), None, "admin.created", &person.email, json!({ "first": true }), now).await?;
        tx.commit().await?;
        Ok(Some(person))
    }

    async fn admin_form(&self, email: &str, password: &str, name: &str) -> Result<AdminForm> {
        let email = account::email(email)?;
        let name = account::display_name("name", name)?;
        let password_hash = self.passwords.hash(account::password(password)?).await?;
        Ok(AdminForm { email, name, password_hash })
    }
}

struct AdminForm {
    email: String,
    name: String,
    password_hash: String,
}

async fn make(tx: &mut Tx, form: &AdminForm, now: DateTime<Utc>) -> Result<Person> {
    const RAISE: &str = "update people set platform_admin = true, name = $2 where id = $1";
    if let Some(person) = people::holder(tx, &form.email).await? {
        on_tx!(tx, |conn| sqlx::query(RAISE).bind(person.id).bind(&form.name).execute(conn).await?.rows_affected());
        people::set_password(tx, &person, &form.password_hash, None, now).await?;
        return Ok(Person { platform_admin: true, name: form.name.clone(), ..person });
    }
    let person = Person {
        id: Uuid::new_v4(),
        email: form.email.clone(),
        name: form.name.clone(),
        platform_admin: true,
        verified_at: Some(cut(now)),
        created_at: cut(now),
    };
    people::insert(tx, &person, &form.password_hash).await?;
    Ok(person)
}
