//! What the curves promise: rhythm, growth, the bad morning, and nothing from the future.

use super::*;
use domain::latency::{bucket, percentile};
use std::collections::BTreeMap;

fn now() -> DateTime<Utc> {
    "2026-11-24T14:30:00Z".parse().unwrap()
}

fn stream(product: &'static str, daily: f64) -> Stream {
    Stream {
        partner: Uuid::from_u128(1),
        key: Uuid::from_u128(2),
        environment: Environment::Live,
        source: Source::Gateway,
        product,
        daily,
        from: now() - TimeDelta::days(60),
        to: now() + TimeDelta::days(1),
        refusal: None,
    }
}

fn played(stream: &Stream) -> Vec<Call> {
    let (history, mut dice) = (History::before(now()), Dice::new(1));
    (0..=60).flat_map(|day| stream.day(history.start + TimeDelta::days(day), &history, &mut dice)).collect()
}

fn on(calls: &[Call], date: &str) -> usize {
    calls.iter().filter(|call| call.at.date_naive().to_string() == date).count()
}

#[test]
fn the_same_moment_tells_the_same_story() {
    assert_eq!(played(&stream("rates", 50.0)), played(&stream("rates", 50.0)));
}

#[test]
fn the_hours_of_a_day_add_up() {
    let all: f64 = (0..24).map(hour_share).sum();
    assert!((all - 1.0).abs() < 1e-9, "{all}");
}

#[test]
fn weekends_are_quiet_and_traffic_grows() {
    let calls = played(&stream("shipment-tracking", 700.0));
    assert!(on(&calls, "2026-11-22") * 3 < on(&calls, "2026-11-18"), "a Sunday beside a Wednesday");
    assert!(on(&calls, "2026-11-18") > on(&calls, "2026-09-30") * 5 / 4, "seven weeks apart");
    assert!(on(&calls, "2026-11-18") > 600 && on(&calls, "2026-11-18") < 780);
}

#[test]
fn nothing_comes_from_the_future_or_from_outside_the_stream() {
    let bounded = Stream { from: now() - TimeDelta::days(9), to: now() - TimeDelta::days(2), ..stream("rates", 400.0) };
    let calls = played(&bounded);
    assert!(calls.iter().all(|call| (bounded.from..bounded.to).contains(&call.at)));
    let running = played(&stream("rates", 400.0));
    assert!(running.iter().all(|call| call.at <= now()));
    assert!(running.last().is_some_and(|call| now() - call.at < TimeDelta::minutes(30)));
}

#[test]
fn the_outage_shows_on_its_product_alone() {
    let errors = |product| {
        let outage = History::before(now()).outage;
        let calls = played(&stream(product, 600.0));
        let hit: Vec<_> = calls.into_iter().filter(|call| (outage.from..outage.to).contains(&call.at)).collect();
        hit.iter().filter(|call| call.outcome == Outcome::Error).count() as f64 / hit.len() as f64
    };
    assert!(errors("rates") > 0.25);
    assert!(errors("labels") < 0.05);
}

#[test]
fn an_outage_is_always_on_a_recent_working_day() {
    for day in 0..14 {
        let now = now() + TimeDelta::days(day);
        let outage = History::before(now).outage;
        assert_eq!(outage.from.weekday(), Weekday::Fri);
        assert!((TimeDelta::days(1)..TimeDelta::days(9)).contains(&(now - outage.to)), "{now}");
    }
}

#[test]
fn latencies_have_a_tail() {
    let mut buckets = BTreeMap::new();
    for call in played(&stream("rates", 500.0)).iter().filter(|call| call.outcome == Outcome::Success) {
        *buckets.entry(bucket(call.latency)).or_insert(0) += 1;
    }
    let buckets: Vec<_> = buckets.into_iter().collect();
    let at = |p| percentile(&buckets, p).unwrap() / 1000.0;
    assert!((60.0..130.0).contains(&at(0.5)), "p50 {}", at(0.5));
    assert!(at(0.95) > 1.5 * at(0.5) && at(0.99) > 1.4 * at(0.95), "p95 {} p99 {}", at(0.95), at(0.99));
}

#[test]
fn a_forgotten_key_is_refused_and_a_test_key_never_fails() {
    let forgotten = played(&Stream { refusal: Some(401), ..stream("rates", 20.0) });
    assert!(!forgotten.is_empty() && forgotten.iter().all(|call| (call.status, call.outcome) == (401, Outcome::Refused)));
    let console = played(&Stream { environment: Environment::Test, source: Source::Console, ..stream("rates", 20.0) });
    assert!(console.iter().all(|call| call.outcome == Outcome::Success && call.latency < Duration::from_millis(200)));
}

#[test]
fn a_product_that_nobody_uses_has_no_calls() {
    assert!(played(&stream("unheard-of", 100.0)).is_empty());
}
