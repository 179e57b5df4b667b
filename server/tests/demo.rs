//! The demo as a visitor meets it: every page has something to show, and the bills add up.

#![expect(clippy::unwrap_used, reason = "a test says what broke by panicking")]

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
use std::iter::successors;
use store::Store;
use uuid::Uuid;

/// A seeded store, and the moment at which that happened.
struct Demo {
    store: Store,
    now: DateTime<Utc>,
}

/// An empty store in a folder that lives as long as the first value.
async fn empty() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("portico.db").display());
    (folder, Store::open(&url).await.unwrap())
}

impl Demo {
    async fn partners(&self) -> Vec<Partner> {
        self.store.partner_rows("", self.now).await.unwrap().into_iter().map(|row| row.partner).collect()
    }

    async fn northwind(&self) -> Uuid {
        self.partners().await.into_iter().find(|partner| partner.name == "Northwind Freight").unwrap().id
    }

    /// The months that the history touches, the running one last.
    fn months(&self) -> Vec<Period> {
        let first = Period::month_of(self.now - TimeDelta::days(60));
        successors(Some(first), |month| Some(month.next())).take_while(|month| month.start <= self.now).collect()
    }
}

async fn tells_its_story_at(now: &str) {
    let (_folder, store) = empty().await;
    let demo = Demo { store, now: now.parse().unwrap() };
    assert!(demo::seed(&demo.store, demo.now).await.unwrap());

    demo.people_can_sign_in().await;
    demo.the_catalogue_has_a_past_and_a_refusal().await;
    demo.keys_are_in_every_state().await;
    demo.traffic_reaches_up_to_now().await;
    demo.bills_are_what_the_meter_says().await;
    demo.no_free_plan_went_beyond_its_quota().await;
    demo.nothing_waits_to_be_sent_and_nothing_is_in_the_future().await;
    demo.a_second_start_changes_nothing().await;
}

#[tokio::test]
async fn a_fresh_instance_shows_what_every_page_is_for() {
    tells_its_story_at("2026-11-24T14:30:00Z").await;
}

#[tokio::test]
async fn ten_minutes_into_a_month_on_a_night_are_enough() {
    tells_its_story_at("2027-03-01T00:10:00Z").await;
}

#[tokio::test]
async fn a_saturday_at_the_end_of_a_long_month_is_no_exception() {
    tells_its_story_at("2026-10-31T23:50:00Z").await;
}

#[tokio::test]
async fn real_data_is_never_mixed_with_the_demo() {
    let (_folder, store) = empty().await;
    let now = "2026-11-24T14:30:00Z".parse().unwrap();
    store.create_admin("root@example.com", "a long enough password", "Root", now).await.unwrap();
    assert!(!demo::seed(&store, now).await.unwrap());
    assert!(store.products().await.unwrap().is_empty());
    assert!(store.partner_rows("", now).await.unwrap().is_empty());
}

impl Demo {
    async fn people_can_sign_in(&self) {
        let admin = self.store.authenticate(ADMIN, PASSWORD).await.unwrap().unwrap();
        assert!(admin.platform_admin);
        let ana = self.store.authenticate(PARTNER, PASSWORD).await.unwrap().unwrap();
        assert!(!ana.platform_admin && ana.verified_at.is_some());
        let roles: Vec<_> =
            self.store.members(self.northwind().await).await.unwrap().into_iter().map(|member| member.role.as_str()).collect();
        assert_eq!(BTreeSet::from_iter(roles), BTreeSet::from(["admin", "billing", "developer", "owner"]));
        assert_eq!(self.store.invitations(self.northwind().await, self.now).await.unwrap().len(), 1);
    }

    async fn the_catalogue_has_a_past_and_a_refusal(&self) {
        let products = self.store.catalogue(None).await.unwrap();
        let names: Vec<_> = products.iter().map(|product| product.id.as_str()).collect();
        assert_eq!(names.len(), 8);
        for product in &products {
            let shown = self.store.published(&product.id).await.unwrap().unwrap();
            assert_eq!(shown.api.operations.len() as i64, product.operations, "{}", product.id);
            assert_eq!(self.store.plans(&product.id).await.unwrap().len(), 3, "{}", product.id);
        }
        let tracking = self.store.revisions("shipment-tracking").await.unwrap();
        assert_eq!(tracking.iter().map(|revision| revision.version.as_str()).collect::<Vec<_>>(), ["2.1.0", "2.0.0"]);
        assert!(tracking[0].changes.iter().any(|change| change.summary.contains("/shipments/batch")), "{:?}", tracking[0].changes);
        let labels = self.store.product("labels").await.unwrap().unwrap();
        assert_eq!(labels.version, "2.0.3");
        assert!(labels.refused.unwrap().message.contains("Lable"));
    }

