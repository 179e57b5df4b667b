//! People: how they sign up, and how a password is checked.

use crate::db::{Tx, cut, on_pool, on_tx};
use crate::links::{self, LinkKind};
use crate::{Error, Result, Secret, Store, events, key_edits, outbox, sessions, settings, team};
use chrono::{DateTime, Utc};
use domain::Invalid;
use domain::account::{self, PASSWORD_MAX, Person};
use domain::event::By;
use serde_json::json;
use uuid::Uuid;

/// Passwords checked per sign-in: the confirmed holder and the newest claims.
const CANDIDATES: usize = 3;

/// What the sign-up form holds.
#[derive(Clone)]
pub struct SignUp {
    pub email: String,
    pub password: String,
    pub organisation: String,
    /// Absent: the part of the address before the @.
    pub name: Option<String>,
}

/// Who claims an address: its confirmed holder first, then the newest claims, `$2` in all.
const CLAIMANTS: &str = "select * from people where email = $1
    order by (case when verified_at is null then 1 else 0 end), created_at desc, id desc limit $2";

impl Store {
    /// Whether nobody signed up and nothing was published yet.
    ///
    /// # Errors
    /// What the database said.
    pub async fn is_empty(&self) -> Result<bool> {
        const SQL: &str = "select not exists (select 1 from people) and not exists (select 1 from products)";
        Ok(on_pool!(&self.db, |pool| sqlx::query_scalar(SQL).fetch_one(pool).await?))
    }

    /// Makes a person, their partner (as owner) and a first test key named "First key" for all products; puts the confirmation mail into
    /// the outbox (or, where somebody confirmed that address before, a mail that says so: the answer is the same). `site` is the portal's
    /// base URL for links. Returns the person and the secret of the test key.
    ///
    /// # Errors
    /// [`Invalid`] for `email`, `password`, `organisation` or `name`.
    pub async fn sign_up(&self, form: SignUp, site: &str, now: DateTime<Utc>) -> Result<(Person, Secret)> {
        let email = account::email(&form.email)?;
        let organisation = account::display_name("organisation", &form.organisation)?;
        let name = chosen_name(form.name.as_deref(), &email)?;
        let hash = self.passwords.hash(account::password(&form.password)?).await?;
        let person = Person { id: Uuid::new_v4(), email, name, platform_admin: false, verified_at: None, created_at: cut(now) };

        let mut tx = self.begin_write().await?;
        insert(&mut tx, &person, &hash).await?;
        let partner = team::found_partner(&mut tx, &organisation, person.id, now).await?;
        let key = key_edits::insert_first(&mut tx, partner, now).await?;
        mail_confirmation(&mut tx, &person, site, now).await?;
        let by = By::person(&person);
        events::record(&mut tx, &by, Some(partner), "person.signed_up", &person.email, json!({ "organisation": organisation }), now)
            .await?;
        tx.commit().await?;
        Ok((person, key.secret))
    }

    /// The person with this address and password. Takes the same time whether or not the address exists: always three hashes
    /// (the confirmed holder and the two newest claims, or dummies).
    ///
    /// # Errors
    /// What the database said, or [`Error::Crypto`].
    pub async fn authenticate(&self, email: &str, password: &str) -> Result<Option<Person>> {
        let email = email.trim().to_lowercase();
        let rows: Vec<PersonRow> =
            on_pool!(&self.db, |pool| sqlx::query_as(CLAIMANTS).bind(&email).bind(CANDIDATES as i64).fetch_all(pool).await?);
        let mut hashes: Vec<String> = rows.iter().map(|row| row.password_hash.clone()).collect();
        hashes.resize(CANDIDATES, self.passwords.dummy.clone());
        // No stored password is empty, so that a megabyte of password costs what a wrong one does.
        let password = if password.len() > PASSWORD_MAX { "" } else { password };
        let fits = self.passwords.fits(password, hashes).await?;
        Ok(rows.into_iter().zip(fits).find(|(_, fits)| *fits).map(|(row, _)| row.into()))
    }

    /// The person with this id.
    ///
    /// # Errors
    /// What the database said.
    pub async fn person(&self, id: Uuid) -> Result<Option<Person>> {
        const SQL: &str = "select * from people where id = $1";
        let row: Option<PersonRow> = on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(id).fetch_optional(pool).await?);
        Ok(row.map(Person::from))
    }

    /// Changes the name that colleagues see.
    ///
    /// # Errors
    /// [`Invalid`] for field `name`.
    pub async fn rename_person(&self, id: Uuid, name: &str) -> Result<()> {
        const SQL: &str = "update people set name = $2 where id = $1";
        let name = account::display_name("name", name)?;
        let mut tx = self.begin_write().await?;
        on_tx!(tx, |conn| sqlx::query(SQL).bind(id).bind(&name).execute(conn).await?.rows_affected());
        tx.commit().await
    }

    /// Replaces the password after checking the old one (`Invalid` for field `current` when wrong) and ends the other sessions.
    ///
    /// # Errors
    /// [`Invalid`] for `current` or `password`.
    pub async fn change_password(&self, id: Uuid, current: &str, new: &str, keep_session: Uuid, now: DateTime<Utc>) -> Result<()> {
        let new = account::password(new)?;
        if !self.is_password_of(id, current).await? {
            return Err(Invalid::new("current", "This is not your current password.").into());
        }
        let hash = self.passwords.hash(new).await?;
        let mut tx = self.begin_write().await?;
        let Some(person) = find(&mut tx, id).await? else { return Err(gone()) };
        set_password(&mut tx, &person, &hash, Some(keep_session), now).await?;
        events::record(&mut tx, &By::person(&person), None, "person.password_changed", &person.email, json!({}), now).await?;
        tx.commit().await
    }

    /// Whether the password is this person's.
    pub(crate) async fn is_password_of(&self, id: Uuid, password: &str) -> Result<bool> {
        const SQL: &str = "select password_hash from people where id = $1";
        let hash: Option<String> = on_pool!(&self.db, |pool| sqlx::query_scalar(SQL).bind(id).fetch_optional(pool).await?);
        let hash = hash.unwrap_or_else(|| self.passwords.dummy.clone());
        let password = if password.len() > PASSWORD_MAX { "" } else { password };
        Ok(self.passwords.fits(password, vec![hash]).await? == [true])
    }
}

