//! `/metrics`.

use crate::databases::both;
use crate::house::{Answer, METRICS_TOKEN, TestHouse, read, with_key};
use crate::redis::TestRedis;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use domain::key::{Environment, Scope};
use std::net::SocketAddr;
use store::{PasswordCost, Store};
use tower::ServiceExt;

const HERE: &str = "127.0.0.1:4000";
const ELSEWHERE: &str = "192.0.2.7:4000";

async fn ask(house: &TestHouse, from: &str, headers: &[(&str, &str)]) -> Answer {
    let request = headers.iter().fold(Request::builder().uri("/metrics"), |request, (name, value)| request.header(*name, *value));
    let mut request = request.body(Body::empty()).unwrap();
    request.extensions_mut().insert(ConnectInfo(from.parse::<SocketAddr>().unwrap()));
    read(house.router.clone().oneshot(request).await.unwrap()).await
}

/// The value of a sample, once it is there: refusals are counted after their answer.
async fn value(house: &TestHouse, sample: &str) -> String {
    for _ in 0..100 {
        let text = ask(house, HERE, &[]).await.text;
        if let Some(found) = text.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' ')) {
            return found.to_owned();
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("no {sample} in {}", ask(house, HERE, &[]).await.text);
}

#[tokio::test]
async fn calls_are_counted_by_product_and_outcome() {
    both(async |store| {
        let house = TestHouse::open(&store);
        let [_, starter] = house.product("internal:demo").await;
        let broken = house.product_named("broken", "http://127.0.0.1:1", None).await;
        let caller = house.caller(Some(&starter)).await;
        store.subscribe(caller.partner, "broken", broken[1].id, &crate::house::by(), chrono::Utc::now()).await.unwrap();
        for (path, status) in [
            ("/gateway/parcels/parcels/PX1", 200),
            ("/gateway/parcels/parcels/PX1", 200),
            ("/gateway/broken/x", 502),
            ("/gateway/nothing/x", 404),
        ] {
            assert_eq!(house.get(path, &caller.live).await.status, status, "{path}");
        }
        house.send(Request::builder().uri("/gateway/parcels/x").body(Body::empty()).unwrap()).await;
        let calls = |product: &str, outcome: &str, status: &str| {
            format!("portico_calls_total{{product=\"{product}\",environment=\"live\",outcome=\"{outcome}\",status=\"{status}\"}}")
        };
        assert_eq!(value(&house, &calls("parcels", "success", "2xx")).await, "2");
        assert_eq!(value(&house, &calls("broken", "error", "5xx")).await, "1");
        assert_eq!(value(&house, &calls("unknown", "refused", "4xx")).await, "1");
        assert_eq!(value(&house, "portico_call_latency_seconds_count{product=\"parcels\",environment=\"live\"}").await, "2");
        assert_eq!(value(&house, "portico_turned_away_total{reason=\"unknown_key\"}").await, "1");
        assert_eq!(value(&house, "portico_meter_queue_depth").await, "0");
        assert_eq!(value(&house, "portico_meter_write_failures_total").await, "0");
    })
    .await;
}

#[tokio::test]
async fn a_key_that_nobody_could_look_up_is_not_an_unknown_one() {
    both(async |store| {
        let house = TestHouse::open(&store);
        let caller = house.caller(None).await;
        house.product("internal:demo").await;
        assert_eq!(house.get("/gateway/parcels/x", &caller.live).await.status, 403, "the product is remembered from here on");
        let unused = house.key(caller.partner, Environment::Live, Scope::All).await;
        let other = house.caller(None).await.live;
        assert_eq!(house.get("/gateway/nothing/x", &other).await.status, 404, "the key is remembered, and no plan");
        store.close().await;
        for (product, key, unanswered) in [("parcels", &unused, "1"), ("labels", &unused, "2"), ("parcels", &other, "3")] {
            assert_eq!(house.get(&format!("/gateway/{product}/x"), key).await.status, 503, "{product}, {unanswered}");
            assert_eq!(value(&house, "portico_turned_away_total{reason=\"unanswered\"}").await, unanswered, "{product}");
        }
        let text = ask(&house, HERE, &[]).await.text;
        assert!(!text.contains("reason=\"unknown_key\""), "{text}");
    })
    .await;
}

