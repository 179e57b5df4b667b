//! A view onto one place of the form's values: a field reads and writes it without knowing what is around.

use leptos::prelude::*;
use serde_json::{Map, Value};

/// Reads and writes one value; `None` is a value that is not sent.
#[derive(Clone, Copy)]
pub struct Lens {
    get: Signal<Option<Value>>,
    set: Callback<Option<Value>>,
}

impl Lens {
    pub fn new(get: impl Fn() -> Option<Value> + Send + Sync + 'static, set: impl Fn(Option<Value>) + Send + Sync + 'static) -> Self {
        Self { get: Memo::new(move |_| get()).into(), set: Callback::new(set) }
    }

    pub fn get(self) -> Option<Value> {
        self.get.get()
    }

    pub fn get_untracked(self) -> Option<Value> {
        self.get.get_untracked()
    }

    pub fn with<T>(self, read: impl FnOnce(&Option<Value>) -> T) -> T {
        self.get.with(read)
    }

    pub fn set(self, value: Option<Value>) {
        self.set.run(value);
    }

    /// The property of an object; taking it away removes the name.
    pub fn property(self, name: &str) -> Self {
        let (read, written) = (name.to_owned(), name.to_owned());
        Self::new(
            move || self.with(|whole| whole.as_ref()?.get(&read).cloned()),
            move |value| self.set(Some(with_property(self.get_untracked(), &written, value))),
        )
    }

    /// The item of a list; taking it away moves the others up.
    pub fn item(self, index: usize) -> Self {
        Self::new(
            move || self.with(|whole| whole.as_ref()?.get(index).cloned()),
            move |value| self.set(Some(with_item(self.get_untracked(), index, value))),
        )
    }
}

fn with_property(whole: Option<Value>, name: &str, value: Option<Value>) -> Value {
    let mut map = match whole {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    };
    match value {
        Some(value) => drop(map.insert(name.to_owned(), value)),
        None => drop(map.shift_remove(name)),
    }
    Value::Object(map)
}

fn with_item(whole: Option<Value>, index: usize, value: Option<Value>) -> Value {
    let mut list = match whole {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    };
    match (value, list.get_mut(index)) {
        (Some(value), Some(place)) => *place = value,
        (Some(value), None) => list.push(value),
        (None, Some(_)) => drop(list.remove(index)),
        (None, None) => {}
    }
    Value::Array(list)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_property_is_set_and_taken_away() {
        assert_eq!(with_property(None, "a", Some(json!(1))), json!({ "a": 1 }));
        assert_eq!(with_property(Some(json!({ "a": 1, "b": 2, "c": 3 })), "b", None).to_string(), r#"{"a":1,"c":3}"#);
        assert_eq!(with_property(Some(json!("text")), "a", Some(json!(1))), json!({ "a": 1 }));
    }

    #[test]
    fn an_item_is_set_added_and_taken_away() {
        assert_eq!(with_item(Some(json!([1, 2])), 1, Some(json!(9))), json!([1, 9]));
        assert_eq!(with_item(Some(json!([1])), 1, Some(json!(2))), json!([1, 2]));
        assert_eq!(with_item(Some(json!([1, 2])), 0, None), json!([2]));
        assert_eq!(with_item(None, 3, None), json!([]));
    }
}
