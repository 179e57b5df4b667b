//! Bills: they add up to the cent against the meter, are made once, and nothing reprices a period that is over.

use crate::databases::both;
use crate::market::{call, calls, enterprise, offer, product_with_plans};
use crate::portal::{at, by, field, noon, partner};
use chrono::{DateTime, TimeDelta, Utc};
use domain::invoice::{Invoice, InvoiceStatus};
use domain::key::Environment;
use domain::money::Currency;
use domain::period::Period;
use domain::plan::PlanTerms;
use domain::price::{LineKind, total};
use domain::subscription::SubscriptionStatus;
use domain::usage::{Call, Outcome, Source};
use futures::future::try_join_all;
use store::Store;
use uuid::Uuid;

/// A little after the end of November, when bills are made.
fn december() -> DateTime<Utc> {
    at("2026-12-01T00:10:00Z")
}

fn november() -> Period {
    Period::month_of(noon())
}

async fn close(store: &Store) -> Vec<Invoice> {
    store.close_period(november(), december()).await.unwrap()
}

#[tokio::test]
async fn the_invoice_is_the_preview_and_adds_up() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let [_, starter, _] = product_with_plans(&store, "labels").await;
        store.subscribe(ana, "labels", starter.id, &by(), noon()).await.unwrap();
        calls(&store, 1_012, ana, "labels", noon()).await;
        let billed = call(ana, "labels", noon());
        let never_billed = [
            Call { id: Uuid::now_v7(), status: 502, outcome: Outcome::Error, ..billed.clone() },
            Call { id: Uuid::now_v7(), status: 429, outcome: Outcome::Refused, ..billed.clone() },
            Call { id: Uuid::now_v7(), environment: Environment::Test, ..billed.clone() },
            Call { id: Uuid::now_v7(), source: Source::Console, ..billed },
        ];
        store.record_batch(Uuid::new_v4(), &never_billed, noon()).await.unwrap();
        assert_eq!(store.billable_calls(ana, "labels", november()).await.unwrap(), 1_012);
        let preview = store.preview(ana, at("2026-11-30T23:59:59Z")).await.unwrap().remove(0);
        let amounts: Vec<_> = preview.lines.iter().map(|line| (line.kind, line.amount_minor)).collect();
        // 1,002 calls over at $3.00 for 1,000 are 300.6 cents.
        assert_eq!(preview.lines[1].explanation, "1,002 calls over at $3.00 for 1,000");
        assert_eq!(amounts, [(LineKind::Base, 4_900), (LineKind::Overage, 301)]);
        assert_eq!((preview.total_minor, preview.projected_minor), (5_201, 5_201));
        let invoice = close(&store).await.remove(0);
        assert_eq!((invoice.lines.clone(), invoice.total_minor), (preview.lines, 5_201));
        assert_eq!(total(&invoice.lines), invoice.total_minor);
        assert_eq!((invoice.number.as_str(), invoice.period, invoice.status), ("PT-2026-0001", november(), InvoiceStatus::Issued));
        assert_eq!(store.invoices(ana).await.unwrap(), std::slice::from_ref(&invoice));
        assert_eq!(store.invoice(ana, invoice.id).await.unwrap(), Some(invoice.clone()));
        assert_eq!(store.invoice(Uuid::from_u128(1), invoice.id).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_projection_follows_the_pace_since_the_subscription_began() {
    both(async |store| {
        let began = at("2026-11-21T00:00:00Z");
        let ana = partner(&store, "ana@northwind.example", began).await;
        let [_, starter, _] = product_with_plans(&store, "labels").await;
        store.subscribe(ana, "labels", starter.id, &by(), began).await.unwrap();
        calls(&store, 1_005, ana, "labels", began).await;
        // Halfway through the ten days that are left: 2,010 calls by the end, 2,000 of them over.
        let preview = store.preview(ana, at("2026-11-26T00:00:00Z")).await.unwrap().remove(0);
        assert_eq!(preview.projected_minor, 4_900 + 600);
    })
    .await;
}

#[tokio::test]
async fn a_period_is_billed_once() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let bo = partner(&store, "bo@contoso.example", noon()).await;
        let [_, starter, _] = product_with_plans(&store, "labels").await;
        store.subscribe(ana, "labels", starter.id, &by(), noon()).await.unwrap();
        store.subscribe(bo, "labels", starter.id, &by(), noon()).await.unwrap();
        assert!(store.close_period(november(), noon()).await.unwrap().is_empty(), "it still runs");
        let made = try_join_all((0..4).map(|_| store.close_period(november(), december()))).await.unwrap();
        let mut numbers: Vec<_> = made.iter().flatten().map(|invoice| invoice.number.as_str()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, ["PT-2026-0001", "PT-2026-0002"]);
        assert!(close(&store).await.is_empty());
        assert_eq!(store.invoices(ana).await.unwrap().len(), 1);
        let january = store.close_period(november().next(), at("2027-01-01T01:00:00Z")).await.unwrap();
        assert_eq!(january[0].number, "PT-2027-0001");
    })
    .await;
}

