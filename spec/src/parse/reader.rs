//! What every part of the reader shares: the document, its references, and the problems so far.

use super::Problem;
use super::place::{At, local};
use crate::schema::Schemas;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// How many references in a row are followed.
const MAX_HOPS: usize = 32;

/// Schemas and values taken over in all, counting a shared part once for every place that uses it. 64 bytes of text
/// count as one.
const MAX_SPENT: usize = 600_000;

/// Whether schemas follow JSON Schema (3.1) or its OpenAPI 3.0 dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    V30,
    V31,
}

pub(super) struct Reader<'d> {
    pub(super) root: &'d Value,
    pub(super) dialect: Dialect,
    pub(super) problems: Vec<Problem>,
    /// Mistakes that a reader of the docs would not notice.
    pub(super) advice: Vec<Problem>,
    /// Security of operations that do not say their own.
    pub(super) security: Vec<Vec<String>>,
    /// Each operationId with the place that took it.
    pub(super) operation_ids: BTreeMap<&'d str, String>,
    /// Pointer of a schema to its key in `schemas`.
    pub(super) names: BTreeMap<String, String>,
    /// Schemas that are named but not read yet: key, pointer, value.
    pub(super) open: Vec<(String, String, &'d Value)>,
    pub(super) schemas: Schemas,
    pub(super) taken_names: BTreeSet<String>,
    /// How often a name was asked for that had to be made up.
    pub(super) made_up: BTreeMap<String, usize>,
    spent: usize,
}

impl<'d> Reader<'d> {
    pub(super) fn new(root: &'d Value) -> Self {
        Self {
            root,
            dialect: Dialect::V31,
            problems: Vec::new(),
            advice: Vec::new(),
            security: Vec::new(),
            operation_ids: BTreeMap::new(),
            names: BTreeMap::new(),
            open: Vec::new(),
            schemas: Schemas::new(),
            taken_names: BTreeSet::new(),
            made_up: BTreeMap::new(),
            spent: 0,
        }
    }

    pub(super) fn problem(&mut self, at: &At<'_>, message: impl Into<String>) {
        if self.problems.len() < super::MAX_PROBLEMS {
            self.problems.push(Problem { pointer: at.pointer(), message: message.into(), line: None });
        }
    }

    /// Notes a mistake that does not keep the document from being used.
    pub(super) fn advise(&mut self, at: &At<'_>, message: impl Into<String>) {
        if self.advice.len() < super::MAX_ADVICE {
            self.advice.push(Problem { pointer: at.pointer(), message: message.into(), line: None });
        }
    }

    /// Counts what is taken over from the document; false when that is too much. References let a short document ask
    /// for a long answer.
    pub(super) fn spend(&mut self, units: usize) -> bool {
        let before = self.spent;
        self.spent = before.saturating_add(units);
        if before <= MAX_SPENT && self.spent > MAX_SPENT {
            self.problem(&At::Pointer(""), "the document is too large once its references are followed");
        }
        self.spent <= MAX_SPENT
    }

    /// A copy of an example or default.
    pub(super) fn taken(&mut self, value: &Value) -> Value {
        if self.spend(weight(value)) { value.clone() } else { Value::Null }
    }

    /// Goes on at the end of a chain of references, or right here when the value is none.
    pub(super) fn follow<T>(&mut self, at: &At<'_>, value: &'d Value, then: impl FnOnce(&mut Self, &At<'_>, &'d Value) -> T) -> Option<T> {
        let Some(first) = reference(value) else {
            return Some(then(self, at, value));
        };
        let mut text = first;
        for _ in 0..MAX_HOPS {
            let (pointer, target) = self.target(at, text)?;
            match reference(target) {
                Some(next) => text = next,
                None => return Some(then(self, &At::Pointer(&pointer), target)),
            }
        }
        self.problem(at, format!("`{first}` refers to itself"));
        None
    }

