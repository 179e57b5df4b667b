//! Differences between two shapes, judged by the way the value travels: a request may not be asked for more, an answer
//! may not give less.

use super::ChangeKind;
use crate::schema::{Kind, Limits, Property, Schema, Schemas};
use std::collections::BTreeSet;

/// Levels of nesting that are compared.
const MAX_DEPTH: usize = 24;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Request,
    Answer,
}

pub(super) struct Difference {
    pub(super) kind: ChangeKind,
    pub(super) breaking: bool,
    pub(super) words: String,
}

pub(super) fn differences(direction: Direction, what: &str, old: (&Schema, &Schemas), new: (&Schema, &Schemas)) -> Vec<Difference> {
    let mut compare = Compare { direction, schemas: (old.1, new.1), found: Vec::new(), seen: BTreeSet::new() };
    compare.schemas(what, old.0, new.0, 0);
    compare.found
}

struct Compare<'s> {
    direction: Direction,
    schemas: (&'s Schemas, &'s Schemas),
    found: Vec<Difference>,
    /// Pairs of names that are compared already: circles end here.
    seen: BTreeSet<(String, String)>,
}

impl Compare<'_> {
    fn note(&mut self, kind: ChangeKind, breaking: bool, words: String) {
        self.found.push(Difference { kind, breaking, words });
    }

    fn is_request(&self) -> bool {
        self.direction == Direction::Request
    }

    fn schemas(&mut self, what: &str, old: &Schema, new: &Schema, depth: usize) {
        if let (Some(a), Some(b)) = (old.reference(), new.reference())
            && !self.seen.insert((a.to_owned(), b.to_owned()))
        {
            return;
        }
        if depth > MAX_DEPTH {
            return;
        }
        let (old, new) = (old.merged(self.schemas.0), new.merged(self.schemas.1));
        self.outline(what, &old, &new);
        match (&old.kind, &new.kind) {
            (Kind::Object { properties: a, .. }, Kind::Object { properties: b, .. }) => self.properties(what, a, b, depth),
            (Kind::Array(a), Kind::Array(b)) => self.schemas(&format!("each item of {what}"), a, b, depth + 1),
            (
                Kind::OneOf { options: a, .. } | Kind::AnyOf { options: a, .. },
                Kind::OneOf { options: b, .. } | Kind::AnyOf { options: b, .. },
            )
            | (Kind::AllOf(a), Kind::AllOf(b)) => self.options(what, a, b, depth),
            (a, b) if std::mem::discriminant(a) != std::mem::discriminant(b) => {
                let (before, after) = (Schema::of(a.clone()).type_label(), Schema::of(b.clone()).type_label());
                self.note(ChangeKind::Changed, !self.is_wider(a, b), format!("{what} is now {after}, was {before}"));
            }
            _ => {}
        }
    }

    /// Whether every value that was right stays right for the one who has to cope with it.
    fn is_wider(&self, old: &Kind, new: &Kind) -> bool {
        let (narrow, wide) = if self.is_request() { (old, new) } else { (new, old) };
        matches!((narrow, wide), (_, Kind::Any) | (Kind::Integer, Kind::Number))
    }

    fn outline(&mut self, what: &str, old: &Schema, new: &Schema) {
        if old.nullable != new.nullable {
            let words = if new.nullable { "may be null now" } else { "may no longer be null" };
            self.note(ChangeKind::Changed, new.nullable != self.is_request(), format!("{what} {words}"));
        }
        if new.deprecated && !old.deprecated {
            self.note(ChangeKind::Deprecated, false, format!("{what} is deprecated now"));
        }
        if old.format != new.format {
            let name = |f: &Option<String>| f.clone().unwrap_or_else(|| "none".to_owned());
            let words = format!("{what} has the format {}, was {}", name(&new.format), name(&old.format));
            self.note(ChangeKind::Changed, self.is_request() && new.format.is_some(), words);
        }
        self.choices(what, old, new);
        if old.limits != new.limits {
            let breaking = self.is_request() && is_tighter(&old.limits, &new.limits);
            let said = |l: &Limits| if l.is_none() { "no limits".to_owned() } else { l.words().join(", ") };
            self.note(ChangeKind::Changed, breaking, format!("{what} allows {}, before {}", said(&new.limits), said(&old.limits)));
        }
    }

    fn choices(&mut self, what: &str, old: &Schema, new: &Schema) {
        if old.choices.is_empty() != new.choices.is_empty() {
            let words = if new.choices.is_empty() { "is no longer limited to a list" } else { "is now limited to a list" };
            let narrower = old.choices.is_empty();
            return self.note(ChangeKind::Changed, narrower && self.is_request(), format!("{what} {words}"));
        }
        for gone in old.choices.iter().filter(|c| !new.choices.contains(c)) {
            self.note(ChangeKind::Removed, self.is_request(), format!("{what} may no longer be {gone}"));
        }
        for fresh in new.choices.iter().filter(|c| !old.choices.contains(c)) {
            self.note(ChangeKind::Added, false, format!("{what} may be {fresh}"));
        }
    }

    fn properties(&mut self, what: &str, old: &[Property], new: &[Property], depth: usize) {
        let place = |name: &str| if what.starts_with("parameter") { format!("{what}, `{name}`") } else { format!("`{name}` in {what}") };
        for before in old.iter().filter(|o| !new.iter().any(|n| n.name == o.name)) {
            self.note(ChangeKind::Removed, true, format!("{} was removed", place(&before.name)));
        }
        for after in new {
            let name = place(&after.name);
            let Some(before) = old.iter().find(|o| o.name == after.name) else {
                let breaking = after.required && self.is_request() && !after.schema.read_only;
                let kind = if breaking { ChangeKind::Changed } else { ChangeKind::Added };
                let words = if breaking { "was added and is required" } else { "was added" };
                self.note(kind, breaking, format!("{name} {words}"));
                continue;
            };
            if before.required != after.required {
                let words = if after.required { "is now required" } else { "is no longer required" };
                self.note(ChangeKind::Changed, after.required == self.is_request(), format!("{name} {words}"));
            }
            let inside = if depth == 0 { name } else { format!("`{}`", after.name) };
            self.schemas(&inside, &before.schema, &after.schema, depth + 1);
        }
    }

    fn options(&mut self, what: &str, old: &[Schema], new: &[Schema], depth: usize) {
        for before in old {
            let label = before.type_label();
            match new.iter().find(|n| n.type_label() == label) {
                Some(after) => self.schemas(what, before, after, depth + 1),
                None => self.note(ChangeKind::Removed, self.is_request(), format!("{what} may no longer be {label}")),
            }
        }
        for after in new.iter().filter(|a| !old.iter().any(|b| b.type_label() == a.type_label())) {
            self.note(ChangeKind::Added, false, format!("{what} may be {}", after.type_label()));
        }
    }
}

/// Whether some value inside the old limits may be outside the new ones.
fn is_tighter(old: &Limits, new: &Limits) -> bool {
    fn rose<N: PartialOrd>(old: Option<N>, new: Option<N>) -> bool {
        new.is_some_and(|new| old.is_none_or(|old| new > old))
    }
    fn fell<N: PartialOrd>(old: Option<N>, new: Option<N>) -> bool {
        new.is_some_and(|new| old.is_none_or(|old| new < old))
    }
    let changed_rule =
        new.pattern.is_some() && new.pattern != old.pattern || new.multiple_of.is_some() && new.multiple_of != old.multiple_of;
    rose(old.minimum, new.minimum)
        || fell(old.maximum, new.maximum)
        || rose(old.exclusive_minimum, new.exclusive_minimum)
        || fell(old.exclusive_maximum, new.exclusive_maximum)
        || rose(old.min_length, new.min_length)
        || fell(old.max_length, new.max_length)
        || rose(old.min_items, new.min_items)
        || fell(old.max_items, new.max_items)
        || rose(old.min_properties, new.min_properties)
        || fell(old.max_properties, new.max_properties)
        || new.unique_items && !old.unique_items
        || changed_rule
}
