//! What changed between two revisions of a document, and what of it breaks callers.

mod schema;

use crate::model::{Api, Media, Method, Operation, Parameter};
use schema::Direction;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most changes that are listed for one operation.
const MAX_PER_OPERATION: usize = 50;

/// The kind of a [`Change`], as a changelog groups them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    Breaking,
    Removed,
    Deprecated,
    Changed,
    Added,
}

/// One difference that a caller may notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub kind: ChangeKind,
    /// The id of the operation; in the old document where it was removed.
    pub operation: Option<String>,
    /// A sentence: ``GET /x: parameter `y` is now required``.
    pub summary: String,
    /// Whether a caller that was right before may be wrong now.
    pub breaking: bool,
}

/// Every change, in the order of the new document; removed operations come first.
#[must_use]
pub fn diff(old: &Api, new: &Api) -> Vec<Change> {
    let (before, after) = (Lookup::of(old), Lookup::of(new));
    let outline = |kind, operation: &Operation, words: &str, breaking| Change {
        kind,
        operation: Some(operation.id.clone()),
        summary: format!("{} {} {words}", operation.method, operation.path),
        breaking,
    };
    let gone = old.operations.iter().filter(|o| after.counterpart(o).is_none());
    let mut changes: Vec<Change> = gone.map(|o| outline(ChangeKind::Removed, o, "was removed", true)).collect();
    for operation in &new.operations {
        match before.counterpart(operation) {
            None => changes.push(outline(ChangeKind::Added, operation, "was added", false)),
            Some(earlier) => changes.extend(between((old, earlier), (new, operation))),
        }
    }
    changes
}

/// The operations of a document by what identifies them.
struct Lookup<'a> {
    ids: BTreeMap<&'a str, &'a Operation>,
    paths: BTreeMap<(Method, &'a str), &'a Operation>,
}

impl<'a> Lookup<'a> {
    fn of(api: &'a Api) -> Self {
        let ids = api.operations.iter().map(|o| (o.id.as_str(), o)).collect();
        let paths = api.operations.iter().map(|o| ((o.method, o.path.as_str()), o)).collect();
        Self { ids, paths }
    }

    /// The same operation in this document: by id, else by method and path.
    fn counterpart(&self, operation: &Operation) -> Option<&'a Operation> {
        let by_id = self.ids.get(operation.id.as_str());
        by_id.or_else(|| self.paths.get(&(operation.method, operation.path.as_str()))).copied()
    }
}

fn between((old_api, old): (&Api, &Operation), (new_api, new): (&Api, &Operation)) -> Vec<Change> {
    let (before, after) = (old_api.piece(&old.id), new_api.piece(&new.id));
    if before == after {
        return Vec::new();
    }
    let mut notes = Notes { operation: new, found: Vec::new(), schemas: (&old_api.schemas, &new_api.schemas) };
    notes.outline(old);
    notes.parameters(old);
    notes.body(old);
    notes.responses(old);
    notes.found.truncate(MAX_PER_OPERATION);
    notes.found
}

/// The changes of one operation so far.
struct Notes<'a> {
    operation: &'a Operation,
    found: Vec<Change>,
    schemas: (&'a crate::Schemas, &'a crate::Schemas),
}

