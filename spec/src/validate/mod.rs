//! Whether a value fits a schema, said in words for the person who wrote the value.

mod limits;

pub(crate) use limits::is_multiple;

use crate::schema::{Discriminator, Kind, Property, Schema, Schemas};
use serde_json::{Map, Value};
use std::cell::Cell;
use std::collections::BTreeSet;

/// The most problems that are reported.
const MAX_PROBLEMS: usize = 50;
/// Comparisons before the rest counts as right: choices inside choices could go on for ever.
const MAX_STEPS: usize = 200_000;
/// Levels of nesting that are looked into.
const MAX_DEPTH: usize = 100;

/// One thing that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Problem {
    /// A JSON pointer into the value (RFC 6901), empty for the whole of it.
    pub pointer: String,
    /// A sentence that names the part: `weight must be at most 70`.
    pub message: String,
}

/// Which way a value travels: a required `readOnly` property need not be in a request, nor a `writeOnly` one in an
/// answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Request,
    Answer,
    /// Neither is asked for.
    Either,
}

impl Purpose {
    /// Whether a property of this schema belongs into a value that travels this way.
    #[must_use]
    pub fn wants(self, schema: &Schema) -> bool {
        match self {
            Self::Request => !schema.read_only,
            Self::Answer => !schema.write_only,
            Self::Either => true,
        }
    }

    fn asks_for(self, schema: &Schema) -> bool {
        self.wants(schema) && (self != Self::Either || !schema.read_only && !schema.write_only)
    }
}

/// Checks a value, whichever way it travels. `oneOf` is read as "at least one": documents write overlapping options too
/// often to refuse a value that fits two.
#[must_use]
pub fn check(schema: &Schema, schemas: &Schemas, value: &Value) -> Vec<Problem> {
    check_for(Purpose::Either, schema, schemas, value)
}

/// Checks a value that travels one way.
#[must_use]
pub fn check_for(purpose: Purpose, schema: &Schema, schemas: &Schemas, value: &Value) -> Vec<Problem> {
    let steps = Cell::new(0);
    let mut check = Check { schemas, purpose, problems: Vec::new(), steps: &steps, partly: false };
    check.value(&Part::Whole, schema, value, 0);
    check.problems
}

/// The part of the value that is looked at.
enum Part<'a> {
    Whole,
    Property(&'a Part<'a>, &'a str),
    Item(&'a Part<'a>, usize),
}

impl Part<'_> {
    fn pointer(&self) -> String {
        match self {
            Self::Whole => String::new(),
            Self::Property(parent, name) => {
                format!("{}/{}", parent.pointer(), name.replace('~', "~0").replace('/', "~1"))
            }
            Self::Item(parent, index) => format!("{}/{index}", parent.pointer()),
        }
    }

    /// What a person calls this part: the nearest name, with the places in lists after it.
    fn name(&self) -> String {
        match self {
            Self::Whole => "the value".to_owned(),
            Self::Property(_, name) => (*name).to_owned(),
            Self::Item(Part::Whole, index) => format!("item {index}"),
            Self::Item(parent, index) => format!("{}[{index}]", parent.name()),
        }
    }
}

/// The names that the parts of an `allOf` know together.
#[derive(Default)]
struct Known<'k> {
    names: BTreeSet<&'k str>,
    closed: bool,
    /// Some part gives a shape for every other name.
    open: bool,
}

struct Check<'s> {
    schemas: &'s Schemas,
    purpose: Purpose,
    problems: Vec<Problem>,
    steps: &'s Cell<usize>,
    /// The value is looked at as one part of an `allOf` says, so names that this part lacks may be another's.
    partly: bool,
}

