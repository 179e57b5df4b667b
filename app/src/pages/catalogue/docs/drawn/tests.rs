//! Every operation of real documents is drawn, and what is drawn keeps to the pages' policy.

use super::reader::Reader;
use super::{opening, operation, schema};
use leptos::prelude::Owner;
use spec::Api;
use spec::snippet::Language;
use std::path::{Path, PathBuf};

fn reader() -> Reader {
    Reader::new("rates", "http://localhost/sandbox/rates", Some("sk_test_1a2b3c4d"), Language::Python)
}

fn read(file: &Path) -> Api {
    let text = std::fs::read_to_string(file).unwrap();
    spec::parse::parse(&text).unwrap().render_markdown()
}

fn documents(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.extension().is_some_and(|end| end == "yaml")).collect()
}

/// The demo's documents, and larger ones from elsewhere where they are at hand.
fn all() -> Vec<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let elsewhere = std::env::var_os("PORTICO_SPECS").map_or_else(|| here.join("../../shared/specs"), PathBuf::from);
    let larger = ["shipengine.yaml", "train-travel.yaml"].map(|name| elsewhere.join(name));
    let missing: Vec<&PathBuf> = larger.iter().filter(|file| !file.exists()).collect();
    if !missing.is_empty() {
        eprintln!("not drawn, because they are not here: {missing:?}; PORTICO_SPECS names their folder");
    }
    documents(&here.join("../server/demo")).into_iter().chain(larger.into_iter().filter(|file| file.exists())).collect()
}

/// What the policy of the pages forbids in markup.
fn assert_allowed(html: &str, what: &str) {
    for forbidden in ["<script", " style=\"", " onclick=", " onerror=", "javascript:"] {
        assert!(!html.contains(forbidden), "{what} holds {forbidden}");
    }
}

#[test]
fn every_operation_and_schema_is_drawn() {
    let files = all();
    assert!(files.len() >= 8, "the demo company has eight documents");
    Owner::new().with(|| {
        for file in files {
            let api = read(&file);
            for entry in api.index().groups.iter().flat_map(|group| &group.entries) {
                let html = operation(&api, &entry.id, &reader()).unwrap();
                assert!(html.contains(&entry.path.replace('&', "&amp;")), "{} of {}", entry.id, file.display());
                assert_allowed(&html, &entry.id);
            }
            for name in api.schemas.keys() {
                assert_allowed(&schema(&api, name, "rates").unwrap(), name);
            }
        }
    });
}

#[test]
fn the_opening_of_a_long_document_ends_and_the_rest_is_asked_for() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/demo/routing.yaml")).unwrap();
    let mut api = spec::parse::parse(&text).unwrap().render_markdown();
    let once = api.operations.clone();
    for round in 0..40 {
        api.operations.extend(once.iter().cloned().map(|mut operation| {
            operation.id = format!("{}{round}", operation.id);
            operation
        }));
    }
    let parts = Owner::new().with(|| opening(&api, &reader()));
    let length: usize = parts.iter().map(|(_, html)| html.len()).sum();
    assert!(parts.len() > 2 && parts.len() < api.operations.len(), "{} parts", parts.len());
    assert!(length < 2 * super::OPENING_BYTES, "{length} bytes");
}

#[test]
fn samples_carry_the_readers_own_key_and_language() {
    let api = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/demo/shipment-tracking.yaml"));
    let html = Owner::new().with(|| operation(&api, "trackShipment", &reader())).unwrap();
    assert!(html.contains("Bearer sk_test_1a2b3c4d_…"));
    let chosen = html.split("<input").find(|input| input.contains("data-language=\"python\"")).unwrap();
    assert!(chosen.split('>').next().unwrap().contains("checked"), "{chosen}");
}

#[test]
fn a_circle_ends_in_a_link() {
    let text = r##"{"openapi":"3.1.0","info":{"title":"T","version":"1"},"paths":{"/legs":{"get":{"operationId":"legs","responses":{"200":{
        "description":"x","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Leg"}}}}}}}},"components":{"schemas":{"Leg":{
        "type":"object","properties":{"next":{"$ref":"#/components/schemas/Leg"}}}}}}"##;
    let api = spec::parse::parse(text).unwrap();
    let html = Owner::new().with(|| operation(&api, "legs", &reader())).unwrap();
    assert!(html.contains("/apis/rates/schemas/Leg") && html.contains("as above"), "{html}");
}

/// A document with one operation, whose body is the first of these schemas.
fn with_schemas(schemas: &str) -> Api {
    let text = format!(
        r##"{{"openapi":"3.1.0","info":{{"title":"T","version":"1"}},"paths":{{"/a":{{"post":{{"operationId":"a","requestBody":{{"content":{{
        "application/json":{{"schema":{{"$ref":"#/components/schemas/A"}}}}}}}},"responses":{{"200":{{"description":"x"}}}}}}}}}},
        "components":{{"schemas":{schemas}}}}}"##
    );
    spec::parse::parse(&text).unwrap()
}

#[test]
fn lists_of_themselves_end() {
    let to = |name: &str| format!("{{\"$ref\":\"#/components/schemas/{name}\"}}");
    let (a, b) = (to("A"), to("B"));
    for schemas in [
        format!("{{\"A\":{{\"type\":\"array\",\"items\":{a}}}}}"),
        format!("{{\"A\":{{\"type\":[\"array\",\"null\"],\"items\":{a}}}}}"),
        format!("{{\"A\":{{\"type\":\"array\",\"items\":{b}}},\"B\":{{\"type\":\"array\",\"items\":{a}}}}}"),
        format!("{{\"A\":{{\"type\":\"object\",\"properties\":{{\"b\":{b}}}}},\"B\":{{\"type\":\"array\",\"items\":{b}}}}}"),
        format!("{{\"A\":{{\"allOf\":[{a},{{\"type\":\"array\",\"items\":{a}}}]}}}}"),
        format!("{{\"A\":{{\"oneOf\":[{a},{{\"type\":\"array\",\"items\":{a}}}]}}}}"),
        format!("{{\"A\":{{\"type\":\"object\",\"additionalProperties\":{a}}}}}"),
        format!("{{\"A\":{a}}}"),
    ] {
        let api = with_schemas(&schemas);
        let (drawn, page) = Owner::new().with(|| (operation(&api, "a", &reader()).unwrap(), schema(&api, "A", "rates").unwrap()));
        assert!(drawn.len() < 100_000 && page.len() < 100_000, "{schemas}");
    }
}

#[test]
fn choices_of_each_other_do_not_multiply() {
    let options: Vec<String> = (0..20).map(|n| format!("{{\"$ref\":\"#/components/schemas/{}\"}}", letter(n))).collect();
    let each: Vec<String> = (0..20).map(|n| format!("\"{}\":{{\"oneOf\":[{}]}}", letter(n), options.join(","))).collect();
    let api = with_schemas(&format!("{{{}}}", each.join(",")));
    let html = Owner::new().with(|| operation(&api, "a", &reader())).unwrap();
    assert!(html.len() < 500_000, "{} bytes", html.len());
}

fn letter(n: u8) -> char {
    char::from(b'A' + n)
}
