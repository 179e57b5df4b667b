//! `/events/usage` and `/events/calls`.

use crate::databases::both;
use crate::house::{Caller, TestHouse};
use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use chrono::Utc;
use futures::StreamExt;
use std::time::Duration;
use store::Visitor;
use tower::ServiceExt;

const PARCEL: &str = "/gateway/parcels/parcels/PX1";

async fn stream(house: &TestHouse, caller: &Caller) -> BodyDataStream {
    open(house, caller, "/events/usage", "").await
}

async fn open(house: &TestHouse, caller: &Caller, uri: &str, last: &str) -> BodyDataStream {
    let cookie = house.store.start_session(caller.person, &Visitor::default(), Utc::now()).await.unwrap();
    let request = Request::builder().uri(uri).header("cookie", format!("session={}", cookie.reveal())).header("last-event-id", last);
    let response = house.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!((response.status().as_u16(), response.headers()["content-type"].to_str().unwrap()), (200, "text/event-stream"));
    response.into_body().into_data_stream()
}

/// The next event, or nothing within a second.
async fn event(stream: &mut BodyDataStream) -> Option<String> {
    let next = tokio::time::timeout(Duration::from_secs(1), stream.next()).await.ok()?;
    Some(String::from_utf8_lossy(&next.unwrap().unwrap()).into_owned())
}

#[tokio::test]
async fn a_page_hears_of_its_own_partner_s_calls_and_of_many_at_once() {
    both(async |store| {
        let house = TestHouse::open(&store);
        let [_, starter] = house.product("internal:demo").await;
        let (caller, other) = (house.caller(Some(&starter)).await, house.caller(Some(&starter)).await);
        let mut events = stream(&house, &caller).await;
        assert_eq!(house.get(PARCEL, &other.live).await.status, 200);
        house.settle().await;
        assert_eq!(event(&mut events).await, None, "another partner's calls are nobody else's business");
        for _ in 0..5 {
            assert_eq!(house.get(PARCEL, &caller.live).await.status, 200);
            house.settle().await;
        }
        let told = event(&mut events).await.unwrap();
        assert!(told.starts_with("event: usage\ndata: {\"at\":"), "{told}");
        assert_eq!(event(&mut events).await, None, "calls right behind each other are told of once");
    })
    .await;
}

/// The call that the next event tells of, and its id; nothing where no event comes.
async fn told(stream: &mut BodyDataStream) -> Option<(String, serde_json::Value)> {
    let text = event(stream).await?;
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{name} in {text}"));
    assert_eq!(field("event: "), "call");
    Some((field("id: ").to_owned(), serde_json::from_str(field("data: ")).unwrap()))
}

#[tokio::test]
async fn the_log_is_followed_by_its_own_partner_and_filtered() {
    both(async |store| {
        let house = TestHouse::open(&store);
        let [_, starter] = house.product("internal:demo").await;
        let (caller, other) = (house.caller(Some(&starter)).await, house.caller(Some(&starter)).await);
        assert_eq!(house.get(PARCEL, &caller.live).await.status, 200);
        house.settle().await;
        let mut all = open(&house, &caller, "/events/calls", "").await;
        let mut failed = open(&house, &caller, "/events/calls?status=4&env=live&product=parcels", "").await;
        assert_eq!(house.get(PARCEL, &other.live).await.status, 200);
        house.settle().await;
        assert_eq!(told(&mut all).await, None, "neither what was there before nor what is another partner's");
        assert_eq!(house.get(PARCEL, &caller.live).await.status, 200);
        assert_eq!(house.get("/gateway/parcels/parcels/", &caller.live).await.status, 405);
        house.settle().await;
        let (first, call) = told(&mut all).await.unwrap();
        assert_eq!(
            (call["path"].as_str(), call["status"].as_u64(), call["id"].as_str()),
            (Some("/parcels/PX1"), Some(200), Some(first.as_str()))
        );
        let (second, call) = told(&mut all).await.unwrap();
        assert_eq!(call["status"], 405);
        assert_eq!(told(&mut failed).await.unwrap().0, second);
        assert_eq!(told(&mut failed).await, None);
        let mut again = open(&house, &caller, "/events/calls", &first).await;
        assert_eq!(told(&mut again).await.unwrap().0, second, "a browser that comes again misses nothing");
    })
    .await;
}

#[tokio::test]
async fn who_signed_out_hears_nothing_more() {
    both(async |store| {
        let house = TestHouse::open(&store);
        let [_, starter] = house.product("internal:demo").await;
        let caller = house.caller(Some(&starter)).await;
        for uri in ["/events/usage", "/events/calls"] {
            let cookie = store.start_session(caller.person, &Visitor::default(), Utc::now()).await.unwrap();
            let mut stays = open(&house, &caller, uri, "").await;
            let request = Request::builder().uri(uri).header("cookie", format!("session={}", cookie.reveal()));
            let mut leaves =
                house.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().into_body().into_data_stream();
            store.end_session(cookie.reveal()).await.unwrap();
            assert_eq!(house.get(PARCEL, &caller.live).await.status, 200);
            house.settle().await;
            let end = tokio::time::timeout(Duration::from_secs(4), leaves.next()).await;
            assert!(matches!(end, Ok(None)), "{uri}: {end:?}");
            assert!(event(&mut stays).await.is_some(), "{uri}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_log_is_for_the_signed_in_and_a_filter_has_to_be_one() {
    both(async |store| {
        let house = TestHouse::open(&store);
        let caller = house.caller(None).await;
        let cookie = store.start_session(caller.person, &Visitor::default(), Utc::now()).await.unwrap();
        let ask = async |uri: &str, cookie: &str| {
            let request = Request::builder().uri(uri).header("cookie", format!("session={cookie}"));
            house.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status().as_u16()
        };
        assert_eq!(ask("/events/calls", "none").await, 401);
        for query in ["env=prod", "status=many", "key=1", "colour=red"] {
            assert_eq!(ask(&format!("/events/calls?{query}"), cookie.reveal()).await, 400, "{query}");
        }
        assert_eq!(ask("/events/calls?env=&product=&operation=", cookie.reveal()).await, 200, "an empty form");
    })
    .await;
}
