//! Percentiles of every line of a report against the calls themselves: any groups, any range, folded or not, in time or late.

use crate::databases::{both, on_postgres_url};
use crate::market::call;
use crate::portal::{at, noon};
use chrono::TimeDelta;
use domain::key::{Environment, Scope};
use domain::report::{Group, ReportFilter, ReportRow};
use domain::usage::{Call, Outcome, Source};
use sqlx::{Connection, PgConnection, SqliteConnection};
use std::collections::BTreeMap;
use std::time::Duration;
use store::{PasswordCost, Store};
use uuid::Uuid;

const ANA: Uuid = Uuid::from_u128(0xa4a);
const BO: Uuid = Uuid::from_u128(0xb0);
/// Of the calls.
const DAYS: i64 = 75;

/// Calls whose latencies depend on everything that reports tell apart, and spread from 0.3 ms to a minute. The same at every run.
fn traffic() -> Vec<Call> {
    let mut seed = 7_u64;
    let mut dice = move |sides: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % sides
    };
    (0..4_000)
        .map(|_| {
            let (key, operation, class) = (dice(3), dice(3), dice(4));
            let (status, outcome) =
                [(200, Outcome::Success), (404, Outcome::Success), (503, Outcome::Error), (429, Outcome::Refused)][class as usize];
            let scale = 1.0 + key as f64 * 3.0 + operation as f64 * 11.0 + class as f64 * 40.0;
            let spread = (dice(1_000_000) as f64 / 1_000_000.0 * 7.0).exp();
            Call {
                key_id: Uuid::from_u128(u128::from(key)),
                source: [Source::Gateway, Source::External][usize::from(dice(5) == 0)],
                operation: ["getParcel", "createLabel", ""][operation as usize].to_owned(),
                environment: [Environment::Live, Environment::Test][usize::from(dice(9) == 0)],
                status,
                outcome,
                latency: Duration::from_secs_f64(0.000_3 * scale * spread),
                ..call(
                    [ANA, BO][usize::from(dice(4) == 0)],
                    ["labels", "rates"][usize::from(dice(3) == 0)],
                    noon() - TimeDelta::seconds(dice(DAYS as u64 * 86_400) as i64 + 1),
                )
            }
        })
        .collect()
}

fn filters() -> Vec<ReportFilter> {
    let noon = noon();
    let hour = |days, hours| noon - TimeDelta::days(days) - TimeDelta::hours(hours);
    let ranges = [
        (hour(0, 2), noon),
        (hour(1, 0), noon),
        (hour(9, 5), hour(3, 7)),
        (at("2026-10-01T00:00:00Z"), at("2026-11-01T00:00:00Z")),
        (hour(DAYS, 0), noon),
    ];
    let groups = [&[][..], &[Group::Key], &[Group::Operation], &[Group::Status], &[Group::Source], &[Group::Day, Group::Status]];
    let more = [&[Group::Product, Group::Key, Group::Operation, Group::Status, Group::Source, Group::Partner][..], &[Group::Day]];
    let whose = [(None, None, Environment::Live), (Some(ANA), None, Environment::Live), (Some(BO), Some("rates"), Environment::Test)];
    let mut filters = Vec::new();
    for (from, to) in ranges {
        for groups in groups.into_iter().chain(more) {
            for (partner_id, product, environment) in whose {
                let (product_id, scope, groups) = (product.map(str::to_owned), Scope::All, groups.to_vec());
                filters.push(ReportFilter { partner_id, environment, scope, product_id, from, to, groups });
            }
        }
    }
    filters
}

/// What a call and a line have in common.
fn line_of(call: &Call, groups: &[Group]) -> String {
    let name = |group: &Group| match group {
        Group::Day => call.at.date_naive().to_string(),
        Group::Product => call.product_id.clone(),
        Group::Key => call.key_id.to_string(),
        Group::Operation => call.operation.clone(),
        Group::Status => (call.status / 100).to_string(),
        Group::Source => call.source.as_str().to_owned(),
        Group::Partner => call.partner_id.to_string(),
        Group::Hour => unreachable!("not asked for"),
    };
    groups.iter().map(name).collect::<Vec<_>>().join(" ")
}

fn name(row: &ReportRow, groups: &[Group]) -> String {
    let name = |group: &Group| match group {
        Group::Day => row.day.clone(),
        Group::Product => row.product.clone(),
        Group::Key => row.key.map(|id| id.to_string()),
        Group::Operation => row.operation.clone(),
        Group::Status => row.status.map(|class| class.to_string()),
        Group::Source => row.source.clone(),
        Group::Partner => row.partner.map(|id| id.to_string()),
        Group::Hour => unreachable!("not asked for"),
    };
    groups.iter().map(|group| name(group).unwrap()).collect::<Vec<_>>().join(" ")
}

