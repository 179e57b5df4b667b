//! Subscribing, changing, cancelling: when each takes effect, and who may.

use crate::databases::both;
use crate::market::{offer, product_with_plans, starter};
use crate::portal::{at, by, field, noon, partner};
use domain::plan::{Beyond, PlanTerms};
use domain::product::Status;
use domain::subscription::SubscriptionStatus;
use futures::future::join_all;
use rust_decimal::Decimal;
use store::Change;
use uuid::Uuid;

#[tokio::test]
async fn a_subscription_entitles_at_once() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let bo = partner(&store, "bo@contoso.example", noon()).await;
        let [_, starter, _] = product_with_plans(&store, "labels").await;
        let mut changes = store.changes();
        let made = store.subscribe(ana, "labels", starter.id, &by(), noon()).await.unwrap();
        assert_eq!(changes.try_recv().unwrap(), Change::Partner(ana));
        assert_eq!(store.subscriptions(ana).await.unwrap(), std::slice::from_ref(&made));
        let entitlement = store.entitlement(ana, "labels").await.unwrap().unwrap();
        assert_eq!((entitlement.plan, entitlement.status), (starter, SubscriptionStatus::Active));
        assert!(store.entitlement(ana, "rates").await.unwrap().is_none());
        assert!(store.entitlement(bo, "labels").await.unwrap().is_none());
        let event = store.events(Some(ana), None, 1).await.unwrap().remove(0);
        assert_eq!((event.kind.as_str(), event.subject.as_str()), ("subscription.created", "The labels API, Starter"));
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_subscribed_to_names_the_field() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let [free, starter_1, _] = product_with_plans(&store, "labels").await;
        let [other, ..] = product_with_plans(&store, "rates").await;
        let subscribe = async |product: &str, plan: Uuid| field(store.subscribe(ana, product, plan, &by(), noon()).await);
        assert_eq!(subscribe("nothing", free.id).await, "plan");
        assert_eq!(subscribe("labels", other.id).await, "plan");
        assert_eq!(subscribe("labels", Uuid::from_u128(1)).await, "plan");
        offer(&store, "labels", PlanTerms { price_minor: 1, ..starter() }).await;
        assert_eq!(subscribe("labels", starter_1.id).await, "plan");
        store.set_product_status("rates", Status::Deprecated, &by(), noon()).await.unwrap();
        assert_eq!(subscribe("rates", other.id).await, "plan");
        store.subscribe(ana, "labels", free.id, &by(), noon()).await.unwrap();
        assert_eq!(subscribe("labels", free.id).await, "product");
        assert_eq!(store.subscriptions(ana).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn of_many_at_once_one_subscribes() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let [free, starter, _] = product_with_plans(&store, "labels").await;
        let by = by();
        let tries = (0..16).map(|n| store.subscribe(ana, "labels", if n % 2 == 0 { free.id } else { starter.id }, &by, noon()));
        let (made, refused): (Vec<_>, Vec<_>) = join_all(tries).await.into_iter().partition(Result::is_ok);
        assert_eq!((made.len(), refused.len()), (1, 15));
        assert!(refused.into_iter().all(|refusal| field(refusal) == "product"));
        assert_eq!(store.subscriptions(ana).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_dearer_plan_begins_now_and_a_cheaper_one_with_the_next_period() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let [free, starter, enterprise] = product_with_plans(&store, "labels").await;
        let id = store.subscribe(ana, "labels", free.id, &by(), noon()).await.unwrap().id;
        let change = async |plan: Uuid| store.change_plan(ana, id, plan, &by(), noon()).await.unwrap().unwrap();
        let raised = change(enterprise.id).await;
        assert_eq!((raised.plan.clone(), raised.next_plan), (enterprise.clone(), None));
        let lowered = change(starter.id).await;
        assert_eq!((lowered.plan, lowered.next_plan), (enterprise.clone(), Some(starter)));
        assert_eq!(store.subscriptions(ana).await.unwrap()[0].next_plan.as_ref().map(|plan| plan.slug.as_str()), Some("starter"));
        assert_eq!(store.entitlement(ana, "labels").await.unwrap().unwrap().plan, enterprise);
        let kept = store.keep_subscription(ana, id, &by(), noon()).await.unwrap().unwrap();
        assert_eq!((kept.plan.id, kept.next_plan), (enterprise.id, None));
        assert_eq!(store.subscriptions(ana).await.unwrap(), [store.keep_subscription(ana, id, &by(), noon()).await.unwrap().unwrap()]);
        assert_eq!(field(store.change_plan(ana, id, enterprise.id, &by(), noon()).await), "plan");
    })
    .await;
}

