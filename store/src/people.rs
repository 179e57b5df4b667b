//! People and their passwords.

use crate::{Result, Secret, Store};
use chrono::{DateTime, Utc};
use domain::account::Person;
use uuid::Uuid;

/// What the sign-up form holds.
#[derive(Clone)]
pub struct SignUp {
    pub email: String,
    pub password: String,
    pub organisation: String,
    /// Absent: the part of the address before the @.
    pub name: Option<String>,
}

impl Store {
    /// Makes a person, their partner (as owner) and a first test key named "First key" for all products; puts the confirmation mail into the outbox
    /// (or, where somebody confirmed that address before, a mail that says so: the answer is the same). `site` is the portal's base URL for links.
    /// Returns the person and the secret of the test key.
    pub async fn sign_up(&self, form: SignUp, site: &str, now: DateTime<Utc>) -> Result<(Person, Secret)> {
        todo!()
    }
    /// The person with this address and password. Takes the same time whether or not the address exists: always three hashes
    /// (the confirmed holder and the two newest claims, or dummies).
    pub async fn authenticate(&self, email: &str, password: &str) -> Result<Option<Person>> {
        todo!()
    }
    pub async fn person(&self, id: Uuid) -> Result<Option<Person>> {
        todo!()
    }
    /// Makes a confirmed platform admin, or raises the confirmed holder of the address to one (password replaced).
    pub async fn create_admin(&self, email: &str, password: &str, name: &str, now: DateTime<Utc>) -> Result<Person> {
        todo!()
    }
    /// Whether any platform admin exists.
    pub async fn has_admin(&self) -> Result<bool> {
        todo!()
    }
    pub async fn rename_person(&self, id: Uuid, name: &str) -> Result<()> {
        todo!()
    }
    /// Replaces the password after checking the old one (`Invalid` for field `current` when wrong) and ends the other sessions.
    pub async fn change_password(&self, id: Uuid, current: &str, new: &str, keep_session: Uuid, now: DateTime<Utc>) -> Result<()> {
        todo!()
    }
}
