//! A partner by the way that partners come: somebody signs up.

use chrono::{DateTime, Utc};
use std::error::Error;
use store::{SignUp, Store, Visitor};
use uuid::Uuid;

/// Signs an organisation up and returns its id.
///
/// # Errors
/// What the store said, such as that the address has an account.
pub async fn partner(store: &Store, email: &str, organisation: &str, at: DateTime<Utc>) -> Result<Uuid, Box<dyn Error>> {
    let form =
        SignUp { email: email.to_owned(), password: "correct horse battery".to_owned(), organisation: organisation.to_owned(), name: None };
    let (person, _) = store.sign_up(form, "https://portal.example", at).await?;
    let cookie = store.start_session(person.id, &Visitor::default(), at).await?;
    let actor = store.actor(cookie.reveal(), at).await?.ok_or("who signed up is not known")?;
    Ok(actor.membership.ok_or("who signed up has no organisation")?.partner.id)
}
