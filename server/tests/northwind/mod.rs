//! The partner that calls programs under test.

use chrono::Utc;
use store::{SignUp, Store, Visitor};
use uuid::Uuid;

/// Signs it up.
pub async fn partner(store: &Store) -> Uuid {
    let form = SignUp {
        email: "ana@northwind.example".to_owned(),
        password: "correct horse battery".to_owned(),
        organisation: "Northwind".to_owned(),
        name: None,
    };
    let (person, _) = store.sign_up(form, "http://portal.example", Utc::now()).await.unwrap();
    let cookie = store.start_session(person.id, &Visitor::default(), Utc::now()).await.unwrap();
    store.actor(cookie.reveal(), Utc::now()).await.unwrap().unwrap().membership.unwrap().partner.id
}
