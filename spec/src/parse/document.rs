//! Text to a JSON value: JSON or YAML, with a bound on depth and on what aliases may expand to.

use super::Problem;
use super::place::segments;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::cell::Cell;
use std::fmt;

/// Levels of nesting. Both readers stop at 128 by themselves, with less helpful words.
const MAX_DEPTH: usize = 100;
/// Values after aliases are expanded; a document of 13 MB has about a million.
const MAX_NODES: usize = 4_000_000;
/// Bytes of text after aliases are expanded.
const MAX_EXPANDED_BYTES: usize = 64 << 20;
/// Bytes of the document itself.
const MAX_BYTES: usize = 32 << 20;
/// Brackets open at once in one YAML line: its scanner gets slower with each of them.
const MAX_OPEN_BRACKETS: usize = 500;
/// What is said of a NUL, spelled out or escaped: no text of PostgreSQL can hold it, and YAML does not allow it.
const NUL: &str = "the character U+0000 cannot be kept; remove it";

/// Reads the text as JSON when it starts like JSON, else as YAML.
pub(super) fn read(text: &str) -> Result<Value, Problem> {
    refuse_at_a_glance(text)?;
    let budget = Budget::default();
    let node = Node { budget: &budget, depth: 0 };
    if looks_like_json(text) {
        let mut source = serde_json::Deserializer::from_str(text);
        let value = node.deserialize(&mut source).and_then(|v| source.end().map(|()| v));
        value.map_err(|e| unreadable("JSON", &e.to_string(), e.line()))
    } else {
        let value = node.deserialize(yaml_serde::Deserializer::from_str(text));
        value.map_err(|e| unreadable("YAML", &e.to_string(), e.location().map_or(0, |l| l.line())))
    }
}

/// The line on which the value at this pointer starts, as near as the readers can tell.
pub(super) fn line_of(text: &str, pointer: &str) -> Option<u32> {
    let path = segments(pointer);
    let seek = Seek { path: &path };
    let line = if looks_like_json(text) {
        seek.deserialize(&mut serde_json::Deserializer::from_str(text)).err()?.line()
    } else {
        seek.deserialize(yaml_serde::Deserializer::from_str(text)).err()?.location()?.line()
    };
    u32::try_from(line).ok().filter(|l| *l > 0)
}

