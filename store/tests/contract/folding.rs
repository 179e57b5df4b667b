//! Coarser sums: whatever is folded when, and however late calls come, every answer is what the hours alone would say.

use crate::databases::{both, on_postgres_url};
use crate::market::{call, live, product_with_plans};
use crate::portal::{at, by, noon, partner};
use chrono::{DateTime, TimeDelta, Utc};
use domain::key::{Environment, Scope};
use domain::period::Period;
use domain::report::{Group, ReportFilter};
use domain::usage::{Call, Outcome, Source, UsageFilter};
use sqlx::{Connection, PgConnection, SqliteConnection};
use std::sync::Mutex;
use std::time::Duration;
use store::{PasswordCost, Store};
use uuid::Uuid;

/// Somebody without a subscription.
const BO: Uuid = Uuid::from_u128(0xb0);
const PRODUCTS: [&str; 3] = ["labels", "rates", "customs"];

/// Calls of two partners over a hundred days up to noon, all different, the same at every run.
fn traffic(ana: Uuid) -> Vec<Call> {
    (0_i64..900)
        .map(|n| {
            let (status, outcome) = [(200, Outcome::Success), (404, Outcome::Success), (503, Outcome::Error), (429, Outcome::Refused)]
                [usize::from(n % 7 == 0) + usize::from(n % 11 == 0) + usize::from(n % 13 == 0)];
            Call {
                key_id: Uuid::from_u128(u128::from(n.unsigned_abs() % 4)),
                environment: if n % 9 == 0 { Environment::Test } else { Environment::Live },
                source: [Source::Gateway, Source::External, Source::Console][usize::from(n % 5 == 0) + usize::from(n % 15 == 0)],
                operation: ["getParcel", "createLabel", ""][(n % 3) as usize].to_owned(),
                status,
                outcome,
                latency: Duration::from_micros(900 + (n * n % 50_000).unsigned_abs()),
                bytes_in: n.unsigned_abs(),
                ..call(if n % 4 == 0 { BO } else { ana }, PRODUCTS[(n % 8 % 3) as usize], noon() - TimeDelta::minutes(n * n / 6))
            }
        })
        .collect()
}

fn ranges() -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    let noon = noon();
    vec![
        (noon - TimeDelta::hours(24), noon),
        (noon - TimeDelta::days(30), noon),
        (noon - TimeDelta::days(90) + TimeDelta::minutes(7), noon - TimeDelta::hours(29)),
        (at("2026-09-01T00:00:00Z"), at("2026-11-01T00:00:00Z")),
        (noon - TimeDelta::days(360), noon + TimeDelta::days(2)),
    ]
}

/// Every answer that is made of sums, as text, without the ids that differ between databases.
async fn answers(store: &Store, ana: Uuid) -> String {
    let mut said = String::new();
    for (from, to) in ranges() {
        said += &format!("{:?}\n", store.by_partner(from, to).await.unwrap());
        for (partner_id, product_id) in [(Some(ana), None), (None, None), (None, Some("rates")), (Some(BO), Some("labels"))] {
            let filter = UsageFilter { partner_id, product_id: product_id.map(str::to_owned), ..live(ana, from, to) };
            let overview = store.overview(&filter).await.unwrap();
            said += &format!("{overview:?}\n{:?}\n", store.by_operation(&filter).await.unwrap());
            said += &format!("{:?}\n", store.by_key(&filter).await.unwrap());
        }
        said += &reports(store, ana, from, to).await;
    }
    said += &format!("{:?}\n{:?}\n", store.revenue(3, noon()).await.unwrap(), store.quotas(ana, noon()).await.unwrap()[0].used);
    for product in PRODUCTS {
        for month in ["2026-09-10T00:00:00Z", "2026-10-10T00:00:00Z", "2026-11-10T00:00:00Z"] {
            said += &format!("{} ", store.billable_calls(ana, product, Period::month_of(at(month))).await.unwrap());
        }
    }
    let rows = store.product_rows(noon()).await.unwrap();
    said += &rows.iter().map(|row| format!("{} {} {} {}\n", row.product.id, row.calls, row.errors, row.revenue_minor)).collect::<String>();
    said.replace(&ana.to_string(), "ana")
}

