//! Bounds on numbers, texts, lists and objects, and formats.

use crate::format;
use crate::pattern::Pattern;
use crate::schema::{Limits, Schema};
use serde_json::Value;
use std::collections::BTreeSet;

/// Which bounds a value breaks: each as the end of a sentence, `must be at most 70`.
pub(super) fn exceeded(schema: &Schema, value: &Value) -> Vec<String> {
    let limits = &schema.limits;
    match value {
        Value::Number(number) => {
            let mut broken = number_limits(limits, number.as_f64().unwrap_or_default());
            broken.extend(number_format(schema.format.as_deref(), value));
            broken
        }
        Value::String(text) => text_limits(limits, schema.format.as_deref(), text),
        Value::Array(list) => list_limits(limits, list),
        Value::Object(map) => count_limits(limits.min_properties, limits.max_properties, map.len(), "property", "properties"),
        _ => Vec::new(),
    }
}

fn number_limits(limits: &Limits, number: f64) -> Vec<String> {
    let mut broken = Vec::new();
    if let Some(low) = limits.minimum.filter(|low| number < *low) {
        broken.push(format!("must be at least {low}"));
    }
    if let Some(high) = limits.maximum.filter(|high| number > *high) {
        broken.push(format!("must be at most {high}"));
    }
    if let Some(low) = limits.exclusive_minimum.filter(|low| number <= *low) {
        broken.push(format!("must be more than {low}"));
    }
    if let Some(high) = limits.exclusive_maximum.filter(|high| number >= *high) {
        broken.push(format!("must be less than {high}"));
    }
    if let Some(step) = limits.multiple_of.filter(|step| !is_multiple(number, *step)) {
        broken.push(format!("must be a multiple of {step}"));
    }
    broken
}

/// Decimal steps such as 0.01 have no exact binary form, so a hair's breadth is allowed.
pub(crate) fn is_multiple(number: f64, step: f64) -> bool {
    let times = number / step;
    (times - times.round()).abs() <= 1e-9 * times.abs().max(1.0)
}

fn number_format(format: Option<&str>, value: &Value) -> Option<String> {
    let fits = |low: i64, high: i64| value.as_i64().is_some_and(|n| (low..=high).contains(&n)) || value.is_f64();
    match format {
        Some("int32") if !fits(i32::MIN.into(), i32::MAX.into()) => Some("must fit into 32 bits".to_owned()),
        Some("int64") if !fits(i64::MIN, i64::MAX) => Some("must fit into 64 bits".to_owned()),
        _ => None,
    }
}

fn text_limits(limits: &Limits, format: Option<&str>, text: &str) -> Vec<String> {
    let length = text.chars().count();
    let mut broken = count_limits(limits.min_length, limits.max_length, length, "character", "characters");
    if let Some(pattern) = &limits.pattern
        && Pattern::new(pattern).and_then(|p| p.is_match(text)) == Some(false)
    {
        broken.push(format!("must match {pattern}"));
    }
    if let Some(format) = format.and_then(format::find).filter(|f| !(f.fits)(text)) {
        broken.push(format!("must be {}", format.words));
    }
    broken
}

fn list_limits(limits: &Limits, list: &[Value]) -> Vec<String> {
    let mut broken = count_limits(limits.min_items, limits.max_items, list.len(), "item", "items");
    if limits.unique_items && has_twins(list) {
        broken.push("must not hold the same item twice".to_owned());
    }
    broken
}

fn has_twins(list: &[Value]) -> bool {
    let mut seen = BTreeSet::new();
    !list.iter().all(|item| seen.insert(item.to_string()))
}

fn count_limits(min: Option<u64>, max: Option<u64>, count: usize, one: &str, many: &str) -> Vec<String> {
    let count = count as u64;
    let unit = |n: u64| if n == 1 { one.to_owned() } else { many.to_owned() };
    let low = min.filter(|min| count < *min).map(|min| format!("must have at least {min} {}", unit(min)));
    let high = max.filter(|max| count > *max).map(|max| format!("must have at most {max} {}", unit(max)));
    low.into_iter().chain(high).collect()
}
