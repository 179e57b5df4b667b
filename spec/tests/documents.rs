//! Real documents are read whole, and hostile ones are refused quickly.
#![cfg(feature = "parse")]

use spec::parse::{accept, parse};
use spec::{Api, Kind, Schema};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A real document, or `None` with a word about it where the collection is not at hand.
fn real(name: &str) -> Option<String> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/specs");
    let folder = std::env::var_os("PORTICO_SPECS").map_or(beside, PathBuf::from);
    let text = std::fs::read_to_string(folder.join(name)).ok();
    if text.is_none() {
        println!("skipped: {name} is not there; set PORTICO_SPECS to the folder that holds it");
    }
    text
}

/// Counts the lines that are a method under a path, without reading YAML.
fn operations_by_indentation(text: &str) -> usize {
    let methods = ["get:", "put:", "post:", "delete:", "options:", "head:", "patch:", "trace:"];
    let paths = text.lines().skip_while(|l| *l != "paths:").skip(1);
    let inside = paths.take_while(|l| l.is_empty() || l.starts_with([' ', '#']));
    inside.filter(|l| l.strip_prefix("    ").is_some_and(|l| methods.contains(&l.trim_end()))).count()
}

/// Every schema of an API: the named ones and all that operations hold.
fn walk(api: &Api, visit: &mut impl FnMut(&Schema)) {
    let media = |o: &spec::Operation| -> Vec<Schema> {
        let body = o.body.iter().flat_map(|b| &b.media);
        body.chain(o.responses.iter().flat_map(|r| &r.media)).map(|m| m.schema.clone()).collect()
    };
    let mut open: Vec<Schema> = api.schemas.values().cloned().collect();
    open.extend(api.operations.iter().flat_map(media));
    while let Some(schema) = open.pop() {
        visit(&schema);
        open.extend(schema.children().into_iter().cloned());
    }
}

#[test]
fn shipengine_is_read_whole() {
    let Some(text) = real("shipengine.yaml") else {
        return;
    };
    let accepted = accept(&text).unwrap_or_else(|r| panic!("{r}"));
    let twice = &accepted.advice[0];
    assert!(twice.message.contains("`create_tag` is already used"), "{twice}");
    assert_eq!(twice.line, Some(4103));
    let api = accepted.api;
    assert_eq!(api.title, "ShipEngine API");
    assert_eq!(api.operations.len(), operations_by_indentation(&text));
    assert!(api.operations.len() > 50);
    let mut references = 0;
    walk(&api, &mut |schema| {
        if let Some(name) = schema.reference() {
            references += 1;
            assert!(api.schemas.contains_key(name), "{name}");
        }
    });
    assert!(references > 500, "{references}");
    for operation in &api.operations {
        let piece = api.piece(&operation.id).unwrap();
        assert_eq!(piece.operation, *operation);
        assert!(piece.schemas.len() < api.schemas.len(), "{}", operation.id);
    }
    let listed: usize = api.index().groups.iter().map(|g| g.entries.len()).sum();
    assert_eq!(listed, api.operations.len() + api.webhooks.len());
}

#[test]
fn train_travel_is_read_whole() {
    let Some(text) = real("train-travel.yaml") else {
        return;
    };
    let api = parse(&text).unwrap_or_else(|r| panic!("{r}"));
    assert_eq!(api.operations.len(), operations_by_indentation(&text));
    assert_eq!(api.webhooks.len(), 1);
    assert_eq!(api.servers[0].url, "https://try.microcks.io/rest/Train+Travel+API/1.0.0");
    let mut nullable = 0;
    walk(&api, &mut |schema| nullable += usize::from(schema.nullable));
    println!("{nullable} nullable schemas");
}

#[test]
fn a_model_survives_its_json() {
    for name in ["shipengine.yaml", "train-travel.yaml"] {
        let Some(text) = real(name) else { return };
        let api = parse(&text).unwrap_or_else(|r| panic!("{r}"));
        let json = serde_json::to_string(&api).unwrap();
        assert_eq!(serde_json::from_str::<Api>(&json).unwrap(), api);
    }
}

#[test]
fn json_and_yaml_give_the_same_model() {
    let yaml =
        "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths:\n  /a:\n    get:\n      responses:\n        200: {description: fine}\n";
    let json =
        r#"{"openapi":"3.1.0","info":{"title":"T","version":"1"},"paths":{"/a":{"get":{"responses":{"200":{"description":"fine"}}}}}}"#;
    assert_eq!(parse(yaml), parse(json));
    assert_eq!(parse(json).unwrap().operations[0].id, "get-a");
}

#[test]
fn thirteen_megabytes_take_seconds_not_minutes() {
    let mut text = String::from("openapi: 3.1.0\ninfo: {title: Big, version: '1'}\npaths:\n");
    let mut n = 0;
    while text.len() < 13 << 20 {
        text.push_str(&format!(
            "  /things/{n}/{{id}}:\n    get:\n      operationId: op{n}\n      summary: Thing number {n}\n      description: >\n        {}\n      parameters:\n        - {{name: id, in: path, required: true, schema: {{type: string}}}}\n      responses:\n        '200':\n          description: fine\n          content:\n            application/json:\n              schema:\n                type: object\n                properties:\n                  a: {{type: string, maxLength: 20}}\n                  b: {{type: array, items: {{$ref: '#/components/schemas/Node'}}}}\n",
            "A sentence that says what this operation is for. ".repeat(8)
        ));
        n += 1;
    }
    text.push_str("components:\n  schemas:\n    Node: {type: object, properties: {next: {$ref: '#/components/schemas/Node'}}}\n");
    let start = Instant::now();
    let api = parse(&text).unwrap_or_else(|r| panic!("{r}"));
    assert_eq!(api.operations.len(), n);
    let taken = start.elapsed();
    println!("{} MB, {n} operations in {taken:?}", text.len() >> 20);
    assert!(taken < Duration::from_secs(60), "{taken:?}");
}

#[test]
fn references_cannot_multiply_a_document() {
    let long = "x".repeat(200_000);
    let mut text =
        format!("openapi: 3.1.0\ninfo: {{title: T, version: '1'}}\ncomponents:\n  responses:\n    R: {{description: {long}}}\npaths:\n");
    for n in 0..5_000 {
        text.push_str(&format!("  /p{n}:\n    get: {{responses: {{'200': {{$ref: '#/components/responses/R'}}}}}}\n"));
    }
    let Err(refusal) = parse(&text) else { panic!("accepted") };
    assert!(refusal.problems[0].message.contains("references are followed"), "{refusal}");
}

#[test]
fn circles_stay_references() {
    let text = "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths: {}\ncomponents:\n  schemas:\n    A: {$ref: '#/components/schemas/B'}\n    B: {$ref: '#/components/schemas/A'}\n    Tree: {type: object, properties: {children: {type: array, items: {$ref: '#/components/schemas/Tree'}}}}\n";
    let api = parse(text).unwrap();
    assert_eq!(api.schemas["A"].kind, Kind::Ref("B".to_owned()));
    assert!(api.schemas["A"].resolve(&api.schemas).reference().is_some());
}
