//! A stand-in for the real API: checks the request against the document and answers from its examples.

mod answer;
mod inspect;

use crate::matching::Matcher;
use crate::model::{Api, Method, Operation};
use serde_json::{Value, json};
use std::str::FromStr;

/// The largest request body that is read.
const MAX_BODY: usize = 1 << 20;

/// A call to the mock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MockRequest {
    pub method: Method,
    /// Without the query.
    pub path: String,
    /// Without the question mark, still percent-encoded; empty for none.
    pub query: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl MockRequest {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// What the mock remembers between calls: nothing yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {}

/// What the mock says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MockAnswer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Answers a call. `Prefer: code=404` chooses the answer by its status and `Prefer: example=name` by the name of an
/// example; a request that does not fit the document gets 422 with all that is wrong, unless a code was asked for.
#[must_use]
pub fn answer(api: &Api, request: &MockRequest, state: &State) -> MockAnswer {
    answer_with(api, &Matcher::new(api), request, state)
}

/// The same as [`answer`] with a [`Matcher`] that is kept, which saves most of the work.
#[must_use]
pub fn answer_with(api: &Api, matcher: &Matcher, request: &MockRequest, _state: &State) -> MockAnswer {
    let Some(found) = matcher.find(request.method, &request.path) else { return unknown(matcher, request) };
    let Some(operation) = api.operations.get(found.operation_index) else { return unknown(matcher, request) };
    let preference = request.header("prefer").map(Preference::from).unwrap_or_default();
    if request.body.len() > MAX_BODY {
        return problem(413, "The body is too large", &format!("The sandbox reads bodies up to {} KB.", MAX_BODY >> 10), json!([]));
    }
    if let Some(refusal) = unacceptable(operation, request, &preference) {
        return refusal;
    }
    let errors = inspect::errors(operation, &api.schemas, request, &found.params);
    if !errors.is_empty() && preference.code.is_none() {
        let detail = "The request does not match the document. Each entry in `errors` names one part to correct.";
        return problem(422, "The request is not valid", detail, Value::Array(errors));
    }
    answer::from_document(operation, &api.schemas, request, &found.params, &preference)
}

/// RFC 7240, as far as it helps with a mock.
#[derive(Debug, Default)]
struct Preference {
    code: Option<u16>,
    example: Option<String>,
}

impl From<&str> for Preference {
    fn from(header: &str) -> Self {
        let mut preference = Self::default();
        for part in header.split([',', ';']) {
            match part.trim().split_once('=') {
                Some(("code", code)) => preference.code = u16::from_str(code.trim_matches('"')).ok(),
                Some(("example", name)) => preference.example = Some(name.trim_matches('"').to_owned()),
                _ => {}
            }
        }
        preference
    }
}

fn unknown(matcher: &Matcher, request: &MockRequest) -> MockAnswer {
    let methods = matcher.methods(&request.path);
    if methods.is_empty() {
        let detail = format!("No operation of this API has the path {}. Compare it with the documentation.", request.path);
        return problem(404, "No such path", &detail, json!([]));
    }
    let allowed: Vec<&str> = methods.into_iter().map(Method::as_str).collect();
    let allowed = allowed.join(", ");
    let detail = format!("{} does not exist for {}. Use {allowed}.", request.method, request.path);
    let mut refusal = problem(405, "Method not allowed", &detail, json!([]));
    refusal.headers.push(("Allow".to_owned(), allowed));
    refusal
}

/// 415 for a body of a kind that the operation does not read, 406 where it cannot answer as it was asked to.
fn unacceptable(operation: &Operation, request: &MockRequest, preference: &Preference) -> Option<MockAnswer> {
    let given = request.header("content-type").filter(|_| !request.body.is_empty());
    if let (Some(body), Some(given)) = (&operation.body, given)
        && !body.media.is_empty()
        && !body.media.iter().any(|m| answer::covers(&m.content_type, given))
    {
        let known: Vec<&str> = body.media.iter().map(|m| m.content_type.as_str()).collect();
        let detail = format!("{given} is not read here. Send {}.", known.join(" or "));
        return Some(problem(415, "Unsupported media type", &detail, json!([])));
    }
    let response = answer::chosen(operation, preference)?;
    let accept = request.header("accept").filter(|_| !response.media.is_empty())?;
    if response.media.iter().any(|m| answer::accepts(accept, &m.content_type)) {
        return None;
    }
    let known: Vec<&str> = response.media.iter().map(|m| m.content_type.as_str()).collect();
    let detail = format!("There is no answer as {accept}. Accept {}.", known.join(" or "));
    Some(problem(406, "Not acceptable", &detail, json!([])))
}

/// RFC 9457.
fn problem(status: u16, title: &str, detail: &str, errors: Value) -> MockAnswer {
    let mut body = json!({ "type": "about:blank", "title": title, "status": status, "detail": detail });
    if errors.as_array().is_some_and(|list| !list.is_empty()) {
        body["errors"] = errors;
    }
    let headers = vec![("Content-Type".to_owned(), "application/problem+json".to_owned())];
    MockAnswer { status, headers, body: body.to_string().into_bytes() }
}

#[cfg(all(test, feature = "parse"))]
mod tests;