/// Compares every line with the calls that belong to it; answers with the percentiles that were compared.
async fn compare(store: &Store, calls: &[Call]) -> usize {
    let mut compared = 0;
    for filter in filters() {
        let wanted = |call: &&Call| {
            (filter.from..filter.to).contains(&call.at)
                && call.environment == filter.environment
                && filter.partner_id.is_none_or(|partner| partner == call.partner_id)
                && filter.product_id.as_ref().is_none_or(|product| *product == call.product_id)
                && call.outcome != Outcome::Refused
        };
        let mut exact: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for call in calls.iter().filter(wanted) {
            exact.entry(line_of(call, &filter.groups)).or_default().push(call.latency.as_secs_f64() * 1_000.0);
        }
        for row in store.usage_report(&filter, 10_000).await.unwrap() {
            let Some(mut sample) = exact.remove(&name(&row, &filter.groups)) else {
                assert!(row.latency.is_none(), "{row:?} has no calls in {filter:?}");
                continue;
            };
            sample.sort_by(f64::total_cmp);
            let found = row.latency.unwrap();
            for (p, found) in [(0.5, found.p50_ms), (0.95, found.p95_ms), (0.99, found.p99_ms)] {
                let exact = sample[((sample.len() as f64 * p).ceil() as usize).max(1) - 1];
                assert!((found - exact).abs() / exact <= 0.01, "{found} for {exact} at {p}: {row:?} of {filter:?}");
                compared += 1;
            }
        }
        assert!(exact.is_empty(), "lines without an answer: {exact:?}");
    }
    compared
}

#[tokio::test]
async fn every_line_has_percentiles_right_within_one_percent() {
    both(async |store| {
        let calls = traffic();
        // A part is late: by minutes or by months.
        let (late, early): (Vec<_>, Vec<_>) = calls.iter().cloned().enumerate().partition(|(place, _)| place % 4 == 0);
        let [late, early] = [late, early].map(|calls| calls.into_iter().map(|(_, call)| call).collect::<Vec<_>>());
        let record = async |calls: &[Call]| {
            for calls in calls.chunks(700) {
                store.record_batch(Uuid::new_v4(), calls, noon()).await.unwrap();
            }
        };
        record(&early).await;
        assert!(compare(&store, &early).await > 1_000, "as they were metered");
        store.fold_usage(noon() - TimeDelta::days(20)).await.unwrap();
        compare(&store, &early).await;
        record(&late).await;
        compare(&store, &calls).await;
        store.fold_usage(noon() + TimeDelta::hours(1)).await.unwrap();
        compare(&store, &calls).await;
    })
    .await;
}

/// Writes one row in many batches, at once for the database's locks; answers with the longest texts of hours and of levels.
async fn crowd(url: &str) -> (i64, i64) {
    const WRITERS: u64 = 3;
    let store = Store::open_with(url, PasswordCost::Cheap).await.unwrap();
    store.record_batch(Uuid::new_v4(), &[call(ANA, "labels", noon())], noon()).await.unwrap();
    // The hour is folded, so that each batch is late as well.
    store.fold_usage(noon() + TimeDelta::hours(2)).await.unwrap();
    let write = async |writer: u64| {
        for batch in 0..60 {
            let latency = |n: u64| Duration::from_micros(1_000 + (writer + WRITERS * (n + 20 * batch)) * 7);
            let calls: Vec<_> = (0..20).map(|n| Call { latency: latency(n), ..call(ANA, "labels", noon()) }).collect();
            store.record_batch(Uuid::new_v4(), &calls, noon()).await.unwrap();
        }
    };
    tokio::join!(write(0), write(1), write(2));
    let groups = vec![Group::Operation];
    let (from, to) = (noon(), noon() + TimeDelta::hours(1));
    for (from, to) in [(from, to), (noon() - TimeDelta::days(20), noon() + TimeDelta::days(20))] {
        let (environment, scope) = (Environment::Live, Scope::All);
        let filter = ReportFilter { partner_id: None, environment, scope, product_id: None, from, to, groups: groups.clone() };
        let rows = store.usage_report(&filter, 10).await.unwrap();
        let exact = (1_000.0 + 7.0 * 3_420.0) / 1_000.0;
        let found = rows[0].latency.unwrap().p95_ms;
        assert!(rows[0].counts.success == 3_601 && (found - exact).abs() / exact <= 0.01, "{found} for {exact}: {rows:?}");
    }
    store.close().await;
    longest(url).await
}

async fn longest(url: &str) -> (i64, i64) {
    const SQL: &str = "select cast(max(length(latencies)) as bigint), (select cast(max(length(latencies)) as bigint) from usage_latencies) \
         from usage_hourly";
    if url.starts_with("sqlite:") {
        sqlx::query_as(SQL).fetch_one(&mut SqliteConnection::connect(url).await.unwrap()).await.unwrap()
    } else {
        sqlx::query_as(SQL).fetch_one(&mut PgConnection::connect(url).await.unwrap()).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_row_stays_short_and_loses_nothing() {
    let check = |longest: (i64, i64)| assert!([longest.0, longest.1].iter().all(|length| (100..=1_800).contains(length)), "{longest:?}");
    let folder = tempfile::tempdir().unwrap();
    check(crowd(&format!("sqlite:{}", folder.path().join("portico.db").display())).await);
    on_postgres_url(async |url| check(crowd(url).await)).await;
}
