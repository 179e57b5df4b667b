//! `/events/usage`.

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
    let cookie = house.store.start_session(caller.person, &Visitor::default(), Utc::now()).await.unwrap();
    let request = Request::builder().uri("/events/usage").header("cookie", format!("session={}", cookie.reveal()));
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
        assert_eq!(event(&mut events).await, None, "another partner's calls are nobody else's business");
        for _ in 0..5 {
            assert_eq!(house.get(PARCEL, &caller.live).await.status, 200);
        }
        let told = event(&mut events).await.unwrap();
        assert!(told.starts_with("event: usage\ndata: {\"at\":"), "{told}");
        assert_eq!(event(&mut events).await, None, "calls right behind each other are told of once");
    })
    .await;
}
