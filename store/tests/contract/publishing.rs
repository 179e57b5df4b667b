//! Publishing: what is accepted is kept and in force, what is broken says where and changes nothing.

use crate::databases::both;
use crate::market::document;
use crate::portal::{by, new_product, noon, product};
use chrono::TimeDelta;
use domain::product::{RefusedDocument, Revision};
use futures::future::{join_all, try_join_all};
use std::sync::Arc;
use store::{Change, NewProduct, PublishOutcome, Store};

async fn publish(store: &Store, text: &str) -> PublishOutcome {
    store.publish("labels", text, &by(), noon()).await.unwrap()
}

async fn accepted(store: &Store, text: &str) -> Revision {
    match publish(store, text).await {
        PublishOutcome::Accepted(revision) => revision,
        other => panic!("{other:?}"),
    }
}

async fn refused(store: &Store, text: &str) -> RefusedDocument {
    match publish(store, text).await {
        PublishOutcome::Refused(refused) => refused,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_document_comes_into_force_with_everything_read_from_it() {
    both(async |store| {
        product(&store, "labels").await;
        assert!(store.published("labels").await.unwrap().is_none());
        let mut changes = store.changes();
        let text = document("1.2.0", &["/labels"]);
        let revision = accepted(&store, &text).await;
        assert_eq!(changes.try_recv().unwrap(), Change::Product("labels".to_owned()));
        assert_eq!((revision.number, revision.version.as_str(), revision.operations), (1, "1.2.0", 1));
        let product = store.product("labels").await.unwrap().unwrap();
        assert_eq!((product.revision_id, product.version.as_str(), product.operations), (Some(revision.id), "1.2.0", 1));
        let operation = store.operations(None).await.unwrap().remove(0);
        assert_eq!((operation.method.as_str(), operation.path.as_str(), operation.summary.as_str()), ("GET", "/labels", "Read /labels"));
        assert_eq!((operation.tag.as_str(), operation.deprecated), ("Reading", false));
        assert_eq!(store.document("labels", 1).await.unwrap(), Some(text));
        assert_eq!(store.document("labels", 2).await.unwrap(), None);
        assert_eq!(store.revisions("labels").await.unwrap(), [revision]);
        assert_eq!(store.events(None, None, 1).await.unwrap()[0].kind, "product.published");
    })
    .await;
}

#[tokio::test]
async fn a_nul_is_refused_and_a_control_character_leaves_an_id_that_can_be_kept() {
    both(async |store| {
        product(&store, "labels").await;
        let text = document("1.0.0", &["/labels"]);
        for nul in [text.replace("Read /", "\\u0000/"), format!("{text}\0")] {
            let refused = refused(&store, &nul).await;
            assert!(refused.message.contains("U+0000") && refused.message.starts_with("Line "), "{refused:?}");
        }
        accepted(&store, &text.replace("\"summary\"", "\"operationId\": \"get\\u0001\\u0007Label\", \"summary\"")).await;
        assert_eq!(store.operations(None).await.unwrap()[0].operation_id, "get-Label");
    })
    .await;
}

#[tokio::test]
async fn the_next_revision_says_what_changed_and_the_first_is_kept() {
    both(async |store| {
        product(&store, "labels").await;
        let first = document("1.0.0", &["/labels", "/old"]);
        accepted(&store, &first).await;
        let second = accepted(&store, &document("2.0.0", &["/labels", "/new"])).await;
        let changes: Vec<_> = second.changes.iter().map(|change| (change.kind.as_str(), change.breaking)).collect();
        assert!(changes.contains(&("removed", true)) && changes.contains(&("added", false)), "{changes:?}");
        assert!(second.changes.iter().any(|change| change.summary.contains("/old")), "{:?}", second.changes);
        let paths: Vec<_> = store.operations(None).await.unwrap().into_iter().map(|operation| operation.path).collect();
        assert_eq!(paths, ["/labels", "/new"]);
        assert_eq!(store.document("labels", 1).await.unwrap(), Some(first));
        let numbers: Vec<_> = store.revisions("labels").await.unwrap().iter().map(|revision| revision.number).collect();
        assert_eq!(numbers, [2, 1]);
        assert_eq!(store.changelog(None, 1).await.unwrap(), [second]);
    })
    .await;
}

#[tokio::test]
async fn the_same_text_again_changes_nothing() {
    both(async |store| {
        product(&store, "labels").await;
        let text = document("1.0.0", &["/labels"]);
        let first = accepted(&store, &text).await;
        assert!(matches!(publish(&store, &text).await, PublishOutcome::Unchanged(revision) if revision == first));
        assert_eq!(store.revisions("labels").await.unwrap().len(), 1);
        let unknown = store.publish("nothing", &text, &by(), noon()).await.unwrap();
        assert!(matches!(unknown, PublishOutcome::UnknownProduct));
    })
    .await;
}

#[tokio::test]
async fn a_broken_document_says_where_and_the_one_before_stays() {
    both(async |store| {
        product(&store, "labels").await;
        let text = document("1.0.0", &["/labels"]);
        let first = accepted(&store, &text).await;
        let broken = text.replace(r#""description": "OK""#, r##""$ref": "#/components/responses/Nowhere""##);
        let refusal = refused(&store, &broken).await;
        assert!(refusal.pointer.contains("labels") && refusal.pointer.contains("200"), "{refusal:?}");
        assert_eq!((refusal.number, refusal.message.is_empty()), (2, false));
        let product = store.product("labels").await.unwrap().unwrap();
        assert_eq!((product.revision_id, product.refused), (Some(first.id), Some(refusal)));
        assert_eq!(store.published("labels").await.unwrap().unwrap().revision, first);
        refused(&store, &broken).await;
        let refusals = store.events(None, None, 10).await.unwrap().into_iter().filter(|event| event.kind == "product.refused");
        assert_eq!(refusals.count(), 1, "the same refusal again is no news");
        publish(&store, &text).await;
        assert_eq!(store.product("labels").await.unwrap().unwrap().refused, None);
    })
    .await;
}

#[tokio::test]
async fn text_that_is_no_document_is_refused_before_anything_is_in_force() {
    both(async |store| {
        product(&store, "labels").await;
        assert_eq!(refused(&store, "{").await.number, 1);
        refused(&store, "").await;
        assert!(store.revisions("labels").await.unwrap().is_empty());
        assert!(store.published("labels").await.unwrap().is_none());
        assert!(store.catalogue(None).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn documents_that_arrive_together_become_revisions_one_after_the_other() {
    both(async |store| {
        product(&store, "labels").await;
        let by = by();
        let texts: Vec<_> = (1..=6).map(|n| document(&format!("{n}.0.0"), &["/labels", &format!("/v{n}")])).collect();
        let outcomes = join_all(texts.iter().map(|text| store.publish("labels", text, &by, noon()))).await;
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(PublishOutcome::Accepted(_)))), "{outcomes:?}");
        let revisions = store.revisions("labels").await.unwrap();
        let numbers: Vec<_> = revisions.iter().map(|revision| revision.number).collect();
        assert_eq!(numbers, [6, 5, 4, 3, 2, 1]);
        assert_eq!(store.product("labels").await.unwrap().unwrap().revision_id, Some(revisions[0].id));
        assert!(revisions[..5].iter().all(|revision| revision.changes.len() >= 2), "each is compared with the one before");
        assert_eq!(store.operations(None).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_document_is_parsed_once_and_shared_until_the_next_one() {
    both(async |store| {
        product(&store, "labels").await;
        accepted(&store, &document("1.0.0", &["/labels"])).await;
        let asked = try_join_all((0..4).map(|_| store.published("labels"))).await.unwrap();
        let shared: Vec<_> = asked.into_iter().flatten().collect();
        assert_eq!(shared.len(), 4);
        assert!(shared.iter().all(|published| Arc::ptr_eq(published, &shared[0])));
        accepted(&store, &document("2.0.0", &["/labels", "/more"])).await;
        let newer = store.published("labels").await.unwrap().unwrap();
        assert_eq!((newer.api.version.as_str(), newer.api.operations.len(), newer.revision.number), ("2.0.0", 2, 2));
    })
    .await;
}

#[tokio::test]
async fn descriptions_arrive_as_harmless_html() {
    both(async |store| {
        product(&store, "labels").await;
        let text = document("1.0.0", &["/labels"])
            .replace(r#""title": "Parcels""#, r#""title": "Parcels", "description": "**Bold** <script>alert(1)</script>""#);
        accepted(&store, &text).await;
        let html = &store.published("labels").await.unwrap().unwrap().api.description;
        assert!(html.contains("<strong>Bold</strong>") && !html.contains("<script"), "{html}");
    })
    .await;
}

#[tokio::test]
async fn the_document_that_was_fetched_longest_ago_comes_first() {
    both(async |store| {
        for id in ["labels", "rates", "zones"] {
            product(&store, id).await;
        }
        assert!(store.fetched_products().await.unwrap().is_empty());
        for id in ["labels", "rates", "zones"] {
            fetched_from(&store, id).await;
        }
        store.note_fetch("labels", Some("\"a\""), noon()).await.unwrap();
        store.note_fetch("rates", None, noon() - TimeDelta::hours(1)).await.unwrap();
        assert_eq!(store.fetched_products().await.unwrap(), ["zones", "rates", "labels"]);
        let of_labels = ("https://labels.example/openapi.json".to_owned(), Some("\"a\"".to_owned()));
        assert_eq!(store.fetched_document("labels").await.unwrap(), Some(of_labels));
    })
    .await;
}

async fn fetched_from(store: &Store, id: &str) {
    let edited = NewProduct { spec_url: Some(format!("https://{id}.example/openapi.json")), ..new_product(id) };
    store.update_product(edited, &by(), noon()).await.unwrap().unwrap();
}
