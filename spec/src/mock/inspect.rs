//! What is wrong with a request, for the `errors` of a 422.

use super::MockRequest;
use crate::matching::decoded;
use crate::model::{Body, Location, Operation, is_json};
use crate::request::{Place, Problem, body_value_problems, decode, parameter_problems};
use crate::schema::Schemas;
use serde_json::{Value, json};

/// Every problem of the request as an object with `in`, `name` or `pointer`, and `detail`.
pub(super) fn errors(operation: &Operation, schemas: &Schemas, request: &MockRequest, path: &[(String, String)]) -> Vec<Value> {
    let query = query_pairs(&request.query);
    let cookies = cookie_pairs(request.header("cookie").unwrap_or_default());
    let mut problems = Vec::new();
    for parameter in &operation.parameters {
        let pairs = match parameter.location {
            Location::Path => path,
            Location::Query => &query,
            Location::Header => &request.headers,
            Location::Cookie => &cookies,
        };
        let value = decode(parameter, pairs, schemas);
        problems.extend(parameter_problems(parameter, value.as_ref(), schemas));
    }
    if let Some(body) = &operation.body {
        problems.extend(body_problems(body, schemas, request));
    }
    problems.iter().map(entry).collect()
}

fn body_problems(body: &Body, schemas: &Schemas, request: &MockRequest) -> Vec<Problem> {
    let whole = |message: String| vec![Problem { place: Place::Body(String::new()), message }];
    if request.body.iter().all(u8::is_ascii_whitespace) {
        return if body.required { whole("the body is required".to_owned()) } else { Vec::new() };
    }
    let given = request.header("content-type").unwrap_or("application/json");
    let Some(media) = body.media.iter().find(|m| super::answer::covers(&m.content_type, given)) else { return Vec::new() };
    if !is_json(given) {
        return Vec::new();
    }
    match serde_json::from_slice(&request.body) {
        Ok(value) => body_value_problems(&media.schema, schemas, &value),
        Err(error) => whole(format!("the body is not readable as JSON: {error}")),
    }
}

fn entry(problem: &Problem) -> Value {
    match &problem.place {
        Place::Parameter(location, name) => json!({ "in": location.as_str(), "name": name, "detail": problem.message }),
        Place::Body(pointer) => json!({ "in": "body", "pointer": pointer, "detail": problem.message }),
    }
}

pub(super) fn query_pairs(query: &str) -> Vec<(String, String)> {
    let text = |t: &str| decoded(&t.replace('+', " "));
    let pair = |p: &str| p.split_once('=').map_or((text(p), String::new()), |(k, v)| (text(k), text(v)));
    query.split('&').filter(|p| !p.is_empty()).map(pair).collect()
}

fn cookie_pairs(header: &str) -> Vec<(String, String)> {
    let pairs = header.split(';').filter_map(|p| p.trim().split_once('='));
    pairs.map(|(k, v)| (k.to_owned(), decoded(v))).collect()
}
