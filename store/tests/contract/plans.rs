//! Plans: versions, and what stays with those who chose the one before.

use crate::databases::both;
use crate::market::{free, offer, product_with_plans, starter};
use crate::portal::{by, field, noon, partner, product};
use domain::plan::{Beyond, PlanStatus, PlanTerms};
use futures::future::join_all;
use rust_decimal::Decimal;
use uuid::Uuid;

#[tokio::test]
async fn plans_are_offered_cheapest_first() {
    both(async |store| {
        let [free, starter, enterprise] = product_with_plans(&store, "labels").await;
        let [other, ..] = product_with_plans(&store, "rates").await;
        assert_eq!(store.plans("labels").await.unwrap(), [free.clone(), starter, enterprise]);
        assert_eq!(store.all_plans().await.unwrap().len(), 6);
        assert_eq!(store.plan(other.id).await.unwrap(), Some(other));
        assert_eq!(store.plan(Uuid::from_u128(1)).await.unwrap(), None);
        assert!(store.archive_plan(free.id, &by(), noon()).await.unwrap());
        assert!(!store.archive_plan(free.id, &by(), noon()).await.unwrap());
        assert_eq!(store.plans("labels").await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_change_of_terms_is_a_new_version_and_the_old_one_stays_with_its_subscribers() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let [_, starter_1, _] = product_with_plans(&store, "labels").await;
        store.subscribe(ana, "labels", starter_1.id, &by(), noon()).await.unwrap();
        let split_cents = Beyond::Overage(Decimal::new(125, 2));
        let starter_2 = offer(&store, "labels", PlanTerms { price_minor: 5_900, beyond: split_cents.clone(), ..starter() }).await;
        assert_eq!((starter_2.version, starter_2.price_minor), (2, 5_900));
        assert_eq!(store.plan(starter_2.id).await.unwrap().unwrap().beyond, split_cents);
        assert_eq!(store.plan(starter_1.id).await.unwrap().unwrap().status, PlanStatus::Archived);
        assert_eq!(store.entitlement(ana, "labels").await.unwrap().unwrap().plan.price_minor, 4_900);
        let slugs: Vec<_> = store.plans("labels").await.unwrap().into_iter().map(|plan| (plan.slug, plan.version)).collect();
        assert_eq!(slugs, [("free".to_owned(), 1), ("starter".to_owned(), 2), ("enterprise".to_owned(), 1)]);
    })
    .await;
}

#[tokio::test]
async fn the_terms_on_offer_change_nothing_and_archived_ones_come_back_as_a_version() {
    both(async |store| {
        product(&store, "labels").await;
        let first = offer(&store, "labels", starter()).await;
        assert_eq!(offer(&store, "labels", starter()).await, first);
        store.archive_plan(first.id, &by(), noon()).await.unwrap();
        assert_eq!(offer(&store, "labels", starter()).await.version, 2);
        assert_eq!(store.offer_plan("nothing", starter(), &by(), noon()).await.unwrap(), None);
        let endless = PlanTerms { rate_per_second: 0, ..free() };
        assert_eq!(field(store.offer_plan("labels", endless, &by(), noon()).await), "rate_per_second");
    })
    .await;
}

#[tokio::test]
async fn two_admins_at_once_leave_one_version_on_offer() {
    both(async |store| {
        product(&store, "labels").await;
        let by = by();
        let offers = (1..=8).map(|n| store.offer_plan("labels", PlanTerms { price_minor: n * 100, ..starter() }, &by, noon()));
        let mut versions: Vec<_> = join_all(offers).await.into_iter().map(|plan| plan.unwrap().unwrap().version).collect();
        versions.sort_unstable();
        assert_eq!(versions, [1, 2, 3, 4, 5, 6, 7, 8]);
        let offered = store.plans("labels").await.unwrap();
        assert_eq!((offered.len(), offered[0].version), (1, 8));
    })
    .await;
}
