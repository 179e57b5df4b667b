//! Usage for machines: any groups, a scope, and latencies for each line.

use crate::databases::both;
use crate::market::{call, calls};
use crate::portal::{at, noon, partner};
use chrono::TimeDelta;
use domain::key::{Environment, Scope};
use domain::report::{Group, ReportFilter};
use domain::usage::{Call, Outcome};
use std::time::Duration;
use uuid::Uuid;

fn filter(partner: Uuid, groups: &[Group]) -> ReportFilter {
    ReportFilter {
        partner_id: Some(partner),
        environment: Environment::Live,
        scope: Scope::All,
        product_id: None,
        from: at("2026-11-01T00:00:00Z"),
        to: at("2026-12-01T00:00:00Z"),
        groups: groups.to_vec(),
    }
}

#[tokio::test]
async fn every_group_alone_and_all_together() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        calls(&store, 2, ana, "labels", at("2026-11-20T10:15:00Z")).await;
        let failed = Call {
            key_id: Uuid::from_u128(8),
            operation: "createLabel".to_owned(),
            status: 503,
            outcome: Outcome::Error,
            ..call(ana, "rates", at("2026-11-21T11:00:00Z"))
        };
        store.record_batch(Uuid::new_v4(), &[failed], noon()).await.unwrap();
        for group in Group::ALL {
            let rows = store.usage_report(&filter(ana, &[group]), 10).await.unwrap();
            let groups = if matches!(group, Group::Source | Group::Partner) { 1 } else { 2 };
            assert_eq!(rows.len(), groups, "{group:?}: {rows:?}");
            assert_eq!(rows.iter().map(|row| row.counts.answered()).sum::<i64>(), 3, "{group:?}");
            assert!(rows.iter().all(|row| row.latency.is_some()), "{group:?}");
        }
        let rows = store.usage_report(&filter(ana, &Group::ALL), 10).await.unwrap();
        let [first, second] = &rows[..] else { panic!("{rows:?}") };
        assert_eq!((first.day.as_deref(), first.hour), (Some("2026-11-20"), Some(at("2026-11-20T10:00:00Z"))));
        assert_eq!((first.product.as_deref(), first.key, first.status), (Some("labels"), Some(Uuid::from_u128(7)), Some(2)));
        assert_eq!((first.source.as_deref(), first.partner, first.operation.as_deref()), (Some("gateway"), Some(ana), Some("getParcel")));
        assert_eq!((first.bytes_in, first.bytes_out), (20, 2_000));
        assert!(first.latency.is_some_and(|latency| (latency.p50_ms - 20.0).abs() <= 0.2), "{first:?}");
        assert_eq!((second.counts.error, second.status, second.operation.as_deref()), (1, Some(5), Some("createLabel")));
        let [sum] = &store.usage_report(&filter(ana, &[]), 10).await.unwrap()[..] else { panic!("one line without groups") };
        assert_eq!((sum.counts.success, sum.counts.error, sum.day.as_deref()), (2, 1, None));
    })
    .await;
}

#[tokio::test]
async fn a_report_holds_to_its_range_its_scope_and_its_limit() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let bo = partner(&store, "bo@contoso.example", noon()).await;
        for (product, day) in [("labels", 1), ("rates", 2), ("rates", 3)] {
            calls(&store, day, ana, product, at("2026-11-01T12:00:00Z") + TimeDelta::days(day)).await;
        }
        calls(&store, 50, bo, "rates", noon()).await;
        let sum =
            async |filter: ReportFilter| store.usage_report(&filter, 10).await.unwrap().iter().map(|row| row.counts.success).sum::<i64>();
        let plain = filter(ana, &[Group::Day]);
        assert_eq!(sum(plain.clone()).await, 6);
        assert_eq!(sum(ReportFilter { partner_id: None, ..plain.clone() }).await, 56);
        assert_eq!(sum(ReportFilter { environment: Environment::Test, ..plain.clone() }).await, 0);
        assert_eq!(sum(ReportFilter { product_id: Some("rates".to_owned()), ..plain.clone() }).await, 5);
        assert_eq!(sum(ReportFilter { scope: Scope::Only(vec!["labels".to_owned(), "customs".to_owned()]), ..plain.clone() }).await, 1);
        assert_eq!(sum(ReportFilter { scope: Scope::Only(Vec::new()), ..plain.clone() }).await, 0);
        assert_eq!(sum(ReportFilter { from: at("2026-11-03T12:30:00Z"), ..plain.clone() }).await, 5, "the whole hour");
        assert_eq!(sum(ReportFilter { to: at("2026-11-03T12:00:00Z"), ..plain.clone() }).await, 1);
        assert_eq!(store.usage_report(&plain, 2).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn latencies_belong_to_their_line() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let sent: Vec<_> = (1..=100)
            .flat_map(|ms| [("labels", ms), ("rates", 10 * ms)])
            .map(|(product, ms)| Call { latency: Duration::from_millis(ms), ..call(ana, product, noon()) })
            .collect();
        store.record_batch(Uuid::new_v4(), &sent, noon()).await.unwrap();
        let rows = store.usage_report(&filter(ana, &[Group::Day, Group::Product]), 10).await.unwrap();
        for (row, exact) in rows.iter().zip([95.0, 950.0]) {
            let found = row.latency.unwrap().p95_ms;
            assert!((found - exact).abs() / exact <= 0.01, "{:?}: {found} for {exact}", row.product);
        }
    })
    .await;
}
