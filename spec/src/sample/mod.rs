//! Example values: what the author gave, else something plausible that fits the schema.

mod scalar;

use crate::model::{Body, Media, Operation, Parameter, Response};
use crate::schema::{Discriminator, Kind, Property, Schema, Schemas};
use crate::validate::{Purpose, check_for};
use serde_json::{Map, Value};

/// Parts of one sample; a schema that asks for more gets a short one.
const MAX_PARTS: usize = 4_000;
/// Levels of nesting after which only what is required is filled in.
const FULL_DEPTH: usize = 6;
/// Levels of nesting after which nothing is filled in.
const MAX_DEPTH: usize = 40;
/// The most items a list gets, however many the schema asks for.
const MAX_ITEMS: u64 = 50;

/// A value that fits the schema, whichever way it travels. The author's examples come first, where they fit.
#[must_use]
pub fn value(schema: &Schema, schemas: &Schemas) -> Value {
    value_for(Purpose::Either, schema, schemas)
}

/// A value that travels one way: without `readOnly` properties in a request, without `writeOnly` ones in an answer.
#[must_use]
pub fn value_for(purpose: Purpose, schema: &Schema, schemas: &Schemas) -> Value {
    let mut sampler = Sampler { purpose, schemas, parts: 0, trail: Vec::new() };
    sampler.value(schema, 0, 0)
}

/// A value for a parameter.
#[must_use]
pub fn parameter(parameter: &Parameter, schemas: &Schemas) -> Value {
    parameter.example.clone().unwrap_or_else(|| value_for(Purpose::Request, &parameter.schema, schemas))
}

/// A value for one representation: its first example, else a sample.
#[must_use]
pub fn media(purpose: Purpose, media: &Media, schemas: &Schemas) -> Value {
    match media.examples.first() {
        Some(example) => example.value.clone(),
        None => value_for(purpose, &media.schema, schemas),
    }
}

/// A content type and a value for a request body: JSON where the document offers it.
#[must_use]
pub fn body<'a>(body: &'a Body, schemas: &Schemas) -> Option<(&'a str, Value)> {
    let chosen = preferred(&body.media)?;
    Some((&chosen.content_type, media(Purpose::Request, chosen, schemas)))
}

/// A content type and a value for an answer: JSON where the document offers it. `None` for an answer without a body.
#[must_use]
pub fn answer<'a>(response: &'a Response, schemas: &Schemas) -> Option<(&'a str, Value)> {
    let chosen = preferred(&response.media)?;
    Some((&chosen.content_type, media(Purpose::Answer, chosen, schemas)))
}

/// The answer to show first: the lowest success, else the first of all.
#[must_use]
pub fn success(operation: &Operation) -> Option<&Response> {
    let good = operation.responses.iter().filter(|r| r.status.starts_with('2'));
    // Those with 1 only announce another (RFC 9110, 15.2).
    let whole = operation.responses.iter().find(|r| !r.status.starts_with('1'));
    good.min_by(|a, b| a.status.cmp(&b.status)).or(whole)
}

/// The JSON representation, else the first.
#[must_use]
pub fn preferred(media: &[Media]) -> Option<&Media> {
    media.iter().find(|m| m.is_json()).or(media.first())
}

struct Sampler<'s> {
    purpose: Purpose,
    schemas: &'s Schemas,
    parts: usize,
    /// The names of the schemas that are being filled in right now.
    trail: Vec<String>,
}

