//! Parts of an API that travel on their own: the index for a sidebar, and one operation with the schemas it needs.

use crate::model::{Api, Method, Operation};
use crate::schema::{Kind, Schema, Schemas};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One operation and every schema that can be reached from it: enough to show it, try it and check it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    pub operation: Operation,
    #[serde(default, skip_serializing_if = "Schemas::is_empty")]
    pub schemas: Schemas,
}

/// What the sidebar and the search need: names, no bodies.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Index {
    pub title: String,
    pub version: String,
    pub groups: Vec<Group>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schemas: Vec<String>,
}

/// The operations of one tag. Operations without a tag are in the group whose tag is empty, at the end; webhooks
/// follow in a group named [`WEBHOOKS`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    pub tag: String,
    /// Markdown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    pub entries: Vec<Entry>,
}

/// The tag of the group that holds an API's webhooks.
pub const WEBHOOKS: &str = "Webhooks";

/// One operation in an [`Index`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub id: String,
    pub method: Method,
    pub path: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    #[serde(default, skip_serializing_if = "crate::model::is_false")]
    pub deprecated: bool,
}

impl Api {
    /// The operation or webhook with this id.
    #[must_use]
    pub fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().chain(&self.webhooks).find(|o| o.id == id)
    }

    /// The operation or webhook with this id, and the schemas it reaches.
    #[must_use]
    pub fn piece(&self, operation_id: &str) -> Option<Piece> {
        let operation = self.operation(operation_id)?.clone();
        let schemas = reachable(schemas_of(&operation), &self.schemas);
        Some(Piece { operation, schemas })
    }

    /// Names of everything, grouped by tag: first in the order of the document's tags, then in order of appearance.
    #[must_use]
    pub fn index(&self) -> Index {
        let declared = self.tags.iter().map(|t| Group { tag: t.name.clone(), description: t.description.clone(), entries: Vec::new() });
        let mut groups: Vec<Group> = declared.collect();
        for operation in self.operations.iter().filter(|o| !o.tag.is_empty()) {
            group(&mut groups, &operation.tag).entries.push(Entry::from(operation));
        }
        for operation in self.operations.iter().filter(|o| o.tag.is_empty()) {
            group(&mut groups, "").entries.push(Entry::from(operation));
        }
        for webhook in &self.webhooks {
            group(&mut groups, WEBHOOKS).entries.push(Entry::from(webhook));
        }
        groups.retain(|g| !g.entries.is_empty());
        let schemas = self.schemas.keys().cloned().collect();
        Index { title: self.title.clone(), version: self.version.clone(), groups, schemas }
    }
}

impl From<&Operation> for Entry {
    fn from(o: &Operation) -> Self {
        Self { id: o.id.clone(), method: o.method, path: o.path.clone(), summary: o.summary.clone(), deprecated: o.deprecated }
    }
}

fn group<'a>(groups: &'a mut Vec<Group>, tag: &str) -> &'a mut Group {
    let at = groups.iter().position(|g| g.tag == tag).unwrap_or_else(|| {
        groups.push(Group { tag: tag.to_owned(), description: String::new(), entries: Vec::new() });
        groups.len() - 1
    });
    &mut groups[at]
}

/// Every schema that an operation names directly.
pub(crate) fn schemas_of(operation: &Operation) -> Vec<&Schema> {
    let parameters = operation.parameters.iter().map(|p| &p.schema);
    let body = operation.body.iter().flat_map(|b| &b.media).map(|m| &m.schema);
    let headers = operation.responses.iter().flat_map(|r| &r.headers).map(|h| &h.schema);
    let answers = operation.responses.iter().flat_map(|r| &r.media).map(|m| &m.schema);
    parameters.chain(body).chain(headers).chain(answers).collect()
}

fn reachable(roots: Vec<&Schema>, all: &Schemas) -> Schemas {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    let mut open = roots;
    while let Some(schema) = open.pop() {
        open.extend(schema.children());
        let Kind::Ref(name) = &schema.kind else {
            continue;
        };
        let mapped = all.get_key_value(name.as_str());
        if let Some((name, target)) = mapped
            && names.insert(name)
        {
            open.push(target);
        }
    }
    names.into_iter().filter_map(|n| all.get(n).map(|s| (n.to_owned(), s.clone()))).collect()
}