#[tokio::test]
async fn who_neither_paid_nor_called_gets_no_invoice() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let bo = partner(&store, "bo@contoso.example", noon()).await;
        let [free, ..] = product_with_plans(&store, "labels").await;
        let [other, ..] = product_with_plans(&store, "rates").await;
        for partner in [ana, bo] {
            store.subscribe(partner, "labels", free.id, &by(), noon()).await.unwrap();
            store.subscribe(partner, "rates", other.id, &by(), noon()).await.unwrap();
        }
        calls(&store, 212, bo, "labels", noon()).await;
        let made = close(&store).await;
        assert_eq!(made.len(), 1);
        assert_eq!((made[0].partner_id, made[0].total_minor, made[0].status), (bo, 0, InvoiceStatus::Paid));
        let lines: Vec<_> = made[0].lines.iter().map(|line| line.explanation.as_str()).collect();
        assert_eq!(lines, ["212 calls of 500"]);
    })
    .await;
}

#[tokio::test]
async fn the_end_of_a_period_brings_what_was_planned() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let [_, starter, dear] = product_with_plans(&store, "labels").await;
        let [_, leaving, _] = product_with_plans(&store, "rates").await;
        let labels = store.subscribe(ana, "labels", dear.id, &by(), noon()).await.unwrap().id;
        let rates = store.subscribe(ana, "rates", leaving.id, &by(), noon()).await.unwrap().id;
        store.change_plan(ana, labels, starter.id, &by(), noon()).await.unwrap();
        store.cancel_subscription(ana, rates, &by(), noon()).await.unwrap();
        assert_eq!(close(&store).await[0].total_minor, 29_900 + 4_900);
        let left = store.subscriptions(ana).await.unwrap();
        let left: Vec<_> = left.iter().map(|s| (s.product_id.as_str(), s.plan.slug.as_str(), s.next_plan.as_ref())).collect();
        assert_eq!(left, [("labels", "starter", None)]);
        assert!(store.entitlement(ana, "rates").await.unwrap().is_none());
        assert_eq!(store.preview(ana, december()).await.unwrap()[0].total_minor, 4_900);
        let kinds: Vec<_> = store.events(Some(ana), None, 3).await.unwrap().into_iter().map(|event| event.kind).collect();
        assert_eq!(kinds, ["subscription.changed", "subscription.ended", "invoice.issued"]);
        // Planned in December, so that closing November again must not bring it forward.
        store.cancel_subscription(ana, labels, &by(), december()).await.unwrap();
        close(&store).await;
        assert_eq!(store.subscriptions(ana).await.unwrap()[0].status, SubscriptionStatus::Active);
    })
    .await;
}

#[tokio::test]
async fn a_change_after_the_end_cannot_reprice_the_period_before() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let [_, starter, dear] = product_with_plans(&store, "labels").await;
        let id = store.subscribe(ana, "labels", starter.id, &by(), noon()).await.unwrap().id;
        calls(&store, 20, ana, "labels", noon()).await;
        // Before anybody closed November.
        store.change_plan(ana, id, dear.id, &by(), december()).await.unwrap();
        close(&store).await;
        let invoices = store.invoices(ana).await.unwrap();
        assert_eq!(invoices.len(), 1);
        assert_eq!((invoices[0].period, invoices[0].total_minor), (november(), 4_903));
        assert_eq!(store.preview(ana, december()).await.unwrap()[0].total_minor, 29_900);
    })
    .await;
}

#[tokio::test]
async fn no_plan_changes_before_last_months_calls_are_written() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let bo = partner(&store, "bo@contoso.example", noon()).await;
        let [_, starter, dear] = product_with_plans(&store, "labels").await;
        let id = store.subscribe(ana, "labels", starter.id, &by(), noon()).await.unwrap().id;
        calls(&store, 20, ana, "labels", noon()).await;
        let early = at("2026-12-01T00:09:59Z");
        assert_eq!(field(store.change_plan(ana, id, dear.id, &by(), early).await), "plan");
        assert_eq!(field(store.cancel_subscription(ana, id, &by(), early).await), "plan");
        assert_eq!(field(store.keep_subscription(ana, id, &by(), early).await), "plan");
        assert!(store.invoices(ana).await.unwrap().is_empty());
        let new = store.subscribe(bo, "labels", starter.id, &by(), at("2026-12-01T00:00:30Z")).await.unwrap().id;
        assert!(store.change_plan(bo, new, dear.id, &by(), early).await.unwrap().is_some(), "whoever owes nothing waits for nothing");

        calls(&store, 1_000, ana, "labels", at("2026-11-30T23:59:58Z")).await;
        store.change_plan(ana, id, dear.id, &by(), december()).await.unwrap();
        let invoices = store.invoices(ana).await.unwrap();
        assert_eq!((invoices.len(), invoices[0].total_minor), (1, 4_900 + 303), "with the calls that came last");
    })
    .await;
}

