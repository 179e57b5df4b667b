//! Calls that other gateways report: once each, whatever is sent again, however late.

use crate::databases::both;
use crate::market::{live, product_with_plans};
use crate::portal::{by, noon, partner};
use chrono::{DateTime, TimeDelta, Utc};
use domain::key::Environment;
use domain::period::Period;
use domain::report::{LATE_DAYS, Reported, Verdict};
use domain::settings::Retention;
use domain::usage::{CallFilter, Counts, Outcome, Source};
use std::time::Duration;
use store::{NewKey, Store};
use uuid::Uuid;

async fn key(store: &Store, partner: Uuid) -> Uuid {
    let new = NewKey::new("Edge", Environment::Live);
    store.create_key(partner, new, true, &by(), noon()).await.unwrap().key.id
}

fn event(id: &str, key_id: Uuid, at: DateTime<Utc>) -> Reported {
    Reported {
        source: "/gateways/edge-1".to_owned(),
        id: id.to_owned(),
        at,
        key_id,
        product_id: "labels".to_owned(),
        operation: "getLabel".to_owned(),
        method: "GET".to_owned(),
        path: "/labels/1".to_owned(),
        status: 200,
        outcome: Outcome::Success,
        latency: Duration::from_millis(20),
        bytes_in: 10,
        bytes_out: 100,
    }
}

#[tokio::test]
async fn an_event_counts_once_and_is_billed() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        product_with_plans(&store, "labels").await;
        let key = key(&store, ana).await;
        let other = Reported { source: "/gateways/edge-2".to_owned(), ..event("1", key, noon()) };
        let sent = [event("1", key, noon()), event("2", key, noon()), event("1", key, noon()), other];
        let verdicts = store.record_reported(&sent, noon()).await.unwrap();
        assert_eq!(verdicts, [Verdict::Accepted, Verdict::Accepted, Verdict::Duplicate, Verdict::Accepted], "a source has ids of its own");
        assert_eq!(store.record_reported(&sent, noon()).await.unwrap(), vec![Verdict::Duplicate; 4]);
        let third = [event("2", key, noon()), event("3", key, noon())];
        assert_eq!(store.record_reported(&third, noon()).await.unwrap(), [Verdict::Duplicate, Verdict::Accepted]);
        assert_eq!(store.key_counts(key).await.unwrap(), Counts { success: 4, ..Counts::default() });
        assert_eq!(store.billable_calls(ana, "labels", Period::month_of(noon())).await.unwrap(), 4);
        let logged = store.calls(ana, &CallFilter { limit: 10, ..CallFilter::default() }).await.unwrap();
        assert_eq!((logged.len(), logged[0].source, logged[0].operation.as_str()), (4, Source::External, "getLabel"));
        assert!(store.key(ana, key).await.unwrap().unwrap().last_used_at.is_some());
        assert_eq!(store.record_reported(&[], noon()).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_counted_is_said_and_hinders_nothing_else() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        product_with_plans(&store, "labels").await;
        let key = key(&store, ana).await;
        let sent = [
            event("stranger", Uuid::from_u128(9), noon()),
            Reported { product_id: "nothing".to_owned(), ..event("product", key, noon()) },
            event("late", key, noon() - TimeDelta::days(LATE_DAYS)),
            event("early", key, noon() + TimeDelta::minutes(6)),
            event("good", key, noon() - TimeDelta::days(LATE_DAYS) + TimeDelta::seconds(1)),
        ];
        let verdicts = store.record_reported(&sent, noon()).await.unwrap();
        for (verdict, part) in verdicts.iter().zip(["data.key", "data.product", "35 days", "future"]) {
            assert!(matches!(verdict, Verdict::Rejected(why) if why.contains(part)), "{verdict:?} for {part}");
        }
        assert_eq!(verdicts[4], Verdict::Accepted);
        assert_eq!(store.key_counts(key).await.unwrap().success, 1);
    })
    .await;
}

