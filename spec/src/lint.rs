//! What would make an accepted document better.

use crate::matching::Matcher;
use crate::model::{Api, Location, Media, Operation};
use crate::schema::Schemas;
use crate::validate::{Purpose, check_for};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The most pieces of advice; more would not be read.
const MAX_ADVICE: usize = 100;

/// One thing to improve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advice {
    /// A JSON pointer into the document (RFC 6901).
    pub pointer: String,
    pub message: String,
}

/// Advice in the order of the document. None of it keeps the document from being published.
#[must_use]
pub fn advice(api: &Api) -> Vec<Advice> {
    let mut all = Vec::new();
    if api.description.trim().is_empty() {
        all.push(said("/info", "say in `description` what this API is for and how to begin"));
    }
    if api.servers.is_empty() {
        all.push(said("/servers", "name the server that readers call"));
    }
    let matcher = Matcher::new(api);
    let schemes: BTreeSet<&str> = api.security.iter().map(|s| s.name.as_str()).collect();
    for (index, operation) in api.operations.iter().enumerate() {
        all.extend(on_operation(operation, &api.schemas, &schemes));
        all.extend(on_overlap(api, &matcher, index, operation));
        if all.len() >= MAX_ADVICE {
            break;
        }
    }
    all.truncate(MAX_ADVICE);
    all
}

fn said(pointer: &str, message: impl Into<String>) -> Advice {
    Advice { pointer: pointer.to_owned(), message: message.into() }
}

fn on_operation(operation: &Operation, schemas: &Schemas, schemes: &BTreeSet<&str>) -> Vec<Advice> {
    let path = operation.path.replace('~', "~0").replace('/', "~1");
    let at = format!("/paths/{path}/{}", operation.method.lower());
    let mut all = Vec::new();
    if operation.summary.is_empty() {
        all.push(said(&at, "give a `summary`: a few words that begin with a verb"));
    }
    if operation.tag.is_empty() {
        all.push(said(&at, "give a tag, so that the sidebar can group this operation"));
    }
    if !operation.responses.iter().any(|r| r.status.starts_with(['2', '3']) || r.status == "default") {
        all.push(said(&format!("{at}/responses"), "describe what a good answer looks like"));
    }
    if !operation.responses.iter().any(|r| r.status.starts_with('4') || r.status == "default") {
        all.push(said(&format!("{at}/responses"), "describe at least one refusal, such as 404 or 422"));
    }
    for name in operation.security.iter().flatten().filter(|name| !schemes.contains(name.as_str())) {
        all.push(said(&format!("{at}/security"), format!("the security scheme `{name}` is not described under components")));
    }
    for parameter in operation.parameters_in(Location::Path) {
        if !operation.path.contains(&format!("{{{}}}", parameter.name)) {
            all.push(said(&at, format!("the path parameter `{}` is described but not in the path", parameter.name)));
        }
    }
    let body = operation.body.iter().flat_map(|b| &b.media);
    all.extend(body.flat_map(|m| on_examples(&format!("{at}/requestBody"), m, schemas, Purpose::Request)));
    for response in &operation.responses {
        let at = format!("{at}/responses/{}", response.status);
        all.extend(response.media.iter().flat_map(|m| on_examples(&at, m, schemas, Purpose::Answer)));
    }
    all
}

fn on_examples(at: &str, media: &Media, schemas: &Schemas, purpose: Purpose) -> Vec<Advice> {
    let first = |value| check_for(purpose, &media.schema, schemas, value).into_iter().next();
    let wrong = media.examples.iter().filter(|_| media.is_json()).filter_map(|e| first(&e.value).map(|p| (e, p)));
    wrong
        .map(|(example, problem)| said(at, format!("the example `{}` does not fit its schema: {}", example.name, problem.message)))
        .collect()
}

/// Two templates of the same shape: only the first is ever found.
fn on_overlap(api: &Api, matcher: &Matcher, index: usize, operation: &Operation) -> Option<Advice> {
    let found = matcher.find(operation.method, &operation.path)?;
    let other = api.operations.get(found.operation_index).filter(|_| found.operation_index < index)?;
    let pointer = format!("/paths/{}", operation.path.replace('~', "~0").replace('/', "~1"));
    Some(said(&pointer, format!("{} {} is hidden by {}, which has the same shape", operation.method, operation.path, other.path)))
}

#[cfg(all(test, feature = "parse"))]
mod tests {
    use super::advice;
    use crate::parse::parse;

    #[test]
    fn a_good_document_gets_none_and_a_poor_one_gets_words() {
        let good = parse(include_str!("../tests/documents/parcels.yaml")).unwrap_or_else(|r| panic!("{r}"));
        let found = advice(&good);
        assert!(found.is_empty(), "{found:?}");
        let poor = parse(
            "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths:\n  /a:\n    get:\n      security: [{nokey: []}]\n      responses:\n        '200':\n          description: ''\n          content:\n            application/json:\n              schema: {type: integer}\n              example: many\n",
        );
        let said: Vec<String> = advice(&poor.unwrap()).into_iter().map(|a| a.message).collect();
        for part in ["what this API is for", "name the server", "`summary`", "a tag", "refusal", "`nokey`", "`default` does not fit"] {
            assert!(said.iter().any(|m| m.contains(part)), "{part} in {said:?}");
        }
    }
}
