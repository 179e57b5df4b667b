//! What a body or a query gets wrong, in plain words: serde says it in those of Rust.

use crate::problem::{BAD_REQUEST, Problem};
use axum::http::{HeaderMap, header};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;
use serde_json::{Error, Map, Value};
use std::fmt;
use std::marker::PhantomData;

/// The most characters of a value or a name that a sentence repeats.
const SHOWN: usize = 60;
/// The whole of what is read, as a path.
const WHOLE: &str = ".";

/// What stands in braces. Left alone, serde takes a list for it too, by the order of its fields.
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor::<T>(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

/// The kind of a body in lower case, without parameters such as its charset; empty where no header names it.
pub fn media_type(headers: &HeaderMap) -> String {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Reads a JSON text.
///
/// # Errors
/// One sentence that names the field.
pub fn json<'t, T: Deserialize<'t>>(text: &'t [u8]) -> Result<T, String> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let read = serde_path_to_error::deserialize(&mut reader).map_err(|error| sentence_at(&error.path().to_string(), error.inner()))?;
    reader.end().map_err(|error| sentence(&error))?;
    Ok(read)
}

/// Reads what is JSON already.
///
/// # Errors
/// As [`json`].
pub fn value<T: DeserializeOwned>(value: Value) -> Result<T, String> {
    serde_path_to_error::deserialize(value).map_err(|error| sentence_at(&error.path().to_string(), error.inner()))
}

/// Reads the parameters of a query, each of which is sent once at most.
///
/// # Errors
/// 400 that names the parameter.
pub fn query<T: DeserializeOwned>(pairs: Vec<(String, String)>) -> Result<T, Problem> {
    let mut members = Map::new();
    for (name, text) in pairs {
        if members.contains_key(&name) {
            let name = cut(&name);
            return Err(Problem::new(&BAD_REQUEST, format!("Send `{name}` once.")).with("parameter", name));
        }
        members.insert(name, Value::String(text));
    }
    serde_path_to_error::deserialize(Value::Object(members)).map_err(|error| {
        let name = cut(&error.path().to_string());
        Problem::new(&BAD_REQUEST, sentence_at(&name, error.inner())).with("parameter", name)
    })
}

/// What is wrong with the whole of a text, in one sentence.
pub fn sentence(error: &Error) -> String {
    sentence_at(WHOLE, error)
}

/// What is wrong with the field at a path, in one sentence that names it.
fn sentence_at(path: &str, error: &Error) -> String {
    let (line, column) = (error.line(), error.column());
    if error.classify() != Category::Data {
        return format!("This is no JSON: look at line {line}, column {column}.");
    }
    let said = error.to_string();
    let said = said.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&said);
    let missing = said.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
    match (missing, cut(path).as_str()) {
        (Some(field), WHOLE) => format!("`{field}` is missing."),
        (Some(field), path) => format!("`{path}.{field}` is missing."),
        (None, WHOLE) => format!("{}.", capital(&plain(said))),
        (None, path) => format!("{path}: {}.", plain(said)),
    }
}

/// What serde says of a value, in other words.
fn plain(said: &str) -> String {
    let about = |start: &str| said.strip_prefix(start).and_then(|rest| rest.rsplit_once(", expected "));
    if let Some((found, wanted)) = about("invalid type: ") {
        return format!("send {}, not {}", named(wanted), shown(found));
    }
    if let Some((found, wanted)) = about("invalid value: ") {
        return format!("{} is out of range; send {}", shown(found), named(wanted));
    }
    if let Some((_, names)) = about("unknown field ") {
        return format!("this name is not known; use {names}");
    }
    if let Some(field) = said.strip_prefix("duplicate field ") {
        return format!("send {field} once");
    }
    unparsed(said).to_owned()
}

/// What a text should have been, by what its parser says: uuid, the standard library, chrono.
fn unparsed(said: &str) -> &'static str {
    match said {
        _ if said.starts_with("UUID parsing failed") => "this is no UUID; send one such as 0190a5d2-7c3e-7b4a-9f10-2d6c8e4b1a55",
        "invalid IP address syntax" => "this is no IP address; send one such as 203.0.113.7",
        "input is out of range"
        | "no possible date and time matching input"
        | "input is not enough for unique date and time"
        | "input contains invalid characters"
        | "premature end of input"
        | "trailing input" => "this is no moment; use one such as 2026-11-24T12:00:00Z",
        _ => "this cannot be read; compare it with /api/v1/openapi.json",
    }
}

/// A type as people call it.
fn named(wanted: &str) -> &str {
    match wanted {
        "u8" | "u16" | "u32" | "u64" | "usize" | "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" | "bool" => "true or false",
        "a string" => "a text",
        "a sequence" => "a list",
        "a map" => "an object",
        "IP address" => "an IP address",
        _ if wanted.starts_with("struct ") => "an object",
        _ if wanted.contains("UUID") => "a UUID",
        _ if wanted.contains("RFC 3339") => "a moment such as 2026-11-24T12:00:00Z",
        other => other,
    }
}

