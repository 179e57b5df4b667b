//! Pages that mailed links lead to: they name the address before anything is done, and say at once that a link is over.

use crate::databases::both;
use crate::house::{Answer, SITE, TestHouse};
use axum::body::Body;
use axum::http::Request;
use chrono::Utc;
use store::{SignUp, Store};

const ANA: &str = "ana@northwind.example";

async fn get(house: &TestHouse, path: &str) -> Answer {
    house.send(Request::builder().uri(path).header("accept", "text/html").body(Body::empty()).unwrap()).await
}

async fn ana(store: &Store) {
    let form = SignUp { email: ANA.into(), password: "correct horse battery".into(), organisation: "Northwind".into(), name: None };
    store.sign_up(form, SITE, Utc::now()).await.unwrap();
}

/// The token of the newest mail that has one for `path`.
async fn token(store: &Store, path: &str) -> String {
    let mark = format!("{path}?token=");
    let mails = store.outbox(10).await.unwrap();
    let (_, rest) = mails.iter().find_map(|mail| mail.body.split_once(&mark)).unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

#[tokio::test]
async fn a_confirmation_names_the_address_and_waits_for_the_button() {
    both(async |store| {
        let house = TestHouse::open(&store);
        ana(&store).await;
        let token = token(&store, "/confirm").await;
        for _ in 0..2 {
            let page = get(&house, &format!("/confirm?token={token}")).await;
            assert!(page.text.contains(ANA) && page.text.contains("Confirm address"), "{}", page.text);
        }
        assert!(store.confirm_address(&token, Utc::now()).await.unwrap().is_some(), "looking used the link");
        for path in [format!("/confirm?token={token}"), "/confirm?token=wrong".to_owned(), "/confirm".to_owned()] {
            let page = get(&house, &path).await;
            assert!(page.text.contains("This link confirms nothing") && !page.text.contains("Confirm address"), "{path}: {}", page.text);
        }
    })
    .await;
}

#[tokio::test]
async fn a_reset_says_at_once_that_its_link_is_over() {
    both(async |store| {
        let house = TestHouse::open(&store);
        ana(&store).await;
        store.request_reset(ANA, SITE, Utc::now()).await.unwrap();
        let token = token(&store, "/reset").await;
        let page = get(&house, &format!("/reset?token={token}")).await;
        assert!(page.text.contains(ANA) && page.text.contains("New password"), "{}", page.text);
        assert!(store.reset_password(&token, "another horse battery", Utc::now()).await.unwrap().is_some(), "looking used the link");
        for path in [format!("/reset?token={token}"), "/reset?token=wrong".to_owned(), "/reset".to_owned()] {
            let page = get(&house, &path).await;
            assert!(page.text.contains("href=\"/forgot\"") && !page.text.contains("New password"), "{path}: {}", page.text);
        }
    })
    .await;
}