/// Paths name what their sender likes: a key that was revoked must not fill the labels and the sums.
#[tokio::test]
async fn names_that_nobody_gave_to_a_product_share_one_label() {
    both(async |store| {
        let house = TestHouse::open(&store);
        let caller = house.caller(None).await;
        for n in 0..20 {
            let request = with_key(&format!("/gateway/made-up-{n}/x"), &caller.test).body(Body::empty()).unwrap();
            assert_eq!(house.send(request).await.status, 401, "a test key at the live door");
        }
        let unknown = "portico_calls_total{product=\"unknown\",environment=\"test\",outcome=\"refused\",status=\"4xx\"}";
        for _ in 0..100 {
            if value(&house, unknown).await == "20" {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let text = ask(&house, HERE, &[]).await.text;
        assert!(text.contains(&format!("{unknown} 20")) && !text.contains("made-up"), "{text}");
    })
    .await;
}

#[tokio::test]
async fn this_machine_reads_them_and_others_need_the_token() {
    both(async |store| {
        let house = TestHouse::open(&store);
        let bearer = format!("Bearer {METRICS_TOKEN}");
        let open = ask(&house, HERE, &[]).await;
        assert_eq!((open.status.as_u16(), open.header("content-type")), (200, "text/plain; version=0.0.4; charset=utf-8"));
        assert!(open.text.ends_with("# EOF\n") && open.text.contains("portico_build_info{version="), "{}", open.text);
        let accept = ("accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5");
        assert!(ask(&house, "[::ffff:127.0.0.1]:1", &[accept]).await.header("content-type").starts_with("application/openmetrics-text"));
        assert_eq!(ask(&house, ELSEWHERE, &[("authorization", &bearer)]).await.status, 200);
        for (from, headers) in [
            (ELSEWHERE, &[][..]),
            (ELSEWHERE, &[("x-forwarded-for", "127.0.0.1")]),
            (ELSEWHERE, &[("authorization", "Bearer a token for metricz")]),
            (ELSEWHERE, &[("authorization", "Bearer ")]),
            (HERE, &[("x-forwarded-for", "192.0.2.7")]),
            (HERE, &[("forwarded", "for=192.0.2.7")]),
        ] {
            let refused = ask(&house, from, headers).await;
            assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (403, "forbidden"), "{from} {headers:?}");
        }
        let unseen = house.send(Request::builder().uri("/metrics").body(Body::empty()).unwrap()).await;
        assert_eq!(unseen.status, 403, "an address that nobody knows is not this machine");
    })
    .await;
}

#[tokio::test]
async fn a_node_says_that_redis_is_away_and_how_much_it_holds_back() {
    let Some(mut redis) = TestRedis::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("portico.db").display());
    let store = Store::open_with(&url, PasswordCost::Cheap).await.unwrap().join(&redis.url(), folder.path()).await.unwrap();
    let house = TestHouse::open(&store);
    let [_, starter] = house.product("internal:demo").await;
    let caller = house.caller(Some(&starter)).await;
    assert_eq!(house.get("/gateway/parcels/parcels/PX1", &caller.live).await.status, 200);
    assert_eq!([value(&house, "portico_redis_down").await, value(&house, "portico_meter_drift").await], ["0", "0"]);
    redis.kill();
    assert_eq!(house.get("/gateway/parcels/parcels/PX1", &caller.live).await.status, 200);
    assert_eq!([value(&house, "portico_redis_down").await, value(&house, "portico_redis_outages").await], ["1", "1"]);
    assert_ne!(value(&house, "portico_meter_spool_depth").await, "0");
}
