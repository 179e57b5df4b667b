//! The text of a parameter back to a value, as its schema reads it.

use crate::model::{Location, Parameter, Style};
use crate::schema::{Kind, Property, Schema, Schemas};
use crate::validate::check;
use serde_json::{Map, Value};

/// Options of a schema, and options of theirs, that a text is read as.
const MAX_OPTIONS: usize = 64;

/// The value of a parameter among the decoded pairs of its place (query pairs, headers, path values or cookies).
/// `None` when it is not there.
#[must_use]
pub fn decode(parameter: &Parameter, pairs: &[(String, String)], schemas: &Schemas) -> Option<Value> {
    let same = |name: &str| match parameter.location {
        Location::Header => name.eq_ignore_ascii_case(&parameter.name),
        _ => name == parameter.name,
    };
    let mine: Vec<&str> = pairs.iter().filter(|(name, _)| same(name)).map(|(_, text)| text.as_str()).collect();
    if parameter.json {
        return mine.first().map(|text| serde_json::from_str(text).unwrap_or_else(|_| Value::from(*text)));
    }
    let schema = parameter.schema.merged(schemas);
    match &schema.kind {
        Kind::Object { properties, .. } if parameter.style == Style::DeepObject => deep(parameter, pairs, properties, schemas),
        Kind::Object { properties, .. } if parameter.style == Style::Form && parameter.explode => {
            let named = properties.iter().filter_map(|p| Some((p, pairs.iter().find(|(n, _)| *n == p.name)?)));
            let map: Map<String, Value> = named.map(|(p, (_, text))| (p.name.clone(), typed(text, &p.schema, schemas))).collect();
            (!map.is_empty()).then_some(Value::Object(map))
        }
        Kind::Object { properties, .. } => mine.first().map(|text| flat_object(text, parameter.explode, properties, schemas)),
        Kind::Array(items) if parameter.style == Style::Form && parameter.explode => {
            let list: Vec<Value> = mine.iter().map(|text| typed(text, items, schemas)).collect();
            (!list.is_empty()).then_some(Value::Array(list))
        }
        Kind::Array(items) => mine.first().map(|text| {
            let text = bare(text, parameter);
            let parts = text.split(separator(parameter)).filter(|part| !text.is_empty() || !part.is_empty());
            Value::Array(parts.map(|part| typed(part.trim(), items, schemas)).collect())
        }),
        _ => mine.first().map(|text| typed(bare(text, parameter), &schema, schemas)),
    }
}

fn separator(parameter: &Parameter) -> char {
    match (parameter.style, parameter.explode) {
        (Style::SpaceDelimited, _) => ' ',
        (Style::PipeDelimited, _) => '|',
        (Style::Label, true) => '.',
        _ => ',',
    }
}

/// Without the mark that the styles `label` and `matrix` put in front.
fn bare<'t>(text: &'t str, parameter: &Parameter) -> &'t str {
    match parameter.style {
        Style::Label => text.strip_prefix('.').unwrap_or(text),
        Style::Matrix => {
            let text = text.strip_prefix(';').unwrap_or(text);
            text.strip_prefix(&parameter.name).and_then(|t| t.strip_prefix('=')).unwrap_or(text)
        }
        _ => text,
    }
}

/// `a=1,b=2` or `a,1,b,2`.
fn flat_object(text: &str, explode: bool, properties: &[Property], schemas: &Schemas) -> Value {
    let parts: Vec<&str> = text.split(',').collect();
    let pairs: Vec<(&str, &str)> = match explode {
        true => parts.iter().filter_map(|p| p.split_once('=')).collect(),
        false => parts.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect(),
    };
    Value::Object(pairs.into_iter().map(|(name, text)| (name.to_owned(), property(name, text, properties, schemas))).collect())
}

/// `name[a]=1&name[b]=2`; deeper brackets stay text of the key they are in.
fn deep(parameter: &Parameter, pairs: &[(String, String)], properties: &[Property], schemas: &Schemas) -> Option<Value> {
    let prefix = format!("{}[", parameter.name);
    let mut map = Map::new();
    for (name, text) in pairs {
        if let Some(key) = name.strip_prefix(&prefix).and_then(|rest| rest.strip_suffix(']')) {
            map.insert(key.to_owned(), property(key, text, properties, schemas));
        }
    }
    (!map.is_empty()).then_some(Value::Object(map))
}

fn property(name: &str, text: &str, properties: &[Property], schemas: &Schemas) -> Value {
    match properties.iter().find(|p| p.name == name) {
        Some(known) => typed(text, &known.schema, schemas),
        None => Value::from(text),
    }
}

/// Text as the value its schema asks for; text that does not read as that stays text, so that a check can say so.
#[must_use]
pub fn typed(text: &str, schema: &Schema, schemas: &Schemas) -> Value {
    let schema = schema.merged(schemas);
    if let Kind::OneOf { options, .. } | Kind::AnyOf { options, .. } = &schema.kind {
        let mut readings = Readings { text, schemas, left: MAX_OPTIONS, found: Vec::new() };
        readings.add(options);
        let fitting = readings.found.iter().position(|value| check(&schema, schemas, value).is_empty()).unwrap_or(0);
        return readings.found.into_iter().nth(fitting).unwrap_or_else(|| Value::from(text));
    }
    plain(text, &schema.kind)
}

/// What a text reads as to the options of a schema and to theirs, in their order.
struct Readings<'a> {
    text: &'a str,
    schemas: &'a Schemas,
    /// Options that are still looked at.
    left: usize,
    found: Vec<Value>,
}

impl Readings<'_> {
    fn add(&mut self, options: &[Schema]) {
        for option in options {
            let Some(left) = self.left.checked_sub(1) else { return };
            self.left = left;
            let option = option.merged(self.schemas);
            if let Kind::OneOf { options, .. } | Kind::AnyOf { options, .. } = &option.kind {
                self.add(options);
                continue;
            }
            let value = plain(self.text, &option.kind);
            if !self.found.contains(&value) {
                self.found.push(value);
            }
        }
    }
}

fn plain(text: &str, kind: &Kind) -> Value {
    let read = match kind {
        Kind::Integer => text.parse::<i64>().ok().map(Value::from),
        Kind::Number => text.parse::<i64>().ok().map(Value::from).or_else(|| finite(text)),
        Kind::Boolean => text.parse::<bool>().ok().map(Value::from),
        Kind::Null => text.is_empty().then_some(Value::Null),
        Kind::Array(_) | Kind::Object { .. } => serde_json::from_str(text).ok(),
        _ => None,
    };
    read.unwrap_or_else(|| Value::from(text))
}

fn finite(text: &str) -> Option<Value> {
    let number: f64 = text.parse().ok()?;
    serde_json::Number::from_f64(number).map(Value::Number)
}
