//! `POST /v1/usage`.

use crate::databases::both;
use crate::house::{Answer, TestHouse, by};
use axum::body::Body;
use axum::http::Request;
use chrono::Utc;
use domain::key::Key;
use domain::usage::{CallFilter, Counts};
use serde_json::{Value, json};
use store::TokenScope;

/// A call as another gateway tells of it.
pub fn event(id: &str, key: &Key) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "/gateways/edge-1", "type": "portico.call", "time": Utc::now(),
        "datacontenttype": "application/json",
        "data": { "key": key.id, "product": "parcels", "status": 200, "latencyMs": 12.5, "path": "/parcels?secret=1", "method": "get" }
    })
}

async fn send(house: &TestHouse, token: &str, kind: &str, body: impl Into<Body>) -> Answer {
    let request = Request::builder().method("POST").uri("/v1/usage").header("authorization", format!("Bearer {token}"));
    house.send(request.header("content-type", kind).body(body.into()).unwrap()).await
}

/// Reports a batch.
pub async fn post(house: &TestHouse, token: &str, events: &Value) -> Answer {
    send(house, token, "application/cloudevents-batch+json; charset=utf-8", events.to_string()).await
}

#[tokio::test]
async fn a_batch_that_is_sent_again_counts_once() {
    both(async |store| {
        let house = TestHouse::open(&store);
        house.product("internal:demo").await;
        let caller = house.caller(None).await;
        let (_, token) = store.create_token("Edge", TokenScope::Gateway, None, &by(), Utc::now()).await.unwrap();
        let batch = json!([event("1", &caller.live.key), event("2", &caller.live.key), event("1", &caller.live.key)]);
        let first = post(&house, token.reveal(), &batch).await;
        assert_eq!(first.status, 200, "{}", first.text);
        let told = first.json();
        assert_eq!([&told["accepted"], &told["duplicates"], &told["rejected"]], [&json!(2), &json!(1), &json!(0)]);
        assert_eq!(told["verdicts"][2], json!({ "id": "1", "verdict": "duplicate" }));
        assert_eq!(post(&house, token.reveal(), &batch).await.json()["duplicates"], 3);
        let single = event("3", &caller.live.key).to_string();
        assert_eq!(send(&house, token.reveal(), "application/cloudevents+json", single).await.json()["accepted"], 1);
        assert_eq!(house.counts(&caller.live).await, Counts { success: 3, ..Counts::default() });
        let filter = domain::usage::CallFilter { limit: 1, ..Default::default() };
        let logged = store.calls(caller.partner, &filter).await.unwrap().remove(0);
        assert_eq!((logged.path.as_str(), logged.method.as_str(), logged.latency.as_micros()), ("/parcels", "GET", 12_500));
    })
    .await;
}

#[tokio::test]
async fn what_is_reported_uses_the_quota_up_for_this_gateway_too() {
    both(async |store| {
        let house = TestHouse::open(&store);
        let [free, _] = house.product("internal:demo").await;
        let caller = house.caller(Some(&free)).await;
        let (_, token) = store.create_token("Edge", TokenScope::Gateway, None, &by(), Utc::now()).await.unwrap();
        let call = async || house.get("/gateway/parcels/parcels/PX1", &caller.live).await;
        let left = async || call().await.header("ratelimit").split("\"month\";r=").nth(1).map(|rest| rest[..3].to_owned());
        assert_eq!(left().await.as_deref(), Some("499"));
        let some: Vec<_> = (0..100).map(|n| event(&n.to_string(), &caller.live.key)).collect();
        for _ in 0..2 {
            post(&house, token.reveal(), &json!(some)).await;
        }
        assert_eq!(left().await.as_deref(), Some("398"), "each once, and the call under way too");
        let more: Vec<_> = (100..600).map(|n| event(&n.to_string(), &caller.live.key)).collect();
        assert_eq!(post(&house, token.reveal(), &json!(more)).await.json()["accepted"], 500);
        let answer = call().await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (429, "quota-exceeded"));
    })
    .await;
}

