//! `POST /v1/sandbox/try`.

use crate::databases::both;
use crate::house::{Answer, Caller, TestHouse, by};
use crate::upstream::{TestUpstream, blunt, nobody};
use axum::body::Body;
use axum::http::Request;
use chrono::{TimeDelta, Utc};
use domain::key::{Environment, Scope};
use domain::product::Status;
use domain::usage::{CallFilter, Counts, Source};
use serde_json::{Value, json};
use std::time::Duration;
use store::{NewKey, Store};

async fn post(house: &TestHouse, body: impl Into<Body>) -> Answer {
    let request = Request::builder().method("POST").uri("/v1/sandbox/try").header("content-type", "application/json");
    house.send(request.body(body.into()).unwrap()).await
}

fn envelope(product: &str, key: &str) -> Value {
    json!({ "apiProductId": product, "method": "GET", "path": "/parcels/PX1", "headers": {}, "body": null, "apiKey": key })
}

async fn attempt(house: &TestHouse, product: &str, key: &str) -> Answer {
    post(house, envelope(product, key).to_string()).await
}

/// A product with a sandbox of its own, which may be at a private address.
async fn product(house: &TestHouse, id: &str, sandbox: &str) {
    house.product_named(id, "http://api.parcelry.example", Some(sandbox)).await;
    let mut settings = house.store.upstream(id).await.unwrap().unwrap();
    settings.allow_private = true;
    house.store.set_upstream(settings, None, &by(), Utc::now()).await.unwrap();
}

/// A portal with the product `parcels`, which the mock answers for.
async fn before(store: &Store) -> (TestHouse, Caller) {
    let house = TestHouse::open(store);
    house.product("http://api.parcelry.example").await;
    let caller = house.caller(None).await;
    (house, caller)
}

#[tokio::test]
async fn the_sandbox_s_answer_comes_in_an_envelope_whatever_its_status() {
    both(async |store| {
        let (house, caller) = before(&store).await;
        let answer = attempt(&house, "parcels", caller.test.secret.reveal()).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let shown = answer.json();
        assert_eq!((&shown["statusCode"], &shown["body"]["city"]), (&json!(200), &json!("Leipzig")));
        assert!(shown["headers"]["content-type"].as_str().unwrap().contains("json") && shown["latencyMs"].is_u64());

        product(&house, "own", &TestUpstream::start().await.url).await;
        for status in [204, 404, 500] {
            let mut asked = envelope("own", caller.test.secret.reveal());
            asked["path"] = json!(format!("/status-{status}"));
            let answer = post(&house, asked.to_string()).await;
            assert_eq!((answer.status.as_u16(), &answer.json()["statusCode"]), (200, &json!(status)), "{}", answer.text);
        }
        house.settle().await;
        let calls = store.calls(caller.partner, &CallFilter { limit: 10, ..CallFilter::default() }).await.unwrap();
        assert!(calls.len() == 4 && calls.iter().all(|call| call.source == Source::Console && call.environment == Environment::Test));
    })
    .await;
}

