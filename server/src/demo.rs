//! The demo company: fills an empty database with Parcelry's catalogue, three partners and two months of their life.
//!
//! Everything is made by the acts that real data is made by, with clocks set back, so that what a page shows of the demo
//! is what it would show of customers. Only keys, passwords and ids come from the system's randomness; the rest follows
//! from the given moment.

mod accounts;
mod catalogue;
mod dice;
mod habits;
mod history;
mod traffic;

use chrono::{DateTime, TimeDelta, Utc};
use domain::event::By;
use domain::settings::Branding;
use store::Store;
use traffic::History;

/// What everybody in the demo signs in with.
pub const PASSWORD: &str = "move-parcels";
/// The platform admin's address.
pub const ADMIN: &str = "admin@parcelry.example";
/// The address of the owner of Northwind Freight.
pub const PARTNER: &str = "ana@northwind.example";

/// The site that links in the demo's mails lead to; they are used up before anybody reads them.
const SITE: &str = "https://developers.parcelry.example";

/// Why the demo could not be made.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The embedded catalogue does not fit the rules of this version.
    #[error("the demo catalogue is broken: {0}")]
    Catalogue(String),
    /// An act that was just made possible did not happen.
    #[error("the demo stopped half-way: {0}. Start again with an empty data folder")]
    Missing(String),
}

/// Fills an empty database; false where anybody signed up or anything was published before.
///
/// # Errors
/// [`DemoError`] where the database does not answer or the embedded catalogue is broken.
pub async fn seed(store: &Store, now: DateTime<Utc>) -> Result<bool, DemoError> {
    if !store.is_empty().await? {
        return Ok(false);
    }
    let history = History::before(now);
    let opening = history.start - TimeDelta::days(15);
    let admin = store.create_admin(ADMIN, PASSWORD, "Parcelry operations", opening).await?;
    let by = By::person(&admin);
    store.set_branding(&branding(), &by, opening).await?;
    catalogue::publish(store, &by, opening, now).await?;
    let streams = accounts::found(store, &history).await?;
    history::play(store, &streams, &history).await?;
    accounts::act_of_the_last_days(store, now).await?;
    catalogue::refuse(store, &by, now - TimeDelta::hours(20)).await?;
    accounts::empty_outbox(store, now).await?;
    Ok(true)
}

fn branding() -> Branding {
    Branding {
        name: "Parcelry".to_owned(),
        headline: "Move parcels with an API key and fifteen minutes.".to_owned(),
        sentence: "Read the docs, try every call here with sample data, take a key, go live. Nobody to wait for.".to_owned(),
    }
}

/// The value, or a word about what should have been there.
fn found<T>(value: Option<T>, what: &str) -> Result<T, DemoError> {
    value.ok_or_else(|| DemoError::Missing(what.to_owned()))
}
