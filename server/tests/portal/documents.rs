//! Documents that the server fetches by itself.

use crate::databases::both;
use crate::house::{TestHouse, by};
use crate::parcels;
use crate::upstream::nobody;
use app::portal::Refetched;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use chrono::Utc;
use std::sync::{Arc, Mutex};
use store::{NewProduct, PublishOutcome, Store};

const FIRST: &str = include_str!("parcels.yaml");

/// A server whose `/openapi.yaml` has this text and its length as ETag.
async fn source(text: &Arc<Mutex<String>>) -> String {
    let router = Router::new()
        .route("/openapi.yaml", get(document))
        .route("/moved", get(|| async { Redirect::temporary("/openapi.yaml") }))
        .route("/round", get(|| async { Redirect::temporary("/round") }))
        .with_state(Arc::clone(text));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

async fn document(State(text): State<Arc<Mutex<String>>>, headers: HeaderMap) -> Response {
    let text = text.lock().unwrap().clone();
    let etag = format!("\"{}\"", text.len());
    if headers.get("if-none-match").is_some_and(|sent| sent == etag.as_str()) {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    ([("etag", etag)], text).into_response()
}

/// A product whose document is at this address.
async fn product(store: &Store, house: &TestHouse, id: &str, url: &str, allow_private: bool) {
    house.product_named(id, "internal:demo", None).await;
    let edited = NewProduct { id: id.to_owned(), spec_url: Some(url.to_owned()), ..parcels::product() };
    store.update_product(edited, &by(), Utc::now()).await.unwrap().unwrap();
    let mut upstream = store.upstream(id).await.unwrap().unwrap();
    upstream.allow_private = allow_private;
    store.set_upstream(upstream, None, &by(), Utc::now()).await.unwrap();
}

#[tokio::test]
async fn a_document_is_fetched_once_and_again_only_when_it_changed() {
    both(async |store| {
        let house = TestHouse::open(&store);
        let text = Arc::new(Mutex::new(FIRST.replace("1.0.0", "1.10.0")));
        let url = source(&text).await;
        product(&store, &house, "parcels", &format!("{url}/moved"), true).await;
        let fetch = async || (house.refetch)("parcels".to_owned(), by()).await.unwrap();
        let Refetched::Fetched(PublishOutcome::Accepted(revision)) = fetch().await else { panic!("it is new") };
        assert_eq!((revision.number, revision.version.as_str()), (2, "1.10.0"));
        assert!(matches!(fetch().await, Refetched::NotModified));
        *text.lock().unwrap() = "openapi: 3.1.0".to_owned();
        assert!(matches!(fetch().await, Refetched::Fetched(PublishOutcome::Refused(_))));
        assert_eq!(store.revisions("parcels").await.unwrap().len(), 2, "the revision before stays in force");
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_fetched_says_why() {
    both(async |store| {
        let house = TestHouse::open(&store);
        let url = source(&Arc::new(Mutex::new(FIRST.to_owned()))).await;
        for (id, address, allow_private, why) in [
            ("private", format!("{url}/openapi.yaml"), false, "private"),
            ("missing", format!("{url}/nothing"), true, "404"),
            ("round", format!("{url}/round"), true, "on and on"),
            ("gone", nobody().await, true, "did not answer"),
        ] {
            product(&store, &house, id, &address, allow_private).await;
            let error = (house.refetch)(id.to_owned(), by()).await.err().unwrap();
            assert!(error.contains(why) && error.ends_with('.'), "{id}: {error}");
        }
        house.product_named("plain", "internal:demo", None).await;
        assert!((house.refetch)("plain".to_owned(), by()).await.is_err(), "a product without an address");
    })
    .await;
}
