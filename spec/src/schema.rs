//! The shape of a value (JSON Schema, as far as OpenAPI documents use it).

use crate::model::{given, is_false};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The named schemas of an API, or of one piece of it.
pub type Schemas = BTreeMap<String, Schema>;

/// How many references in a row are followed before a schema counts as going round in circles.
const MAX_HOPS: usize = 32;

/// What a value may be, and what the author says about it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    #[serde(default, skip_serializing_if = "Kind::is_any")]
    pub kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Markdown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// `null` is allowed too.
    #[serde(default, skip_serializing_if = "is_false")]
    pub nullable: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub deprecated: bool,
    /// Only in answers.
    #[serde(default, skip_serializing_if = "is_false")]
    pub read_only: bool,
    /// Only in requests.
    #[serde(default, skip_serializing_if = "is_false")]
    pub write_only: bool,
    /// Such as `date-time`, `uuid`, `int64`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub default: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub example: Option<Value>,
    /// `enum`, or the one value of `const`. Empty: no restriction.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Value>,
    #[serde(default, skip_serializing_if = "Limits::is_none")]
    pub limits: Limits,
}

impl Schema {
    /// A schema of this kind and nothing more.
    #[must_use]
    pub fn of(kind: Kind) -> Self {
        Self { kind, ..Self::default() }
    }

    /// A few words for a type column: `string`, `array of Shipment`, `one of Parcel, Pallet`, `integer or null`.
    #[must_use]
    pub fn type_label(&self) -> String {
        let label = self.kind.label();
        if self.nullable && self.kind != Kind::Null && self.kind != Kind::Any { format!("{label} or null") } else { label }
    }

    /// The name of the schema this one points to.
    #[must_use]
    pub fn reference(&self) -> Option<&str> {
        match &self.kind {
            Kind::Ref(name) => Some(name),
            _ => None,
        }
    }

    /// This schema, or what its chain of references ends at. A circle, or a name that is not there, gives the last
    /// schema seen, whose kind is still [`Kind::Ref`].
    #[must_use]
    pub fn resolve<'a>(&'a self, schemas: &'a Schemas) -> &'a Self {
        let mut schema = self;
        for _ in 0..MAX_HOPS {
            match schema.reference().and_then(|name| schemas.get(name)) {
                Some(next) => schema = next,
                None => break,
            }
        }
        schema
    }

    /// The schemas directly inside this one, in the document's order.
    pub fn children(&self) -> Vec<&Self> {
        match &self.kind {
            Kind::Array(items) => vec![items],
            Kind::Object { properties, additional } => properties.iter().map(|p| &p.schema).chain(additional.as_deref()).collect(),
            Kind::OneOf { options, .. } | Kind::AnyOf { options, .. } | Kind::AllOf(options) => options.iter().collect(),
            _ => Vec::new(),
        }
    }

    /// The same, to change them.
    pub fn children_mut(&mut self) -> Vec<&mut Self> {
        match &mut self.kind {
            Kind::Array(items) => vec![items],
            Kind::Object { properties, additional } => {
                properties.iter_mut().map(|p| &mut p.schema).chain(additional.as_deref_mut()).collect()
            }
            Kind::OneOf { options, .. } | Kind::AnyOf { options, .. } | Kind::AllOf(options) => options.iter_mut().collect(),
            _ => Vec::new(),
        }
    }
}

/// The part of a schema that decides how it is shown and checked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// Anything (`{}` or `true`).
    #[default]
    Any,
    /// Nothing fits (`false`).
    Never,
    Null,
    Boolean,
    Integer,
    Number,
    String,
    Array(Box<Schema>),
    /// `additional`: `None` when the document says nothing, [`Kind::Never`] when further properties are refused, else
    /// the shape of every property that has no name here.
    Object {
        properties: Vec<Property>,
        additional: Option<Box<Schema>>,
    },
    OneOf {
        options: Vec<Schema>,
        discriminator: Option<Discriminator>,
    },
    AnyOf {
        options: Vec<Schema>,
        discriminator: Option<Discriminator>,
    },
    AllOf(Vec<Schema>),
    /// A key of [`Schemas`]: circles stay references.
    Ref(String),
}

