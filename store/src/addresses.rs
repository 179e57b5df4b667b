//! Addresses: an address belongs to whoever confirmed it, and nobody learns which ones exist.

use crate::db::Tx;
use crate::links::{self, LinkKind, Taken};
use crate::{Result, Store, events, outbox, people, settings};
use chrono::{DateTime, Utc};
use domain::Invalid;
use domain::account::{self, Person};
use domain::event::By;
use serde_json::json;
use uuid::Uuid;

impl Store {
    /// Sends the confirmation mail again.
    ///
    /// # Errors
    /// What the database said.
    pub async fn resend_confirmation(&self, person: Uuid, site: &str, now: DateTime<Utc>) -> Result<()> {
        let mut tx = self.begin_write().await?;
        let Some(person) = people::find(&mut tx, person).await?.filter(|p| p.verified_at.is_none()) else { return Ok(()) };
        people::mail_confirmation(&mut tx, &person, site, now).await?;
        tx.commit().await
    }

    /// Confirms an address (kinds Confirm and ChangeAddress); `None` where the link is used up, too old, or the address belongs to
    /// somebody else by now.
    ///
    /// # Errors
    /// What the database said.
    pub async fn confirm_address(&self, token: &str, now: DateTime<Utc>) -> Result<Option<Person>> {
        let mut tx = self.begin_write().await?;
        let Some(taken) = links::take(&mut tx, token, &[LinkKind::Confirm, LinkKind::ChangeAddress], now).await? else { return Ok(None) };
        let Some(before) = person_of(&mut tx, &taken).await? else { return Ok(None) };
        if !people::confirm(&mut tx, before.id, &taken.email, now).await? {
            return Ok(None);
        }
        let by = By::person(&before);
        if taken.kind == LinkKind::ChangeAddress {
            links::void(&mut tx, LinkKind::Reset, before.id).await?;
            if before.verified_at.is_some() {
                let letter = settings::sender(&mut tx).await?.address_changed(&taken.email);
                outbox::post(&mut tx, &before.email, &letter, now).await?;
            }
            events::record(&mut tx, &by, None, "person.address_changed", &taken.email, json!({ "before": before.email }), now).await?;
        } else {
            events::record(&mut tx, &by, None, "person.confirmed", &taken.email, json!({}), now).await?;
        }
        let person = people::find(&mut tx, before.id).await?;
        tx.commit().await?;
        Ok(person)
    }

    /// Mails a reset link where the address is known; does the same work where it is not.
    ///
    /// # Errors
    /// [`Invalid`] for field `email` where the text is no address.
    pub async fn request_reset(&self, email: &str, site: &str, now: DateTime<Utc>) -> Result<()> {
        let email = account::email(email)?;
        let mut tx = self.begin_write().await?;
        let person = people::addressee(&mut tx, &email).await?;
        let token = links::make(&mut tx, LinkKind::Reset, &email, person.as_ref().map(|p| p.id), now).await?;
        let letter = settings::sender(&mut tx).await?.reset(site, token.reveal());
        if person.is_some() {
            outbox::post(&mut tx, &email, &letter, now).await?;
        }
        tx.commit().await
    }

    /// Sets the password, confirms the address (the mail reached it) and ends every session.
    ///
    /// # Errors
    /// [`Invalid`] for field `password`.
    pub async fn reset_password(&self, token: &str, new: &str, now: DateTime<Utc>) -> Result<Option<Person>> {
        let new = account::password(new)?;
        // Looked up first, so that guessing tokens does not cost a hash each.
        if self.link(token, now).await?.is_none() {
            return Ok(None);
        }
        let hash = self.passwords.hash(new).await?;
        let mut tx = self.begin_write().await?;
        let Some(taken) = links::take(&mut tx, token, &[LinkKind::Reset], now).await? else { return Ok(None) };
        let Some(person) = person_of(&mut tx, &taken).await? else { return Ok(None) };
        if person.verified_at.is_none() && !people::confirm(&mut tx, person.id, &taken.email, now).await? {
            return Ok(None);
        }
        people::set_password(&mut tx, &person, &hash, None, now).await?;
        events::record(&mut tx, &By::person(&person), None, "person.password_reset", &person.email, json!({}), now).await?;
        let person = people::find(&mut tx, person.id).await?;
        tx.commit().await?;
        Ok(person)
    }

    /// Mails a link to the new address; the old one stays until it is used. `Invalid` for field `password` when wrong.
    ///
    /// # Errors
    /// [`Invalid`] for `email` or `password`.
    pub async fn request_address_change(&self, person: Uuid, password: &str, email: &str, site: &str, now: DateTime<Utc>) -> Result<()> {
        let email = account::email(email)?;
        if !self.is_password_of(person, password).await? {
            return Err(Invalid::new("password", "This is not your password.").into());
        }
        let mut tx = self.begin_write().await?;
        let Some(person) = people::find(&mut tx, person).await? else { return Err(people::gone()) };
        if person.email == email {
            return Err(Invalid::new("email", "This is your address already.").into());
        }
        let sender = settings::sender(&mut tx).await?;
        links::void(&mut tx, LinkKind::ChangeAddress, person.id).await?;
        let letter = if people::holder(&mut tx, &email).await?.is_some() {
            sender.known(site)
        } else {
            let token = links::make(&mut tx, LinkKind::ChangeAddress, &email, Some(person.id), now).await?;
            sender.change_address(site, token.reveal())
        };
        outbox::post(&mut tx, &email, &letter, now).await?;
        tx.commit().await
    }
}

/// Who used a link; `None` where they have moved to another address since it was sent.
async fn person_of(tx: &mut Tx, taken: &Taken) -> Result<Option<Person>> {
    let Some(id) = taken.person_id else { return Ok(None) };
    let person = people::find(tx, id).await?;
    Ok(person.filter(|person| taken.kind == LinkKind::ChangeAddress || person.email == taken.email))
}
