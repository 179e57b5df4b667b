//! Which operation a concrete path belongs to. A concrete segment wins over a templated one.

use crate::model::{Api, Method};
use std::collections::BTreeMap;

/// The operations of an API, arranged by the segments of their paths.
#[derive(Debug, Clone, Default)]
pub struct Matcher {
    root: Branch,
}

/// An operation that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Into [`Api::operations`].
    pub operation_index: usize,
    /// Path parameters, percent-decoded.
    pub params: Vec<(String, String)>,
}

#[derive(Debug, Clone, Default)]
struct Branch {
    /// Segments without a parameter.
    plain: BTreeMap<String, Branch>,
    /// Segments with parameters, most literal text first.
    templated: Vec<(Template, Branch)>,
    /// What ends here.
    operations: BTreeMap<Method, usize>,
}

/// A segment such as `{id}` or `{name}.{format}`: texts around parameters.
#[derive(Debug, Clone, PartialEq)]
struct Template {
    prefix: String,
    /// Each parameter with the text that follows it.
    params: Vec<(String, String)>,
}

impl Matcher {
    /// Arranges the operations of an API.
    #[must_use]
    pub fn new(api: &Api) -> Self {
        let mut root = Branch::default();
        for (index, operation) in api.operations.iter().enumerate() {
            let end = segments(&operation.path).fold(&mut root, |branch, segment| branch.grown(segment));
            end.operations.entry(operation.method).or_insert(index);
        }
        Self { root }
    }

    /// The operation for a method and a path without its query.
    #[must_use]
    pub fn find(&self, method: Method, path: &str) -> Option<Match> {
        let mut params = Vec::new();
        let operation_index = self.walk(method, path, &mut params)?;
        let params = params.into_iter().map(|(name, text)| (name.to_owned(), decoded(text))).collect();
        Some(Match { operation_index, params })
    }

    /// As [`Matcher::find`], for whom the parameters say nothing: into [`Api::operations`].
    #[must_use]
    pub fn operation_index(&self, method: Method, path: &str) -> Option<usize> {
        self.walk(method, path, &mut Vec::new())
    }

    fn walk<'p>(&'p self, method: Method, path: &'p str, params: &mut Vec<(&'p str, &'p str)>) -> Option<usize> {
        self.root.walk(method, &segments(path).collect::<Vec<_>>(), params)
    }

    /// The methods that a path knows; empty when the path itself is unknown.
    #[must_use]
    pub fn methods(&self, path: &str) -> Vec<Method> {
        Method::ALL.into_iter().filter(|method| self.operation_index(*method, path).is_some()).collect()
    }
}

impl Branch {
    fn grown(&mut self, segment: &str) -> &mut Self {
        let Some(template) = Template::read(segment) else { return self.plain.entry(segment.to_owned()).or_default() };
        let at = self.templated.iter().position(|(known, _)| *known == template).unwrap_or_else(|| {
            let weight = template.weight();
            let at = self.templated.iter().position(|(known, _)| known.weight() < weight).unwrap_or(self.templated.len());
            self.templated.insert(at, (template, Self::default()));
            at
        });
        &mut self.templated[at].1
    }

    fn walk<'p>(&'p self, method: Method, segments: &[&'p str], params: &mut Vec<(&'p str, &'p str)>) -> Option<usize> {
        let Some((first, rest)) = segments.split_first() else { return self.operations.get(&method).copied() };
        if let Some(found) = self.plain.get(*first).and_then(|branch| branch.walk(method, rest, params)) {
            return Some(found);
        }
        let before = params.len();
        for (template, branch) in &self.templated {
            if template.fits(first, params)
                && let Some(found) = branch.walk(method, rest, params)
            {
                return Some(found);
            }
            params.truncate(before);
        }
        None
    }
}

impl Template {
    fn read(segment: &str) -> Option<Self> {
        let (prefix, mut rest) = segment.split_once('{')?;
        let mut params = Vec::new();
        loop {
            let (name, after) = rest.split_once('}')?;
            match after.split_once('{') {
                Some((text, next)) => {
                    params.push((name.to_owned(), text.to_owned()));
                    rest = next;
                }
                None => {
                    params.push((name.to_owned(), after.to_owned()));
                    return Some(Self { prefix: prefix.to_owned(), params });
                }
            }
        }
    }

    fn weight(&self) -> usize {
        self.prefix.len() + self.params.iter().map(|(_, text)| text.len()).sum::<usize>()
    }

