//! `GET /api/v1/usage`.

use crate::databases::both;
use crate::house::{Answer, Caller, TestHouse, by};
use axum::body::Body;
use axum::http::Request;
use chrono::{TimeDelta, Utc};
use domain::key::{Environment, Scope};
use domain::usage::Counts;
use serde_json::{Value, json};
use store::{CreatedKey, Store, TokenScope};

const PARCEL: &str = "/gateway/parcels/parcels/PX1";

async fn ask(house: &TestHouse, secret: &str, query: &str, accept: &str) -> Answer {
    let request = Request::builder().uri(format!("/api/v1/usage?{query}")).header("authorization", format!("Bearer {secret}"));
    house.send(request.header("accept", accept).body(Body::empty()).unwrap()).await
}

async fn get(house: &TestHouse, key: &CreatedKey, query: &str) -> Value {
    let answer = ask(house, key.secret.reveal(), query, "application/json").await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text);
    answer.json()
}

/// A partner with three calls on `parcels`, one on `depots` and one that was refused; another with one call.
async fn before(store: &Store) -> (TestHouse, Caller, Caller) {
    let house = TestHouse::open(store);
    let [_, parcels] = house.product("internal:demo").await;
    let [_, depots] = house.product_named("depots", "internal:demo", None).await;
    let (caller, other) = (house.caller(Some(&parcels)).await, house.caller(Some(&parcels)).await);
    store.subscribe(caller.partner, "depots", depots.id, &by(), Utc::now()).await.unwrap();
    for (path, key, status) in [
        (PARCEL, &caller.live, 200),
        (PARCEL, &caller.live, 200),
        ("/gateway/parcels/parcels/", &caller.live, 405),
        ("/gateway/depots/parcels/PX1", &caller.live, 200),
        ("/gateway/nothing/x", &caller.live, 404),
        (PARCEL, &other.live, 200),
        ("/sandbox/parcels/parcels/PX1", &caller.test, 200),
    ] {
        assert_eq!(house.get(path, key).await.status, status, "{path}");
    }
    house.counts_become(&caller.live, Counts { success: 4, client_errors: 1, refused: 1, ..Counts::default() }).await;
    (house, caller, other)
}

#[tokio::test]
async fn a_key_reads_its_partner_s_calls_in_any_groups() {
    both(async |store| {
        let (house, caller, other) = before(&store).await;
        let today = Utc::now().date_naive().to_string();
        let report = get(&house, &caller.live, "").await;
        let line = &report["items"][0];
        assert_eq!((report["items"].as_array().unwrap().len(), &line["day"]), (1, &json!(today)), "{report}");
        assert_eq!(
            [&line["calls"], &line["success"], &line["clientErrors"], &line["refused"]],
            [&json!(4), &json!(4), &json!(1), &json!(1)]
        );
        assert!(line["latency"]["p50"].as_f64().unwrap() > 0.0 && line["bytesOut"].as_i64().unwrap() > 0, "{line}");
        let report = get(&house, &caller.live, "group_by=product,status").await;
        let lines: Vec<_> =
            report["items"].as_array().unwrap().iter().map(|l| json!([l["product"], l["status"], l["calls"], l["refused"]])).collect();
        let expected = [
            json!(["depots", "2xx", 1, 0]),
            json!(["parcels", "2xx", 2, 0]),
            json!(["parcels", "4xx", 1, 0]),
            json!(["unknown", "4xx", 0, 1]),
        ];
        assert_eq!(lines, expected);
        let timed: Vec<_> = report["items"].as_array().unwrap().iter().map(|line| line.get("latency").is_some()).collect();
        assert_eq!(timed, [true, true, true, false], "each line has its own; what was refused took no time");
        let keys = get(&house, &caller.live, "group_by=key&product=depots").await;
        assert_eq!((&keys["items"][0]["key"], &keys["items"][0]["calls"]), (&json!(caller.live.key.id), &json!(1)));
        assert_eq!(get(&house, &other.live, "").await["items"][0]["calls"], 1, "nobody else's");
        assert_eq!(get(&house, &caller.test, "").await["items"][0]["calls"], 1, "a test key reads test calls");
        let narrow = house.key(caller.partner, Environment::Live, Scope::Only(vec!["depots".to_owned()])).await;
        assert_eq!(get(&house, &narrow, "group_by=product").await["items"].as_array().unwrap().len(), 1, "a key sees what it may call");
    })
    .await;
}

#[tokio::test]
async fn an_answer_names_the_whole_hours_that_it_counts() {
    both(async |store| {
        let (house, caller, _) = before(&store).await;
        let whole = |at: chrono::DateTime<Utc>| at.format("%Y-%m-%dT%H:00:00Z").to_string();
        // A call reported from the first second of an hour that the question begins and ends within.
        let (_, token) = store.create_token("Edge", TokenScope::Gateway, None, &by(), Utc::now()).await.unwrap();
        let hour = Utc::now() - TimeDelta::days(2);
        let mut event = crate::rest::events::event("early", &caller.live.key);
        event["time"] = whole(hour).into();
        crate::rest::events::post(&house, token.reveal(), &json!([event])).await;
        let within = hour.format("from=%Y-%m-%dT%H:20:00Z&to=%Y-%m-%dT%H:40:00Z").to_string();
        let report = get(&house, &caller.live, &within).await;
        assert_eq!((&report["from"], &report["to"]), (&json!(whole(hour)), &json!(whole(hour + TimeDelta::hours(1)))), "{report}");
        assert_eq!(report["items"][0]["calls"], 1, "{report}");
    })
    .await;
}

