//! The demo's documents in the console: every operation answers at the first click, and every example is right.

#![expect(clippy::unwrap_used, reason = "a test says what broke by panicking")]

use spec::mock::{self, MockAnswer, MockRequest, State};
use spec::request::Draft;
use spec::validate::{Purpose, check_for};
use spec::{Api, Media, Operation, Response, Schemas};
use std::path::Path;

const PRODUCTS: [&str; 8] =
    ["shipment-tracking", "routing", "rates", "address-validation", "labels", "customs", "pickups", "notifications"];

fn document(product: &str) -> Api {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo").join(format!("{product}.yaml"));
    spec::parse::parse(&std::fs::read_to_string(file).unwrap()).unwrap_or_else(|refusal| panic!("{product}: {refusal:?}"))
}

/// What the console sends for an operation whose form nobody touched.
fn untouched(api: &Api, operation: &Operation) -> MockRequest {
    let draft = Draft::sample(operation, &api.schemas);
    assert!(draft.problems(operation, &api.schemas).is_empty(), "{}: {:?}", operation.id, draft.problems(operation, &api.schemas));
    let http = draft.http(operation, "", &[]);
    let (path, query) = http.url.split_once('?').unwrap_or((&http.url, ""));
    MockRequest {
        method: operation.method,
        path: path.to_owned(),
        query: query.to_owned(),
        headers: http.headers,
        body: http.body.unwrap_or_default().into_bytes(),
    }
}

fn sent(api: &Api, operation: &Operation, headers: &[(&str, &str)]) -> MockAnswer {
    let mut request = untouched(api, operation);
    request.headers.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    mock::answer(api, &request, &State::default())
}

/// The answers of an operation that carry JSON.
fn json_answers(operation: &Operation) -> impl Iterator<Item = (&Response, &Media)> {
    operation
        .responses
        .iter()
        .flat_map(|response| response.media.iter().filter(|media| media.is_json()).map(move |media| (response, media)))
}

fn wrong(purpose: Purpose, media: &Media, schemas: &Schemas) -> Vec<String> {
    let of = |example: &spec::Example| {
        let problems = check_for(purpose, &media.schema, schemas, &example.value);
        problems.into_iter().map(|problem| format!("{}: {}", example.name, problem.message)).collect::<Vec<_>>()
    };
    media.examples.iter().flat_map(of).collect()
}

#[test]
fn every_operation_answers_at_the_first_click() {
    for product in PRODUCTS {
        let api = document(product);
        for operation in &api.operations {
            let answer = sent(&api, operation, &[]);
            let text = String::from_utf8_lossy(&answer.body);
            assert!((200..300).contains(&answer.status), "{product} {}: {} {text}", operation.id, answer.status);
        }
    }
}

#[test]
fn every_named_example_can_be_asked_for() {
    let mut asked = 0;
    for product in PRODUCTS {
        let api = document(product);
        for operation in &api.operations {
            for (response, media) in json_answers(operation).filter(|(response, _)| response.status.starts_with('2')) {
                for example in &media.examples {
                    let prefer = format!("example={}", example.name);
                    let answer = sent(&api, operation, &[("Prefer", &prefer), ("Accept", &media.content_type)]);
                    assert_eq!(answer.status.to_string(), response.status, "{product} {}", operation.id);
                    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
                    let problems = check_for(Purpose::Answer, &media.schema, &api.schemas, &body);
                    assert!(problems.is_empty(), "{product} {} {}: {problems:?}", operation.id, example.name);
                    asked += 1;
                }
            }
        }
    }
    assert!(asked > 70, "{asked}");
}

#[test]
fn every_example_fits_its_schema() {
    for product in PRODUCTS {
        let api = document(product);
        for operation in api.operations.iter().chain(&api.webhooks) {
            let bodies = operation.body.iter().flat_map(|body| &body.media);
            for media in bodies {
                assert!(!media.examples.is_empty(), "{product} {}: a body without an example", operation.id);
                let problems = wrong(Purpose::Request, media, &api.schemas);
                assert!(problems.is_empty() || api.webhooks.contains(operation), "{product} {}: {problems:?}", operation.id);
            }
            for (response, media) in json_answers(operation) {
                let problems = wrong(Purpose::Answer, media, &api.schemas);
                assert!(problems.is_empty(), "{product} {} {}: {problems:?}", operation.id, response.status);
            }
        }
    }
}

#[test]
fn the_first_call_of_a_newcomer_finds_a_parcel_on_its_way_to_rotterdam() {
    let api = document("shipment-tracking");
    let first = &api.operations[0];
    assert_eq!(
        (first.id.as_str(), first.summary.as_str(), first.path.as_str()),
        ("trackShipment", "Track a shipment", "/shipments/{number}")
    );
    let body: serde_json::Value = serde_json::from_slice(&sent(&api, first, &[]).body).unwrap();
    assert_eq!(body["tracking_number"], "1Z999AA10123456784");
    assert_eq!(body["events"][0]["place"]["city"], "Leipzig");
    assert_eq!(body["destination"]["city"], "Rotterdam");
    let unknown = sent(&api, first, &[("Prefer", "code=404")]);
    assert_eq!(unknown.status, 404);
    assert!(String::from_utf8_lossy(&unknown.body).contains("The first scan can take 24 hours"));
}
