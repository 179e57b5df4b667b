//! The built-in upstream: answers from the product's own document, for demos and for products without a sandbox.

use super::known::Document;
use super::upload::{Progress, Upload, broken_off, too_large};
use crate::problem::{METHOD, NOT_FOUND, Problem};
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use domain::product::Upstream;
use spec::mock::{MockAnswer, MockRequest, State};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// What the mock is asked.
pub struct Question {
    pub method: Method,
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    pub body: Body,
    /// The body as it is read.
    pub uploaded: Arc<Progress>,
}

/// Answers as the document says.
///
/// # Errors
/// 404 where there is no document, 405 for a method that OpenAPI does not know, 413 for a body that is too long, 400 for one
/// that broke off or took longer than an answer may.
pub async fn answer(document: Option<&Document>, question: Question, limits: &Upstream) -> Result<Response<Body>, Problem> {
    let Some(document) = document else {
        return Err(Problem::new(&NOT_FOUND, "This product has no document yet, so there is nothing to answer from."));
    };
    let Ok(method) = spec::Method::from_str(question.method.as_str()) else {
        return Err(Problem::new(&METHOD, format!("No document describes the method {}.", question.method)));
    };
    let body = read(question.body, question.uploaded, limits).await?;
    let text = |(name, value): (&HeaderName, &HeaderValue)| Some((name.to_string(), value.to_str().ok()?.to_owned()));
    let headers = question.headers.iter().filter_map(text).collect();
    let request = MockRequest { method, path: question.path, query: question.query, headers, body: body.into() };
    Ok(response(spec::mock::answer_with(&document.published.api, &document.matcher, &request, &State::default())))
}

async fn read(body: Body, uploaded: Arc<Progress>, limits: &Upstream) -> Result<Bytes, Problem> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let limit = u64::try_from(limits.max_request_bytes).unwrap_or(0);
    let body = Upload::new(body, limit, Arc::clone(&uploaded), None);
    if body.is_too_long() {
        return Err(too_large(limit));
    }
    let patience = Duration::from_millis(u64::try_from(limits.timeout_ms).unwrap_or(0));
    match tokio::time::timeout(patience, axum::body::to_bytes(Body::new(body), usize::MAX)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err(uploaded.fault(limit).unwrap_or_else(broken_off)),
        Err(_) => Err(broken_off()),
    }
}

fn response(answer: MockAnswer) -> Response<Body> {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let header = |(name, value): (String, String)| Some((name.parse::<HeaderName>().ok()?, value.parse::<HeaderValue>().ok()?));
    response.headers_mut().extend(answer.headers.into_iter().filter_map(header));
    // Descriptions and examples are the document's, not ours: no browser may take them for a page of the portal.
    *response.headers_mut() = super::crossing::inbound(std::mem::take(response.headers_mut()));
    // How long the answer is, it says itself: the one that the document describes is another.
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response
}
