//! Messages are read by people, so the tests read them too.

use super::{Purpose, check, check_for};
use crate::schema::{Discriminator, Kind, Limits, Property, Schema, Schemas};
use serde_json::{Value, json};

fn property(name: &str, required: bool, schema: Schema) -> Property {
    Property { name: name.to_owned(), required, schema }
}

fn object(properties: Vec<Property>) -> Schema {
    Schema::of(Kind::Object { properties, additional: None })
}

fn closed(properties: Vec<Property>) -> Schema {
    Schema::of(Kind::Object { properties, additional: Some(Box::new(Schema::of(Kind::Never))) })
}

fn limited(kind: Kind, limits: Limits) -> Schema {
    Schema { limits, ..Schema::of(kind) }
}

fn words(schema: &Schema, value: &Value) -> Vec<(String, String)> {
    check(schema, &Schemas::new(), value).into_iter().map(|p| (p.pointer, p.message)).collect()
}

fn one(schema: &Schema, value: &Value) -> String {
    let found = words(schema, value);
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].1.clone()
}

#[test]
fn problems_name_the_field_and_the_place() {
    let weight = limited(Kind::Number, Limits { maximum: Some(70.0), ..Limits::default() });
    let parcel = object(vec![property("weight", true, weight)]);
    let shipment = object(vec![
        property("carrier", true, Schema::of(Kind::String)),
        property("parcels", false, Schema::of(Kind::Array(Box::new(parcel)))),
    ]);
    let found = words(&shipment, &json!({"parcels": [{"weight": 3}, {"weight": 71.5}, 4]}));
    assert_eq!(found[0], (String::from("/carrier"), String::from("carrier is required")));
    assert_eq!(found[1], (String::from("/parcels/1/weight"), String::from("weight must be at most 70")));
    assert_eq!(found[2], (String::from("/parcels/2"), String::from("parcels[2] must be an object")));
    assert_eq!(found.len(), 3);
}

#[test]
fn kinds_are_told_apart() {
    assert_eq!(one(&Schema::of(Kind::Integer), &json!(1.5)), "the value must be a whole number");
    assert_eq!(words(&Schema::of(Kind::Integer), &json!(1.0)), []);
    assert_eq!(one(&Schema::of(Kind::Boolean), &json!("true")), "the value must be true or false");
    assert_eq!(one(&Schema::of(Kind::String), &json!(null)), "the value must be text");
    let nullable = Schema { nullable: true, ..Schema::of(Kind::String) };
    assert_eq!(words(&nullable, &json!(null)), []);
    assert_eq!(one(&Schema::of(Kind::Never), &json!(1)), "the value is not allowed");
    assert_eq!(words(&Schema::default(), &json!({"a": [null]})), []);
}

#[test]
fn limits_are_checked() {
    let text = limited(Kind::String, Limits { min_length: Some(2), max_length: Some(3), ..Limits::default() });
    assert_eq!(one(&text, &json!("ä")), "the value must have at least 2 characters");
    assert_eq!(words(&text, &json!("äöü")), []);
    let code = limited(Kind::String, Limits { pattern: Some("^[A-Z]{2}$".to_owned()), ..Limits::default() });
    assert_eq!(one(&code, &json!("de")), "the value must match ^[A-Z]{2}$");
    let cents = limited(Kind::Number, Limits { multiple_of: Some(0.01), exclusive_minimum: Some(0.0), ..Limits::default() });
    assert_eq!(words(&cents, &json!(1234.56)), []);
    assert_eq!(one(&cents, &json!(0.001)), "the value must be a multiple of 0.01");
    assert_eq!(one(&cents, &json!(0)), "the value must be more than 0");
    let set = limited(Kind::Array(Box::default()), Limits { unique_items: true, max_items: Some(1), ..Limits::default() });
    assert_eq!(words(&set, &json!([1, 1])).len(), 2);
    let int32 = Schema { format: Some("int32".to_owned()), ..Schema::of(Kind::Integer) };
    assert_eq!(one(&int32, &json!(3_000_000_000_u64)), "the value must fit into 32 bits");
    let date = Schema { format: Some("date".to_owned()), ..Schema::of(Kind::String) };
    assert_eq!(one(&date, &json!("14.3.2026")), "the value must be a date such as 2026-03-14");
}

