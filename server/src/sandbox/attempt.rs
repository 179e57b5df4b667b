//! `POST /v1/sandbox/try`: one test call in a JSON envelope, for the console.

use crate::connections;
use crate::gateway::arrival::Arrival;
use crate::gateway::permit::unknown_product;
use crate::gateway::way::Way;
use crate::gateway::{Gateway, keys, record};
use crate::problem::{BAD_REQUEST, Problem, UNPROCESSABLE};
use crate::security::{REQUEST_ID, header_of};
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Uri, Version, header};
use axum::response::IntoResponse;
use chrono::Utc;
use domain::key::{Environment, present};
use domain::product::Status;
use domain::usage::Source;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// The largest envelope, in bytes.
pub const ENVELOPE: usize = 12 << 20;
/// Headers of one call; a map of headers holds so many and no more.
const MAX_HEADERS: usize = 100;
/// What a call may do.
const METHODS: [Method; 7] = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];

/// What the console sends.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    api_product_id: String,
    method: String,
    /// With its query.
    path: String,
    #[serde(default)]
    headers: Option<BTreeMap<String, String>>,
    /// A text is sent as it is, anything else as JSON.
    #[serde(default)]
    body: Option<Value>,
    api_key: String,
}

/// Makes the call and wraps what came back: 200 whatever the sandbox said, 502 where it said nothing.
///
/// # Errors
/// 400 or 422 for the envelope, 401 for the key, 404 for the product, 403 where the key does not cover it, 429.
pub async fn attempt(State(gateway): State<Gateway>, parts: Parts, body: Result<Bytes, BytesRejection>) -> Result<Response<Body>, Problem> {
    let address = connections::visitor(&parts.extensions);
    let envelope = read(&body.map_err(|error| Problem::unread(&error, ENVELOPE))?)?;
    let (method, target) = (method(&envelope.method)?, checked_path(&envelope.path)?);
    let arrival = arrival(&envelope, method, &target, address);
    crate::trace::name_call(arrival.id);
    arrival.check_path().map_err(|problem| unprocessable("path", problem.detail()))?;
    let route = gateway.route(&arrival).await?.filter(|route| route.product.status != Status::Deprecated);
    arrival.meets(route.as_deref());
    // Also a refusal is named as the log names it.
    let mut response = call(&gateway, &arrival, route, &envelope, target).await.unwrap_or_else(IntoResponse::into_response);
    response.headers_mut().insert(REQUEST_ID, header_of(arrival.id));
    Ok(response)
}

/// The key, the permit, the call: as at the gateway.
async fn call(
    gateway: &Gateway,
    arrival: &Arrival,
    route: Option<Arc<Way>>,
    envelope: &Envelope,
    target: Uri,
) -> Result<Response<Body>, Problem> {
    let presented = present(&envelope.api_key).ok_or_else(|| unknown_key("Send a test key, such as sk_test_1a2b3c4d_…"))?;
    let caller = keys::check(&gateway.known, &presented, Environment::Test, arrival.at).await;
    let caller = caller.map_err(|denied| gateway.denied(arrival, denied))?;
    let request = inner(envelope, arrival.method.clone(), target)?;
    let permit = match gateway.permit(arrival, &caller, route.clone(), false).await {
        Ok(permit) => permit,
        Err(problem) => return Err(gateway.refused(arrival, &caller, route, problem).await),
    };
    // The permit was given for a route that is there.
    let route = route.ok_or_else(|| unknown_product(&arrival.product))?;
    match gateway.send(permit, arrival, Box::new(request)).await {
        Ok((open, response)) => {
            let response = record::hold(open, &gateway.answers, Version::HTTP_11, &arrival.method, response).await;
            Ok(wrap(response, &route, arrival.started).await)
        }
        Err(problem) if problem.status().is_server_error() => Ok(unreachable(problem.detail(), arrival.started)),
        Err(problem) => Err(problem),
    }
}

fn read(bytes: &Bytes) -> Result<Envelope, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let field = error.path().to_string();
        match error.inner().classify() {
            serde_json::error::Category::Data => unprocessable(&field, &format!("{}: {}.", field, error.inner())),
            _ => Problem::new(&BAD_REQUEST, format!("The body is no JSON: {}.", error.inner())),
        }
    })
}

/// The request that the sandbox gets, with a target that has a path and a query but no origin.
fn inner(envelope: &Envelope, method: Method, target: Uri) -> Result<Request, Problem> {
    let (body, mut headers) = (body(envelope.body.as_ref()), headers(envelope)?);
    headers.remove(header::ACCEPT_ENCODING);
    let mut request = Request::new(body);
    (*request.method_mut(), *request.uri_mut(), *request.headers_mut()) = (method, target, headers);
    Ok(request)
}

/// A method that a product can be called with: `CONNECT` and `TRACE` are about connections.
fn method(named: &str) -> Result<Method, Problem> {
    let refused = || unprocessable("method", "Name GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS.");
    METHODS.into_iter().find(|method| method.as_str().eq_ignore_ascii_case(named)).ok_or_else(refused)
}

/// A path can name nothing but a place at the product's own sandbox.
fn checked_path(path: &str) -> Result<Uri, Problem> {
    let refused =
        || unprocessable("path", "Start with one slash, then a path and a query, such as /shipments?limit=5. Write spaces as %20.");
    let clean =
        path.starts_with('/') && !path.starts_with("//") && path.bytes().all(|b| (b'!'..=b'~').contains(&b) && !b"\\#".contains(&b));
    let uri: Option<Uri> = clean.then(|| path.parse().ok()).flatten();
    uri.filter(|uri| uri.authority().is_none() && uri.scheme().is_none()).ok_or_else(refused)
}