    /// What a local reference points at, with its pointer.
    pub(super) fn target(&mut self, at: &At<'_>, reference: &str) -> Option<(String, &'d Value)> {
        let pointer = match local(reference) {
            Ok(pointer) => pointer,
            Err(message) => {
                self.problem(at, message);
                return None;
            }
        };
        let Some(value) = self.root.pointer(&pointer) else {
            self.problem(at, format!("`{reference}` points at nothing; add it, or correct the reference"));
            return None;
        };
        Some((pointer, value))
    }

    pub(super) fn object(&mut self, at: &At<'_>, value: &'d Value) -> Option<&'d Map<String, Value>> {
        let object = value.as_object();
        if object.is_none() {
            self.problem(at, format!("this must be an object, not {}", name_of(value)));
        }
        object
    }

    /// The object under a key; nothing when the key is not there.
    pub(super) fn object_in(&mut self, at: &At<'_>, parent: &'d Map<String, Value>, key: &str) -> Option<&'d Map<String, Value>> {
        parent.get(key).filter(|v| !v.is_null()).and_then(|v| self.object(&at.key(key), v))
    }

    /// The list under a key; empty when the key is not there.
    pub(super) fn list_in(&mut self, at: &At<'_>, parent: &'d Map<String, Value>, key: &str) -> &'d [Value] {
        match parent.get(key) {
            None | Some(Value::Null) => &[],
            Some(Value::Array(list)) => list,
            Some(other) => {
                self.problem(&at.key(key), format!("this must be a list, not {}", name_of(other)));
                &[]
            }
        }
    }

    /// The text under a key; empty when the key is not there.
    pub(super) fn text_in(&mut self, at: &At<'_>, parent: &Map<String, Value>, key: &str) -> String {
        match parent.get(key) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) if self.spend(text.len() / 64) => text.clone(),
            Some(Value::String(_)) => String::new(),
            Some(other) => {
                self.problem(&at.key(key), format!("this must be text, not {}", name_of(other)));
                String::new()
            }
        }
    }

    /// Whether the flag under a key is set.
    pub(super) fn flag_in(&mut self, at: &At<'_>, parent: &Map<String, Value>, key: &str) -> bool {
        match parent.get(key) {
            None | Some(Value::Null) => false,
            Some(Value::Bool(flag)) => *flag,
            Some(other) => {
                self.problem(&at.key(key), format!("this must be true or false, not {}", name_of(other)));
                false
            }
        }
    }

    /// A part that is the same in 3.0 and 3.1, read by the typed crate.
    pub(super) fn typed<T: DeserializeOwned>(&mut self, at: &At<'_>, value: &Value) -> Option<T> {
        match serde_path_to_error::deserialize(value) {
            Ok(part) => Some(part),
            Err(error) => {
                let inside: Vec<String> = error
                    .path()
                    .iter()
                    .filter_map(|s| match s {
                        serde_path_to_error::Segment::Map { key } => Some(key.clone()),
                        serde_path_to_error::Segment::Seq { index } => Some(index.to_string()),
                        _ => None,
                    })
                    .collect();
                let pointer = inside.iter().fold(at.pointer(), |p, s| At::Pointer(&p).key(s).pointer());
                self.problem(&At::Pointer(&pointer), plain_words(&error.inner().to_string()));
                None
            }
        }
    }
}

fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => 1 + text.len() / 64,
        Value::Array(list) => 1 + list.iter().map(weight).sum::<usize>(),
        Value::Object(map) => 1 + map.values().map(weight).sum::<usize>(),
        _ => 1,
    }
}

fn reference(value: &Value) -> Option<&str> {
    value.get("$ref").and_then(Value::as_str)
}

/// What a value is, for a message.
pub(super) fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Serde's message in the words of a person who writes documents.
fn plain_words(message: &str) -> String {
    if let Some(field) = message.strip_prefix("missing field ") {
        return format!("{field} is required");
    }
    if let Some((found, expected)) = message.strip_prefix("invalid type: ").and_then(|m| m.split_once(", expected ")) {
        return format!("this must be {expected}, not {found}; quote it if it is meant as text");
    }
    message.to_owned()
}
