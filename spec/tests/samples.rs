//! What is made up fits what it was made from.

use proptest::prelude::*;
use serde_json::{Value, json};
use spec::sample;
use spec::schema::{Discriminator, Kind, Limits, Property, Schema, Schemas};
use spec::validate::{Purpose, check, check_for};

fn text() -> impl Strategy<Value = Schema> {
    const FORMATS: [&str; 11] = ["date", "date-time", "time", "email", "uuid", "uri", "ipv4", "ipv6", "hostname", "byte", "own"];
    const PATTERNS: [&str; 6] = ["^[A-Z]{2}$", r"^\d{4,6}$", "^(air|sea|road)$", "^[a-z][a-z0-9-]*$", r"^\+[1-9]\d{6,14}$", "x"];
    let free = (0..8_u64, proptest::option::of(8..20_u64)).prop_map(|(min_length, max_length)| Schema {
        limits: Limits { min_length: Some(min_length), max_length, ..Limits::default() },
        ..Schema::of(Kind::String)
    });
    let formatted = proptest::sample::select(&FORMATS[..]).prop_map(|f| Schema { format: Some(f.to_owned()), ..Schema::of(Kind::String) });
    let patterned = proptest::sample::select(&PATTERNS[..])
        .prop_map(|p| Schema { limits: Limits { pattern: Some(p.to_owned()), ..Limits::default() }, ..Schema::of(Kind::String) });
    prop_oneof![free, formatted, patterned]
}

fn number() -> impl Strategy<Value = Schema> {
    let step = proptest::option::of(proptest::sample::select(&[1.0, 5.0, 0.25, 0.01][..]));
    (any::<bool>(), any::<bool>(), -1000..1000_i32, 10..500_i32, step).prop_map(|(whole, open, low, span, step)| {
        let low = f64::from(low);
        let high = Some(low + f64::from(span));
        let step = step.filter(|s: &f64| !whole || s.fract() == 0.0);
        let limits = match open {
            true => Limits { exclusive_minimum: Some(low), exclusive_maximum: high, multiple_of: step, ..Limits::default() },
            false => Limits { minimum: Some(low), maximum: high, multiple_of: step, ..Limits::default() },
        };
        Schema { limits, ..Schema::of(if whole { Kind::Integer } else { Kind::Number }) }
    })
}

fn leaf() -> impl Strategy<Value = Schema> {
    let choice = Just(Schema { choices: vec![json!("a"), json!("b"), json!("c")], ..Schema::of(Kind::String) });
    let back = Just(Schema { nullable: true, ..Schema::of(Kind::Ref("Root".to_owned())) });
    prop_oneof![text(), number(), Just(Schema::of(Kind::Boolean)), Just(Schema::default()), choice, back]
}

fn schema() -> impl Strategy<Value = Schema> {
    leaf().prop_recursive(4, 24, 4, |inner| {
        let array = (inner.clone(), 0..3_u64).prop_map(|(items, min_items)| Schema {
            limits: Limits { min_items: Some(min_items), ..Limits::default() },
            ..Schema::of(Kind::Array(Box::new(items)))
        });
        let properties = proptest::collection::vec((inner.clone(), any::<bool>()), 0..4);
        let object = (properties, proptest::option::of(inner.clone())).prop_map(|(schemas, additional)| {
            let named = schemas.into_iter().enumerate();
            let properties = named.map(|(n, (schema, required))| Property { name: format!("p{n}"), required, schema }).collect();
            Schema::of(Kind::Object { properties, additional: additional.map(Box::new) })
        });
        let choice = proptest::collection::vec(inner, 1..4).prop_map(|options| Schema::of(Kind::OneOf { options, discriminator: None }));
        prop_oneof![array, object, choice]
    })
}

proptest! {
    #[test]
    fn a_sample_passes_its_own_check(schema in schema()) {
        let schemas = Schemas::from([("Root".to_owned(), schema.clone())]);
        for purpose in [Purpose::Request, Purpose::Answer, Purpose::Either] {
            let value = sample::value_for(purpose, &schema, &schemas);
            let problems = check_for(purpose, &schema, &schemas, &value);
            prop_assert!(problems.is_empty(), "{value} of {schema:?}: {problems:?}");
        }
    }
}

#[test]
fn the_only_multiples_may_lie_below_one() {
    let limits = Limits { minimum: Some(-241.0), maximum: Some(2.0), multiple_of: Some(5.0), ..Limits::default() };
    for kind in [Kind::Number, Kind::Integer] {
        let schema = Schema { limits: limits.clone(), ..Schema::of(kind) };
        let value = sample::value(&schema, &Schemas::new());
        assert!(check(&schema, &Schemas::new(), &value).is_empty(), "{value}");
    }
}

#[test]
fn distinct_items_are_distinct() {
    for items in [
        Schema::of(Kind::Integer),
        Schema::of(Kind::String),
        Schema { format: Some("uuid".to_owned()), ..Schema::of(Kind::String) },
        Schema { choices: vec![json!(1), json!(2), json!(3)], ..Schema::of(Kind::Integer) },
    ] {
        let limits = Limits { unique_items: true, min_items: Some(3), ..Limits::default() };
        let list = Schema { limits, ..Schema::of(Kind::Array(Box::new(items))) };
        let value = sample::value(&list, &Schemas::new());
        assert_eq!(value.as_array().map(Vec::len), Some(3));
        assert!(check(&list, &Schemas::new(), &value).is_empty(), "{value}");
    }
}

#[test]
fn an_example_that_does_not_fit_is_not_used() {
    let schema = Schema { example: Some(json!("many")), ..Schema::of(Kind::Integer) };
    assert!(sample::value(&schema, &Schemas::new()).is_i64());
    let schema = Schema { example: Some(json!(42)), ..Schema::of(Kind::Integer) };
    assert_eq!(sample::value(&schema, &Schemas::new()), json!(42));
}

#[test]
fn a_discriminator_gets_the_name_of_its_option() {
    let kind = Property { name: "kind".to_owned(), required: true, schema: Schema::of(Kind::String) };
    let card = Schema::of(Kind::Object { properties: vec![kind], additional: None });
    let schemas = Schemas::from([("Card".to_owned(), card)]);
    let discriminator = Discriminator { property: "kind".to_owned(), mapping: [("card".to_owned(), "Card".to_owned())].into() };
    let options = vec![Schema::of(Kind::Ref("Card".to_owned()))];
    let payment = Schema::of(Kind::OneOf { options, discriminator: Some(discriminator) });
    assert_eq!(sample::value(&payment, &schemas), json!({"kind": "card"}));
}

#[test]
fn a_circle_that_never_ends_gives_a_short_value() {
    let next = Property { name: "next".to_owned(), required: true, schema: Schema::of(Kind::Ref("Node".to_owned())) };
    let node = Schema::of(Kind::Object { properties: vec![next], additional: None });
    let schemas = Schemas::from([("Node".to_owned(), node.clone())]);
    assert!(sample::value(&node, &schemas).is_object());
    let wide = |n: usize| {
        let all = (0..40).map(|i| Property { name: format!("p{i}"), required: true, schema: Schema::of(Kind::Ref(format!("S{}", n + 1))) });
        (format!("S{n}"), Schema::of(Kind::Object { properties: all.collect(), additional: None }))
    };
    let schemas: Schemas = (0..30).map(wide).collect();
    let value = sample::value(&schemas["S0"], &schemas);
    assert!(count(&value) < 200_000, "{}", count(&value));
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(list) => list.iter().map(count).sum(),
        Value::Object(map) => map.values().map(count).sum(),
        _ => 0,
    }
}