impl Kind {
    pub(crate) fn is_object(&self) -> bool {
        matches!(self, Self::Object { .. } | Self::AllOf(_))
    }

    fn is_any(&self) -> bool {
        *self == Self::Any
    }

    fn label(&self) -> String {
        match self {
            Self::Any => "any".to_owned(),
            Self::Never => "never".to_owned(),
            Self::Null => "null".to_owned(),
            Self::Boolean => "boolean".to_owned(),
            Self::Integer => "integer".to_owned(),
            Self::Number => "number".to_owned(),
            Self::String => "string".to_owned(),
            Self::Array(items) => format!("array of {}", items.type_label()),
            Self::Object { properties, additional } => object_label(properties, additional.as_deref()),
            Self::OneOf { options, .. } => format!("one of {}", labels(options, ", ")),
            Self::AnyOf { options, .. } => format!("any of {}", labels(options, ", ")),
            Self::AllOf(options) => labels(options, " and "),
            Self::Ref(name) => name.clone(),
        }
    }
}

fn object_label(properties: &[Property], additional: Option<&Schema>) -> String {
    match additional {
        Some(value) if properties.is_empty() && !matches!(value.kind, Kind::Never | Kind::Any) => {
            format!("map of {}", value.type_label())
        }
        _ => "object".to_owned(),
    }
}

fn labels(options: &[Schema], separator: &str) -> String {
    let mut labels: Vec<String> = Vec::new();
    for option in options {
        let label = option.title.clone().unwrap_or_else(|| option.type_label());
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    labels.join(separator)
}

/// A named part of an object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Property {
    pub name: String,
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    pub schema: Schema,
}

/// Which property says which of the options a value is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Discriminator {
    pub property: String,
    /// Value of the property to key of [`Schemas`]; a value that is not here names its schema itself.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub mapping: BTreeMap<String, String>,
}

/// Bounds on a value. Lengths count Unicode characters.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclusive_minimum: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclusive_maximum: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multiple_of: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_length: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u64>,
    /// A regular expression as ECMA-262 writes them, found anywhere in the text unless anchored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_items: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_items: Option<u64>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub unique_items: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_properties: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_properties: Option<u64>,
}

impl Limits {
    /// Whether nothing is bounded.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// The bounds in words, such as `0 to 70` or `at most 40 characters`; empty when there are none.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let numbers = range(self.minimum, self.maximum, "");
        let open_low = self.exclusive_minimum.map(|n| format!("more than {n}"));
        let open_high = self.exclusive_maximum.map(|n| format!("less than {n}"));
        let multiple = self.multiple_of.map(|n| format!("a multiple of {n}"));
        let length = range(self.min_length, self.max_length, "characters");
        let items = range(self.min_items, self.max_items, "items");
        let unique = self.unique_items.then(|| "no duplicates".to_owned());
        let properties = range(self.min_properties, self.max_properties, "properties");
        let pattern = self.pattern.as_ref().map(|p| format!("matches {p}"));
        let all = [numbers, open_low, open_high, multiple, length, items, unique, properties, pattern];
        all.into_iter().flatten().collect()
    }
}

fn range<N: std::fmt::Display + PartialEq>(low: Option<N>, high: Option<N>, unit: &str) -> Option<String> {
    let words = match (low, high) {
        (Some(low), Some(high)) if low == high => format!("exactly {low} {unit}"),
        (Some(low), Some(high)) => format!("{low} to {high} {unit}"),
        (Some(low), None) => format!("at least {low} {unit}"),
        (None, Some(high)) => format!("at most {high} {unit}"),
        (None, None) => return None,
    };
    Some(words.trim_end().to_owned())
}