    async fn keys_are_in_every_state(&self) {
        let keys = self.store.keys(self.northwind().await).await.unwrap();
        let count = |status| keys.iter().filter(|key| key.status(self.now) == status).count();
        assert_eq!((count(KeyStatus::Rotating), count(KeyStatus::Revoked), count(KeyStatus::Expired)), (1, 1, 1));
        assert!(keys.iter().any(|key| key.works(self.now) && key.expires_at.is_some_and(|at| at - self.now < TimeDelta::days(7))));
        assert!(keys.iter().any(|key| key.environment == Environment::Test && key.last_used_at.is_some()));
    }

    async fn traffic_reaches_up_to_now(&self) {
        let partner = self.northwind().await;
        let filter = UsageFilter {
            partner_id: Some(partner),
            environment: Environment::Live,
            product_id: None,
            from: self.now - TimeDelta::days(30),
            to: self.now,
        };
        let overview = self.store.overview(&filter).await.unwrap();
        assert!(overview.counts.answered() > 20_000 && overview.before.answered() > 10_000, "{overview:?}");
        assert!(overview.days.iter().all(|day| day.counts.answered() > 0), "{:?}", overview.days);
        assert!(overview.latency.is_some_and(|latency| latency.p50_ms < latency.p95_ms && latency.p95_ms < latency.p99_ms));
        assert_eq!(overview.by_product.len(), 3);
        let newest = self.store.calls(partner, &CallFilter { limit: 1, ..CallFilter::default() }).await.unwrap();
        assert!(self.now - newest[0].at < TimeDelta::hours(1));
        let by_partner = self.store.by_partner(self.now - TimeDelta::days(30), self.now).await.unwrap();
        assert_eq!(by_partner.len(), 3);
    }

    /// The lines of one subscription in one month, from the meter alone.
    async fn reckoned(&self, partner: Uuid, subscription: &Subscription, month: Period) -> i64 {
        let calls = self.store.billable_calls(partner, &subscription.product_id, month).await.unwrap();
        total(&price(&subscription.product_name, &subscription.plan, calls))
    }

    async fn bills_are_what_the_meter_says(&self) {
        let mut statuses = Vec::new();
        for partner in self.partners().await {
            for invoice in self.store.invoices(partner.id).await.unwrap() {
                let mut sum = 0;
                for subscription in self.store.subscriptions(partner.id).await.unwrap() {
                    if subscription.started_at < invoice.period.end {
                        sum += self.reckoned(partner.id, &subscription, invoice.period).await;
                    }
                }
                assert_eq!(invoice.total_minor, sum, "{} {}", partner.name, invoice.number);
                assert_eq!(total(&invoice.lines), sum, "{} {}", partner.name, invoice.number);
                assert!(self.months().contains(&invoice.period) && invoice.period.end <= self.now, "{}", invoice.number);
                statuses.push(invoice.status);
            }
        }
        let open = statuses.iter().filter(|status| **status == InvoiceStatus::Issued).count();
        assert!(statuses.len() >= 3 && open == 1, "{statuses:?}");
        let preview = self.store.preview(self.northwind().await, self.now).await.unwrap();
        assert!(preview[0].total_minor >= 2 * 4_900 && preview[0].projected_minor >= preview[0].total_minor, "{preview:?}");
    }

    async fn no_free_plan_went_beyond_its_quota(&self) {
        let mut free = 0;
        for partner in self.partners().await {
            for subscription in self.store.subscriptions(partner.id).await.unwrap() {
                let Some(quota) = subscription.plan.quota() else { continue };
                free += 1;
                for month in self.months() {
                    let calls = self.store.billable_calls(partner.id, &subscription.product_id, month).await.unwrap();
                    assert!(calls <= quota, "{} {}: {calls} of {quota}", partner.name, subscription.product_name);
                }
            }
        }
        assert_eq!(free, 3);
    }

    async fn nothing_waits_to_be_sent_and_nothing_is_in_the_future(&self) {
        assert!(self.store.unsent(10).await.unwrap().is_empty());
        let events = self.store.events(None, None, 500).await.unwrap();
        assert!(events.len() > 40, "{}", events.len());
        assert!(events.iter().all(|event| event.at <= self.now), "{:?}", events.iter().find(|event| event.at > self.now));
    }

    async fn a_second_start_changes_nothing(&self) {
        let before = self.store.events(None, None, 500).await.unwrap().len();
        assert!(!demo::seed(&self.store, self.now + TimeDelta::hours(1)).await.unwrap());
        assert_eq!(self.store.events(None, None, 500).await.unwrap().len(), before);
    }
}
