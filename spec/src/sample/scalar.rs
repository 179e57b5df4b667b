//! Numbers and texts that fit their limits.

use crate::format;
use crate::pattern::Pattern;
use crate::schema::{Limits, Schema};
use crate::validate::is_multiple;
use serde_json::{Number, Value};

/// The longest text that is made up.
const MAX_LENGTH: usize = 200;

pub(super) fn integer(schema: &Schema, variant: usize) -> Value {
    let number = fitting(&schema.limits, 1.0, variant);
    // Rounding up leaves a lower bound intact; where that breaks the upper bound there is no whole number at all.
    Value::from(number.ceil() as i64)
}

pub(super) fn number(schema: &Schema, variant: usize) -> Value {
    let fine = fitting(&schema.limits, 0.5, variant);
    let tidy = (fine * 1e6).round() / 1e6;
    Number::from_f64(if fits(&schema.limits, tidy) { tidy } else { fine }).map_or(Value::Null, Value::Number)
}

/// A number inside the bounds: a small positive one where that is possible.
fn fitting(limits: &Limits, grain: f64, variant: usize) -> f64 {
    let step = limits.multiple_of.unwrap_or(grain);
    let low = lowest(limits, step);
    let high = highest(limits, step);
    let preferred = match (low, high) {
        (Some(low), _) if low > 1.0 => low,
        (_, Some(high)) if high < 1.0 => low.unwrap_or(high),
        _ => 1.0,
    };
    let aligned = (preferred / step).ceil() * step;
    let next = aligned + variant as f64 * step;
    let candidates = [next, aligned, aligned - step, preferred, low.unwrap_or(preferred), high.unwrap_or(preferred), middle(low, high)];
    candidates.into_iter().find(|n| fits(limits, *n)).unwrap_or(preferred)
}

fn lowest(limits: &Limits, step: f64) -> Option<f64> {
    let open = limits.exclusive_minimum.map(|n| (n / step).floor() * step + step);
    open.into_iter().chain(limits.minimum).reduce(f64::max)
}

fn highest(limits: &Limits, step: f64) -> Option<f64> {
    let open = limits.exclusive_maximum.map(|n| (n / step).ceil() * step - step);
    open.into_iter().chain(limits.maximum).reduce(f64::min)
}

fn middle(low: Option<f64>, high: Option<f64>) -> f64 {
    low.zip(high).map_or(0.0, |(low, high)| f64::midpoint(low, high))
}

fn fits(limits: &Limits, number: f64) -> bool {
    limits.minimum.is_none_or(|low| number >= low)
        && limits.maximum.is_none_or(|high| number <= high)
        && limits.exclusive_minimum.is_none_or(|low| number > low)
        && limits.exclusive_maximum.is_none_or(|high| number < high)
        && limits.multiple_of.is_none_or(|step| is_multiple(number, step))
}

pub(super) fn text(schema: &Schema, variant: usize) -> String {
    let bound = |n: Option<u64>| n.and_then(|n| usize::try_from(n).ok());
    let min = bound(schema.limits.min_length).unwrap_or(0).min(MAX_LENGTH);
    let max = bound(schema.limits.max_length).unwrap_or(usize::MAX);
    let made = schema.limits.pattern.as_deref().and_then(Pattern::new).and_then(|p| p.example(min, max, variant));
    if let Some(made) = made {
        return made;
    }
    if let Some(format) = schema.format.as_deref().and_then(format::find) {
        return varied(format.name, format.example, variant);
    }
    plain(variant, min, max.max(min))
}

/// Another example of the same format, for lists that want distinct items.
fn varied(name: &str, example: &str, variant: usize) -> String {
    let digit = char::from_digit(u32::try_from(variant % 10).unwrap_or(0), 10).unwrap_or('0');
    match (variant, name) {
        (0, _) => example.to_owned(),
        (n, "email") => format!("ana{}@example.com", n + 1),
        (n, "uri" | "url") => format!("{example}/{}", n + 1),
        (n, "hostname") => format!("api{}.example.com", n + 1),
        (n, "ipv4") => format!("192.0.2.{}", (10 + n) % 250),
        (n, "ipv6") => format!("2001:db8::{:x}", 0x10 + n),
        (n, "uuid") => format!("{}{:04x}", &example[..example.len() - 4], 0x4b58 + n),
        (n, "date" | "date-time") => example.replacen("-03-14", &format!("-03-{:02}", 1 + (13 + n) % 28), 1),
        (n, "time") => example.replacen(":30:", &format!(":{:02}:", (30 + n) % 60), 1),
        (_, "byte") => format!("UG9ydGlj{digit}w=="),
        _ => example.to_owned(),
    }
}

/// `string`, `string2`, as often as it takes: `string string`.
fn plain(variant: usize, min: usize, max: usize) -> String {
    let number = if variant == 0 { String::new() } else { (variant + 1).to_string() };
    // Where there is little room, the number stays: it tells the items of a list apart.
    let stem = "string".get(..max.saturating_sub(number.len())).unwrap_or("string");
    let whole = format!("{stem}{number}");
    let word = &whole[whole.len().saturating_sub(max)..];
    let mut text = word.to_owned();
    while text.len() < min && !word.is_empty() {
        text.push(' ');
        text.push_str(word);
    }
    text.truncate(max);
    if text.ends_with(' ') {
        text.pop();
        text.push('s');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_reads_well_and_fits() {
        assert_eq!(plain(0, 0, usize::MAX), "string");
        assert_eq!(plain(0, 8, usize::MAX), "string string");
        assert_eq!(plain(0, 8, 8), "string s");
        assert_eq!(plain(0, 7, 7), "strings");
        assert_eq!(plain(1, 0, 6), "strin2");
        assert_eq!(plain(11, 0, 1), "2");
        for (variant, min, max) in [(0, 0, 0), (3, 1, 1), (120, 2, 2), (0, 200, 200), (9, 15, 16)] {
            assert!((min..=max).contains(&plain(variant, min, max).len()), "{variant} {min} {max}");
        }
    }
}