impl<'s> Check<'s> {
    fn problem(&mut self, part: &Part<'_>, message: &str) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem { pointer: part.pointer(), message: format!("{} {message}", part.name()) });
        }
    }

    fn value(&mut self, part: &Part<'_>, schema: &Schema, value: &Value, depth: usize) {
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() > MAX_STEPS || depth > MAX_DEPTH || value.is_null() && schema.nullable {
            return;
        }
        if !schema.choices.is_empty() && !schema.choices.iter().any(|c| same(c, value)) {
            return self.problem(part, &choice_words(&schema.choices));
        }
        match &schema.kind {
            Kind::Any => {}
            Kind::Never => return self.problem(part, "is not allowed"),
            Kind::Ref(name) => {
                if let Some(target) = self.schemas.get(name) {
                    self.value(part, target, value, depth + 1);
                }
            }
            Kind::AllOf(parts) => self.all(part, parts, value, depth),
            Kind::OneOf { options, discriminator } | Kind::AnyOf { options, discriminator } => {
                self.options(part, options, discriminator.as_ref(), value, depth);
            }
            Kind::Array(items) => self.array(part, items, value, depth),
            Kind::Object { properties, additional } => {
                self.object(part, properties, additional.as_deref(), value, depth);
            }
            simple => {
                if let Some(words) = mismatch(simple, value) {
                    return self.problem(part, words);
                }
            }
        }
        for message in limits::exceeded(schema, value) {
            self.problem(part, &message);
        }
    }

    fn array(&mut self, part: &Part<'_>, items: &Schema, value: &Value, depth: usize) {
        let Value::Array(list) = value else { return self.problem(part, "must be a list") };
        let partly = std::mem::take(&mut self.partly);
        for (index, item) in list.iter().enumerate() {
            self.value(&Part::Item(part, index), items, item, depth + 1);
        }
        self.partly = partly;
    }

    fn object(&mut self, part: &Part<'_>, properties: &[Property], additional: Option<&Schema>, value: &Value, depth: usize) {
        let Value::Object(map) = value else { return self.problem(part, "must be an object") };
        let partly = std::mem::take(&mut self.partly);
        for property in properties {
            let inside = Part::Property(part, &property.name);
            match map.get(&property.name) {
                Some(value) => self.value(&inside, &property.schema, value, depth + 1),
                None if property.required && self.asks_for(&property.schema) => self.problem(&inside, "is required"),
                None => {}
            }
        }
        if let Some(additional) = additional.filter(|a| !partly || a.kind != Kind::Never) {
            let names: BTreeSet<&str> = properties.iter().map(|p| p.name.as_str()).collect();
            for (name, value) in map.iter().filter(|(name, _)| !names.contains(name.as_str())) {
                let inside = Part::Property(part, name);
                match additional.kind {
                    Kind::Never => self.problem(&inside, &unknown_words(&names)),
                    _ => self.value(&inside, additional, value, depth + 1),
                }
            }
        }
        self.partly = partly;
    }

    /// Every part must fit. Authors close each part of an `allOf` with `additionalProperties: false` and mean the whole;
    /// to the letter no value would fit, so a name is unknown only when no part knows it.
    fn all(&mut self, part: &Part<'_>, parts: &[Schema], value: &Value, depth: usize) {
        let partly = std::mem::replace(&mut self.partly, true);
        parts.iter().for_each(|p| self.value(part, p, value, depth + 1));
        self.partly = partly;
        let Value::Object(map) = value else { return };
        let mut known = Known::default();
        parts.iter().for_each(|p| self.collect(p, &mut known, depth));
        if partly || !known.closed || known.open {
            return;
        }
        for name in map.keys().filter(|name| !known.names.contains(name.as_str())) {
            self.problem(&Part::Property(part, name), &unknown_words(&known.names));
        }
    }

    fn collect<'k>(&self, schema: &'k Schema, known: &mut Known<'k>, depth: usize)
    where
        's: 'k,
    {
        self.steps.set(self.steps.get() + 1);
        if depth > MAX_DEPTH || self.steps.get() > MAX_STEPS {
            known.open = true;
            return;
        }
        let target = schema.resolve(self.schemas);
        if let Kind::Object { properties, additional } = &target.kind {
            known.names.extend(properties.iter().map(|p| p.name.as_str()));
            match additional {
                Some(shape) if shape.kind == Kind::Never => known.closed = true,
                Some(_) => known.open = true,
                None => {}
            }
        } else if let Kind::AllOf(inner) | Kind::OneOf { options: inner, .. } | Kind::AnyOf { options: inner, .. } = &target.kind {
            inner.iter().for_each(|s| self.collect(s, known, depth + 1));
        }
    }

    fn asks_for(&self, schema: &Schema) -> bool {
        self.purpose.asks_for(schema) && self.purpose.asks_for(schema.resolve(self.schemas))
    }

    fn options(&mut self, part: &Part<'_>, options: &[Schema], discriminator: Option<&Discriminator>, value: &Value, depth: usize) {
        if let (Some(discriminator), Value::Object(map)) = (discriminator, value) {
            return self.discriminated(part, options, discriminator, map, depth);
        }
        let mut nearest: Option<(Vec<Problem>, &Schema)> = None;
        for option in options {
            let mut attempt = Check { problems: Vec::new(), ..*self };
            attempt.value(part, option, value, depth + 1);
            if attempt.problems.is_empty() {
                return;
            }
            if nearest.as_ref().is_none_or(|(found, _)| remoteness(&attempt.problems) < remoteness(found)) {
                nearest = Some((attempt.problems, option));
            }
        }
        let Some((problems, option)) = nearest else { return };
        if options.len() == 1 || value.is_object() && option.resolve(self.schemas).kind.is_object() {
            self.problems.extend(problems);
            self.problems.truncate(MAX_PROBLEMS);
        } else {
            let labels: Vec<String> = options.iter().map(Schema::type_label).collect();
            self.problem(part, &format!("must be one of: {}", labels.join(", ")));
        }
    }

    fn discriminated(
        &mut self,
        part: &Part<'_>,
        options: &[Schema],
        discriminator: &Discriminator,
        map: &Map<String, Value>,
        depth: usize,
    ) {
        let inside = Part::Property(part, &discriminator.property);
        let Some(Value::String(chosen)) = map.get(&discriminator.property) else {
            return self.problem(&inside, &format!("is required: one of {}", names(options, discriminator).join(", ")));
        };
        let name = discriminator.mapping.get(chosen).unwrap_or(chosen);
        match options.iter().find(|o| o.reference() == Some(name)) {
            Some(option) => self.value(part, option, &Value::Object(map.clone()), depth + 1),
            // Options without a name are told apart by their own choices.
            None if options.iter().any(|o| o.reference().is_none()) => {
                self.options(part, options, None, &Value::Object(map.clone()), depth);
            }
            None => self.problem(&inside, &format!("must be one of: {}", names(options, discriminator).join(", "))),
        }
    }
}

