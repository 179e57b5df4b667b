//! The mock as a caller meets it.

use super::{MockAnswer, MockRequest, State, answer};
use crate::Method;
use crate::model::Api;
use crate::parse::parse;
use serde_json::{Value, json};

fn api() -> Api {
    parse(include_str!("../../tests/documents/parcels.yaml")).unwrap_or_else(|refusal| panic!("{refusal}"))
}

fn call(method: Method, target: &str, headers: &[(&str, &str)], body: &str) -> MockAnswer {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let request = MockRequest { method, path: path.to_owned(), query: query.to_owned(), headers, body: body.as_bytes().to_vec() };
    answer(&api(), &request, &State::default())
}

fn body(answer: &MockAnswer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

fn header<'a>(answer: &'a MockAnswer, name: &str) -> Option<&'a str> {
    answer.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
}

#[test]
fn an_example_answers_and_the_path_shows_in_it() {
    let answer = call(Method::Get, "/parcels/PX-12345678", &[], "");
    assert_eq!((answer.status, header(&answer, "Content-Type")), (200, Some("application/json")));
    assert_eq!(body(&answer)["number"], "PX-12345678");
    assert_eq!(body(&answer)["city"], "Leipzig");
    assert_eq!(header(&answer, "X-Remaining"), Some("41"));
}

#[test]
fn an_answer_that_only_announces_another_is_given_by_nobody() {
    let document = r#"{"openapi":"3.1.0","info":{"title":"T","version":"1"},"paths":{
        "/only":{"get":{"responses":{"102":{"description":"x"},"1XX":{"description":"x"}}}},
        "/both":{"get":{"responses":{"102":{"description":"x"},"404":{"description":"x"}}}}}}"#;
    let api = parse(document).unwrap_or_else(|refusal| panic!("{refusal}"));
    let ask = |path: &str, prefer: Option<&str>| {
        let headers = prefer.map(|code| ("Prefer".to_owned(), format!("code={code}"))).into_iter().collect();
        let request = MockRequest { method: Method::Get, path: path.to_owned(), query: String::new(), headers, body: Vec::new() };
        answer(&api, &request, &State::default()).status
    };
    assert_eq!([ask("/only", None), ask("/both", None)], [204, 404]);
    let preferred = [ask("/only", Some("102")), ask("/only", Some("150")), ask("/both", Some("102")), ask("/both", Some("404"))];
    assert_eq!(preferred, [400, 400, 400, 404]);
}

#[test]
fn a_schema_answers_where_there_is_no_example() {
    let answer = call(Method::Post, "/parcels", &[("Content-Type", "application/json")], r#"{"weight": 2.5, "kind": "box"}"#);
    assert_eq!(answer.status, 201);
    assert!(body(&answer)["number"].as_str().is_some_and(|n| n.starts_with("PX-")), "{}", body(&answer));
    assert!(body(&answer).get("secret").is_none());
}

#[test]
fn a_wrong_request_is_told_everything_at_once() {
    let answer = call(Method::Post, "/parcels?dry_run=perhaps", &[("Content-Type", "application/json")], r#"{"weight": 71}"#);
    assert_eq!((answer.status, header(&answer, "Content-Type")), (422, Some("application/problem+json")));
    let errors = body(&answer)["errors"].clone();
    assert_eq!(errors[0], json!({"in": "query", "name": "dry_run", "detail": "dry_run must be true or false"}));
    assert_eq!(errors[1], json!({"in": "body", "pointer": "/weight", "detail": "weight must be at most 70"}));
    assert_eq!(errors[2], json!({"in": "body", "pointer": "/kind", "detail": "kind is required"}));
    let missing = call(Method::Post, "/parcels", &[], "");
    assert_eq!(body(&missing)["errors"][0]["detail"], "the body is required");
    let broken = call(Method::Post, "/parcels", &[], "{");
    assert!(body(&broken)["errors"][0]["detail"].as_str().unwrap().contains("JSON"));
}

#[test]
fn unknown_paths_methods_and_types() {
    assert_eq!(call(Method::Get, "/nowhere", &[], "").status, 404);
    let wrong = call(Method::Delete, "/parcels/PX-12345678", &[], "");
    assert_eq!((wrong.status, header(&wrong, "Allow")), (405, Some("GET")));
    assert_eq!(call(Method::Post, "/parcels", &[("content-type", "text/plain")], "x").status, 415);
    assert_eq!(call(Method::Get, "/parcels/PX-12345678", &[("accept", "image/png")], "").status, 406);
    assert_eq!(call(Method::Get, "/parcels/PX-12345678", &[("accept", "image/png, */*;q=0.1")], "").status, 200);
}

#[test]
fn prefer_chooses() {
    let gone = call(Method::Get, "/parcels/PX-12345678", &[("Prefer", "code=404")], "");
    assert_eq!((gone.status, body(&gone)["title"].as_str()), (404, Some("Not found")));
    let named = call(Method::Get, "/parcels/PX-12345678", &[("prefer", "example=lost")], "");
    assert_eq!(body(&named)["city"], "nowhere");
    let none = call(Method::Get, "/parcels/PX-12345678", &[("prefer", "code=418")], "");
    assert_eq!(none.status, 400);
    let forced = call(Method::Post, "/parcels", &[("prefer", "code=201")], "{}");
    assert_eq!(forced.status, 201);
}

#[test]
fn large_and_deep_bodies_are_bounded() {
    let headers = [("content-type", "application/json")];
    assert_eq!(call(Method::Post, "/parcels", &headers, &"x".repeat(2 << 20)).status, 413);
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(call(Method::Post, "/parcels", &headers, &deep).status, 422);
}
