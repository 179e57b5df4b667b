//! The demo as a visitor meets it: every page has something to show, and the bills add up.

use chrono::{DateTime, TimeDelta, Utc};
use domain::account::Partner;
use domain::invoice::InvoiceStatus;
use domain::key::{Environment, KeyStatus};
use domain::period::Period;
use domain::price::{price, total};
use domain::subscription::Subscription;
use domain::usage::{CallFilter, UsageFilter};
use server::demo::{self, ADMIN, PARTNER, PASSWORD};
use std::collections::BTreeSet;
use store::Store;
use uuid::Uuid;

fn now() -> DateTime<Utc> {
    "2026-11-24T14:30:00Z".parse().unwrap()
}

/// An empty store in a folder that lives as long as the first value.
async fn empty() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("portico.db").display());
    (folder, Store::open(&url).await.unwrap())
}

async fn partners(store: &Store) -> Vec<Partner> {
    store.partner_rows("", now()).await.unwrap().into_iter().map(|row| row.partner).collect()
}

async fn northwind(store: &Store) -> Uuid {
    partners(store).await.into_iter().find(|partner| partner.name == "Northwind Freight").unwrap().id
}

/// The two closed months and the running one.
fn months() -> [Period; 3] {
    let running = Period::month_of(now());
    [running.previous().previous(), running.previous(), running]
}

#[tokio::test]
async fn a_fresh_instance_shows_what_every_page_is_for() {
    let (_folder, store) = empty().await;
    let sign_ins = demo::seed(&store, now()).await.unwrap().expect("an empty database is filled");
    assert_eq!((sign_ins.admin, sign_ins.partner, sign_ins.password), (ADMIN, PARTNER, PASSWORD));

    people_can_sign_in(&store).await;
    the_catalogue_has_a_past_and_a_refusal(&store).await;
    keys_are_in_every_state(&store).await;
    traffic_reaches_up_to_now(&store).await;
    bills_are_what_the_meter_says(&store).await;
    no_free_plan_went_beyond_its_quota(&store).await;
    nothing_waits_to_be_sent_and_nothing_is_in_the_future(&store).await;
    a_second_start_changes_nothing(&store).await;
}

#[tokio::test]
async fn real_data_is_never_mixed_with_the_demo() {
    let (_folder, store) = empty().await;
    store.create_admin("root@example.com", "a long enough password", "Root", now()).await.unwrap();
    assert_eq!(demo::seed(&store, now()).await.unwrap(), None);
    assert!(store.products().await.unwrap().is_empty());
    assert!(partners(&store).await.is_empty());
}

async fn people_can_sign_in(store: &Store) {
    let admin = store.authenticate(ADMIN, PASSWORD).await.unwrap().unwrap();
    assert!(admin.platform_admin);
    let ana = store.authenticate(PARTNER, PASSWORD).await.unwrap().unwrap();
    assert!(!ana.platform_admin && ana.verified_at.is_some());
    let roles: Vec<_> = store.members(northwind(store).await).await.unwrap().into_iter().map(|member| member.role.as_str()).collect();
    assert_eq!(BTreeSet::from_iter(roles), BTreeSet::from(["admin", "billing", "developer", "owner"]));
    assert_eq!(store.invitations(northwind(store).await, now()).await.unwrap().len(), 1);
}

async fn the_catalogue_has_a_past_and_a_refusal(store: &Store) {
    let products = store.catalogue(None).await.unwrap();
    let names: Vec<_> = products.iter().map(|product| product.id.as_str()).collect();
    assert_eq!(names.len(), 8);
    for product in &products {
        let shown = store.published(&product.id).await.unwrap().unwrap();
        assert_eq!(shown.api.operations.len() as i64, product.operations, "{}", product.id);
        assert_eq!(store.plans(&product.id).await.unwrap().len(), 3, "{}", product.id);
    }
    let tracking = store.revisions("shipment-tracking").await.unwrap();
    assert_eq!(tracking.iter().map(|revision| revision.version.as_str()).collect::<Vec<_>>(), ["2.1.0", "2.0.0"]);
    assert!(tracking[0].changes.iter().any(|change| change.summary.contains("/shipments/batch")), "{:?}", tracking[0].changes);
    let labels = store.product("labels").await.unwrap().unwrap();
    assert_eq!(labels.version, "2.0.3");
    assert!(labels.refused.unwrap().message.contains("Lable"));
}