/// Keeps a person; `Invalid` for `email` where a confirmed one would be the second with this address.
pub(crate) async fn insert(tx: &mut Tx, person: &Person, password_hash: &str) -> Result<()> {
    const SQL: &str = "insert into people (id, email, name, password_hash, platform_admin, verified_at, created_at)
        values ($1, $2, $3, $4, $5, $6, $7)";
    let inserted: sqlx::Result<()> = on_tx!(tx, |conn| sqlx::query(SQL)
        .bind(person.id)
        .bind(&person.email)
        .bind(&person.name)
        .bind(password_hash)
        .bind(person.platform_admin)
        .bind(person.verified_at)
        .bind(person.created_at)
        .execute(conn)
        .await
        .map(drop));
    match inserted {
        Err(error) if is_taken(&error) => Err(Invalid::new("email", "This address has an account. Sign in with it.").into()),
        other => Ok(other?),
    }
}

/// The person with this id, inside a transaction.
pub(crate) async fn find(tx: &mut Tx, id: Uuid) -> Result<Option<Person>> {
    const SQL: &str = "select * from people where id = $1";
    let row: Option<PersonRow> = on_tx!(tx, |conn| sqlx::query_as(SQL).bind(id).fetch_optional(conn).await?);
    Ok(row.map(Person::from))
}

/// Whom a mail to this address is for: the confirmed holder, else the newest claim.
pub(crate) async fn addressee(tx: &mut Tx, email: &str) -> Result<Option<Person>> {
    let rows: Vec<PersonRow> = on_tx!(tx, |conn| sqlx::query_as(CLAIMANTS).bind(email).bind(CANDIDATES as i64).fetch_all(conn).await?);
    Ok(rows.into_iter().next().map(Person::from))
}

/// Who confirmed this address.
pub(crate) async fn holder(tx: &mut Tx, email: &str) -> Result<Option<Person>> {
    Ok(addressee(tx, email).await?.filter(|person| person.verified_at.is_some()))
}

/// Asks a new person to confirm their address; an address that has a holder is told so instead.
pub(crate) async fn mail_confirmation(tx: &mut Tx, person: &Person, site: &str, now: DateTime<Utc>) -> Result<()> {
    let sender = settings::sender(tx).await?;
    let letter = if holder(tx, &person.email).await?.is_some() {
        sender.known(site)
    } else {
        let token = links::make(tx, LinkKind::Confirm, &person.email, Some(person.id), now).await?;
        sender.confirm(site, token.reveal())
    };
    outbox::post(tx, &person.email, &letter, now).await
}

/// Sets the password, ends the sessions that may have been somebody else's, and says so to the address.
pub(crate) async fn set_password(tx: &mut Tx, person: &Person, hash: &str, keep: Option<Uuid>, now: DateTime<Utc>) -> Result<()> {
    const SQL: &str = "update people set password_hash = $2 where id = $1";
    on_tx!(tx, |conn| sqlx::query(SQL).bind(person.id).bind(hash).execute(conn).await?.rows_affected());
    sessions::end_all(tx, person.id, keep).await?;
    links::void(tx, LinkKind::Reset, person.id).await?;
    let letter = settings::sender(tx).await?.password_changed();
    outbox::post(tx, &person.email, &letter, now).await
}

/// Marks the address as confirmed; false where somebody else confirmed it before (the transaction is then good for nothing more).
pub(crate) async fn confirm(tx: &mut Tx, id: Uuid, email: &str, now: DateTime<Utc>) -> Result<bool> {
    const SQL: &str = "update people set email = $2, verified_at = $3 where id = $1";
    let updated: sqlx::Result<u64> =
        on_tx!(tx, |conn| sqlx::query(SQL).bind(id).bind(email).bind(cut(now)).execute(conn).await.map(|done| done.rows_affected()));
    match updated {
        Err(error) if is_taken(&error) => Ok(false),
        other => Ok(other? == 1),
    }
}

/// Whether the database refused a second confirmed person with one address.
fn is_taken(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|e| e.is_unique_violation())
}

/// The act is for somebody who is no longer there.
pub(crate) fn gone() -> Error {
    Invalid::new("person", "This account no longer exists. Sign in again.").into()
}

fn chosen_name(typed: Option<&str>, email: &str) -> Result<String, Invalid> {
    match typed.map(str::trim).filter(|name| !name.is_empty()) {
        Some(name) => account::display_name("name", name),
        None => Ok(email.split('@').next().unwrap_or(email).chars().take(80).collect()),
    }
}

#[derive(sqlx::FromRow)]
struct PersonRow {
    id: Uuid,
    email: String,
    name: String,
    password_hash: String,
    platform_admin: bool,
    verified_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl From<PersonRow> for Person {
    fn from(row: PersonRow) -> Self {
        Self {
            id: row.id,
            email: row.email,
            name: row.name,
            platform_admin: row.platform_admin,
            verified_at: row.verified_at,
            created_at: row.created_at,
        }
    }
}
