//! What tests begin with: a moment, people who signed up, and the mails they got.

#[path = "../../examples/founding/product.rs"]
mod founding;

use chrono::{DateTime, Utc};
use domain::access::Actor;
use domain::account::Person;
use domain::event::By;
use domain::mail::Mail;
use domain::product::Product;
use store::{NewProduct, SignUp, Store, Visitor};
use uuid::Uuid;

/// Where the mails' links point.
pub const SITE: &str = "https://developers.parcelry.example";
/// Everybody's first password.
pub const PASSWORD: &str = "correct horse battery";

/// A moment from RFC 3339.
pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The moment at which most tests begin.
pub fn noon() -> DateTime<Utc> {
    at("2026-11-24T12:00:00Z")
}

/// Whoever did it does not matter.
pub fn by() -> By {
    By::system()
}

/// Signs somebody up with an organisation named after their address.
pub async fn sign_up(store: &Store, email: &str, now: DateTime<Utc>) -> Person {
    let form =
        SignUp { email: email.to_owned(), password: PASSWORD.to_owned(), organisation: format!("The company of {email}"), name: None };
    store.sign_up(form, SITE, now).await.unwrap().0
}

/// Signs somebody up and follows the link in the mail.
pub async fn confirmed(store: &Store, email: &str, now: DateTime<Utc>) -> Person {
    sign_up(store, email, now).await;
    let token = token(&newest_mail(store, email).await);
    store.confirm_address(&token, now).await.unwrap().unwrap()
}

/// The person in a fresh session.
pub async fn actor(store: &Store, person: Uuid, now: DateTime<Utc>) -> Actor {
    let cookie = store.start_session(person, &Visitor::default(), now).await.unwrap();
    store.actor(cookie.reveal(), now).await.unwrap().unwrap()
}

/// A partner with a confirmed owner.
pub async fn partner(store: &Store, email: &str, now: DateTime<Utc>) -> Uuid {
    let person = confirmed(store, email, now).await;
    actor(store, person.id, now).await.membership.unwrap().partner.id
}

/// The newest mail to an address.
pub async fn newest_mail(store: &Store, to: &str) -> Mail {
    store.outbox(1000).await.unwrap().into_iter().find(|mail| mail.to == to).unwrap()
}

/// The token of the link in a mail.
pub fn token(mail: &Mail) -> String {
    let (_, rest) = mail.body.split_once("token=").unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

/// The field that an act complained about; panics on success and on other errors.
pub fn field<T: std::fmt::Debug>(result: store::Result<T>) -> String {
    match result.unwrap_err() {
        store::Error::Invalid(invalid) => invalid.field,
        other => panic!("{other}"),
    }
}

/// What an admin types about a public product.
pub fn new_product(id: &str) -> NewProduct {
    founding::product(id, "https://api.parcelry.example")
}

/// A public product without a document.
pub async fn product(store: &Store, id: &str) -> Product {
    store.create_product(new_product(id), &by(), noon()).await.unwrap()
}