/// The values that a discriminating property can have.
fn names(options: &[Schema], discriminator: &Discriminator) -> Vec<String> {
    let named = options.iter().filter_map(Schema::reference);
    let value = |name: &str| {
        let mapped = discriminator.mapping.iter().find(|(_, target)| *target == name);
        mapped.map_or_else(|| name.to_owned(), |(value, _)| value.clone())
    };
    named.map(value).collect()
}

/// How far a value is from an option: a wrong kind at the top is farther than anything inside.
fn remoteness(problems: &[Problem]) -> (bool, usize) {
    let depth = problems.iter().map(|p| p.pointer.len()).min().unwrap_or(0);
    (depth == 0, problems.len())
}

fn mismatch(kind: &Kind, value: &Value) -> Option<&'static str> {
    let (fits, words) = match kind {
        Kind::Null => (value.is_null(), "must be null"),
        Kind::Boolean => (value.is_boolean(), "must be true or false"),
        Kind::Integer => (is_whole(value), "must be a whole number"),
        Kind::Number => (value.is_number(), "must be a number"),
        _ => (value.is_string(), "must be text"),
    };
    (!fits).then_some(words)
}

fn is_whole(value: &Value) -> bool {
    value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|n| n.fract() == 0.0)
}

/// Equality in which 1 and 1.0 are the same number.
fn same(a: &Value, b: &Value) -> bool {
    a == b || a.is_number() && b.is_number() && a.as_f64() == b.as_f64()
}

fn choice_words(choices: &[Value]) -> String {
    let plain = |c: &Value| c.as_str().map_or_else(|| c.to_string(), str::to_owned);
    let shown: Vec<String> = choices.iter().take(12).map(plain).collect();
    let more = if choices.len() > shown.len() { ", …" } else { "" };
    match shown.as_slice() {
        [one] if choices.len() == 1 => format!("must be {one}"),
        _ => format!("must be one of: {}{more}", shown.join(", ")),
    }
}

fn unknown_words(names: &BTreeSet<&str>) -> String {
    let known: Vec<&str> = names.iter().take(12).copied().collect();
    if known.is_empty() { "is not known here".to_owned() } else { format!("is not known here; use {}", known.join(", ")) }
}

#[cfg(test)]
mod tests;
