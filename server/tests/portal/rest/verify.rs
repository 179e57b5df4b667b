//! `POST /v1/keys/verify`.

use crate::databases::both;
use crate::house::{Answer, TestHouse, by};
use axum::body::Body;
use axum::http::Request;
use chrono::Utc;
use domain::addresses::Addresses;
use domain::key::{Environment, Scope};
use serde_json::{Value, json};
use store::{NewKey, Secret, Store, TokenScope};

async fn post(house: &TestHouse, token: &str, body: String) -> Answer {
    let request = Request::builder().method("POST").uri("/v1/keys/verify").header("authorization", format!("Bearer {token}"));
    house.send(request.header("content-type", "application/json").body(Body::from(body)).unwrap()).await
}

async fn gateway_token(store: &Store) -> Secret {
    store.create_token("Edge", TokenScope::Gateway, None, &by(), Utc::now()).await.unwrap().1
}

async fn verify(house: &TestHouse, token: &Secret, key: &Secret, product: Option<&str>) -> Value {
    let answer = post(house, token.reveal(), json!({ "key": key.reveal(), "product": product }).to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

#[tokio::test]
async fn a_key_that_may_call_says_whose_it_is_and_what_is_left() {
    both(async |store| {
        let house = TestHouse::open(&store);
        let [free, _] = house.product("internal:demo").await;
        house.product_named("depots", "internal:demo", None).await;
        let (caller, token) = (house.caller(Some(&free)).await, gateway_token(&store).await);
        assert_eq!(house.get("/gateway/parcels/parcels/PX1", &caller.live).await.status, 200);
        house.settle().await;
        let answer = verify(&house, &token, &caller.live.secret, Some("parcels")).await;
        assert_eq!(
            (&answer["valid"], &answer["keyId"], &answer["environment"]),
            (&json!(true), &json!(caller.live.key.id), &json!("live"))
        );
        assert_eq!(answer["partner"], json!({ "id": caller.partner, "name": "Northwind" }));
        assert_eq!(
            (&answer["plan"]["quota"], &answer["plan"]["ratePerSecond"], &answer["remaining"]),
            (&json!(500), &json!(1000), &json!(499))
        );
        assert_eq!((&answer["products"], answer.get("reason")), (&Value::Null, None));
        let test = verify(&house, &token, &caller.test.secret, Some("parcels")).await;
        assert_eq!((&test["valid"], &test["environment"], &test["plan"]), (&json!(true), &json!("test"), &Value::Null));
        let narrow = house.key(caller.partner, Environment::Live, Scope::Only(vec!["depots".to_owned()])).await;
        assert_eq!(verify(&house, &token, &narrow.secret, None).await["products"], json!(["depots"]));
        assert!(!answer.to_string().contains(caller.live.secret.reveal()));
    })
    .await;
}

#[tokio::test]
async fn a_key_that_may_not_call_says_why_as_the_gateway_would() {
    both(async |store| {
        let house = TestHouse::open(&store);
        let [free, _] = house.product("internal:demo").await;
        house.product_named("depots", "internal:demo", None).await;
        let (caller, nobody, token) = (house.caller(Some(&free)).await, house.caller(None).await, gateway_token(&store).await);
        let narrow = house.key(caller.partner, Environment::Live, Scope::Only(vec!["depots".to_owned()])).await;
        let revoked = house.key(caller.partner, Environment::Live, Scope::All).await;
        store.revoke_key(caller.partner, revoked.key.id, &by(), Utc::now()).await.unwrap();
        for (key, product, reason) in [
            (&narrow.secret, "parcels", "scope"),
            (&revoked.secret, "parcels", "invalid-key"),
            (&nobody.live.secret, "parcels", "not-subscribed"),
            (&caller.live.secret, "nothing", "not-found"),
        ] {
            let answer = verify(&house, &token, key, Some(product)).await;
            assert_eq!((&answer["valid"], answer["reason"].as_str()), (&json!(false), Some(reason)), "{answer}");
            assert!(answer["detail"].as_str().unwrap().ends_with('.') && answer["keyId"].is_string(), "{answer}");
        }
        let sent = json!({ "key": "sk_live_00000000_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" });
        let unknown = post(&house, token.reveal(), sent.to_string()).await.json();
        assert_eq!((&unknown["valid"], unknown.get("partner")), (&json!(false), None), "nothing is told of a key that nobody has");
        let calls: Vec<_> = (0..500).map(|n| crate::rest::events::event(&n.to_string(), &caller.live.key)).collect();
        crate::rest::events::post(&house, token.reveal(), &json!(calls)).await;
        let spent = verify(&house, &token, &caller.live.secret, Some("parcels")).await;
        assert_eq!((spent["reason"].as_str(), &spent["remaining"]), (Some("quota-exceeded"), &json!(0)), "{spent}");
        store.suspend_partner(caller.partner, &by(), Utc::now()).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        let suspended = verify(&house, &token, &caller.live.secret, None).await;
        assert_eq!((&suspended["valid"], suspended["reason"].as_str()), (&json!(false), Some("suspended")), "{suspended}");
    })
    .await;
}

#[tokio::test]
async fn a_key_with_a_list_of_addresses_wants_to_know_where_the_call_came_from() {
    both(async |store| {
        let house = TestHouse::open(&store);
        let [free, _] = house.product("internal:demo").await;
        let (caller, token) = (house.caller(Some(&free)).await, gateway_token(&store).await);
        let addresses = Addresses::read("203.0.113.0/24").unwrap();
        let new = NewKey { addresses, ..NewKey::new("Office", Environment::Live) };
        let key = store.create_key(caller.partner, new, true, &by(), Utc::now()).await.unwrap();
        for product in [None, Some("parcels")] {
            for (address, valid) in [(Some("203.0.113.7"), true), (Some("203.0.114.7"), false), (None, false)] {
                let question = json!({ "key": key.secret.reveal(), "product": product, "address": address }).to_string();
                let answer = post(&house, token.reveal(), question).await.json();
                let reason = (!valid).then_some("address");
                assert_eq!((&answer["valid"], answer["reason"].as_str()), (&json!(valid), reason), "{product:?} {address:?}");
                assert_eq!(answer["keyId"], json!(key.key.id));
            }
        }
        let bad = json!({ "key": key.secret.reveal(), "address": "here" }).to_string();
        assert_eq!(post(&house, token.reveal(), bad).await.status, 400);
    })
    .await;
}

#[tokio::test]
async fn only_a_gateway_asks() {
    both(async |store| {
        let house = TestHouse::open(&store);
        let caller = house.caller(None).await;
        let (_, publisher) = store.create_token("CI", TokenScope::Publish, None, &by(), Utc::now()).await.unwrap();
        let question = json!({ "key": caller.live.secret.reveal() }).to_string();
        for (token, status) in [("", 401), ("pt_wrong", 401), (caller.live.secret.reveal(), 401), (publisher.reveal(), 403)] {
            assert_eq!(post(&house, token, question.clone()).await.status.as_u16(), status, "{token}");
        }
        let token = gateway_token(&store).await;
        for body in ["", "[]", "{}", "{\"key\": 7}", "{\"key\": \"x\", \"prodct\": \"a\"}"] {
            let answer = post(&house, token.reveal(), body.to_owned()).await;
            assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (400, "bad-request"), "{body}");
        }
        for (body, said) in [
            ("{}", "`key` is missing. Send {"),
            ("[\"sk_live_1\", null, null]", "Send an object, not a list. "),
            ("{\"key\": 7}", "key: send a text, not `7`. "),
            ("{\"key\": \"x\", \"prodct\": \"a\"}", "prodct: this name is not known; use one of `key`, `product`, `address`. "),
            ("{\"key\": \"x\", \"address\": \"here\"}", "address: this is no IP address; "),
            ("{\"key\": \"x\", \"product\": \"a\\u0000\"}", "product: send no control characters. "),
            ("{\"key\"", "This is no JSON: look at line 1"),
        ] {
            let answer = post(&house, token.reveal(), body.to_owned()).await;
            let detail = answer.json()["detail"].as_str().unwrap().to_owned();
            assert!(answer.status == 400 && detail.starts_with(said), "{body}: {detail}");
        }
    })
    .await;
}