#[tokio::test]
async fn a_key_that_is_not_a_working_test_key_gets_401() {
    both(async |store| {
        let (house, caller) = before(&store).await;
        let expires_at = Some(Utc::now() + TimeDelta::milliseconds(50));
        let new = NewKey { expires_at, ..NewKey::new("Short", Environment::Test) };
        let expired = store.create_key(caller.partner, new, true, &by(), Utc::now()).await.unwrap();
        let revoked = house.key(caller.partner, Environment::Test, Scope::All).await;
        store.revoke_key(caller.partner, revoked.key.id, &by(), Utc::now()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(60)).await;
        let forged = format!("{}x", caller.test.secret.reveal());
        let (expired, revoked, live) = (expired.secret.reveal(), revoked.secret.reveal(), caller.live.secret.reveal());
        for key in ["", "nonsense", "sk_test_00000000_x", &forged, expired, revoked, live] {
            for product in ["parcels", "nothing"] {
                let answer = attempt(&house, product, key).await;
                assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (401, "invalid-key"), "{key} on {product}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn products_that_are_not_there_get_404_and_those_out_of_scope_403() {
    both(async |store| {
        let (house, caller) = before(&store).await;
        house.product_named("rates", "http://api.parcelry.example", None).await;
        let narrow = house.key(caller.partner, Environment::Test, Scope::Only(vec!["rates".to_owned()])).await;
        let answer = attempt(&house, "parcels", narrow.secret.reveal()).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (403, "scope"));
        house.counts_become(&narrow, Counts { refused: 1, ..Counts::default() }).await;
        let refused = store.calls(caller.partner, &CallFilter { limit: 10, ..CallFilter::default() }).await.unwrap();
        assert_eq!(refused.iter().map(|call| call.id.to_string()).collect::<Vec<_>>(), [answer.header("x-request-id")]);
        assert_eq!(answer.json()["requestId"], answer.header("x-request-id"));
        for product in ["nothing", "", "../parcels", "Parcels"] {
            assert_eq!(attempt(&house, product, caller.test.secret.reveal()).await.status, 404, "{product}");
        }
        store.set_product_status("parcels", Status::Deprecated, &by(), Utc::now()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(attempt(&house, "parcels", caller.test.secret.reveal()).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn a_sandbox_that_cannot_be_reached_gets_502_with_status_code_0() {
    both(async |store| {
        let (house, caller) = before(&store).await;
        let half = blunt(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf").await;
        for (n, broken) in [nobody().await, blunt(b"").await, half].into_iter().enumerate() {
            let id = format!("p{n}");
            product(&house, &id, &broken).await;
            let answer = attempt(&house, &id, caller.test.secret.reveal()).await;
            assert_eq!((answer.status.as_u16(), &answer.json()["statusCode"]), (502, &json!(0)), "{id}: {}", answer.text);
            assert!(answer.json()["error"].is_string() && answer.json()["latencyMs"].is_u64());
        }
    })
    .await;
}

#[tokio::test]
async fn the_sandbox_receives_json_and_the_key_unless_the_caller_says_otherwise() {
    both(async |store| {
        let (house, caller) = before(&store).await;
        product(&house, "own", &TestUpstream::start().await.url).await;
        let key = caller.test.secret.reveal();
        let mut asked = envelope("own", key);
        asked["method"] = json!("post");
        asked["path"] = json!("/parcels?x=%2F");
        asked["body"] = json!({ "city": "Leipzig" });
        asked["headers"] = json!({ "X-Trace": "1", "Cookie": "session=1", "Host": "evil.example" });
        let got = post(&house, asked.to_string()).await.json();
        let got = &got["body"];
        assert_eq!((&got["method"], &got["target"]), (&json!("POST"), &json!("/parcels?x=%2F")), "{got}");
        assert_eq!(got["body"], json!("{\"city\":\"Leipzig\"}"));
        let headers = &got["headers"];
        assert_eq!((&headers["content-type"], &headers["x-trace"]), (&json!("application/json"), &json!("1")));
        assert_eq!(headers["authorization"], json!(format!("Bearer {key}")));
        assert!(headers.get("cookie").is_none() && headers["host"] != json!("evil.example"), "{headers}");

        asked["headers"] = json!({ "content-TYPE": "text/plain", "AUTHORIZATION": "Basic x" });
        asked["body"] = json!("as it is");
        let got = post(&house, asked.to_string()).await.json();
        let headers = &got["body"]["headers"];
        assert_eq!((&headers["content-type"], &headers["authorization"]), (&json!("text/plain"), &json!("Basic x")));
        assert_eq!(got["body"]["body"], json!("as it is"));
    })
    .await;
}

#[tokio::test]
async fn private_addresses_are_refused_unless_an_admin_allows_them() {
    both(async |store| {
        let upstream = TestUpstream::start().await;
        let port = upstream.url.rsplit_once(':').unwrap().1.to_owned();
        let (house, caller) = before(&store).await;
        let hosts =
            ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "0x7f.1", "169.254.169.254", "10.0.0.1"];
        for (n, host) in hosts.into_iter().enumerate() {
            let id = format!("p{n}");
            house.product_named(&id, "http://api.parcelry.example", Some(&format!("http://{host}:{port}"))).await;
            let answer = attempt(&house, &id, caller.test.secret.reveal()).await;
            assert_eq!((answer.status.as_u16(), &answer.json()["statusCode"]), (502, &json!(0)), "{host}: {}", answer.text);
        }
        assert_eq!(upstream.calls(), 0);
        product(&house, "allowed", &upstream.url).await;
        assert_eq!(attempt(&house, "allowed", caller.test.secret.reveal()).await.json()["statusCode"], 200);
    })
    .await;
}

#[tokio::test]
async fn a_path_never_leaves_the_sandbox_and_a_redirect_is_not_followed() {
    both(async |store| {
        let upstream = TestUpstream::start().await;
        let (house, caller) = before(&store).await;
        product(&house, "own", &format!("{}/base", upstream.url)).await;
        let mut asked = envelope("own", caller.test.secret.reveal());
        for path in
            ["//evil.example/", "/../x", "/a/%2e%2e/x", "x", "", "@evil.example/", "/a\\..\\b", "/a\r\nHost: evil", "http://evil.example/"]
        {
            asked["path"] = json!(path);
            let answer = post(&house, asked.to_string()).await;
            assert_eq!((answer.status.as_u16(), &answer.json()["field"]), (422, &json!("path")), "{path:?}");
        }
        assert_eq!(upstream.calls(), 0);
        asked["path"] = json!("/redirect");
        let answer = post(&house, asked.to_string()).await.json();
        assert_eq!((&answer["statusCode"], &answer["headers"]["location"]), (&json!(302), &json!("http://evil.example/")));
        assert_eq!(upstream.calls(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_bad_envelope_names_the_field() {
    both(async |store| {
        let (house, caller) = before(&store).await;
        let key = caller.test.secret.reveal();
        assert_eq!(post(&house, "{oops").await.status, 400);
        for (field, value) in
            [("apiProductId", Value::Null), ("method", json!("G T")), ("path", json!(7)), ("headers", json!(8)), ("apiKey", Value::Null)]
        {
            let mut asked = envelope("parcels", key);
            asked[field] = value;
            let answer = post(&house, asked.to_string()).await;
            assert_eq!((answer.status.as_u16(), &answer.json()["field"]), (422, &json!(field)), "{}", answer.text);
        }
        for method in ["CONNECT", "TRACE", "NONSENSE", ""] {
            let mut asked = envelope("parcels", key);
            asked["method"] = json!(method);
            assert_eq!(post(&house, asked.to_string()).await.json()["field"], "method", "{method}");
        }
        let mut asked = envelope("parcels", key);
        asked["headers"] = (0..33_000).map(|n| (format!("x-{n}"), json!("1"))).collect::<serde_json::Map<_, _>>().into();
        let answer = post(&house, asked.to_string()).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["field"]), (422, &json!("headers")), "{}", answer.text);
        asked["apiKey"] = json!("sk_test_00000000_x");
        assert_eq!(post(&house, asked.to_string()).await.status, 401, "the key comes first");
        let mut asked = envelope("parcels", key);
        asked["headers"] = json!({ "x-a": "one\ntwo" });
        assert_eq!(post(&house, asked.to_string()).await.json()["field"], "headers.x-a");
        asked.as_object_mut().unwrap().remove("apiKey");
        let missing = post(&house, asked.to_string()).await;
        assert!(missing.status == 422 && missing.text.contains("apiKey"), "{}", missing.text);
    })
    .await;
}
