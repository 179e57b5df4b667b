//! The model of a small document, and the words of refusals, as they are.
#![cfg(feature = "parse")]

use spec::parse::{accept, parse};

const PARCELS: &str = include_str!("documents/parcels.yaml");

#[test]
fn the_model_of_a_small_document() {
    let accepted = accept(PARCELS).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(accepted.advice, []);
    insta::assert_json_snapshot!(accepted.api);
}

#[test]
fn the_index_and_a_piece() {
    let api = parse(PARCELS).unwrap_or_else(|refusal| panic!("{refusal}"));
    insta::assert_json_snapshot!("index", api.index());
    let names: Vec<String> = api.piece("get-parcels-number").unwrap().schemas.into_keys().collect();
    insta::assert_json_snapshot!("piece_schemas", names);
    assert_eq!(api.piece("nothing"), None);
}

/// The document with one line changed, and what is said about it.
fn refused(from: &str, to: &str) -> String {
    assert!(PARCELS.contains(from), "{from}");
    match parse(&PARCELS.replacen(from, to, 1)) {
        Ok(_) => format!("accepted: {to}"),
        Err(refusal) => refusal.to_string(),
    }
}

#[test]
fn refusals_say_what_and_where() {
    let edits = [
        ("openapi: 3.1.0", "swagger: '2.0'"),
        ("openapi: 3.1.0", "openapi: 4.0.0"),
        ("openapi: 3.1.0", "nothing: here"),
        ("  title: Parcels\n", ""),
        ("version: 1.2.0", "version: 1.2"),
        ("  /parcels:", "  parcels:"),
        ("/parcels/{number}:", "/parcels/{id}:"),
        ("/parcels/{number}:", "/parcels/{number:"),
        ("in: query", "in: body"),
        ("in: query", "in: header\n        style: loud"),
        ("name: dry_run\n", "nam: dry_run\n"),
        ("#/components/parameters/Number", "#/components/parameters/Nowhere"),
        ("#/components/parameters/Number", "other.yaml#/Number"),
        ("#/components/schemas/ParcelRequest", "#/components/schemas/Missing"),
        ("mapping: {card: '#/components/schemas/Card'}", "mapping: {card: Cart}"),
        ("maximum: 70", "maximum: lots"),
        ("maxLength: 40", "maxLength: -1"),
        ("        201:", "        20:"),
        ("required: [weight, kind]", "required: [weight, 7]"),
        ("tags: [Parcels]", "tags: Parcels"),
        ("            city: {type: string}", "            city: text"),
        ("scheme: bearer", "schema: bearer"),
    ];
    let said: Vec<String> = edits.iter().map(|(from, to)| format!("{to}\n  -> {}", refused(from, to).replace('\n', "\n     "))).collect();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn the_dialect_of_3_0() {
    let text = "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths: {}\ncomponents:\n  schemas:\n    A: {type: string, nullable: true}\n    N: {type: number, minimum: 0, exclusiveMinimum: true}\n    R: {$ref: '#/components/schemas/A', description: beside}\n    W: {allOf: [{$ref: '#/components/schemas/A'}], description: around}\n    D: {properties: {a: {$ref: '#/components/schemas/R/properties'}}}\n";
    let refusal = parse(text).unwrap_err();
    assert!(refusal.to_string().contains("points at nothing"), "{refusal}");
    let good = text.replace("    D: {properties: {a: {$ref: '#/components/schemas/R/properties'}}}\n", "");
    insta::assert_json_snapshot!(parse(&good).unwrap().schemas);
}