impl Sampler<'_> {
    /// `variant` counts the items of a list, so that they can differ.
    fn value(&mut self, schema: &Schema, depth: usize, variant: usize) -> Value {
        self.parts += 1;
        if depth > MAX_DEPTH || self.parts > MAX_PARTS {
            return Value::Null;
        }
        if let Some(given) = self.given(schema, variant) {
            return given;
        }
        match &schema.kind {
            Kind::Any | Kind::Never | Kind::Null => Value::Null,
            Kind::Boolean => Value::Bool(variant.is_multiple_of(2)),
            Kind::Integer => scalar::integer(schema, variant),
            Kind::Number => scalar::number(schema, variant),
            Kind::String => Value::String(scalar::text(schema, variant)),
            Kind::Array(items) => self.array(schema, items, depth),
            Kind::Object { properties, additional } => {
                let filled = self.object(properties, additional.as_deref(), depth, variant);
                self.with_more(schema, filled, additional.as_deref(), depth)
            }
            Kind::OneOf { options, discriminator } | Kind::AnyOf { options, discriminator } => {
                self.option(options, discriminator.as_ref(), depth, variant)
            }
            Kind::AllOf(_) => self.all(schema, depth, variant),
            Kind::Ref(name) => self.named(name, schema, depth, variant),
        }
    }

    /// What the author gave, when it fits: the example, the default, one of the choices.
    fn given(&self, schema: &Schema, variant: usize) -> Option<Value> {
        let choices = &schema.choices;
        let choice = (!choices.is_empty()).then(|| &choices[variant % choices.len()]);
        let example = schema.example.as_ref().filter(|_| variant == 0);
        let default = schema.default.as_ref().filter(|d| variant == 0 && !d.is_null());
        let fits = |v: &&Value| check_for(self.purpose, schema, self.schemas, v).is_empty();
        [example, default, choice].into_iter().flatten().find(fits).cloned()
    }

    fn named(&mut self, name: &str, schema: &Schema, depth: usize, variant: usize) -> Value {
        let Some(target) = self.schemas.get(name) else { return Value::Null };
        if schema.nullable && self.trail.iter().any(|n| n == name) {
            return Value::Null;
        }
        self.trail.push(name.to_owned());
        let value = self.value(target, depth + 1, variant);
        self.trail.pop();
        value
    }

    fn array(&mut self, schema: &Schema, items: &Schema, depth: usize) -> Value {
        let least = schema.limits.min_items.unwrap_or(0);
        let most = schema.limits.max_items.unwrap_or(u64::MAX);
        let wanted = if depth > FULL_DEPTH || self.is_round(items) { least } else { least.max(1) };
        let count = wanted.min(most).min(MAX_ITEMS);
        let vary = schema.limits.unique_items || count > 1;
        let variant = |index: u64| if vary { usize::try_from(index).unwrap_or(0) } else { 0 };
        Value::Array((0..count).map(|index| self.value(items, depth + 1, variant(index))).collect())
    }

    fn object(&mut self, properties: &[Property], additional: Option<&Schema>, depth: usize, variant: usize) -> Map<String, Value> {
        let mut map = Map::new();
        for property in properties {
            let schema = &property.schema;
            let shown = self.purpose.wants(schema) && self.purpose.wants(schema.resolve(self.schemas));
            let full = depth <= FULL_DEPTH && !self.is_round(schema) && !schema.deprecated && schema.kind != Kind::Never;
            if shown && (property.required || full) {
                map.insert(property.name.clone(), self.value(schema, depth + 1, variant));
            }
        }
        if let Some(shape) = additional.filter(|a| properties.is_empty() && a.kind != Kind::Never)
            && depth <= FULL_DEPTH
            && !self.is_round(shape)
        {
            map.insert("key".to_owned(), self.value(shape, depth + 1, variant));
        }
        map
    }

    /// Adds properties until there are as many as the schema asks for.
    fn with_more(&mut self, schema: &Schema, mut map: Map<String, Value>, additional: Option<&Schema>, depth: usize) -> Value {
        let least = schema.limits.min_properties.unwrap_or(0).min(MAX_ITEMS);
        let open = additional.is_none_or(|a| a.kind != Kind::Never);
        let free = Schema::of(Kind::String);
        for n in 1..=least {
            if map.len() as u64 >= least || !open {
                break;
            }
            let value = self.value(additional.unwrap_or(&free), depth + 1, 0);
            map.entry(format!("key{n}")).or_insert(value);
        }
        let most = schema.limits.max_properties.unwrap_or(u64::MAX);
        self.within(schema, map, most)
    }

    /// Drops optional properties, last first, until there are no more than the schema allows.
    fn within(&self, schema: &Schema, mut map: Map<String, Value>, most: u64) -> Value {
        let Kind::Object { properties, .. } = &schema.kind else { return Value::Object(map) };
        let optional = |name: &String| !properties.iter().any(|p| p.required && p.name == *name);
        while map.len() as u64 > most {
            let Some(last) = map.keys().rev().find(|n| optional(n)).cloned() else { break };
            map.shift_remove(&last);
        }
        Value::Object(map)
    }

    fn option(&mut self, options: &[Schema], discriminator: Option<&Discriminator>, depth: usize, variant: usize) -> Value {
        // An option that leads straight back here would only go deeper.
        let start = if depth > 0 { variant } else { 0 };
        let turned = options.iter().cycle().skip(start % options.len().max(1)).take(options.len());
        let forward = turned.clone().find(|o| !self.is_round(o));
        let Some(option) = forward.or(options.first()) else { return Value::Null };
        let mut value = self.value(option, depth + 1, variant);
        if let (Some(discriminator), Some(name), Value::Object(map)) = (discriminator, option.reference(), &mut value) {
            let mapped = discriminator.mapping.iter().find(|(_, target)| *target == name);
            let chosen = mapped.map_or(name, |(value, _)| value).to_owned();
            map.insert(discriminator.property.clone(), Value::String(chosen));
        }
        value
    }

    fn all(&mut self, schema: &Schema, depth: usize, variant: usize) -> Value {
        let whole = schema.merged(self.schemas);
        let Kind::AllOf(parts) = &whole.kind else { return self.value(&whole, depth + 1, variant) };
        let mut together = Map::new();
        for part in parts {
            match self.value(part, depth + 1, variant) {
                Value::Object(map) => together.extend(map),
                other if together.is_empty() => return other,
                _ => {}
            }
        }
        Value::Object(together)
    }

    /// Whether a schema leads straight to one that is being filled in.
    fn is_round(&self, schema: &Schema) -> bool {
        match &schema.kind {
            Kind::Ref(name) => self.trail.contains(name),
            Kind::Array(items) => self.is_round(items),
            Kind::AllOf(parts) => parts.iter().any(|p| self.is_round(p)),
            Kind::OneOf { options, .. } | Kind::AnyOf { options, .. } => options.iter().all(|o| self.is_round(o)),
            _ => false,
        }
    }
}