/// The caller's headers, and the two that a sandbox expects where the caller did not name them.
fn headers(envelope: &Envelope) -> Result<HeaderMap, Problem> {
    if envelope.headers.as_ref().is_some_and(|headers| headers.len() > MAX_HEADERS) {
        return Err(unprocessable("headers", &format!("Send at most {MAX_HEADERS} headers.")));
    }
    let mut headers = HeaderMap::new();
    for (name, value) in envelope.headers.iter().flatten() {
        let field = || format!("headers.{name}");
        let key: HeaderName = name.parse().map_err(|_| unprocessable(&field(), "This is no name of a header."))?;
        let value: HeaderValue = value.parse().map_err(|_| unprocessable(&field(), "A header's value is one line of text."))?;
        headers.insert(key, value);
    }
    headers.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
    if !headers.contains_key(header::AUTHORIZATION) {
        let bearer = HeaderValue::from_str(&format!("Bearer {}", envelope.api_key));
        headers.insert(header::AUTHORIZATION, bearer.map_err(|_| unknown_key("This is no key. Copy it again."))?);
    }
    Ok(headers)
}

fn body(body: Option<&Value>) -> Body {
    match body {
        None | Some(Value::Null) => Body::empty(),
        Some(Value::String(text)) => Body::from(text.clone()),
        Some(value) => Body::from(value.to_string()),
    }
}

fn arrival(envelope: &Envelope, method: Method, target: &Uri, address: Option<IpAddr>) -> Arrival {
    Arrival {
        id: Uuid::now_v7(),
        at: Utc::now(),
        started: Instant::now(),
        door: Environment::Test,
        source: Source::Console,
        product: envelope.api_product_id.clone(),
        shown: OnceLock::new(),
        path: target.path().to_owned(),
        method,
        address,
    }
}

/// What the sandbox answered, as JSON. Its size and time are capped like those of the proxy.
async fn wrap(response: Response<Body>, route: &Way, started: Instant) -> Response<Body> {
    let (parts, body) = response.into_parts();
    let most = usize::try_from(route.upstream.max_response_bytes).unwrap_or(0);
    let patience = Duration::from_millis(u64::try_from(route.upstream.timeout_ms).unwrap_or(0));
    match tokio::time::timeout(patience, axum::body::to_bytes(body, most)).await {
        Err(_) => unreachable("The sandbox began to answer and did not finish in time.", started),
        Ok(Err(_)) => unreachable(&format!("The sandbox broke off, or its answer is longer than {most} bytes."), started),
        Ok(Ok(bytes)) => Json(json!({
            "statusCode": parts.status.as_u16(),
            "headers": shown_headers(&parts.headers),
            "body": shown_body(&parts.headers, &bytes),
            "latencyMs": elapsed(started),
        }))
        .into_response(),
    }
}

fn shown_headers(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut shown = BTreeMap::<String, String>::new();
    // The policy is the gateway's own, for browsers that are sent there.
    for (name, value) in headers.iter().filter(|(name, _)| *name != header::CONTENT_SECURITY_POLICY) {
        let text = String::from_utf8_lossy(value.as_bytes());
        shown.entry(name.to_string()).and_modify(|all| *all = format!("{all}, {text}")).or_insert_with(|| text.into_owned());
    }
    shown
}

/// JSON as JSON, other text as text, nothing as null.
fn shown_body(headers: &HeaderMap, bytes: &Bytes) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let parsed = spec::model::is_json(content_type).then(|| serde_json::from_slice(bytes).ok()).flatten();
    parsed.unwrap_or_else(|| Value::String(String::from_utf8_lossy(bytes).into_owned()))
}

fn unreachable(error: &str, started: Instant) -> Response<Body> {
    let envelope = json!({ "statusCode": 0, "headers": {}, "body": null, "error": error, "latencyMs": elapsed(started) });
    (StatusCode::BAD_GATEWAY, Json(envelope)).into_response()
}

fn elapsed(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX)
}

fn unprocessable(field: &str, detail: &str) -> Problem {
    Problem::new(&UNPROCESSABLE, detail).with("field", field)
}

fn unknown_key(detail: &str) -> Problem {
    Problem::new(&crate::problem::INVALID_KEY, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_at_the_sandbox() {
        for bad in
            ["", "shipments", "//evil.example", "/a b", "/a\r\nHost: x", "/a\\b", "http://evil.example/", "/a#b", "/ä", "@evil.example"]
        {
            assert!(checked_path(bad).is_err(), "{bad}");
        }
        for good in ["/", "/shipments?limit=5&q=%20", "/a/@b", "/a//b"] {
            assert_eq!(checked_path(good).unwrap().to_string(), good);
        }
    }

    #[test]
    fn bodies_are_shown_as_what_they_are() {
        let typed = |kind: &'static str| HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(kind))]);
        let shown = |kind, text: &'static str| shown_body(&typed(kind), &Bytes::from_static(text.as_bytes()));
        assert_eq!(shown("application/problem+json; charset=utf-8", "{\"a\":1}"), json!({"a": 1}));
        assert_eq!(shown("application/json", "{oops"), json!("{oops"));
        assert_eq!(shown("text/plain", "{}"), json!("{}"));
        assert_eq!(shown("application/json", ""), Value::Null);
    }
}
