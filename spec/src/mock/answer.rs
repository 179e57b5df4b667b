//! The answer that the document gives for a good request.

use super::{MockAnswer, MockRequest, Preference, problem};
use crate::model::{Media, Operation, Response};
use crate::request::written;
use crate::sample;
use crate::schema::Schemas;
use crate::validate::{Purpose, check_for};
use serde_json::{Value, json};

pub(super) fn from_document(
    operation: &Operation,
    schemas: &Schemas,
    request: &MockRequest,
    path: &[(String, String)],
    preference: &Preference,
) -> MockAnswer {
    let Some(response) = chosen(operation, preference) else { return nothing_to_say(operation, preference) };
    let status = preference.code.unwrap_or_else(|| concrete(&response.status));
    if status < 200 {
        let detail =
            format!("An answer {status} comes before another one (RFC 9110, 15.2), and is never given alone. Prefer one of those.");
        return problem(400, "No such answer", &detail, json!([]));
    }
    let mut headers: Vec<(String, String)> = Vec::new();
    for header in response.headers.iter().filter(|h| !h.name.eq_ignore_ascii_case("content-type")) {
        let value = header.example.clone().unwrap_or_else(|| sample::value_for(Purpose::Answer, &header.schema, schemas));
        headers.push((header.name.clone(), header_line(&value)));
    }
    let accept = request.header("accept").unwrap_or("*/*");
    let Some(media) = representation(response, accept) else { return MockAnswer { status, headers, body: Vec::new() } };
    let value = value(media, schemas, path, preference);
    headers.push(("Content-Type".to_owned(), concrete_type(&media.content_type).to_owned()));
    let silent = operation.method == crate::Method::Head || status == 204 || status == 304;
    let body = if silent { Vec::new() } else { written(&media.content_type, &value).into_bytes() };
    MockAnswer { status, headers, body }
}

/// The response for the code that was asked for, else the success.
pub(super) fn chosen<'o>(operation: &'o Operation, preference: &Preference) -> Option<&'o Response> {
    let Some(code) = preference.code else { return sample::success(operation) };
    let exact = code.to_string();
    let class = format!("{}XX", code / 100);
    let with = |status: &str| operation.responses.iter().find(|r| r.status == status);
    with(&exact).or_else(|| with(&class)).or_else(|| with("default"))
}

fn nothing_to_say(operation: &Operation, preference: &Preference) -> MockAnswer {
    let Some(code) = preference.code else { return MockAnswer { status: 204, headers: Vec::new(), body: Vec::new() } };
    let known: Vec<&str> = operation.responses.iter().map(|r| r.status.as_str()).collect();
    let detail = format!("The document describes no answer {code} here. Prefer one of: {}.", known.join(", "));
    problem(400, "No such answer", &detail, json!([]))
}

/// `default` stands for what goes wrong unless it is all there is.
fn concrete(status: &str) -> u16 {
    match status.parse() {
        Ok(code) => code,
        Err(_) if status.ends_with("XX") => status[..1].parse::<u16>().map_or(200, |class| class * 100),
        Err(_) => 200,
    }
}

fn representation<'r>(response: &'r Response, accept: &str) -> Option<&'r Media> {
    let fitting: Vec<&Media> = response.media.iter().filter(|m| accepts(accept, &m.content_type)).collect();
    fitting.iter().find(|m| m.is_json()).or(fitting.first()).copied()
}

fn value(media: &Media, schemas: &Schemas, path: &[(String, String)], preference: &Preference) -> Value {
    let named = preference.example.as_ref().and_then(|name| media.examples.iter().find(|e| e.name == *name));
    if let Some(example) = named {
        return example.value.clone();
    }
    let value = sample::media(Purpose::Answer, media, schemas);
    echoed(value, media, schemas, path)
}

/// Puts the path's parameters where the answer has a field of that name, as long as the answer still fits.
fn echoed(mut value: Value, media: &Media, schemas: &Schemas, path: &[(String, String)]) -> Value {
    let Value::Object(original) = &value else { return value };
    let mut changed = original.clone();
    for (name, text) in path {
        if let Some(field) = changed.get_mut(name) {
            let replacement = match &*field {
                Value::Number(_) => text.parse::<i64>().ok().map(Value::from),
                Value::String(_) => Some(Value::from(text.as_str())),
                _ => None,
            };
            if let Some(replacement) = replacement {
                *field = replacement;
            }
        }
    }
    let changed = Value::Object(changed);
    let was_good = check_for(Purpose::Answer, &media.schema, schemas, &value).is_empty();
    if !was_good || check_for(Purpose::Answer, &media.schema, schemas, &changed).is_empty() {
        value = changed;
    }
    value
}

fn header_line(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(header_line).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    };
    text.replace(['\r', '\n'], " ")
}

fn concrete_type(content_type: &str) -> &str {
    if content_type.contains('*') { "application/octet-stream" } else { content_type }
}

/// Whether a documented type, which may be a range, covers a given one.
pub(super) fn covers(documented: &str, given: &str) -> bool {
    let (documented, given) = (essence(documented), essence(given));
    match documented.strip_suffix('*') {
        Some(prefix) => documented == "*/*" || given.starts_with(prefix),
        None => documented == given,
    }
}

/// Whether an `Accept` header (RFC 9110) allows a type. Weights other than zero do not matter here.
pub(super) fn accepts(accept: &str, content_type: &str) -> bool {
    let refused = |range: &str| range.split(';').skip(1).any(|p| matches!(p.trim(), "q=0" | "q=0.0"));
    accept.split(',').any(|range| !refused(range) && (covers(range, content_type) || covers(content_type, range)))
}

fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
