//! Partners on the admin's pages.

use crate::databases::both;
use crate::market::{calls, product_with_plans};
use crate::portal::{at, by, newest_mail, noon, partner, sign_up, token};
use domain::account::PartnerStatus;
use store::Change;
use uuid::Uuid;

#[tokio::test]
async fn each_row_has_the_partners_own_figures() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let bo = partner(&store, "bo@contoso.example", noon()).await;
        let [_, starter, _] = product_with_plans(&store, "labels").await;
        store.subscribe(ana, "labels", starter.id, &by(), noon()).await.unwrap();
        calls(&store, 110, ana, "labels", noon()).await;
        calls(&store, 3, bo, "rates", at("2026-10-31T23:00:00Z")).await;
        let rows = store.partner_rows("", noon()).await.unwrap();
        assert_eq!(rows.iter().map(|row| row.partner.id).collect::<Vec<_>>(), [ana, bo]);
        let figures = |row: &store::PartnerRow| (row.owner_email.clone(), row.subscriptions.len(), row.counts.success, row.spend_minor);
        assert_eq!(figures(&rows[0]), ("ana@northwind.example".to_owned(), 1, 110, 4_930));
        assert_eq!(figures(&rows[1]), ("bo@contoso.example".to_owned(), 0, 0, 0));
    })
    .await;
}

#[tokio::test]
async fn a_partner_is_unconfirmed_until_an_owner_followed_the_mail() {
    both(async |store| {
        sign_up(&store, "ana@northwind.example", noon()).await;
        let confirmed = async || store.partner_rows("", noon()).await.unwrap().iter().map(|row| row.confirmed).collect::<Vec<_>>();
        assert_eq!(confirmed().await, [false]);
        let link = token(&newest_mail(&store, "ana@northwind.example").await);
        store.confirm_address(&link, noon()).await.unwrap().unwrap();
        assert_eq!(confirmed().await, [true]);
    })
    .await;
}

#[tokio::test]
async fn partners_are_found_by_name_and_address_whatever_the_case() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let bo = partner(&store, "bo@contoso.example", noon()).await;
        store.rename_partner(bo, "Ångström & Co", &by(), noon()).await.unwrap();
        let found =
            async |search: &str| store.partner_rows(search, noon()).await.unwrap().iter().map(|row| row.partner.id).collect::<Vec<_>>();
        assert_eq!(found(" NORTHWIND ").await, [ana]);
        assert_eq!(found("ångström").await, [bo]);
        assert_eq!(found("bo@").await, [bo]);
        assert!(found("%").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_detail_brings_members_keys_and_invoices() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        partner(&store, "bo@contoso.example", noon()).await;
        let [_, starter, _] = product_with_plans(&store, "labels").await;
        store.subscribe(ana, "labels", starter.id, &by(), at("2026-10-10T00:00:00Z")).await.unwrap();
        store.close_period(domain::period::Period::month_of(noon()).previous(), noon()).await.unwrap();
        let detail = store.partner_detail(ana, noon()).await.unwrap().unwrap();
        assert_eq!((detail.members.len(), detail.keys.len(), detail.invoices.len()), (1, 1, 1));
        assert_eq!((detail.row.partner.id, detail.row.subscriptions.len(), detail.row.spend_minor), (ana, 1, 4_900));
        assert!(store.partner_detail(Uuid::from_u128(1), noon()).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_suspended_partner_stays_so_until_resumed() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let prefix = store.keys(ana).await.unwrap().remove(0).prefix;
        let mut changes = store.changes();
        assert!(store.suspend_partner(ana, &by(), noon()).await.unwrap());
        assert_eq!(changes.try_recv().unwrap(), Change::Partner(ana));
        assert!(!store.suspend_partner(ana, &by(), noon()).await.unwrap());
        assert_eq!(store.key_record(&prefix).await.unwrap().unwrap().partner_status, PartnerStatus::Suspended);
        assert!(store.resume_partner(ana, &by(), noon()).await.unwrap());
        assert!(!store.resume_partner(ana, &by(), noon()).await.unwrap());
        assert_eq!(store.partner(ana).await.unwrap().unwrap().status, PartnerStatus::Active);
        assert!(!store.suspend_partner(Uuid::from_u128(1), &by(), noon()).await.unwrap());
        assert_eq!(store.partner(Uuid::from_u128(1)).await.unwrap(), None);
        let kinds: Vec<_> = store.events(Some(ana), None, 2).await.unwrap().into_iter().map(|event| event.kind).collect();
        assert_eq!(kinds, ["partner.resumed", "partner.suspended"]);
    })
    .await;
}
