//! Sums of usage: days without gaps, percentiles, and nobody else's calls.

use crate::databases::both;
use crate::market::{call, calls, live, product_with_plans};
use crate::portal::{at, by, noon, partner};
use chrono::{NaiveDate, TimeDelta};
use domain::key::Environment;
use domain::usage::{Call, Counts, Outcome, UsageFilter};
use std::time::Duration;
use uuid::Uuid;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn success(calls: i64) -> Counts {
    Counts { success: calls, ..Counts::default() }
}

#[tokio::test]
async fn an_overview_has_every_day_and_the_span_before() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let bo = partner(&store, "bo@contoso.example", noon()).await;
        calls(&store, 2, ana, "labels", at("2026-11-20T00:00:00Z")).await;
        calls(&store, 3, ana, "rates", at("2026-11-22T23:59:59Z")).await;
        calls(&store, 4, ana, "rates", at("2026-11-17T10:00:00Z")).await;
        calls(&store, 99, bo, "labels", at("2026-11-21T10:00:00Z")).await;
        let filter = live(ana, at("2026-11-20T00:00:00Z"), at("2026-11-23T00:00:00Z"));
        let overview = store.overview(&filter).await.unwrap();
        assert_eq!(overview.counts, success(5));
        assert_eq!(overview.before, success(4));
        let days: Vec<_> = overview.days.iter().map(|day| (day.date, day.counts.success)).collect();
        assert_eq!(days, [(date("2026-11-20"), 2), (date("2026-11-21"), 0), (date("2026-11-22"), 3)]);
        assert_eq!(overview.by_product, [("rates".to_owned(), success(3)), ("labels".to_owned(), success(2))]);
        assert!(overview.hours.is_empty());
        let of_all = store.overview(&UsageFilter { partner_id: None, ..filter.clone() }).await.unwrap();
        assert_eq!(of_all.counts, success(104));
        let of_labels = store.overview(&UsageFilter { product_id: Some("labels".to_owned()), ..filter }).await.unwrap();
        assert_eq!((of_labels.counts, of_labels.before), (success(2), success(0)));
    })
    .await;
}

#[tokio::test]
async fn a_short_range_is_shown_by_hour_and_takes_whole_hours() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        calls(&store, 1, ana, "labels", at("2026-11-24T09:10:00Z")).await;
        calls(&store, 2, ana, "labels", at("2026-11-24T11:59:00Z")).await;
        let overview = store.overview(&live(ana, at("2026-11-24T09:30:00Z"), noon())).await.unwrap();
        let hours: Vec<_> = overview.hours.iter().map(|(hour, counts)| (*hour, counts.success)).collect();
        let nine = at("2026-11-24T09:00:00Z");
        assert_eq!(hours, [(nine, 1), (nine + TimeDelta::hours(1), 0), (nine + TimeDelta::hours(2), 2)]);
        assert_eq!(overview.counts, success(3));
        let of_all = UsageFilter { partner_id: None, ..live(ana, noon() - TimeDelta::hours(1), noon()) };
        assert_eq!(store.overview(&of_all).await.unwrap().hours, [(noon() - TimeDelta::hours(1), success(2))]);
    })
    .await;
}

#[tokio::test]
async fn latency_is_right_within_a_percent_and_ignores_what_was_refused() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let filter = live(ana, noon() - TimeDelta::days(1), noon() + TimeDelta::days(1));
        assert_eq!(store.overview(&filter).await.unwrap().latency, None);
        let mut sent: Vec<_> = (1..=100).map(|ms| Call { latency: Duration::from_millis(ms), ..call(ana, "labels", noon()) }).collect();
        sent.extend((0..100).map(|_| Call {
            latency: Duration::from_micros(5),
            outcome: Outcome::Refused,
            status: 429,
            ..call(ana, "labels", noon())
        }));
        store.record_batch(Uuid::new_v4(), &sent, noon()).await.unwrap();
        let latency = store.overview(&filter).await.unwrap().latency.unwrap();
        for (found, exact) in [(latency.p50_ms, 50.0), (latency.p95_ms, 95.0), (latency.p99_ms, 99.0)] {
            assert!((found - exact).abs() / exact < 0.0101, "{found} for {exact}");
        }
    })
    .await;
}

#[tokio::test]
async fn sums_are_grouped_by_operation_key_and_partner() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let bo = partner(&store, "bo@contoso.example", noon()).await;
        let plain = call(ana, "labels", noon());
        let other = Call { operation: "createLabel".to_owned(), key_id: Uuid::from_u128(8), ..plain.clone() };
        let sent = [plain.clone(), other.clone(), other.clone(), Call { environment: Environment::Test, ..plain.clone() }];
        let sent: Vec<_> = sent.into_iter().map(|call| Call { id: Uuid::now_v7(), ..call }).collect();
        store.record_batch(Uuid::new_v4(), &sent, noon()).await.unwrap();
        calls(&store, 9, bo, "labels", noon()).await;
        let (from, to) = (noon() - TimeDelta::hours(1), noon() + TimeDelta::hours(1));
        let filter = UsageFilter { product_id: Some("labels".to_owned()), ..live(ana, from, to) };
        let operations = store.by_operation(&filter).await.unwrap();
        assert_eq!(operations, [("createLabel".to_owned(), success(2)), ("getParcel".to_owned(), success(1))]);
        assert_eq!(store.by_key(&filter).await.unwrap(), [(other.key_id, success(2)), (plain.key_id, success(1))]);
        let of_all = UsageFilter { partner_id: None, ..filter };
        assert_eq!(store.by_key(&of_all).await.unwrap(), [(plain.key_id, success(10)), (other.key_id, success(2))]);
        assert_eq!(store.by_operation(&of_all).await.unwrap()[0], ("getParcel".to_owned(), success(10)));
        assert_eq!(store.by_partner(from, to).await.unwrap(), [(bo, success(9)), (ana, success(3))]);
        assert!(store.by_partner(to, to + TimeDelta::hours(1)).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_first_call_is_noticed_in_its_own_environment() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let bo = partner(&store, "bo@contoso.example", noon()).await;
        let sent = [Call { environment: Environment::Test, ..call(ana, "labels", noon()) }];
        assert!(!store.has_called(ana, Environment::Test).await.unwrap());
        store.record_batch(Uuid::new_v4(), &sent, noon()).await.unwrap();
        assert!(store.has_called(ana, Environment::Test).await.unwrap());
        assert!(!store.has_called(ana, Environment::Live).await.unwrap());
        assert!(!store.has_called(bo, Environment::Test).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_quota_counts_the_running_month_only() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let [free, ..] = product_with_plans(&store, "labels").await;
        store.subscribe(ana, "labels", free.id, &by(), noon()).await.unwrap();
        calls(&store, 3, ana, "labels", noon()).await;
        calls(&store, 5, ana, "labels", noon() - TimeDelta::days(30)).await;
        calls(&store, 7, ana, "rates", noon()).await;
        let quotas = store.quotas(ana, noon()).await.unwrap();
        let used: Vec<_> = quotas.iter().map(|row| (row.subscription.product_id.as_str(), row.used)).collect();
        assert_eq!(used, [("labels", 3)]);
        assert_eq!(store.quotas(ana, noon() + TimeDelta::days(30)).await.unwrap()[0].used, 0);
    })
    .await;
}