async fn keys_are_in_every_state(store: &Store) {
    let keys = store.keys(northwind(store).await).await.unwrap();
    let count = |status| keys.iter().filter(|key| key.status(now()) == status).count();
    assert_eq!((count(KeyStatus::Rotating), count(KeyStatus::Revoked), count(KeyStatus::Expired)), (1, 1, 0));
    assert!(keys.iter().any(|key| key.expires_at.is_some_and(|at| at - now() < TimeDelta::days(7))));
    assert!(keys.iter().any(|key| key.environment == Environment::Test && key.last_used_at.is_some()));
}

async fn traffic_reaches_up_to_now(store: &Store) {
    let partner = northwind(store).await;
    let filter = UsageFilter {
        partner_id: Some(partner),
        environment: Environment::Live,
        product_id: None,
        from: now() - TimeDelta::days(30),
        to: now(),
    };
    let overview = store.overview(&filter).await.unwrap();
    assert!(overview.counts.answered() > 20_000 && overview.before.answered() > 10_000, "{overview:?}");
    assert!(overview.days.iter().all(|day| day.counts.answered() > 0), "{:?}", overview.days);
    assert!(overview.latency.is_some_and(|latency| latency.p50_ms < latency.p95_ms && latency.p95_ms < latency.p99_ms));
    assert_eq!(overview.by_product.len(), 3);
    let newest = store.calls(partner, &CallFilter { limit: 1, ..CallFilter::default() }).await.unwrap();
    assert!(now() - newest[0].at < TimeDelta::minutes(30));
    let by_partner = store.by_partner(now() - TimeDelta::days(30), now()).await.unwrap();
    assert_eq!(by_partner.len(), 3);
}

/// The lines of one subscription in one month, from the meter alone.
async fn reckoned(store: &Store, partner: Uuid, subscription: &Subscription, month: Period) -> i64 {
    let calls = store.billable_calls(partner, &subscription.product_id, month).await.unwrap();
    total(&price(&subscription.product_name, &subscription.plan, calls))
}

async fn bills_are_what_the_meter_says(store: &Store) {
    let mut statuses = Vec::new();
    for partner in partners(store).await {
        for invoice in store.invoices(partner.id).await.unwrap() {
            let mut sum = 0;
            for subscription in store.subscriptions(partner.id).await.unwrap() {
                if subscription.started_at < invoice.period.end {
                    sum += reckoned(store, partner.id, &subscription, invoice.period).await;
                }
            }
            assert_eq!(invoice.total_minor, sum, "{} {}", partner.name, invoice.number);
            assert_eq!(total(&invoice.lines), sum, "{} {}", partner.name, invoice.number);
            assert!(months()[..2].contains(&invoice.period), "{}", invoice.number);
            statuses.push(invoice.status);
        }
    }
    let open = statuses.iter().filter(|status| **status == InvoiceStatus::Issued).count();
    assert!(statuses.len() >= 5 && open == 1, "{statuses:?}");
    let preview = store.preview(northwind(store).await, now()).await.unwrap();
    assert!(preview[0].total_minor > 2 * 4_900 && preview[0].projected_minor >= preview[0].total_minor, "{preview:?}");
}

async fn no_free_plan_went_beyond_its_quota(store: &Store) {
    let mut free = 0;
    for partner in partners(store).await {
        for subscription in store.subscriptions(partner.id).await.unwrap() {
            let Some(quota) = subscription.plan.quota() else { continue };
            free += 1;
            for month in months() {
                let calls = store.billable_calls(partner.id, &subscription.product_id, month).await.unwrap();
                assert!(calls <= quota, "{} {}: {calls} of {quota}", partner.name, subscription.product_name);
            }
        }
    }
    assert_eq!(free, 3);
}

async fn nothing_waits_to_be_sent_and_nothing_is_in_the_future(store: &Store) {
    assert!(store.unsent(10).await.unwrap().is_empty());
    let events = store.events(None, None, 500).await.unwrap();
    assert!(events.len() > 40, "{}", events.len());
    assert!(events.iter().all(|event| event.at <= now()), "{:?}", events.iter().find(|event| event.at > now()));
}

async fn a_second_start_changes_nothing(store: &Store) {
    let before = store.events(None, None, 500).await.unwrap().len();
    assert_eq!(demo::seed(store, now() + TimeDelta::hours(1)).await.unwrap(), None);
    assert_eq!(store.events(None, None, 500).await.unwrap().len(), before);
}