#[tokio::test]
async fn a_free_plan_ends_at_once_and_a_paid_one_with_its_period() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let [free, starter, _] = product_with_plans(&store, "labels").await;
        let first = store.subscribe(ana, "labels", free.id, &by(), noon()).await.unwrap();
        let ended = store.cancel_subscription(ana, first.id, &by(), noon()).await.unwrap().unwrap();
        assert_eq!(ended.status, SubscriptionStatus::Cancelled);
        assert!(store.entitlement(ana, "labels").await.unwrap().is_none());
        assert_eq!(store.cancel_subscription(ana, first.id, &by(), noon()).await.unwrap(), None);
        let second = store.subscribe(ana, "labels", starter.id, &by(), noon()).await.unwrap();
        let ending = store.cancel_subscription(ana, second.id, &by(), noon()).await.unwrap().unwrap();
        assert_eq!((ending.status, ending.ends_at), (SubscriptionStatus::Active, Some(at("2026-12-01T00:00:00Z"))));
        assert!(store.entitlement(ana, "labels").await.unwrap().is_some());
        let kept = store.keep_subscription(ana, second.id, &by(), noon()).await.unwrap().unwrap();
        assert_eq!(kept.ends_at, None);
        assert_eq!(store.subscriptions(ana).await.unwrap(), [kept]);
    })
    .await;
}

#[tokio::test]
async fn a_plan_without_a_price_that_charges_for_calls_is_no_way_out_of_the_bill() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let [free, ..] = product_with_plans(&store, "labels").await;
        let by_the_call = PlanTerms {
            slug: "by-the-call".to_owned(),
            price_minor: 0,
            included: 0,
            beyond: Beyond::Overage(Decimal::from(500)),
            ..starter()
        };
        let by_the_call = offer(&store, "labels", by_the_call).await;
        let id = store.subscribe(ana, "labels", by_the_call.id, &by(), noon()).await.unwrap().id;
        let lowered = store.change_plan(ana, id, free.id, &by(), noon()).await.unwrap().unwrap();
        assert_eq!((lowered.plan.id, lowered.next_plan.map(|plan| plan.id)), (by_the_call.id, Some(free.id)));
        let ending = store.cancel_subscription(ana, id, &by(), noon()).await.unwrap().unwrap();
        assert_eq!(ending.status, SubscriptionStatus::Active);
    })
    .await;
}

#[tokio::test]
async fn nobody_changes_another_partners_subscription() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let bo = partner(&store, "bo@contoso.example", noon()).await;
        let [free, starter, _] = product_with_plans(&store, "labels").await;
        let made = store.subscribe(ana, "labels", free.id, &by(), noon()).await.unwrap();
        assert_eq!(store.change_plan(bo, made.id, starter.id, &by(), noon()).await.unwrap(), None);
        assert_eq!(store.cancel_subscription(bo, made.id, &by(), noon()).await.unwrap(), None);
        assert_eq!(store.keep_subscription(bo, made.id, &by(), noon()).await.unwrap(), None);
        assert_eq!(store.subscriptions(ana).await.unwrap(), [made]);
        assert!(store.subscriptions(bo).await.unwrap().is_empty());
    })
    .await;
}
