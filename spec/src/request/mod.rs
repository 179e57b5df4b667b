//! A request as a person fills it in, and the concrete HTTP request that comes of it.

mod decode;
mod encode;

pub use decode::{decode, typed};
pub use encode::{cookie_pairs, header_text, path_text, percent, query_pairs};

use crate::model::{Body, Location, Method, Operation, Parameter, is_json};
use crate::sample;
use crate::schema::{Schema, Schemas};
use crate::validate::{Purpose, check_for};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What a form holds: values by parameter name, and the body as text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    pub method: Method,
    /// The path template.
    pub path: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub path_values: BTreeMap<String, Value>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub query: BTreeMap<String, Value>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, Value>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cookies: BTreeMap<String, Value>,
    /// Empty when there is no body.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub content_type: String,
    /// As typed; empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
}

/// A concrete request, ready to be sent or shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpRequest {
    /// As on the wire: `GET`.
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
}

/// Which part of a request a problem is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    Parameter(Location, String),
    /// A JSON pointer into the body (RFC 6901), empty for the whole of it.
    Body(String),
}

/// One thing that does not fit the operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub place: Place,
    /// A sentence that names the part: `limit must be at most 100`.
    pub message: String,
}

impl Draft {
    /// A draft that can be sent as it is: required parameters and the body, filled with examples.
    #[must_use]
    pub fn sample(operation: &Operation, schemas: &Schemas) -> Self {
        let mut draft = Self {
            method: operation.method,
            path: operation.path.clone(),
            path_values: BTreeMap::new(),
            query: BTreeMap::new(),
            headers: BTreeMap::new(),
            cookies: BTreeMap::new(),
            content_type: String::new(),
            body: String::new(),
        };
        for parameter in operation.parameters.iter().filter(|p| p.required) {
            let value = sample::parameter(parameter, schemas);
            draft.values_mut(parameter.location).insert(parameter.name.clone(), value);
        }
        if let Some((content_type, value)) = operation.body.as_ref().and_then(|b| sample::body(b, schemas)) {
            content_type.clone_into(&mut draft.content_type);
            draft.body = written(content_type, &value);
        }
        draft
    }

    /// The values that travel in one place.
    #[must_use]
    pub fn values(&self, location: Location) -> &BTreeMap<String, Value> {
        match location {
            Location::Path => &self.path_values,
            Location::Query => &self.query,
            Location::Header => &self.headers,
            Location::Cookie => &self.cookies,
        }
    }

    /// The same, to change them.
    pub fn values_mut(&mut self, location: Location) -> &mut BTreeMap<String, Value> {
        match location {
            Location::Path => &mut self.path_values,
            Location::Query => &mut self.query,
            Location::Header => &mut self.headers,
            Location::Cookie => &mut self.cookies,
        }
    }

    /// The path with its values, and the query: `/shipments/1Z9?limit=10`. A path parameter without a value stays in
    /// braces, so that its place can be seen.
    #[must_use]
    pub fn target(&self, operation: &Operation) -> String {
        let mut target = self.path.clone();
        for parameter in operation.parameters_in(Location::Path) {
            let text = self.path_values.get(&parameter.name).map(|value| path_text(parameter, value));
            if let Some(text) = text.filter(|t| !t.is_empty()) {
                target = target.replace(&format!("{{{}}}", parameter.name), &text);
            }
        }
        let given = operation.parameters_in(Location::Query).filter_map(|p| Some((p, self.query.get(&p.name)?)));
        let pairs: Vec<String> = given.flat_map(|(p, value)| query_pairs(p, value)).map(|(k, v)| format!("{k}={v}")).collect();
        if pairs.is_empty() { target } else { format!("{target}?{}", pairs.join("&")) }
    }

    /// The concrete request. `base` is a server's URL; `extra` are headers that no parameter describes, such as
    /// `Authorization`, and come first.
    #[must_use]
    pub fn http(&self, operation: &Operation, base: &str, extra: &[(String, String)]) -> HttpRequest {
        let mut headers = extra.to_vec();
        for parameter in operation.parameters_in(Location::Header) {
            if let Some(value) = self.headers.get(&parameter.name) {
                headers.push((parameter.name.clone(), header_text(parameter, value)));
            }
        }
        let given = operation.parameters_in(Location::Cookie).filter_map(|p| Some((p, self.cookies.get(&p.name)?)));
        let cookies: Vec<String> = given.flat_map(|(p, value)| cookie_pairs(p, value)).map(|(k, v)| format!("{k}={v}")).collect();
        if !cookies.is_empty() {
            headers.push(("Cookie".to_owned(), cookies.join("; ")));
        }
        let body = Some(self.body.clone()).filter(|b| !b.trim().is_empty());
        if body.is_some() && !self.content_type.is_empty() {
            headers.push(("Content-Type".to_owned(), self.content_type.clone()));
        }
        let url = format!("{}{}", base.trim_end_matches('/'), self.target(operation));
        HttpRequest { method: self.method.as_str().to_owned(), url, headers, body }
    }