async fn reports(store: &Store, ana: Uuid, from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    let mut said = String::new();
    let groups = [&[][..], &[Group::Day], &[Group::Day, Group::Product], &[Group::Hour], &[Group::Key, Group::Operation], &Group::ALL[2..]];
    for groups in groups.into_iter().chain([&[Group::Partner][..], &[Group::Status, Group::Source]]) {
        for (partner_id, scope) in [(None, Scope::All), (Some(ana), Scope::Only(vec!["rates".to_owned(), "labels".to_owned()]))] {
            let filter =
                ReportFilter { partner_id, environment: Environment::Live, scope, product_id: None, from, to, groups: groups.to_vec() };
            said += &format!("{:?}\n", store.usage_report(&filter, 5_000).await.unwrap());
        }
    }
    said
}

async fn subscribed(store: &Store) -> Uuid {
    let ana = partner(store, "ana@northwind.example", noon() - TimeDelta::days(200)).await;
    let [_, starter, _] = product_with_plans(store, "labels").await;
    store.subscribe(ana, "labels", starter.id, &by(), noon() - TimeDelta::days(70)).await.unwrap();
    ana
}

async fn record(store: &Store, calls: &[Call]) {
    store.record_batch(Uuid::new_v4(), calls, noon()).await.unwrap();
}