    /// Whether a segment has this shape; adds its parameters when it has.
    fn fits<'p>(&'p self, segment: &'p str, params: &mut Vec<(&'p str, &'p str)>) -> bool {
        let Some(mut rest) = segment.strip_prefix(self.prefix.as_str()) else { return false };
        for (index, (name, text)) in self.params.iter().enumerate() {
            let last = index + 1 == self.params.len();
            let end = match (last, text.is_empty()) {
                (true, _) => rest.len().checked_sub(text.len()).filter(|end| rest.get(*end..) == Some(text)),
                (false, true) => rest.chars().next().map(char::len_utf8),
                (false, false) => rest.find(text.as_str()),
            };
            let Some(end) = end.filter(|end| *end > 0) else { return false };
            params.push((name, &rest[..end]));
            rest = &rest[end + text.len()..];
        }
        true
    }
}

/// One slash at the end makes no difference.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.strip_suffix('/').unwrap_or(path).split('/')
}

/// Percent-decoded; text with broken escapes stays as it is.
pub(crate) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let digits = tail.get(..2).and_then(|d| std::str::from_utf8(d).ok()).filter(|_| byte == b'%');
        match digits.and_then(|d| u8::from_str_radix(d, 16).ok()) {
            Some(escaped) => {
                bytes.push(escaped);
                rest = &tail[2..];
            }
            None => {
                bytes.push(byte);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Operation;

    fn api(paths: &[(Method, &str)]) -> Api {
        let operation = |(method, path): &(Method, &str)| Operation {
            id: format!("{method} {path}"),
            method: *method,
            path: (*path).to_owned(),
            summary: String::new(),
            description: String::new(),
            tag: String::new(),
            deprecated: false,
            parameters: Vec::new(),
            body: None,
            responses: Vec::new(),
            security: Vec::new(),
        };
        Api { operations: paths.iter().map(operation).collect(), ..Api::default() }
    }

    fn found(paths: &[(Method, &str)], method: Method, path: &str) -> Option<(String, Vec<(String, String)>)> {
        let api = api(paths);
        let found = Matcher::new(&api).find(method, path)?;
        Some((api.operations[found.operation_index].path.clone(), found.params))
    }

    fn params(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn concrete_wins_and_dead_ends_turn_back() {
        use Method::{Delete, Get};
        let paths = [(Get, "/a/{id}"), (Get, "/a/mine"), (Delete, "/a/{id}"), (Get, "/a/{id}/b"), (Get, "/a/mine/c")];
        assert_eq!(found(&paths, Get, "/a/mine"), Some(("/a/mine".to_owned(), Vec::new())));
        assert_eq!(found(&paths, Get, "/a/mine/b"), Some(("/a/{id}/b".to_owned(), params(&[("id", "mine")]))));
        assert_eq!(found(&paths, Delete, "/a/mine"), Some(("/a/{id}".to_owned(), params(&[("id", "mine")]))));
        assert_eq!(found(&paths, Get, "/a/x%2Fy%20z/"), Some(("/a/{id}".to_owned(), params(&[("id", "x/y z")]))));
        assert_eq!(found(&paths, Get, "/a"), None);
        assert_eq!(found(&paths, Get, "/a/"), None);
        assert_eq!(found(&paths, Get, "/a//b"), None);
    }

    #[test]
    fn parameters_inside_segments() {
        let paths = [(Method::Get, "/f/{name}.{kind}"), (Method::Get, "/f/{name}"), (Method::Get, "/f/v{n}")];
        assert_eq!(found(&paths, Method::Get, "/f/a.b.pdf").map(|f| f.1), Some(params(&[("name", "a"), ("kind", "b.pdf")])));
        assert_eq!(found(&paths, Method::Get, "/f/v2").map(|f| f.0), Some("/f/v{n}".to_owned()));
        assert_eq!(found(&paths, Method::Get, "/f/plain").map(|f| f.0), Some("/f/{name}".to_owned()));
    }

    #[test]
    fn methods_of_a_path() {
        let api = api(&[(Method::Get, "/"), (Method::Post, "/x/{y}"), (Method::Get, "/x/{z}")]);
        let matcher = Matcher::new(&api);
        assert_eq!(matcher.find(Method::Get, "/").map(|m| m.operation_index), Some(0));
        assert_eq!(matcher.methods("/x/1"), [Method::Get, Method::Post]);
        assert_eq!(matcher.find(Method::Get, "/x/1").map(|m| m.operation_index), Some(2));
        assert!(matcher.methods("/nowhere").is_empty());
    }
}
