//! Paths and webhooks: operations with their parameters, and the rules that hold between them.

use super::place::At;
use super::reader::Reader;
use crate::model::{Api, Location, Method, Operation, Parameter, Style};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::collections::btree_map::Entry;

/// Header parameters that OpenAPI says to ignore: media types and security schemes describe them.
const RESERVED_HEADERS: [&str; 3] = ["accept", "content-type", "authorization"];

/// The longest id of an operation, in letters: usage is kept apart by it.
const MAX_ID: usize = 200;

/// Parameters in one list.
const MAX_PARAMETERS: usize = 500;

impl<'d> Reader<'d> {
    pub(super) fn operations(&mut self, at: &At<'_>, root: &'d Map<String, Value>, api: &mut Api) {
        if !["paths", "webhooks", "components"].iter().any(|key| root.contains_key(*key)) {
            self.problem(at, "`paths` is required");
        }
        self.security = self.security_in(at, root).unwrap_or_default();
        for (key, into) in [("paths", &mut api.operations), ("webhooks", &mut api.webhooks)] {
            let items = self.object_in(at, root, key);
            let at = at.key(key);
            for (path, item) in items.into_iter().flatten().filter(|(path, _)| !path.starts_with("x-")) {
                if key == "paths" && !path.starts_with('/') {
                    self.problem(&at.key(path), format!("the path `{path}` must start with /"));
                }
                self.follow(&at.key(path), item, |reader, at, item| reader.path_item(at, path, item, into));
            }
        }
        give_ids(api);
    }

    fn path_item(&mut self, at: &At<'_>, path: &str, item: &'d Value, into: &mut Vec<Operation>) {
        let Some(item) = self.object(at, item) else {
            return;
        };
        let shared = self.parameters(at, item);
        for (key, value) in item {
            // Only the lower-case spelling is a method; anything else is an extension or another field.
            let method = Method::ALL.into_iter().find(|m| m.lower() == key);
            let Some(method) = method else { continue };
            let at = at.key(key);
            let Some(fields) = self.object(&at, value) else {
                continue;
            };
            let mut operation = self.operation(&at, method, path, fields);
            let own = operation.parameters;
            operation.parameters = shared.clone();
            operation.parameters.retain(|s| !own.iter().any(|o| o.name == s.name && o.location == s.location));
            operation.parameters.extend(own);
            self.check_path_parameters(&at, &operation);
            into.push(operation);
        }
    }

    fn operation(&mut self, at: &At<'_>, method: Method, path: &str, fields: &'d Map<String, Value>) -> Operation {
        let tags = self.list_in(at, fields, "tags");
        Operation {
            id: self.operation_id(at, fields),
            method,
            path: path.to_owned(),
            summary: self.text_in(at, fields, "summary"),
            description: self.text_in(at, fields, "description"),
            tag: tags.first().and_then(Value::as_str).unwrap_or_default().to_owned(),
            deprecated: self.flag_in(at, fields, "deprecated"),
            parameters: self.parameters(at, fields),
            body: self.body(at, fields),
            responses: self.responses(at, fields),
            security: self.security_in(at, fields).unwrap_or_else(|| self.security.clone()),
        }
    }

    fn operation_id(&mut self, at: &At<'_>, fields: &'d Map<String, Value>) -> String {
        let id = match fields.get("operationId") {
            Some(Value::String(id)) if !id.trim().is_empty() => id.as_str(),
            _ => return self.text_in(at, fields, "operationId"),
        };
        match self.operation_ids.entry(id) {
            Entry::Vacant(free) => {
                free.insert(at.pointer());
                id.to_owned()
            }
            // Links to the first must go on working, so the second gets a name of its own.
            Entry::Occupied(first) => {
                let message = format!("the operationId `{id}` is already used at {}; give this one another", first.get());
                self.advise(&at.key("operationId"), message);
                String::new()
            }
        }
    }

    /// `None` when nothing is said, which is not the same as an empty list.
    fn security_in(&mut self, at: &At<'_>, fields: &'d Map<String, Value>) -> Option<Vec<Vec<String>>> {
        fields.get("security")?;
        let list = self.list_in(at, fields, "security");
        let at = at.key("security");
        let mut alternatives = Vec::new();
        for (index, value) in list.iter().enumerate() {
            if let Some(together) = self.object(&at.item(index), value) {
                alternatives.push(together.keys().cloned().collect());
            }
        }
        Some(alternatives)
    }

    fn check_path_parameters(&mut self, at: &At<'_>, operation: &Operation) {
        let names = match template_names(&operation.path) {
            Ok(names) => names,
            Err(message) => {
                self.problem(at, message);
                return;
            }
        };
        for name in names {
            if !operation.parameters_in(Location::Path).any(|p| p.name == name) {
                let message = format!("the path parameter `{name}` is not described; add it under `parameters` with `in: path`");
                self.problem(at, message);
            }
        }
    }

    pub(super) fn parameters(&mut self, at: &At<'_>, parent: &'d Map<String, Value>) -> Vec<Parameter> {
        let list = self.list_in(at, parent, "parameters");
        let at = at.key("parameters");
        if list.len() > MAX_PARAMETERS {
            self.problem(&at, format!("there are more than {MAX_PARAMETERS} parameters"));
            return Vec::new();
        }
        let mut parameters: Vec<Parameter> = Vec::new();
        for (index, value) in list.iter().enumerate() {
            let at = at.item(index);
            let read = self.follow(&at, value, |reader, at, value| reader.parameter(at, value));
            let Some(Some(parameter)) = read else {
                continue;
            };
            if parameters.iter().any(|p| p.name == parameter.name && p.location == parameter.location) {
                let message = format!("the {} parameter `{}` is described twice", parameter.location.as_str(), parameter.name);
                self.problem(&at, message);
            } else if !is_reserved(&parameter) {
                parameters.push(parameter);
            }
        }
        parameters
    }