fn looks_like_json(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

fn refuse_at_a_glance(text: &str) -> Result<(), Problem> {
    if text.trim().is_empty() {
        return Err(whole("the document is empty"));
    }
    if text.len() > MAX_BYTES {
        return Err(whole(&format!("the document is larger than {} MB", MAX_BYTES >> 20)));
    }
    if let Some(place) = text.find('\0') {
        let line = text[..place].matches('\n').count() + 1;
        return Err(Problem { line: u32::try_from(line).ok(), ..whole(NUL) });
    }
    if looks_like_json(text) {
        return Ok(());
    }
    let crowded = |line: &str| {
        let count = |open| line.bytes().filter(|b| *b == open).count();
        line.len() > MAX_OPEN_BRACKETS && (count(b'[') + count(b'{')).saturating_sub(count(b']') + count(b'}')) > MAX_OPEN_BRACKETS
    };
    match text.lines().position(crowded) {
        Some(index) => Err(Problem {
            pointer: String::new(),
            message: "too many brackets are open at once".to_owned(),
            line: u32::try_from(index + 1).ok(),
        }),
        None => Ok(()),
    }
}

fn whole(message: &str) -> Problem {
    Problem { pointer: String::new(), message: message.to_owned(), line: None }
}

fn unreadable(language: &str, message: &str, line: usize) -> Problem {
    let words = message.split(" at line ").next().unwrap_or(message);
    Problem {
        pointer: String::new(),
        message: format!("this is not readable as {language}: {words}"),
        line: u32::try_from(line).ok().filter(|l| *l > 0),
    }
}

fn refuse_nul<E: serde::de::Error>(text: &str) -> Result<(), E> {
    if text.contains('\0') { Err(E::custom(NUL)) } else { Ok(()) }
}

#[derive(Default)]
struct Budget {
    nodes: Cell<usize>,
    bytes: Cell<usize>,
}

impl Budget {
    fn spend<E: serde::de::Error>(&self, bytes: usize) -> Result<(), E> {
        self.nodes.set(self.nodes.get() + 1);
        self.bytes.set(self.bytes.get() + bytes);
        if self.nodes.get() > MAX_NODES || self.bytes.get() > MAX_EXPANDED_BYTES {
            return Err(E::custom("the document is too large once its aliases are expanded"));
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
struct Node<'b> {
    budget: &'b Budget,
    depth: usize,
}

impl Node<'_> {
    fn inner<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom(format!("nested deeper than {MAX_DEPTH} levels")));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }

    fn scalar<E: serde::de::Error>(self, value: Value) -> Result<Value, E> {
        self.budget.spend(0).map(|()| value)
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Value, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("plain data without tags")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Value, E> {
        self.scalar(Value::Null)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Value, E> {
        self.scalar(Value::Bool(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        self.scalar(value.into())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        self.scalar(value.into())
    }

    fn visit_i128<E: serde::de::Error>(self, value: i128) -> Result<Value, E> {
        self.visit_f64(value as f64)
    }

    fn visit_u128<E: serde::de::Error>(self, value: u128) -> Result<Value, E> {
        self.visit_f64(value as f64)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("a number must be finite"))?;
        self.scalar(Value::Number(number))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        refuse_nul(value)?;
        self.budget.spend(value.len()).map(|()| Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        self.budget.spend(0)?;
        let inner = self.inner()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        self.budget.spend(0)?;
        let inner = self.inner()?;
        let mut map = Map::new();
        while let Some(key) = entries.next_key_seed(Key { taken: Some(&map) })? {
            self.budget.spend(key.len())?;
            let value = entries.next_value_seed(inner)?;
            map.insert(key, value);
        }
        Ok(Value::Object(with_merged(map)))
    }
}

/// YAML's merge key: `<<: *defaults` fills in what the mapping does not say itself.
fn with_merged(mut map: Map<String, Value>) -> Map<String, Value> {
    let sources = match map.get("<<") {
        Some(Value::Object(_)) => map.shift_remove("<<").into_iter().collect(),
        Some(Value::Array(list)) if list.iter().all(Value::is_object) => match map.shift_remove("<<") {
            Some(Value::Array(list)) => list,
            _ => Vec::new(),
        },
        _ => return map,
    };
    for source in sources {
        if let Value::Object(source) = source {
            for (key, value) in source {
                map.entry(key).or_insert(value);
            }
        }
    }
    map
}

/// A mapping's key as text, so that `200:` works without quotes. Keys that are there already are refused here, where
/// the reader still knows their line.
#[derive(Clone, Copy)]
struct Key<'m> {
    taken: Option<&'m Map<String, Value>>,
}

impl Key<'_> {
    fn fresh<E: serde::de::Error>(self, key: String) -> Result<String, E> {
        refuse_nul(&key)?;
        if self.taken.is_some_and(|map| map.contains_key(&key)) {
            return Err(E::custom(format!("the key `{key}` appears twice")));
        }
        Ok(key)
    }
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<String, D::Error> {
        source.deserialize_any(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key that is text or a number")
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<String, E> {
        self.fresh(value.to_owned())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<String, E> {
        self.fresh(value.to_string())
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<String, E> {
        self.fresh(value.to_string())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<String, E> {
        self.fresh(value.to_string())
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<String, E> {
        self.fresh(value.to_string())
    }
}

/// Walks to one place and stops there with an error, because only errors carry a line.
#[derive(Clone, Copy)]
struct Seek<'p> {
    path: &'p [String],
}

impl<'de> DeserializeSeed<'de> for Seek<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seek<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the place that is looked for")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Some((first, rest)) = self.path.split_first() else {
            return Err(A::Error::custom("here"));
        };
        for _ in 0..first.parse().unwrap_or(usize::MAX) {
            if items.next_element::<IgnoredAny>()?.is_none() {
                return Err(A::Error::custom("past the end"));
            }
        }
        items.next_element_seed(Seek { path: rest })?;
        Err(A::Error::custom("here"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let Some((first, rest)) = self.path.split_first() else {
            return Err(A::Error::custom("here"));
        };
        while let Some(key) = entries.next_key_seed(Key { taken: None })? {
            if key == *first {
                entries.next_value_seed(Seek { path: rest })?;
                break;
            }
            entries.next_value::<IgnoredAny>()?;
        }
        Err(A::Error::custom("here"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_errors_carry_their_line() {
        let problem = read("openapi: 3.1.0\ninfo:\n  title: [a\n").unwrap_err();
        assert!(problem.line.is_some_and(|l| l >= 3), "{problem:?}");
        let twice = read("a: 1\nb: 2\na: 3\n").unwrap_err();
        assert!(twice.message.contains("`a` appears twice"), "{twice:?}");
        assert_eq!(twice.line, Some(3));
    }

    #[test]
    fn json_errors_carry_their_line() {
        let problem = read("{\n  \"a\": 1,\n  \"b\" 2\n}").unwrap_err();
        assert_eq!(problem.line, Some(3));
        assert!(problem.message.contains("JSON"));
    }

    #[test]
    fn lines_are_found_in_both_languages() {
        let yaml = "a:\n  b:\n    - x\n    - y:\n        z: 1\n";
        assert_eq!(line_of(yaml, "/a/b/1/y/z"), Some(5));
        let json = "{\n \"a\": {\n  \"b\": [1,\n   2]}}";
        assert_eq!(line_of(json, "/a/b/1"), Some(4));
    }

    #[test]
    fn numbers_are_keys_and_merge_keys_merge() {
        let value = read("base: &b {x: 1, y: 2}\nresponses:\n  200: ok\nuse:\n  <<: *b\n  y: 3\n").unwrap();
        assert_eq!(value["responses"]["200"], "ok");
        assert_eq!(value["use"], serde_json::json!({"y": 3, "x": 1}));
    }

    #[test]
    fn depth_is_capped_in_both_languages() {
        let json = format!("{{\"a\":{}1{}}}", "[".repeat(200), "]".repeat(200));
        assert!(read(&json).unwrap_err().message.contains("nested deeper"));
        let yaml = format!("a: {}1{}", "[".repeat(200), "]".repeat(200));
        assert!(read(&yaml).unwrap_err().message.contains("nested deeper"));
        let bombs = format!("a: {}", "[".repeat(2_000_000));
        assert!(read(&bombs).unwrap_err().message.contains("brackets"));
    }

    #[test]
    fn aliases_cannot_expand_without_bound() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
        }
        let problem = read(&bomb).unwrap_err();
        assert!(problem.message.contains("too large") || problem.message.contains("repetition"), "{problem:?}");
    }

    #[test]
    fn nul_is_refused_with_its_line_and_not_repeated() {
        for (text, line) in [
            ("{\n \"a\":\n \"get\\u0000\"}", 3),
            ("{\n \"a\\u0000\": 1,\n \"a\\u0000\": 2}", 2),
            ("a: 1\nb: \"get\\0\"\n", 2),
            ("a: 1\n\"b\\x00\": 1\n", 2),
            ("a: 1\nb: 2 # \0\n", 2),
            ("a: 1\n\0", 2),
        ] {
            let problem = read(text).unwrap_err();
            assert!(problem.message.contains("U+0000") && !problem.message.contains('\0'), "{text:?}: {problem:?}");
            assert_eq!(problem.line, Some(line), "{text:?}");
        }
    }

    #[test]
    fn nothing_at_all_is_said_to_be_empty() {
        assert!(read(" \n\t").unwrap_err().message.contains("empty"));
    }
}
