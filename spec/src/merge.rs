//! `allOf` as one schema: what a reader, a form and a sample want to see.

use crate::schema::{Kind, Limits, Property, Schema, Schemas};
use serde_json::Value;
use std::cell::Cell;

/// Parts looked at in all: a few names that use each other twice would otherwise double at every level.
const MAX_PARTS: usize = 5_000;

/// Parts inside parts before a schema counts as going round in circles.
const MAX_DEPTH: usize = 24;

impl Schema {
    /// This schema with its reference followed and its `allOf` folded into one. Parts that cannot be folded, such as a
    /// `oneOf` beside an object, stay as [`Kind::AllOf`] with the folded part first.
    #[must_use]
    pub fn merged(&self, schemas: &Schemas) -> Self {
        merged(self, schemas, 0, &Cell::new(0))
    }
}

fn merged(schema: &Schema, schemas: &Schemas, depth: usize, parts: &Cell<usize>) -> Schema {
    parts.set(parts.get() + 1);
    if depth == MAX_DEPTH || parts.get() > MAX_PARTS {
        return Schema::default();
    }
    match &schema.kind {
        Kind::Ref(name) => match schemas.get(name) {
            Some(target) => described_by(merged(target, schemas, depth + 1, parts), schema),
            None => Schema::default(),
        },
        Kind::AllOf(given) => {
            let given: Vec<Schema> = given.iter().map(|p| merged(p, schemas, depth + 1, parts)).collect();
            let nullable = schema.nullable || given.iter().all(|p| p.nullable);
            let outer = Schema { kind: Kind::Any, ..schema.clone() };
            let mut whole = folded(given);
            // What the parts say about themselves is not what the whole is about.
            if whole.title.is_some() || !whole.description.is_empty() {
                whole.title = None;
                whole.description = String::new();
            }
            let mut whole = described_by(whole, &outer);
            whole.limits = tighter(whole.limits, &outer.limits);
            whole.nullable = nullable;
            whole
        }
        _ => schema.clone(),
    }
}

/// The outer schema's words win over those of the schema it points to or is made of.
fn described_by(inner: Schema, outer: &Schema) -> Schema {
    Schema {
        kind: inner.kind,
        title: outer.title.clone().or(inner.title),
        description: if outer.description.is_empty() { inner.description } else { outer.description.clone() },
        nullable: inner.nullable || outer.nullable,
        deprecated: inner.deprecated || outer.deprecated,
        read_only: inner.read_only || outer.read_only,
        write_only: inner.write_only || outer.write_only,
        format: outer.format.clone().or(inner.format),
        default: outer.default.clone().or(inner.default),
        example: outer.example.clone().or(inner.example),
        choices: common(inner.choices, &outer.choices),
        limits: inner.limits,
    }
}

fn folded(parts: Vec<Schema>) -> Schema {
    let mut whole = Schema::default();
    let mut apart = Vec::new();
    for part in parts {
        // A part that was itself left in pieces gives its pieces.
        let pieces = match part.kind {
            Kind::AllOf(pieces) => pieces,
            _ => vec![part],
        };
        for piece in pieces {
            match fold(&whole.kind, &piece.kind) {
                Some(kind) => {
                    whole = Schema { kind, ..both(whole, piece) };
                }
                None => apart.push(piece),
            }
        }
    }
    if apart.is_empty() {
        return whole;
    }
    if whole != Schema::default() {
        apart.insert(0, whole);
    }
    Schema::of(Kind::AllOf(apart))
}

fn both(a: Schema, b: Schema) -> Schema {
    let limits = tighter(a.limits.clone(), &b.limits);
    let first = a.kind == Kind::Any && a.choices.is_empty();
    let nullable = if first { b.nullable } else { a.nullable && b.nullable };
    Schema { limits, nullable, example: joined(a.example.clone(), b.example.clone()), ..described_by(a, &b) }
}

/// Two examples of parts together are one of the whole when both are objects.
fn joined(a: Option<Value>, b: Option<Value>) -> Option<Value> {
    match (a, b) {
        (Some(Value::Object(mut a)), Some(Value::Object(b))) => {
            a.extend(b);
            Some(Value::Object(a))
        }
        (a, b) => b.or(a),
    }
}

fn fold(a: &Kind, b: &Kind) -> Option<Kind> {
    match (a, b) {
        (Kind::OneOf { .. } | Kind::AnyOf { .. }, _) | (_, Kind::OneOf { .. } | Kind::AnyOf { .. }) => None,
        (Kind::Any, other) | (other, Kind::Any) => Some(other.clone()),
        (Kind::Object { properties: a, additional: x }, Kind::Object { properties: b, additional: y }) => {
            Some(Kind::Object { properties: joined_properties(a, b), additional: open(x.as_deref(), y.as_deref()) })
        }
        (Kind::Integer, Kind::Number) | (Kind::Number, Kind::Integer) => Some(Kind::Integer),
        (a, b) if a == b => Some(a.clone()),
        _ => None,
    }
}