    fn parameter(&mut self, at: &At<'_>, value: &'d Value) -> Option<Parameter> {
        let fields = self.object(at, value)?;
        let name = self.text_in(at, fields, "name");
        if name.is_empty() {
            self.problem(at, "`name` is required");
            return None;
        }
        let location = self.location(at, fields)?;
        let style = self.style(at, fields, location);
        let explode = match fields.get("explode") {
            Some(_) => self.flag_in(at, fields, "explode"),
            None => style == Style::Form,
        };
        let (schema, json) = self.described_by(at, fields);
        Some(Parameter {
            name,
            location,
            required: self.flag_in(at, fields, "required") || location == Location::Path,
            deprecated: self.flag_in(at, fields, "deprecated"),
            description: self.text_in(at, fields, "description"),
            schema,
            example: self.first_example(at, fields),
            style,
            explode,
            json,
        })
    }

    fn location(&mut self, at: &At<'_>, fields: &Map<String, Value>) -> Option<Location> {
        let text = self.text_in(at, fields, "in");
        let known = [Location::Path, Location::Query, Location::Header, Location::Cookie];
        let found = known.into_iter().find(|l| l.as_str() == text);
        if found.is_none() {
            let message = match text.as_str() {
                "" => "`in` is required: path, query, header or cookie".to_owned(),
                "body" | "formData" => {
                    format!("`in: {text}` belongs to Swagger 2; use `requestBody`")
                }
                _ => format!("`in` must be path, query, header or cookie, not `{text}`"),
            };
            self.problem(at, message);
        }
        found
    }

    fn style(&mut self, at: &At<'_>, fields: &Map<String, Value>, location: Location) -> Style {
        let fallback = match location {
            Location::Path | Location::Header => Style::Simple,
            Location::Query | Location::Cookie => Style::Form,
        };
        match self.text_in(at, fields, "style").as_str() {
            "" => fallback,
            "simple" => Style::Simple,
            "label" => Style::Label,
            "matrix" => Style::Matrix,
            "form" => Style::Form,
            "spaceDelimited" => Style::SpaceDelimited,
            "pipeDelimited" => Style::PipeDelimited,
            "deepObject" => Style::DeepObject,
            other => {
                self.problem(&at.key("style"), format!("the style `{other}` is not known"));
                fallback
            }
        }
    }
}

fn is_reserved(parameter: &Parameter) -> bool {
    parameter.location == Location::Header && RESERVED_HEADERS.iter().any(|h| parameter.name.eq_ignore_ascii_case(h))
}

/// The names in braces of a path template.
fn template_names(path: &str) -> Result<Vec<&str>, String> {
    let mut names = Vec::new();
    let mut rest = path;
    while let Some(open) = rest.find(['{', '}']) {
        let inside = &rest[open + 1..];
        let close = inside.find(['{', '}']).filter(|c| inside.as_bytes()[*c] == b'}');
        let (Some(close), true) = (close, rest.as_bytes()[open] == b'{') else {
            return Err(format!("the braces in `{path}` do not match"));
        };
        names.push(&inside[..close]);
        rest = &inside[close + 1..];
    }
    Ok(names)
}

/// Makes every id safe in a URL, and gives one to each operation that has none. Ids that the author chose come first,
/// so that an operation without one never changes the name of another.
fn give_ids(api: &mut Api) {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut all: Vec<&mut Operation> = api.operations.iter_mut().chain(api.webhooks.iter_mut()).collect();
    let (named, unnamed): (Vec<_>, Vec<_>) = all.iter_mut().partition(|o| !o.id.trim().is_empty());
    for operation in named {
        let safe = slug(&operation.id);
        operation.id = free(safe, &mut taken);
    }
    for operation in unnamed {
        let safe = slug(&format!("{} {}", operation.method.lower(), operation.path));
        operation.id = free(safe, &mut taken);
    }
}

/// Letters, digits and `-._~` stay; everything between them becomes one dash. What is too long is cut off.
fn slug(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || "-._~".contains(c) {
            slug.push(c);
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    slug.truncate(MAX_ID);
    let trimmed = slug.trim_end_matches('-');
    if trimmed.is_empty() { "operation".to_owned() } else { trimmed.to_owned() }
}

fn free(wanted: String, taken: &mut BTreeSet<String>) -> String {
    let mut id = wanted.clone();
    let mut n = 2;
    while !taken.insert(id.clone()) {
        id = format!("{wanted}-{n}");
        n += 1;
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_safe_and_readable() {
        assert_eq!(slug("get /shipments/{number}/events"), "get-shipments-number-events");
        assert_eq!(slug("get-stations"), "get-stations");
        assert_eq!(slug("{}"), "operation");
        let mut taken = BTreeSet::new();
        assert_eq!(free("a".to_owned(), &mut taken), "a");
        assert_eq!(free("a".to_owned(), &mut taken), "a-2");
    }

    #[test]
    fn template_names_need_matching_braces() {
        assert_eq!(template_names("/a/{b}/c.{d}"), Ok(vec!["b", "d"]));
        assert!(template_names("/a/{b").is_err());
        assert!(template_names("/a/b}").is_err());
        assert!(template_names("/a/{{b}}").is_err());
    }
}