#[tokio::test]
async fn answers_are_the_same_however_much_is_folded_and_however_late_calls_come() {
    let plain = Mutex::new(Vec::new());
    both(async |store| {
        let ana = subscribed(&store).await;
        record(&store, &traffic(ana)).await;
        let said = answers(&store, ana).await;
        plain.lock().unwrap().push(said);
    })
    .await;
    let plain = plain.into_inner().unwrap();
    assert!(plain[0].contains("success: ") && plain.iter().all(|said| *said == plain[0]), "both databases say the same");
    both(async |store| {
        let ana = subscribed(&store).await;
        let traffic = traffic(ana);
        // Every third call is late: by minutes or by months.
        let (late, early): (Vec<_>, Vec<_>) = traffic.into_iter().enumerate().partition(|(place, _)| place % 3 == 0);
        let [late, early] = [late, early].map(|calls| calls.into_iter().map(|(_, call)| call).collect::<Vec<_>>());
        record(&store, &early).await;
        store.fold_usage(noon() - TimeDelta::days(40)).await.unwrap();
        let (some, rest) = late.split_at(late.len() / 2);
        record(&store, some).await;
        assert!(store.fold_usage(noon()).await.unwrap() > 0);
        assert_eq!(store.fold_usage(noon()).await.unwrap(), 0, "there is nothing left");
        record(&store, rest).await;
        assert!(answers(&store, ana).await == plain[0], "folded in part, late calls added");
        store.fold_usage(noon() + TimeDelta::days(1)).await.unwrap();
        assert!(answers(&store, ana).await == plain[0], "folded wholly");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn folding_and_metering_at_once_lose_and_double_nothing() {
    both(async |store| {
        let metering = async {
            for n in 0..40 {
                let calls: Vec<_> = (0..25).map(|m| call(BO, "labels", noon() - TimeDelta::minutes(m * 20 + n))).collect();
                record(&store, &calls).await;
            }
        };
        let folding = async |hours: i64| {
            for hour in (0..hours).rev() {
                store.fold_usage(noon() - TimeDelta::hours(hour)).await.unwrap();
                let filter = ReportFilter {
                    partner_id: Some(BO),
                    environment: Environment::Live,
                    scope: Scope::All,
                    product_id: None,
                    from: noon() - TimeDelta::days(60),
                    to: noon() + TimeDelta::hours(1),
                    groups: Vec::new(),
                };
                let seen = store.usage_report(&filter, 1).await.unwrap()[0].counts.success;
                assert_eq!(seen % 25, 0, "a batch is seen whole or not at all");
            }
        };
        tokio::join!(metering, folding(12), folding(9));
        store.fold_usage(noon() + TimeDelta::hours(2)).await.unwrap();
        let overview = store.overview(&live(BO, noon() - TimeDelta::days(60), noon() + TimeDelta::hours(1))).await.unwrap();
        assert_eq!((overview.counts.success, store.key_counts(Uuid::from_u128(7)).await.unwrap().success), (1_000, 1_000));
        assert_eq!(store.billable_calls(BO, "labels", Period::month_of(noon())).await.unwrap(), 1_000);
    })
    .await;
}

/// Sizes as a version took them that did not look at them: their sums end somewhere, and everybody else's are right.
#[tokio::test]
async fn sizes_that_no_integer_can_sum_up_stop_nobody() {
    both(async |store| {
        let ana = subscribed(&store).await;
        let huge = |minutes| Call { bytes_in: u64::MAX, bytes_out: 5, ..call(BO, "labels", noon() - TimeDelta::minutes(minutes)) };
        record(&store, &[huge(10), huge(70), huge(130)]).await;
        record(&store, &[Call { bytes_in: 7, ..call(ana, "labels", noon() - TimeDelta::minutes(10)) }]).await;
        let sums = async |partner_id| {
            let (environment, scope, from, to) = (Environment::Live, Scope::All, noon() - TimeDelta::days(1), noon() + TimeDelta::hours(1));
            let filter = ReportFilter { partner_id, environment, scope, product_id: None, from, to, groups: Vec::new() };
            let row = store.usage_report(&filter, 1).await.unwrap().remove(0);
            (row.counts.success, row.bytes_in, row.bytes_out)
        };
        for folded in [false, true] {
            if folded {
                store.fold_usage(noon() + TimeDelta::hours(2)).await.unwrap();
                record(&store, &[huge(190), huge(200)]).await;
            }
            let calls = if folded { 5 } else { 3 };
            assert_eq!(sums(Some(BO)).await, (calls, 9_000_000_000_000_000_000, calls * 5), "folded: {folded}");
            assert_eq!(sums(Some(ana)).await.1, 7);
            assert_eq!(sums(None).await.0, calls + 1);
        }
    })
    .await;
}

/// Runs a test with the URL of an empty database of each kind.
async fn on_each_url(test: impl AsyncFn(&str)) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("portico.db").display());
    test(&url).await;
    on_postgres_url(async |url| test(url).await).await;
}

/// Does to a database what somebody else does.
async fn execute(url: &str, sql: &'static str) {
    if url.starts_with("sqlite:") {
        sqlx::query(sql).execute(&mut SqliteConnection::connect(url).await.unwrap()).await.unwrap();
    } else {
        sqlx::query(sql).execute(&mut PgConnection::connect(url).await.unwrap()).await.unwrap();
    }
}

#[tokio::test]
async fn a_node_adds_nothing_to_the_levels_of_a_newer_version() {
    const NEWER: &str = "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
         select 9999, description, success, checksum, execution_time from _sqlx_migrations where version = 1";
    on_each_url(async |url| {
        let store = Store::open_with(url, PasswordCost::Cheap).await.unwrap();
        record(&store, &[call(BO, "labels", noon())]).await;
        let later = noon() + TimeDelta::hours(2);
        execute(url, NEWER).await;
        assert_eq!(store.fold_usage(later).await.unwrap(), 0);
        execute(url, "delete from _sqlx_migrations where version = 9999").await;
        assert_eq!(store.fold_usage(later).await.unwrap(), 1);
        store.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_an_older_version_folded_into_its_own_levels_is_folded_anew() {
    const UNKNOWN: &str = "delete from usage_sums where level in ('product_month', 'line_day', 'operation_day', 'operation_month')";
    on_each_url(async |url| {
        let store = Store::open_with(url, PasswordCost::Cheap).await.unwrap();
        let ana = subscribed(&store).await;
        record(&store, &traffic(ana)).await;
        let plain = answers(&store, ana).await;
        store.fold_usage(noon()).await.unwrap();
        execute(url, UNKNOWN).await;
        assert!(answers(&store, ana).await != plain, "nobody noticed yet");
        store.fold_usage(noon() + TimeDelta::days(1)).await.unwrap();
        assert!(answers(&store, ana).await == plain);
        store.close().await;
    })
    .await;
}
