//! Products: what an admin types, who finds them, and the figures beside them.

use crate::databases::both;
use crate::market::{call, calls, document, product_with_plans};
use crate::portal::{by, field, new_product, noon, partner, product};
use chrono::TimeDelta;
use domain::product::{BUILT_IN_UPSTREAM, Product, Status, Visibility};
use domain::usage::{Call, Outcome};
use futures::future::join_all;
use store::{Change, NewProduct, Store};
use uuid::Uuid;

fn new(id: &str) -> NewProduct {
    NewProduct {
        name: " Labels ".to_owned(),
        tags: vec![" print ".to_owned(), String::new(), "print".to_owned(), "pdf".to_owned()],
        base_url: BUILT_IN_UPSTREAM.to_owned(),
        sandbox_url: Some(" ".to_owned()),
        spec_url: Some("https://labels.example/openapi.json".to_owned()),
        ..new_product(id)
    }
}

fn ids(products: &[Product]) -> Vec<&str> {
    products.iter().map(|product| product.id.as_str()).collect()
}

async fn publish(store: &Store, id: &str, path: &str) {
    store.publish(id, &document("1.0.0", &[path]), &by(), noon()).await.unwrap();
}

#[tokio::test]
async fn a_product_is_kept_as_it_was_typed_and_trimmed() {
    both(async |store| {
        let mut changes = store.changes();
        let made = store.create_product(new("labels"), &by(), noon()).await.unwrap();
        assert_eq!(changes.try_recv().unwrap(), Change::Product("labels".to_owned()));
        assert_eq!((made.name.as_str(), made.tags.as_slice()), ("Labels", ["print".to_owned(), "pdf".to_owned()].as_slice()));
        assert_eq!((made.sandbox_url.as_ref(), made.revision_id), (None, None));
        assert_eq!(store.product("labels").await.unwrap(), Some(made));
        assert_eq!(store.product("nothing").await.unwrap(), None);
        assert_eq!(field(store.create_product(new("labels"), &by(), noon()).await), "id");
    })
    .await;
}

#[tokio::test]
async fn a_product_is_deprecated_since_it_became_so_whatever_is_edited_later() {
    both(async |store| {
        let at = |hours| noon() + TimeDelta::hours(hours);
        let since = async || store.route("labels").await.unwrap().unwrap().product.deprecated_at;
        let typed = |status| NewProduct { status, ..new("labels") };
        store.create_product(new("labels"), &by(), noon()).await.unwrap();
        assert_eq!(since().await, None);
        store.set_product_status("labels", Status::Deprecated, &by(), at(1)).await.unwrap();
        assert_eq!(since().await, Some(at(1)));
        store.set_product_status("labels", Status::Deprecated, &by(), at(2)).await.unwrap();
        let edited = store.update_product(typed(Status::Deprecated), &by(), at(3)).await.unwrap().unwrap();
        publish(&store, "labels", "/labels").await;
        assert_eq!((since().await, edited.updated_at), (Some(at(1)), at(3)));
        store.set_product_status("labels", Status::Beta, &by(), at(4)).await.unwrap();
        assert_eq!(since().await, None);
        store.update_product(typed(Status::Deprecated), &by(), at(5)).await.unwrap();
        assert_eq!(since().await, Some(at(5)));
        store.update_product(typed(Status::Active), &by(), at(6)).await.unwrap();
        assert_eq!(since().await, None);
        let born = store.create_product(NewProduct { status: Status::Deprecated, ..new("rates") }, &by(), at(7)).await.unwrap();
        assert_eq!(born.deprecated_at, Some(at(7)));
        assert_eq!(store.product("rates").await.unwrap(), Some(born));
    })
    .await;
}

#[tokio::test]
async fn of_many_with_one_id_one_is_made() {
    both(async |store| {
        let by = by();
        let made = join_all((0..8).map(|_| store.create_product(new("labels"), &by, noon()))).await;
        assert_eq!(made.iter().filter(|result| result.is_ok()).count(), 1);
        assert!(made.into_iter().filter(Result::is_err).all(|refusal| field(refusal) == "id"));
    })
    .await;
}