#[tokio::test]
async fn a_text_or_a_size_that_cannot_be_kept_is_named_and_hinders_nothing_else() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        product_with_plans(&store, "labels").await;
        let key = key(&store, ana).await;
        let good = |id: &str| event(id, key, noon());
        let sent = [
            (good("a\0"), "id:"),
            (Reported { source: "/gate\u{85}".to_owned(), ..good("b") }, "source:"),
            (Reported { operation: "get\0".to_owned(), ..good("c") }, "data.operation:"),
            (Reported { operation: "get\u{202e}".to_owned(), ..good("i") }, "data.operation:"),
            (Reported { method: "GET\n".to_owned(), ..good("d") }, "data.method:"),
            (Reported { path: "/\u{1b}[2J".to_owned(), ..good("e") }, "data.path:"),
            (Reported { bytes_in: 1 << 53, ..good("f") }, "data.bytesIn:"),
            (Reported { bytes_out: u64::MAX, ..good("g") }, "data.bytesOut:"),
        ];
        let (mut sent, parts): (Vec<_>, Vec<_>) = sent.into_iter().unzip();
        sent.push(Reported { bytes_in: (1 << 53) - 1, ..good("h") });
        let verdicts = store.record_reported(&sent, noon()).await.unwrap();
        for (verdict, part) in verdicts.iter().zip(&parts) {
            assert!(matches!(verdict, Verdict::Rejected(why) if why.starts_with(part)), "{verdict:?} for {part}");
        }
        assert_eq!((verdicts.len(), verdicts.last()), (parts.len() + 1, Some(&Verdict::Accepted)));
    })
    .await;
}

/// What is forgotten of an event is forgotten when it would be too late anyhow.
#[tokio::test]
async fn an_event_never_counts_twice_however_old_it_grows() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        product_with_plans(&store, "labels").await;
        let sent = [event("1", key(&store, ana).await, noon())];
        store.record_reported(&sent, noon()).await.unwrap();
        for (later, expected) in
            [(TimeDelta::days(LATE_DAYS) - TimeDelta::seconds(1), "duplicate"), (TimeDelta::days(LATE_DAYS), "too old")]
        {
            let now = noon() + later;
            store.prune(now, &Retention::default()).await.unwrap();
            let verdict = store.record_reported(&sent, now).await.unwrap().remove(0);
            let is_expected = match &verdict {
                Verdict::Duplicate => expected == "duplicate",
                Verdict::Rejected(why) => why.contains(expected),
                Verdict::Accepted => false,
            };
            assert!(is_expected, "{verdict:?} after {later}");
        }
    })
    .await;
}

#[tokio::test]
async fn two_reporters_of_the_same_events_count_each_once() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        product_with_plans(&store, "labels").await;
        let key = key(&store, ana).await;
        let forth: Vec<_> = (0..1_500).map(|n| event(&n.to_string(), key, noon())).collect();
        let back: Vec<_> = forth.iter().rev().cloned().collect();
        let (one, other) = tokio::join!(store.record_reported(&forth, noon()), store.record_reported(&back, noon()));
        let accepted = [one.unwrap(), other.unwrap()].concat().into_iter().filter(|verdict| *verdict == Verdict::Accepted).count();
        assert_eq!((accepted, store.key_counts(key).await.unwrap().success), (1_500, 1_500));
    })
    .await;
}

/// A gateway need not say how long a call took: it counts, and percentiles are those of the others.
#[tokio::test]
async fn a_call_without_its_duration_is_in_no_percentile() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        product_with_plans(&store, "labels").await;
        let key = key(&store, ana).await;
        let unknown = |id| Reported { latency: Duration::ZERO, ..event(id, key, noon()) };
        store.record_reported(&[unknown("1"), unknown("2"), unknown("3")], noon()).await.unwrap();
        let overview = async || store.overview(&live(ana, noon(), noon() + TimeDelta::hours(1))).await.unwrap();
        let before = overview().await;
        assert_eq!((before.counts.success, before.latency), (3, None));
        store.record_reported(&[event("4", key, noon())], noon()).await.unwrap();
        let p50 = overview().await.latency.unwrap().p50_ms;
        assert!((19.8..=20.2).contains(&p50), "{p50}");
    })
    .await;
}