#[tokio::test]
async fn an_event_that_is_wrong_says_where_and_the_others_count() {
    both(async |store| {
        let house = TestHouse::open(&store);
        house.product("internal:demo").await;
        let caller = house.caller(None).await;
        let (_, token) = store.create_token("Edge", TokenScope::Gateway, None, &by(), Utc::now()).await.unwrap();
        let with = |pointer: &str, value: Value| {
            let mut event = event(pointer, &caller.live.key);
            *event.pointer_mut(pointer).unwrap() = value;
            event
        };
        let wrong = [
            (with("/specversion", json!("0.3")), "specversion"),
            (with("/type", json!("other")), "type"),
            (with("/time", json!("yesterday")), "time"),
            (with("/time", json!(Utc::now() - chrono::TimeDelta::days(36))), "too old; events are taken for 35 days"),
            (with("/source", json!("")), "source"),
            (with("/data/key", json!("sk_live_1")), "data.key"),
            (with("/data/key", json!(caller.partner)), "data.key"),
            (with("/data/product", json!("nothing")), "data.product"),
            (with("/data/status", json!(99)), "data.status"),
            (with("/data/method", json!("GET btn")), "data.method"),
            (with("/data/status", json!("ok")), "data.status"),
            (with("/data/latencyMs", json!(-1)), "data.latencyMs"),
            (with("/data/latencyMs", json!(86_400_001)), "send 0 to 86400000 milliseconds"),
            (with("/data/status", json!("200")), "data.status: send a whole number, not \"200\"."),
            (with("/data/key", json!("abc")), "data.key: this is no UUID"),
            (with("/data/product", json!("parcels\0")), "data.product"),
            (with("/data", json!([caller.live.key.id, "parcels"])), "data: send an object, not a list."),
            (with("/time", json!("today")), "time: this is no moment; use one such as 2026-11-24T12:00:00Z."),
            (with("/data/path", json!("/parcels/\0")), "data.path"),
            (with("/data", json!({ "kee": 1 })), "data"),
            (json!("no event"), "Send an object, not \"no event\"."),
            (json!(5), "Send an object, not `5`."),
            (json!({}), "`specversion` is missing."),
        ];
        let (mut batch, parts): (Vec<_>, Vec<_>) = wrong.into_iter().unzip();
        batch.push(event("good", &caller.live.key));
        batch.push(with("/data/status", json!(503)));
        batch.push(with("/data/latencyMs", json!(86_400_000)));
        // However long the address was, the call was made.
        batch.push(with("/data/path", json!(format!("/{}?q={}", "x".repeat(1_200), "y".repeat(1_200)))));
        let answer = post(&house, token.reveal(), &json!(batch)).await.json();
        assert_eq!((&answer["accepted"], &answer["rejected"]), (&json!(4), &json!(parts.len())), "{answer}");
        for (line, part) in answer["verdicts"].as_array().unwrap().iter().zip(parts) {
            let detail = line["detail"].as_str().unwrap();
            assert!(line["verdict"] == "rejected" && detail.contains(part) && detail.ends_with('.'), "{line} for {part}");
        }
        assert_eq!(house.counts(&caller.live).await, Counts { success: 3, error: 1, ..Counts::default() });
        let calls = store.calls(caller.partner, &CallFilter { limit: 10, ..CallFilter::default() }).await.unwrap();
        assert!(calls.iter().any(|call| call.path == format!("/{}", "x".repeat(999))), "{calls:?}");
    })
    .await;
}

#[tokio::test]
async fn what_is_no_batch_is_refused_as_a_whole() {
    both(async |store| {
        let house = TestHouse::open(&store);
        house.product("internal:demo").await;
        let caller = house.caller(None).await;
        let (_, token) = store.create_token("Edge", TokenScope::Gateway, None, &by(), Utc::now()).await.unwrap();
        let (_, reader) = store.create_token("Warehouse", TokenScope::Usage, None, &by(), Utc::now()).await.unwrap();
        let batch = json!([event("1", &caller.live.key)]).to_string();
        let many = json!(vec![json!({}); 5_001]).to_string();
        let huge = json!([{ "id": "huge", "note": "x".repeat(70_000) }]).to_string();
        const BATCH: &str = "application/cloudevents-batch+json";
        for (token, kind, body, status) in [
            (token.reveal(), "application/json", batch.as_str(), 415),
            (token.reveal(), BATCH, "{}", 400),
            (token.reveal(), BATCH, "[", 400),
            (token.reveal(), BATCH, &many, 413),
            (reader.reveal(), BATCH, &batch, 403),
            (caller.live.secret.reveal(), BATCH, &batch, 401),
            ("", BATCH, &batch, 401),
        ] {
            let answer = send(&house, token, kind, body.to_owned()).await;
            assert_eq!(answer.status.as_u16(), status, "{kind} {}", answer.text);
            assert!(!answer.problem().is_empty());
        }
        const SINGLE: &str = "application/cloudevents+json";
        for (kind, body, said) in [
            (SINGLE, batch.as_str(), "The body is a list. Send it as application/cloudevents-batch+json"),
            (BATCH, "{}", "The body is one event. Send it as application/cloudevents+json"),
            (BATCH, "5", "Send a list of events, not `5`."),
            (BATCH, "[{]", "This is no JSON: look at line 1"),
        ] {
            let answer = send(&house, token.reveal(), kind, body.to_owned()).await;
            assert!(answer.status == 400 && answer.text.contains(said), "{kind} {body}: {}", answer.text);
        }
        let answer = send(&house, token.reveal(), BATCH, huge).await.json();
        assert_eq!((&answer["rejected"], answer["verdicts"][0]["detail"].as_str()), (&json!(1), Some("An event has at most 65536 bytes.")));
        assert_eq!(send(&house, token.reveal(), BATCH, "[]").await.json()["verdicts"], json!([]));
        assert_eq!(house.counts(&caller.live).await, Counts::default());
    })
    .await;
}
