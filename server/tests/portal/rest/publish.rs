//! `PUT /api/v1/products/{id}/document`.

use crate::databases::both;
use crate::house::{Answer, TestHouse, by};
use axum::body::Body;
use axum::http::Request;
use chrono::Utc;
use serde_json::json;
use store::TokenScope;

const SECOND: &str = "openapi: 3.1.0
info: { title: Parcels, version: 2.0.0 }
paths:
  /depots:
    get: { operationId: listDepots, responses: { '200': { description: All. } } }
";

async fn put(house: &TestHouse, product: &str, token: &str, document: impl Into<Body>) -> Answer {
    let uri = format!("/api/v1/products/{product}/document");
    let request = Request::builder().method("PUT").uri(uri).header("authorization", format!("Bearer {token}"));
    house.send(request.body(document.into()).unwrap()).await
}

#[tokio::test]
async fn a_document_becomes_a_revision_and_the_same_text_changes_nothing() {
    both(async |store| {
        let house = TestHouse::open(&store);
        house.product("internal:demo").await;
        let (_, token) = store.create_token("CI", TokenScope::Publish, None, &by(), Utc::now()).await.unwrap();
        let answer = put(&house, "parcels", token.reveal(), SECOND).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let published = answer.json();
        assert_eq!((&published["number"], &published["version"], &published["changed"]), (&json!(2), &json!("2.0.0"), &json!(true)));
        assert!(!published["changes"].as_array().unwrap().is_empty());
        assert_eq!(put(&house, "parcels", token.reveal(), SECOND).await.json()["changed"], json!(false));
        let revisions = store.revisions("parcels").await.unwrap();
        assert_eq!((revisions.len(), revisions[0].created_by.as_str()), (2, "CI"));
    })
    .await;
}

#[tokio::test]
async fn a_broken_document_is_refused_with_its_place() {
    both(async |store| {
        let house = TestHouse::open(&store);
        house.product("internal:demo").await;
        let (_, token) = store.create_token("CI", TokenScope::Publish, None, &by(), Utc::now()).await.unwrap();
        let broken = SECOND.replace("description: All.", "$ref: '#/components/responses/None'");
        let answer = put(&house, "parcels", token.reveal(), broken).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (422, "unprocessable"));
        assert!(answer.json()["pointer"].as_str().unwrap().contains("depots"), "{}", answer.text);
        assert_eq!(put(&house, "parcels", token.reveal(), Body::from(vec![0xff, 0xfe])).await.status, 400);
        assert_eq!(put(&house, "nothing", token.reveal(), SECOND).await.status, 404);
        assert_eq!(store.revisions("parcels").await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn without_a_working_token_nothing_is_published() {
    both(async |store| {
        let house = TestHouse::open(&store);
        house.product("internal:demo").await;
        let (revoked, secret) = store.create_token("CI", TokenScope::Publish, None, &by(), Utc::now()).await.unwrap();
        store.revoke_token(revoked.id, &by(), Utc::now()).await.unwrap();
        let caller = house.caller(None).await;
        for token in ["", "pt_wrong", secret.reveal(), caller.live.secret.reveal()] {
            let answer = put(&house, "parcels", token, SECOND).await;
            assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (401, "invalid-token"), "{token}");
        }
        assert_eq!(store.revisions("parcels").await.unwrap().len(), 1);
        let (_, working) = store.create_token("CI", TokenScope::Publish, None, &by(), Utc::now()).await.unwrap();
        for product in ["nothing", "parcels%00"] {
            let answer = put(&house, product, working.reveal(), SECOND).await;
            assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (404, "not-found"), "{product}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_catalogue_is_public_and_the_interface_describes_itself() {
    both(async |store| {
        let house = TestHouse::open(&store);
        house.product("internal:demo").await;
        let get = async |uri: &str| house.send(Request::builder().uri(uri).body(Body::empty()).unwrap()).await;
        assert_eq!(get("/api/v1/products").await.json()["items"][0]["id"], "parcels");
        let api = spec::parse::parse(&get("/api/v1/openapi.json").await.text).unwrap();
        for operation in &api.operations {
            let path = operation.path.replace("{id}", "parcels");
            let request = Request::builder().method(operation.method.as_str()).uri(&path);
            let status = house.send(request.body(Body::empty()).unwrap()).await.status;
            assert!(status != 404 && status != 405, "{} {path} is described and answers {status}", operation.method);
        }
    })
    .await;
}
