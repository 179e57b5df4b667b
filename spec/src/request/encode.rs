//! Values to the text of a parameter (OpenAPI "Style Values", RFC 6570).

use crate::model::{Parameter, Style};
use serde_json::{Map, Value};

/// Levels of objects inside objects in a `deepObject`.
const MAX_DEPTH: usize = 8;

/// Percent-encodes everything but RFC 3986's unreserved characters.
#[must_use]
pub fn percent(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// A value as a person would type it: text without quotes, lists and objects as JSON.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// The text that replaces `{name}` in a path, percent-encoded.
#[must_use]
pub fn path_text(parameter: &Parameter, value: &Value) -> String {
    let name = percent(&parameter.name);
    if parameter.json {
        return percent(&value.to_string());
    }
    match parameter.style {
        Style::Label if is_nothing(value) => ".".to_owned(),
        Style::Label => format!(".{}", joined(value, parameter.explode, if parameter.explode { "." } else { "," })),
        Style::Matrix => matrix(&name, value, parameter.explode),
        _ => joined(value, parameter.explode, ","),
    }
}

fn matrix(name: &str, value: &Value, explode: bool) -> String {
    match value {
        Value::Array(list) if explode => list.iter().map(|v| format!(";{name}={}", percent(&plain(v)))).collect(),
        Value::Object(map) if explode => map.iter().map(|(k, v)| format!(";{}={}", percent(k), percent(&plain(v)))).collect(),
        value if is_nothing(value) => format!(";{name}"),
        value => format!(";{name}={}", joined(value, false, ",")),
    }
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value == ""
}

/// Items and properties behind each other; each is encoded, the separators are not.
fn joined(value: &Value, explode: bool, separator: &str) -> String {
    let parts: Vec<String> = match value {
        Value::Array(list) => list.iter().map(|v| percent(&plain(v))).collect(),
        Value::Object(map) if explode => map.iter().map(|(k, v)| format!("{}={}", percent(k), percent(&plain(v)))).collect(),
        Value::Object(map) => map.iter().flat_map(|(k, v)| [percent(k), percent(&plain(v))]).collect(),
        single => return percent(&plain(single)),
    };
    parts.join(separator)
}

/// The text of a header, which is not percent-encoded.
#[must_use]
pub fn header_text(parameter: &Parameter, value: &Value) -> String {
    match value {
        value if parameter.json => value.to_string(),
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join(","),
        Value::Object(map) if parameter.explode => map.iter().map(|(k, v)| format!("{k}={}", plain(v))).collect::<Vec<_>>().join(","),
        Value::Object(map) => map.iter().flat_map(|(k, v)| [k.clone(), plain(v)]).collect::<Vec<_>>().join(","),
        single => plain(single),
    }
}

/// The percent-encoded pairs of a query parameter; none for an empty list.
#[must_use]
pub fn query_pairs(parameter: &Parameter, value: &Value) -> Vec<(String, String)> {
    let name = percent(&parameter.name);
    if parameter.json {
        return vec![(name, percent(&value.to_string()))];
    }
    let separator = match parameter.style {
        Style::SpaceDelimited => "%20",
        Style::PipeDelimited => "%7C",
        _ => ",",
    };
    match value {
        Value::Object(map) if parameter.style == Style::DeepObject => deep(&name, map, 0),
        Value::Array(list) if parameter.explode => list.iter().map(|v| (name.clone(), percent(&plain(v)))).collect(),
        Value::Object(map) if parameter.explode => map.iter().map(|(k, v)| (percent(k), percent(&plain(v)))).collect(),
        Value::Array(list) if list.is_empty() => Vec::new(),
        Value::Object(map) if map.is_empty() => Vec::new(),
        other => vec![(name, joined(other, false, separator))],
    }
}

fn deep(prefix: &str, map: &Map<String, Value>, depth: usize) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for (key, value) in map {
        let name = format!("{prefix}%5B{}%5D", percent(key));
        match value {
            Value::Object(inner) if depth < MAX_DEPTH => pairs.extend(deep(&name, inner, depth + 1)),
            Value::Array(list) => pairs.extend(list.iter().map(|v| (name.clone(), percent(&plain(v))))),
            single => pairs.push((name, percent(&plain(single)))),
        }
    }
    pairs
}

/// The pairs of a cookie parameter.
#[must_use]
pub fn cookie_pairs(parameter: &Parameter, value: &Value) -> Vec<(String, String)> {
    query_pairs(parameter, value)
}
