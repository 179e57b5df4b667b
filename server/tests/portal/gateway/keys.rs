//! Whose key opens the gateway, and what everybody else is told.

use crate::house::{Answer, TestHouse, by, everywhere, with_key};
use axum::body::Body;
use axum::http::Request;
use chrono::{TimeDelta, Utc};
use domain::key::{Environment, Scope};
use domain::usage::Counts;
use std::time::Duration;
use store::{CreatedKey, NewKey, PasswordCost, Store};

const PARCEL: &str = "/gateway/parcels/parcels/PX1";

#[tokio::test]
async fn a_live_key_in_either_header_opens_the_gateway() {
    everywhere(async |store| {
        let house = TestHouse::open(&store);
        let [_, starter] = house.product("internal:demo").await;
        let caller = house.caller(Some(&starter)).await;
        assert_eq!(house.get(PARCEL, &caller.live).await.json()["city"], "Leipzig");
        let in_header = Request::builder().uri(PARCEL).header("X-Api-Key", caller.live.secret.reveal());
        assert_eq!(house.send(in_header.body(Body::empty()).unwrap()).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_working_key_is_told_so() {
    everywhere(async |store| {
        let house = TestHouse::open(&store);
        let [_, starter] = house.product("internal:demo").await;
        let caller = house.caller(Some(&starter)).await;
        let forged = format!("{}x", caller.live.secret.reveal());
        for key in ["", "nonsense", "sk_live_00000000_x", &forged, caller.test.secret.reveal()] {
            let request = Request::builder().uri(PARCEL).header("authorization", format!("Bearer {key}"));
            let answer = house.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (401, "invalid-key"), "{key}");
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{key}");
            assert_eq!(answer.json()["requestId"], answer.header("x-request-id"));
            assert_eq!(answer.json()["instance"], PARCEL);
        }
        let answer = house.send(Request::builder().uri(PARCEL).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 401);
        assert_eq!(house.get("/sandbox/parcels/parcels/PX1", &caller.live).await.status, 401);
        // Whoever has the secret of a test key is known, and their refusal is counted; a forger's is nobody's.
        house.counts_become(&caller.test, Counts { refused: 1, ..Counts::default() }).await;
        house.counts_become(&caller.live, Counts { refused: 1, ..Counts::default() }).await;
    })
    .await;
}

#[tokio::test]
async fn expired_and_rotated_keys_close_on_time() {
    everywhere(async |store| {
        let house = TestHouse::open(&store);
        let [_, starter] = house.product("internal:demo").await;
        let caller = house.caller(Some(&starter)).await;
        let expires_at = Some(Utc::now() + TimeDelta::milliseconds(400));
        let new = NewKey { expires_at, ..NewKey::new("Short", Environment::Live) };
        let short = store.create_key(caller.partner, new, true, &by(), Utc::now()).await.unwrap();
        assert_eq!(house.get(PARCEL, &short).await.status, 200);
        tokio::time::sleep(Duration::from_millis(500)).await;
        let answer = house.get(PARCEL, &short).await;
        assert!(answer.status == 401 && answer.text.contains("expired"), "{}", answer.text);

        let overlap = TimeDelta::hours(1);
        let rotated = store.rotate_key(caller.partner, caller.live.key.id, overlap, &by(), Utc::now()).await.unwrap().unwrap();
        assert_eq!([house.get(PARCEL, &caller.live).await.status, house.get(PARCEL, &rotated).await.status], [200, 200]);
        let last = store.rotate_key(caller.partner, caller.live.key.id, TimeDelta::zero(), &by(), Utc::now()).await.unwrap().unwrap();
        becomes(&house, &rotated, 401).await;
        assert_eq!(house.get(PARCEL, &last).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn each_rule_has_its_own_answer() {
    everywhere(async |store| {
        let house = TestHouse::open(&store);
        let [_, starter] = house.product("internal:demo").await;
        house.product_named("rates", "internal:demo", None).await;
        let caller = house.caller(Some(&starter)).await;
        let narrow = house.key(caller.partner, Environment::Live, Scope::Only(vec!["rates".to_owned()])).await;
        for (path, key, status, problem) in [
            ("/gateway/nothing/here", &caller.live, 404, "not-found"),
            ("/gateway/No%20Product/here", &caller.live, 404, "not-found"),
            (PARCEL, &narrow, 403, "scope"),
            ("/gateway/rates/parcels/PX1", &caller.live, 403, "not-subscribed"),
            ("/gateway/parcels/a/../b", &caller.live, 400, "bad-request"),
            ("/gateway/parcels/a/%2e%2e/b", &caller.live, 400, "bad-request"),
        ] {
            let answer = house.get(path, key).await;
            assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (status, problem), "{path}");
        }
        house.counts_become(&narrow, Counts { refused: 1, ..Counts::default() }).await;

        store.suspend_partner(caller.partner, &by(), Utc::now()).await.unwrap();
        assert_eq!(becomes(&house, &caller.live, 403).await.problem(), "suspended");
        store.resume_partner(caller.partner, &by(), Utc::now()).await.unwrap();
        becomes(&house, &caller.live, 200).await;
    })
    .await;
}

#[tokio::test]
async fn a_revocation_is_seen_by_this_process_at_once_and_by_another_within_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("portico.db").display());
    let (here, there) = (open(&url).await, open(&url).await);
    let (house, other) = (TestHouse::open(&here), TestHouse::open(&there));
    let [_, starter] = house.product("internal:demo").await;
    let caller = house.caller(Some(&starter)).await;
    let second = house.key(caller.partner, Environment::Live, Scope::All).await;
    assert_eq!([house.get(PARCEL, &second).await.status, other.get(PARCEL, &second).await.status], [200, 200]);

    here.revoke_key(caller.partner, second.key.id, &by(), Utc::now()).await.unwrap();
    assert_eq!(becomes(&house, &second, 401).await.problem(), "invalid-key");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(other.get(PARCEL, &second).await.status, 401);
    here.close().await;
    there.close().await;
}

async fn open(url: &str) -> Store {
    Store::open_with(url, PasswordCost::Cheap).await.unwrap()
}

/// Asks until the answer has this status, for a tenth of a second: the news travels by a task.
async fn becomes(house: &TestHouse, key: &CreatedKey, status: u16) -> Answer {
    for _ in 0..10 {
        let answer = house.send(with_key(PARCEL, key).body(Body::empty()).unwrap()).await;
        if answer.status == status {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the answer is not {status} after a tenth of a second")
}