#[tokio::test]
async fn what_is_typed_wrongly_names_its_field() {
    both(async |store| {
        let long = "x".repeat(400);
        let wrong = [
            ("id", NewProduct { id: "Labels".to_owned(), ..new("labels") }),
            ("name", NewProduct { name: " ".to_owned(), ..new("labels") }),
            ("description", NewProduct { description: long.clone(), ..new("labels") }),
            ("tags", NewProduct { tags: vec![long], ..new("labels") }),
            ("tags", NewProduct { tags: (0..13).map(|n| n.to_string()).collect(), ..new("labels") }),
            ("icon", NewProduct { icon: "<svg>".to_owned(), ..new("labels") }),
            ("base_url", NewProduct { base_url: "internal:other".to_owned(), ..new("labels") }),
            ("sandbox_url", NewProduct { sandbox_url: Some("/sandbox".to_owned()), ..new("labels") }),
            ("spec_url", NewProduct { spec_url: Some("openapi.json".to_owned()), ..new("labels") }),
        ];
        for (name, product) in wrong {
            assert_eq!(field(store.create_product(product.clone(), &by(), noon()).await), name, "{product:?}");
        }
        assert!(store.products().await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_edit_replaces_the_card_and_forgets_the_etag_of_another_address() {
    both(async |store| {
        store.create_product(new("labels"), &by(), noon()).await.unwrap();
        store.note_fetch("labels", Some("\"v1\""), noon()).await.unwrap();
        let etag = async || store.fetched_document("labels").await.unwrap().unwrap().1;
        let later = noon() + TimeDelta::hours(1);
        let edited = NewProduct { name: "Label printing".to_owned(), status: Status::Beta, ..new("labels") };
        let edited = store.update_product(edited, &by(), later).await.unwrap().unwrap();
        assert_eq!((edited.name.as_str(), edited.status, edited.updated_at), ("Label printing", Status::Beta, later));
        assert_eq!(etag().await.as_deref(), Some("\"v1\""));
        let moved = NewProduct { spec_url: Some("https://labels.example/v2.json".to_owned()), ..new("labels") };
        store.update_product(moved, &by(), later).await.unwrap();
        assert_eq!(etag().await, None);
        store.update_product(NewProduct { spec_url: None, ..new("labels") }, &by(), later).await.unwrap();
        assert_eq!(store.fetched_document("labels").await.unwrap(), None);
        assert_eq!(store.update_product(new("nothing"), &by(), later).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn the_catalogue_shows_published_products_in_the_order_they_came() {
    both(async |store| {
        for id in ["zones", "labels", "rates", "draft"] {
            product(&store, id).await;
        }
        for id in ["rates", "zones", "labels"] {
            publish(&store, id, "/things").await;
        }
        assert_eq!(ids(&store.catalogue(None).await.unwrap()), ["zones", "labels", "rates"]);
        assert_eq!(ids(&store.products().await.unwrap()), ["zones", "labels", "rates", "draft"]);
        assert!(store.set_product_status("labels", Status::Deprecated, &by(), noon()).await.unwrap());
        assert!(!store.set_product_status("nothing", Status::Active, &by(), noon()).await.unwrap());
        assert_eq!(ids(&store.catalogue(None).await.unwrap()), ["zones", "rates"]);
        assert_eq!(store.operations(None).await.unwrap().len(), 2);
        assert!(store.visible_product("labels", None).await.unwrap().is_some(), "by link");
    })
    .await;
}

#[tokio::test]
async fn a_status_set_twice_is_one_event() {
    both(async |store| {
        product(&store, "labels").await;
        for _ in 0..2 {
            assert!(store.set_product_status("labels", Status::Beta, &by(), noon()).await.unwrap());
        }
        let kinds: Vec<_> = store.events(None, None, 10).await.unwrap().into_iter().map(|event| event.kind).collect();
        assert_eq!(kinds, ["product.status_changed", "product.created"]);
    })
    .await;
}

#[tokio::test]
async fn a_private_product_is_seen_by_named_partners_only() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let bo = partner(&store, "bo@contoso.example", noon()).await;
        let [free, ..] = product_with_plans(&store, "open").await;
        let private = NewProduct { visibility: Visibility::Private, ..new("secret") };
        store.create_product(private, &by(), noon()).await.unwrap();
        publish(&store, "open", "/open").await;
        publish(&store, "secret", "/secret").await;
        assert!(store.set_product_partners("secret", &[ana, ana], &by(), noon()).await.unwrap());
        assert_eq!(store.product_partners("secret").await.unwrap(), [ana]);
        assert!(store.product_partners("open").await.unwrap().is_empty());
        for (asker, sees) in [(Some(ana), true), (Some(bo), false), (None, false)] {
            assert_eq!(store.catalogue(asker).await.unwrap().len() == 2, sees, "{asker:?}");
            assert_eq!(store.operations(asker).await.unwrap().iter().any(|entry| entry.path == "/secret"), sees, "{asker:?}");
            assert_eq!(store.visible_product("secret", asker).await.unwrap().is_some(), sees, "{asker:?}");
            assert_eq!(store.changelog(asker, 10).await.unwrap().len() == 2, sees, "{asker:?}");
        }
        assert_eq!(field(store.subscribe(bo, "secret", free.id, &by(), noon()).await), "plan");
        assert_eq!(field(store.set_product_partners("secret", &[bo, Uuid::from_u128(1)], &by(), noon()).await), "partners");
        assert!(store.visible_product("secret", Some(ana)).await.unwrap().is_some(), "a refused change changes nothing");
        assert!(store.set_product_partners("secret", &[], &by(), noon()).await.unwrap());
        assert!(store.visible_product("secret", Some(ana)).await.unwrap().is_none());
        assert!(!store.set_product_partners("nothing", &[], &by(), noon()).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn what_was_retired_is_still_told_to_whoever_was_shown_it() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let bo = partner(&store, "bo@contoso.example", noon()).await;
        for id in ["zones", "labels", "secret", "draft"] {
            store.create_product(new(id), &by(), noon()).await.unwrap();
        }
        for id in ["zones", "labels", "secret"] {
            publish(&store, id, "/things").await;
        }
        store.update_product(NewProduct { visibility: Visibility::Private, ..new("secret") }, &by(), noon()).await.unwrap();
        store.set_product_partners("secret", &[ana], &by(), noon()).await.unwrap();
        for id in ["labels", "secret"] {
            store.set_product_status(id, Status::Deprecated, &by(), noon()).await.unwrap();
        }
        let public = ["zones", "labels"].as_slice();
        for (asker, expected) in [(Some(ana), ["zones", "labels", "secret"].as_slice()), (Some(bo), public), (None, public)] {
            assert_eq!(ids(&store.visible_products(asker).await.unwrap()), expected, "{asker:?}");
            assert_eq!(ids(&store.catalogue(asker).await.unwrap()), ["zones"], "{asker:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_list_of_products_has_figures_of_their_own() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let [_, starter, _] = product_with_plans(&store, "labels").await;
        product_with_plans(&store, "rates").await;
        store.subscribe(ana, "labels", starter.id, &by(), noon()).await.unwrap();
        calls(&store, 110, ana, "labels", noon()).await;
        calls(&store, 7, ana, "labels", noon() - TimeDelta::days(31)).await;
        let failed = Call { status: 500, outcome: Outcome::Error, ..call(ana, "labels", noon()) };
        let refused = Call { status: 429, outcome: Outcome::Refused, ..call(ana, "labels", noon()) };
        store.record_batch(Uuid::new_v4(), &[failed, refused], noon()).await.unwrap();
        let rows = store.product_rows(noon()).await.unwrap();
        let figures: Vec<_> = rows.iter().map(|row| (row.partners, row.calls, row.errors, row.revenue_minor)).collect();
        assert_eq!(figures, [(1, 111, 1, 4_930), (0, 0, 0, 0)]);
    })
    .await;
}