#[tokio::test]
async fn a_cancellation_whose_end_has_passed_cannot_be_taken_back() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let [_, starter, _] = product_with_plans(&store, "labels").await;
        let id = store.subscribe(ana, "labels", starter.id, &by(), noon()).await.unwrap().id;
        store.cancel_subscription(ana, id, &by(), noon()).await.unwrap();
        assert_eq!(store.keep_subscription(ana, id, &by(), december()).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn months_without_a_server_are_billed_in_order() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let [_, starter, dear] = product_with_plans(&store, "labels").await;
        let september = at("2026-09-10T00:00:00Z");
        let id = store.subscribe(ana, "labels", dear.id, &by(), september).await.unwrap().id;
        store.change_plan(ana, id, starter.id, &by(), september).await.unwrap();
        let made = close(&store).await;
        let made: Vec<_> = made.iter().map(|invoice| (invoice.period.start, invoice.total_minor)).collect();
        let month = |text| at(text);
        let expected =
            [(month("2026-09-01T00:00:00Z"), 29_900), (month("2026-10-01T00:00:00Z"), 4_900), (month("2026-11-01T00:00:00Z"), 4_900)];
        assert_eq!(made, expected);
        let newest_first: Vec<_> = store.invoices(ana).await.unwrap().iter().map(|invoice| invoice.number.clone()).collect();
        assert_eq!(newest_first, ["PT-2026-0003", "PT-2026-0002", "PT-2026-0001"]);
    })
    .await;
}

#[tokio::test]
async fn leaving_and_coming_back_within_a_month_is_charged_once() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let [free, starter, _] = product_with_plans(&store, "labels").await;
        let first = store.subscribe(ana, "labels", free.id, &by(), noon()).await.unwrap();
        calls(&store, 30, ana, "labels", noon()).await;
        store.cancel_subscription(ana, first.id, &by(), noon() + TimeDelta::hours(1)).await.unwrap();
        store.subscribe(ana, "labels", starter.id, &by(), noon() + TimeDelta::hours(2)).await.unwrap();
        let made = close(&store).await;
        assert_eq!((made.len(), made[0].lines.len(), made[0].total_minor), (1, 2, 4_900 + 6));
    })
    .await;
}

#[tokio::test]
async fn each_currency_has_its_own_bill() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let [_, starter, _] = product_with_plans(&store, "labels").await;
        product_with_plans(&store, "rates").await;
        let euros = PlanTerms { slug: "euros".to_owned(), currency: Currency::Eur, ..enterprise() };
        let euros = offer(&store, "rates", euros).await;
        store.subscribe(ana, "labels", starter.id, &by(), noon()).await.unwrap();
        store.subscribe(ana, "rates", euros.id, &by(), noon()).await.unwrap();
        let previews = store.preview(ana, noon()).await.unwrap();
        let totals: Vec<_> = previews.iter().map(|preview| (preview.currency, preview.total_minor)).collect();
        assert_eq!(totals, [(Currency::Usd, 4_900), (Currency::Eur, 29_900)]);
        assert_eq!(close(&store).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn revenue_is_what_was_invoiced_and_what_runs() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let bo = partner(&store, "bo@contoso.example", noon()).await;
        let [_, starter, _] = product_with_plans(&store, "labels").await;
        let [_, _, dear] = product_with_plans(&store, "rates").await;
        store.subscribe(ana, "labels", starter.id, &by(), noon()).await.unwrap();
        store.subscribe(bo, "labels", starter.id, &by(), noon()).await.unwrap();
        close(&store).await;
        store.subscribe(bo, "rates", dear.id, &by(), december()).await.unwrap();
        let rows = async |periods| {
            let rows = store.revenue(periods, december()).await.unwrap();
            rows.into_iter().map(|row| (row.period, row.product_id, row.amount_minor)).collect::<Vec<_>>()
        };
        let running = [(november().next(), "rates".to_owned(), 29_900), (november().next(), "labels".to_owned(), 9_800)];
        assert_eq!(rows(1).await, running);
        assert_eq!(rows(12).await[..2], running);
        assert_eq!(rows(12).await[2..], [(november(), "labels".to_owned(), 9_800)]);
        assert!(rows(0).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_invoice_is_paid_once() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let [_, starter, _] = product_with_plans(&store, "labels").await;
        store.subscribe(ana, "labels", starter.id, &by(), noon()).await.unwrap();
        let id = close(&store).await[0].id;
        assert!(store.mark_paid(id, &by(), december()).await.unwrap());
        assert!(!store.mark_paid(id, &by(), december()).await.unwrap());
        assert!(!store.mark_paid(Uuid::from_u128(1), &by(), december()).await.unwrap());
        let paid = store.invoice(ana, id).await.unwrap().unwrap();
        assert_eq!((paid.status, paid.paid_at), (InvoiceStatus::Paid, Some(december())));
        assert_eq!(store.events(Some(ana), None, 1).await.unwrap()[0].kind, "invoice.paid");
    })
    .await;
}