    /// What keeps this draft from being a right call of the operation.
    #[must_use]
    pub fn problems(&self, operation: &Operation, schemas: &Schemas) -> Vec<Problem> {
        let mut problems = Vec::new();
        for parameter in &operation.parameters {
            let value = self.values(parameter.location).get(&parameter.name);
            problems.extend(parameter_problems(parameter, value, schemas));
        }
        if let Some(body) = &operation.body {
            problems.extend(self.body_problems(body, schemas));
        }
        problems
    }

    fn body_problems(&self, body: &Body, schemas: &Schemas) -> Vec<Problem> {
        let whole = |message: &str| vec![Problem { place: Place::Body(String::new()), message: message.to_owned() }];
        if self.body.trim().is_empty() {
            return if body.required { whole("the body is required") } else { Vec::new() };
        }
        let media = body.media.iter().find(|m| m.content_type == self.content_type).or(sample::preferred(&body.media));
        let Some(media) = media.filter(|m| m.is_json()) else { return Vec::new() };
        match serde_json::from_str(&self.body) {
            Ok(value) => body_value_problems(&media.schema, schemas, &value),
            Err(error) => whole(&format!("the body is not readable as JSON: {error}")),
        }
    }
}

/// A value as the text of a body.
#[must_use]
pub fn written(content_type: &str, value: &Value) -> String {
    match value {
        Value::String(text) if !is_json(content_type) => text.clone(),
        value if content_type.starts_with("application/x-www-form-urlencoded") => form_text(value),
        value => serde_json::to_string_pretty(value).unwrap_or_default(),
    }
}

fn form_text(value: &Value) -> String {
    let fields = value.as_object().into_iter().flatten();
    let pair = |(name, value): (&String, &Value)| format!("{}={}", percent(name), percent(&encode::plain(value)));
    fields.map(pair).collect::<Vec<_>>().join("&")
}

/// What is wrong with one parameter's value, or with its absence.
#[must_use]
pub fn parameter_problems(parameter: &Parameter, value: Option<&Value>, schemas: &Schemas) -> Vec<Problem> {
    let place = Place::Parameter(parameter.location, parameter.name.clone());
    let missing = value.is_none_or(|v| v.is_null() || parameter.location == Location::Path && v == "");
    let Some(value) = value.filter(|_| !missing) else {
        let message = format!("{} is required", parameter.name);
        return if parameter.required { vec![Problem { place, message }] } else { Vec::new() };
    };
    if is_negotiated(parameter) {
        return Vec::new();
    }
    let found = check_for(Purpose::Request, &parameter.schema, schemas, value);
    let named = |message: String| match message.strip_prefix("the value ") {
        Some(rest) => format!("{} {rest}", parameter.name),
        None => message,
    };
    found.into_iter().map(|p| Problem { place: place.clone(), message: named(p.message) }).collect()
}

/// A list of ranges that clients send by themselves (RFC 9110, 12.5.4): its schema says what answers may be written in, not what may be
/// asked for. `Accept` is no parameter at all: OpenAPI has it ignored.
fn is_negotiated(parameter: &Parameter) -> bool {
    parameter.location == Location::Header && parameter.name.eq_ignore_ascii_case("Accept-Language")
}

/// What is wrong with a body that was read as JSON.
#[must_use]
pub fn body_value_problems(schema: &Schema, schemas: &Schemas, value: &Value) -> Vec<Problem> {
    let found = check_for(Purpose::Request, schema, schemas, value);
    let named = |message: String| match message.strip_prefix("the value ") {
        Some(rest) => format!("the body {rest}"),
        None => message,
    };
    found.into_iter().map(|p| Problem { place: Place::Body(p.pointer), message: named(p.message) }).collect()
}

#[cfg(test)]
mod tests;