impl Notes<'_> {
    fn note(&mut self, kind: ChangeKind, breaking: bool, words: &str) {
        let kind = if breaking && kind == ChangeKind::Changed { ChangeKind::Breaking } else { kind };
        let summary = format!("{} {}: {words}", self.operation.method, self.operation.path);
        let change = Change { kind, operation: Some(self.operation.id.clone()), summary, breaking };
        if !self.found.contains(&change) {
            self.found.push(change);
        }
    }

    fn outline(&mut self, old: &Operation) {
        let new = self.operation;
        if (old.method, &old.path) != (new.method, &new.path) {
            self.note(ChangeKind::Changed, true, &format!("moved here from {} {}", old.method, old.path));
        }
        if new.deprecated && !old.deprecated {
            self.note(ChangeKind::Deprecated, false, "is deprecated now");
        }
        if old.security != new.security {
            let open = |o: &Operation| o.security.is_empty() || o.security.iter().any(Vec::is_empty);
            self.note(ChangeKind::Changed, !open(new), "who may call is decided differently");
        }
    }

    fn parameters(&mut self, old: &Operation) {
        let same = |a: &Parameter, b: &Parameter| a.name == b.name && a.location == b.location;
        let new = self.operation;
        for before in old.parameters.iter().filter(|o| !new.parameters.iter().any(|n| same(n, o))) {
            self.note(ChangeKind::Removed, true, &format!("parameter `{}` was removed", before.name));
        }
        for after in &new.parameters {
            let name = &after.name;
            let Some(before) = old.parameters.iter().find(|o| same(o, after)) else {
                let kind = if after.required { ChangeKind::Changed } else { ChangeKind::Added };
                let words = if after.required { "was added and is required" } else { "was added" };
                self.note(kind, after.required, &format!("parameter `{name}` {words}"));
                continue;
            };
            match (before.required, after.required) {
                (false, true) => self.note(ChangeKind::Changed, true, &format!("parameter `{name}` is now required")),
                (true, false) => self.note(ChangeKind::Changed, false, &format!("parameter `{name}` is no longer required")),
                _ => {}
            }
            if (before.style, before.explode) != (after.style, after.explode) {
                self.note(ChangeKind::Changed, true, &format!("parameter `{name}` is written differently"));
            }
            if after.deprecated && !before.deprecated {
                self.note(ChangeKind::Deprecated, false, &format!("parameter `{name}` is deprecated now"));
            }
            self.compare(Direction::Request, &format!("parameter `{name}`"), &before.schema, &after.schema);
        }
    }

    fn body(&mut self, old: &Operation) {
        match (&old.body, &self.operation.body) {
            (None, Some(body)) if body.required => self.note(ChangeKind::Changed, true, "a body is now required"),
            (None, Some(_)) => self.note(ChangeKind::Added, false, "a body may be sent"),
            (Some(_), None) => self.note(ChangeKind::Removed, true, "the body was removed"),
            (Some(before), Some(after)) => {
                if after.required && !before.required {
                    self.note(ChangeKind::Changed, true, "the body is now required");
                }
                self.media(Direction::Request, "the body", &before.media, &after.media);
            }
            (None, None) => {}
        }
    }

    fn responses(&mut self, old: &Operation) {
        let new = self.operation;
        for before in &old.responses {
            let status = &before.status;
            match new.responses.iter().find(|r| r.status == *status) {
                Some(after) => self.media(Direction::Answer, &format!("answer {status}"), &before.media, &after.media),
                None => self.note(ChangeKind::Removed, status.starts_with('2'), &format!("answer {status} was removed")),
            }
        }
        for after in new.responses.iter().filter(|a| !old.responses.iter().any(|b| b.status == a.status)) {
            self.note(ChangeKind::Added, false, &format!("answer {} was added", after.status));
        }
    }

    fn media(&mut self, direction: Direction, what: &str, old: &[Media], new: &[Media]) {
        for before in old {
            let content_type = &before.content_type;
            match new.iter().find(|m| m.content_type == *content_type) {
                Some(after) => self.compare(direction, what, &before.schema, &after.schema),
                None => self.note(ChangeKind::Removed, true, &format!("{what} is no longer {content_type}")),
            }
        }
        for after in new.iter().filter(|a| !old.iter().any(|b| b.content_type == a.content_type)) {
            self.note(ChangeKind::Added, false, &format!("{what} may be {}", after.content_type));
        }
    }

    fn compare(&mut self, direction: Direction, what: &str, old: &crate::Schema, new: &crate::Schema) {
        for difference in schema::differences(direction, what, (old, self.schemas.0), (new, self.schemas.1)) {
            self.note(difference.kind, difference.breaking, &difference.words);
        }
    }
}

#[cfg(all(test, feature = "parse"))]
mod tests;