#[test]
fn choices_and_unknown_properties_say_what_is_known() {
    let status = Schema { choices: vec![json!("open"), json!("closed")], ..Schema::of(Kind::String) };
    assert_eq!(one(&status, &json!("ajar")), "the value must be one of: open, closed");
    let version = Schema { choices: vec![json!(2)], ..Schema::default() };
    assert_eq!(one(&version, &json!(3)), "the value must be 2");
    assert_eq!(words(&version, &json!(2.0)), []);
    let strict = closed(vec![property("name", true, Schema::of(Kind::String))]);
    assert_eq!(one(&strict, &json!({"name": "a", "nam": 1})), "nam is not known here; use name");
}

#[test]
fn the_nearest_option_explains_itself() {
    let parcel = object(vec![property("weight", true, Schema::of(Kind::Number)), property("box", true, Schema::of(Kind::String))]);
    let letter = object(vec![property("pages", true, Schema::of(Kind::Integer))]);
    let either = Schema::of(Kind::OneOf { options: vec![parcel, letter], discriminator: None });
    assert_eq!(one(&either, &json!({"weight": 1})), "box is required");
    let scalar = Schema::of(Kind::AnyOf { options: vec![Schema::of(Kind::String), Schema::of(Kind::Integer)], discriminator: None });
    assert_eq!(one(&scalar, &json!([])), "the value must be one of: string, integer");
}

#[test]
fn a_discriminator_decides() {
    let kind = || property("kind", true, Schema::of(Kind::String));
    let schemas = Schemas::from([
        ("Card".to_owned(), object(vec![kind(), property("number", true, Schema::of(Kind::String))])),
        ("Bank".to_owned(), object(vec![kind(), property("iban", true, Schema::of(Kind::String))])),
    ]);
    let option = |name: &str| Schema::of(Kind::Ref(name.to_owned()));
    let discriminator = Discriminator { property: "kind".to_owned(), mapping: [("card".to_owned(), "Card".to_owned())].into() };
    let payment = Schema::of(Kind::OneOf { options: vec![option("Card"), option("Bank")], discriminator: Some(discriminator) });
    let said = |value: Value| check(&payment, &schemas, &value).into_iter().map(|p| p.message).collect::<Vec<_>>();
    assert_eq!(said(json!({"kind": "card", "number": "1"})), [""; 0]);
    assert_eq!(said(json!({"kind": "Bank"})), ["iban is required"]);
    assert_eq!(said(json!({"kind": "cash"})), ["kind must be one of: card, Bank"]);
    assert_eq!(said(json!({})), ["kind is required: one of card, Bank"]);
}

#[test]
fn closed_parts_close_the_whole_and_not_each_other() {
    let name = closed(vec![property("name", true, Schema::of(Kind::String))]);
    let size = closed(vec![property("size", false, name.clone())]);
    let both = Schema::of(Kind::AllOf(vec![name, Schema::of(Kind::AllOf(vec![size]))]));
    assert_eq!(words(&both, &json!({"name": "a", "size": {"name": "b"}})), []);
    assert_eq!(one(&both, &json!({"name": "a", "sise": 1})), "sise is not known here; use name, size");
    assert_eq!(one(&both, &json!({"name": "a", "size": {"name": "b", "c": 1}})), "c is not known here; use name");
    let list = Schema::of(Kind::AllOf(vec![Schema::of(Kind::Array(Box::new(closed(Vec::new()))))]));
    assert_eq!(one(&list, &json!([{"a": 1}])), "a is not known here");
}

#[test]
fn direction_decides_what_is_required() {
    let id = Schema { read_only: true, ..Schema::of(Kind::String) };
    let secret = Schema { write_only: true, ..Schema::of(Kind::String) };
    let person = object(vec![property("id", true, id), property("secret", true, secret)]);
    let missing = |purpose| check_for(purpose, &person, &Schemas::new(), &json!({})).into_iter().map(|p| p.pointer).collect::<Vec<_>>();
    assert_eq!(missing(Purpose::Request), ["/secret"]);
    assert_eq!(missing(Purpose::Answer), ["/id"]);
    assert!(missing(Purpose::Either).is_empty());
}

#[test]
fn circles_and_explosions_end() {
    let itself = Schema::of(Kind::Ref("A".to_owned()));
    let schemas = Schemas::from([("A".to_owned(), itself.clone())]);
    assert!(check(&itself, &schemas, &json!(1)).is_empty());
    let option = Schema::of(Kind::Array(Box::new(Schema::of(Kind::Ref("T".to_owned())))));
    let tree = Schema::of(Kind::AnyOf { options: vec![option.clone(), option.clone(), option], discriminator: None });
    let schemas = Schemas::from([("T".to_owned(), tree.clone())]);
    let deep = (0..60).fold(json!(1), |inner, _| json!([inner]));
    let _ = check(&tree, &schemas, &deep);
}