/// A value that was sent, or the beginning of a long one.
fn shown(found: &str) -> String {
    let value = match found {
        "map" => "an object",
        "sequence" => "a list",
        _ => ["string ", "integer ", "floating point ", "boolean "].iter().find_map(|kind| found.strip_prefix(kind)).unwrap_or(found),
    };
    cut(value)
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn capital(text: &str) -> String {
    let mut signs = text.chars();
    signs.next().map_or_else(String::new, |first| first.to_uppercase().chain(signs).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, Utc};
    use serde_json::json;
    use std::net::IpAddr;
    use uuid::Uuid;

    /// One field of each kind that an endpoint reads.
    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        name: String,
        #[serde(default, rename = "status")]
        _status: u16,
        #[serde(default, rename = "latency")]
        _latency: f64,
        #[serde(default, rename = "refused")]
        _refused: bool,
        #[serde(rename = "key")]
        _key: Option<Uuid>,
        #[serde(rename = "time")]
        _time: Option<DateTime<Utc>>,
        #[serde(rename = "address")]
        _address: Option<IpAddr>,
        #[serde(rename = "inner")]
        _inner: Option<Object<Inner>>,
    }

    #[derive(Deserialize, Debug)]
    struct Inner {
        #[serde(rename = "bytes")]
        _bytes: u64,
    }

    impl<T> fmt::Debug for Object<T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("Object")
        }
    }

    fn said(text: &str) -> String {
        json::<Object<Sample>>(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn a_sentence_has_no_words_of_rust() {
        for (text, sentence) in [
            (r#"{"name": "a", "status": "200"}"#, r#"status: send a whole number, not "200"."#),
            (r#"{"name": "a", "status": 70000}"#, "status: `70000` is out of range; send a whole number."),
            (r#"{"name": "a", "latency": null}"#, "latency: send a number, not null."),
            (r#"{"name": "a", "refused": 1}"#, "refused: send true or false, not `1`."),
            (r#"{"name": ["a"]}"#, "name: send a text, not a list."),
            (r#"{"name": "a", "key": 5}"#, "key: send a UUID, not `5`."),
            (r#"{"name": "a", "time": "yesterday"}"#, "time: this is no moment; use one such as 2026-11-24T12:00:00Z."),
            (r#"{"name": "a", "time": 5}"#, "time: send a moment such as 2026-11-24T12:00:00Z, not `5`."),
            (r#"{"name": "a", "address": "here"}"#, "address: this is no IP address; send one such as 203.0.113.7."),
            (r#"{"name": "a", "inner": [5]}"#, "inner: send an object, not a list."),
            (r#"{"name": "a", "inner": {}}"#, "`inner.bytes` is missing."),
            (r#"{"name": "a", "inner": {"bytes": -1}}"#, "inner.bytes: `-1` is out of range; send a whole number."),
            ("{}", "`name` is missing."),
            ("[]", "Send an object, not a list."),
            ("5", "Send an object, not `5`."),
            ("", "This is no JSON: look at line 1, column 0."),
            (r#"{"name": "a"} 5"#, "This is no JSON: look at line 1, column 15."),
        ] {
            assert_eq!(said(text), sentence, "{text}");
        }
        assert!(said(r#"{"name": "a", "key": "abc"}"#).starts_with("key: this is no UUID; "));
        assert!(said(r#"{"nome": "a"}"#).starts_with("nome: this name is not known; use one of `name`, "));
        assert!(said(r#"{"name": "a", "name": "b"}"#).ends_with("end `name` once."));
    }

    #[test]
    fn a_long_value_is_shown_by_its_beginning() {
        let text = json!({ "name": "a", "status": "ä".repeat(500) }).to_string();
        assert_eq!(said(&text), format!("status: send a whole number, not \"{}….", "ä".repeat(SHOWN - 1)));
    }

    #[test]
    fn what_is_right_is_read() {
        let Object(sample) = json::<Object<Sample>>(br#"{"name": "a", "inner": {"bytes": 1, "more": []}} "#).unwrap();
        assert_eq!(sample.name, "a");
    }

    #[test]
    fn a_query_names_the_parameter_that_is_wrong() {
        let read = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
            query::<Sample>(pairs)
        };
        assert_eq!(read(&[("name", "a")]).ok().unwrap().name, "a");
        let twice = read(&[("name", "a"), ("name", "a")]).err().unwrap();
        assert_eq!((twice.status().as_u16(), twice.detail()), (400, "Send `name` once."));
        let unknown = read(&[("name", "a"), ("foo", "1")]).err().unwrap();
        assert!(unknown.detail().starts_with("foo: this name is not known; use one of `name`, "), "{}", unknown.detail());
    }
}