fn joined_properties(a: &[Property], b: &[Property]) -> Vec<Property> {
    let mut all = a.to_vec();
    for property in b {
        let Some(known) = all.iter_mut().find(|p| p.name == property.name) else {
            all.push(property.clone());
            continue;
        };
        known.required |= property.required;
        if known.schema == Schema::default() {
            known.schema = property.schema.clone();
        } else if property.schema != Schema::default() && property.schema != known.schema {
            known.schema = Schema::of(Kind::AllOf(vec![known.schema.clone(), property.schema.clone()]));
        }
    }
    all
}

/// A part that refuses other properties would refuse those of its neighbours; authors do not mean that.
fn open(a: Option<&Schema>, b: Option<&Schema>) -> Option<Box<Schema>> {
    let shape = |s: &&Schema| s.kind != Kind::Never;
    a.filter(shape).or(b.filter(shape)).cloned().map(Box::new)
}

fn common(a: Vec<Value>, b: &[Value]) -> Vec<Value> {
    match (a.is_empty(), b.is_empty()) {
        (_, true) => a,
        (true, false) => b.to_vec(),
        (false, false) => a.into_iter().filter(|v| b.contains(v)).collect(),
    }
}

fn tighter(a: Limits, b: &Limits) -> Limits {
    fn higher<N: PartialOrd + Copy>(a: Option<N>, b: Option<N>) -> Option<N> {
        a.zip(b).map_or(a.or(b), |(a, b)| Some(if a > b { a } else { b }))
    }
    fn lower<N: PartialOrd + Copy>(a: Option<N>, b: Option<N>) -> Option<N> {
        a.zip(b).map_or(a.or(b), |(a, b)| Some(if a < b { a } else { b }))
    }
    Limits {
        minimum: higher(a.minimum, b.minimum),
        maximum: lower(a.maximum, b.maximum),
        exclusive_minimum: higher(a.exclusive_minimum, b.exclusive_minimum),
        exclusive_maximum: lower(a.exclusive_maximum, b.exclusive_maximum),
        multiple_of: b.multiple_of.or(a.multiple_of),
        min_length: higher(a.min_length, b.min_length),
        max_length: lower(a.max_length, b.max_length),
        pattern: b.pattern.clone().or(a.pattern),
        min_items: higher(a.min_items, b.min_items),
        max_items: lower(a.max_items, b.max_items),
        unique_items: a.unique_items || b.unique_items,
        min_properties: higher(a.min_properties, b.min_properties),
        max_properties: lower(a.max_properties, b.max_properties),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(properties: &[(&str, bool, Kind)]) -> Schema {
        let property = |(name, required, kind): &(&str, bool, Kind)| Property {
            name: (*name).to_owned(),
            required: *required,
            schema: Schema::of(kind.clone()),
        };
        Schema::of(Kind::Object { properties: properties.iter().map(property).collect(), additional: None })
    }

    #[test]
    fn objects_fold_and_required_follows() {
        let base = object(&[("id", false, Kind::String)]);
        let more = object(&[("id", true, Kind::Any), ("size", false, Kind::Integer)]);
        let schemas = Schemas::from([("Base".to_owned(), base)]);
        let whole = Schema::of(Kind::AllOf(vec![Schema::of(Kind::Ref("Base".to_owned())), more])).merged(&schemas);
        assert_eq!(whole, object(&[("id", true, Kind::String), ("size", false, Kind::Integer)]));
    }

    #[test]
    fn a_choice_beside_an_object_stays_apart() {
        let choice = Schema::of(Kind::OneOf { options: vec![object(&[("a", true, Kind::String)])], discriminator: None });
        let base = object(&[("id", true, Kind::String)]);
        let whole = Schema::of(Kind::AllOf(vec![choice.clone(), base.clone()])).merged(&Schemas::new());
        assert_eq!(whole.kind, Kind::AllOf(vec![base, choice]));
    }

    #[test]
    fn limits_tighten() {
        let short = Schema { limits: Limits { max_length: Some(5), ..Limits::default() }, ..Schema::of(Kind::String) };
        let long = Schema { limits: Limits { min_length: Some(2), max_length: Some(9), ..Limits::default() }, ..Schema::of(Kind::String) };
        let whole = Schema::of(Kind::AllOf(vec![short, long])).merged(&Schemas::new());
        assert_eq!((whole.limits.min_length, whole.limits.max_length), (Some(2), Some(5)));
    }

    #[test]
    fn doubling_ends() {
        let twice = |n: usize| Schema::of(Kind::AllOf(vec![Schema::of(Kind::Ref(format!("S{}", n + 1))); 3]));
        let schemas: Schemas = (0..23).map(|n| (format!("S{n}"), twice(n))).collect();
        assert_eq!(schemas["S0"].merged(&schemas), Schema::default());
    }

    #[test]
    fn circles_end() {
        let itself = Schema::of(Kind::AllOf(vec![Schema::of(Kind::Ref("A".to_owned())), object(&[("x", true, Kind::String)])]));
        let schemas = Schemas::from([("A".to_owned(), itself.clone())]);
        assert_eq!(itself.merged(&schemas), object(&[("x", true, Kind::String)]));
    }
}