#[tokio::test]
async fn days_have_their_totals_by_api_and_no_gaps() {
    both(async |store| {
        let (house, caller, _) = before(&store).await;
        let answer = get(&house, &caller.live, "days=7").await;
        let days = answer["items"].as_array().unwrap();
        let first = (Utc::now() - TimeDelta::days(6)).date_naive().to_string();
        assert_eq!((days.len(), &days[0]), (7, &json!({ "date": first, "total": 0, "byApi": {} })));
        assert_eq!((&days[6]["total"], &days[6]["byApi"]), (&json!(4), &json!({ "parcels": 3, "depots": 1 })));
        let table = ask(&house, caller.live.secret.reveal(), "days=2&format=csv", "*/*").await;
        let lines: Vec<_> = table.text.lines().collect();
        assert_eq!((lines[0], lines.len()), ("date,total,depots,parcels", 3));
        assert!(lines[2].ends_with(",4,1,3"), "{}", table.text);
    })
    .await;
}

#[tokio::test]
async fn a_spreadsheet_gets_a_table() {
    both(async |store| {
        let (house, caller, _) = before(&store).await;
        let table = ask(&house, caller.live.secret.reveal(), "group_by=product,hour", "text/csv").await;
        assert_eq!((table.status.as_u16(), table.header("content-type")), (200, "text/csv; charset=utf-8"));
        let lines: Vec<_> = table.text.lines().collect();
        assert_eq!(lines[0], "hour,product,calls,success,client_errors,errors,refused,bytes_in,bytes_out,p50_ms,p95_ms,p99_ms");
        assert!(lines[1].contains(":00:00Z,depots,1,1,0,0,0,"), "{}", table.text);
        assert!(lines.iter().any(|line| line.contains(",unknown,0,0,0,0,1,0,0,,,")), "what is not known is empty: {}", table.text);
        let (_, token) = store.create_token("Edge", TokenScope::Gateway, None, &by(), Utc::now()).await.unwrap();
        let mut formula = crate::rest::events::event("formula", &caller.live.key);
        formula["data"]["operation"] = "=HYPERLINK(1)".into();
        crate::rest::events::post(&house, token.reveal(), &serde_json::json!([formula])).await;
        let table = ask(&house, caller.live.secret.reveal(), "group_by=operation", "text/csv").await;
        assert!(table.text.contains("'=HYPERLINK(1),"), "no spreadsheet calculates it: {}", table.text);
        let report = ask(&house, caller.live.secret.reveal(), "format=json", "text/csv").await;
        assert!(report.json()["items"].is_array(), "the parameter beats the header");
    })
    .await;
}

#[tokio::test]
async fn a_token_for_usage_reads_every_partner_s() {
    both(async |store| {
        let (house, caller, other) = before(&store).await;
        let (_, token) = store.create_token("Warehouse", TokenScope::Usage, None, &by(), Utc::now()).await.unwrap();
        let all = ask(&house, token.reveal(), "group_by=partner", "*/*").await.json();
        let mut sums: Vec<_> =
            all["items"].as_array().unwrap().iter().map(|line| (line["partner"].clone(), line["calls"].clone())).collect();
        sums.sort_by_key(|(_, calls)| calls.as_i64());
        assert_eq!(sums, [(json!(other.partner), json!(1)), (json!(caller.partner), json!(4))]);
        let one = ask(&house, token.reveal(), &format!("partner={}&environment=test", caller.partner), "*/*").await.json();
        assert_eq!((&one["environment"], &one["items"][0]["calls"]), (&json!("test"), &json!(1)));
    })
    .await;
}

#[tokio::test]
async fn nobody_reads_what_is_not_theirs() {
    both(async |store| {
        let (house, caller, other) = before(&store).await;
        let (_, publisher) = store.create_token("CI", TokenScope::Publish, None, &by(), Utc::now()).await.unwrap();
        let stranger = format!("sk_live_00000000_{}", "x".repeat(32));
        for (secret, query, status, problem) in [
            ("", "", 401, "invalid-token"),
            ("pt_wrong", "", 401, "invalid-token"),
            (stranger.as_str(), "", 401, "invalid-key"),
            (publisher.reveal(), "", 403, "forbidden"),
            (caller.live.secret.reveal(), &format!("partner={}", other.partner), 403, "forbidden"),
            (caller.live.secret.reveal(), "environment=test", 400, "bad-request"),
            (caller.live.secret.reveal(), "grup_by=day", 400, "bad-request"),
            (caller.live.secret.reveal(), "from=2020-01-01", 400, "bad-request"),
            (caller.live.secret.reveal(), "from=-5000-01-01&to=-5000-02-01", 400, "bad-request"),
            (caller.live.secret.reveal(), "product=parcels%00", 400, "bad-request"),
        ] {
            let answer = ask(&house, secret, query, "*/*").await;
            assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (status, problem), "{secret} {query}: {}", answer.text);
        }
        for (query, parameter) in
            [("foo=1", "foo"), ("from=2026-11-01&from=2026-11-02", "from"), ("product=%00", "product"), ("to=2020-01-01", "to")]
        {
            let problem = ask(&house, caller.live.secret.reveal(), query, "*/*").await.json();
            assert_eq!(problem["parameter"], parameter, "{query}: {problem}");
        }
        for secret in ["", "pt_wrong"] {
            let problem = ask(&house, secret, "", "*/*").await.json();
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains("API key") && detail.contains("token"), "both work here: {detail}");
        }
        store.suspend_partner(caller.partner, &by(), Utc::now()).await.unwrap();
        let mut status = 200;
        for _ in 0..50 {
            status = ask(&house, caller.live.secret.reveal(), "", "*/*").await.status.as_u16();
            if status != 200 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert_eq!(status, 403, "a suspended partner");
    })
    .await;
}
