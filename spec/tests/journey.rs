//! What a form is prefilled with is a call that the mock accepts, for every operation of every document at hand.
#![cfg(feature = "parse")]

use spec::mock::{MockRequest, State, answer};
use spec::request::{Draft, percent};
use spec::validate::{Purpose, check_for};
use spec::{Api, Operation};
use std::path::{Path, PathBuf};

/// The documents of the demo company, and the collection of real ones where it is at hand.
fn documents() -> Vec<(String, Api)> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let collection = std::env::var_os("PORTICO_SPECS").map_or_else(|| here.join("../../shared/specs"), PathBuf::from);
    let folders = [here.join("../server/demo"), here.join("tests/documents"), collection];
    let files = folders.iter().flat_map(|folder| std::fs::read_dir(folder).into_iter().flatten()).flatten();
    let texts = files.filter(|f| f.path().extension().is_some_and(|e| e == "yaml"));
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let api = spec::parse::parse(&text).unwrap_or_else(|refusal| panic!("{}: {refusal}", path.display()));
        (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), api)
    };
    texts.map(|f| read(f.path())).collect()
}

fn sent(api: &Api, operation: &Operation, draft: &Draft) -> spec::mock::MockAnswer {
    let http = draft.http(operation, "", &[]);
    let (path, query) = http.url.split_once('?').unwrap_or((&http.url, ""));
    let body = http.body.unwrap_or_default().into_bytes();
    let request = MockRequest { method: draft.method, path: path.to_owned(), query: query.to_owned(), headers: http.headers, body };
    answer(api, &request, &State::default())
}

#[test]
fn a_prefilled_form_can_be_sent_as_it_is() {
    let mut refused = Vec::new();
    let mut sent_in_all = 0;
    for (name, api) in documents() {
        for operation in &api.operations {
            let draft = Draft::sample(operation, &api.schemas);
            let answer = sent(&api, operation, &draft);
            sent_in_all += 1;
            if answer.status >= 400 {
                let body = String::from_utf8_lossy(&answer.body).into_owned();
                refused.push(format!("{name} {} {}: {} {body}", operation.method, operation.path, answer.status));
            }
        }
    }
    assert!(sent_in_all > 60, "{sent_in_all}");
    // Two of ShipEngine's own examples do not fit ShipEngine's own schemas.
    let known = |line: &String| ["POST /v1/addresses/validate", "POST /v1/shipments"].iter().any(|call| line.contains(call));
    refused.retain(|line| !known(line));
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

#[test]
fn what_is_made_up_for_a_named_schema_fits_it() {
    let mut wrong = Vec::new();
    let mut made = 0;
    for (name, api) in documents() {
        for (key, schema) in &api.schemas {
            made += 1;
            let value = spec::sample::value(schema, &api.schemas);
            for problem in check_for(Purpose::Either, schema, &api.schemas, &value) {
                wrong.push(format!("{name} {} {key}{}: {}", percent(key), problem.pointer, problem.message));
            }
        }
    }
    assert!(made > 60, "{made}");
    // ShipEngine asks one `created_at` to be an id and a time at once, which nothing is.
    wrong.retain(|line| !(line.starts_with("shipengine.yaml") && line.contains("created_at")));
    assert!(wrong.is_empty(), "{made} schemas, {} problems\n{}", wrong.len(), wrong.join("\n"));
}
