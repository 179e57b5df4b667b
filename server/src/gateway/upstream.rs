//! The built-in upstream: answers from the product's own document, for demos and for products without a sandbox.

use super::known::Document;
use super::proxy::too_large;
use crate::problem::{METHOD, NOT_FOUND, Problem};
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use domain::product::Upstream;
use spec::mock::{MockAnswer, MockRequest, State};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What the mock is asked.
pub struct Question {
    pub method: Method,
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    pub body: Body,
    /// Bytes of the body once it was read.
    pub uploaded: Arc<AtomicU64>,
}

/// Answers as the document says.
///
/// # Errors
/// 404 where there is no document, 405 for a method that OpenAPI does not know, 413 for a body that is too long.
pub async fn answer(document: Option<&Document>, question: Question, limits: &Upstream) -> Result<Response<Body>, Problem> {
    let Some(document) = document else {
        return Err(Problem::new(&NOT_FOUND, "This product has no document yet, so there is nothing to answer from."));
    };
    let Ok(method) = spec::Method::from_str(question.method.as_str()) else {
        return Err(Problem::new(&METHOD, format!("No document describes the method {}.", question.method)));
    };
    let body = read(question.body, limits.max_request_bytes).await?;
    question.uploaded.store(body.len() as u64, Ordering::Relaxed);
    let text = |(name, value): (&HeaderName, &HeaderValue)| Some((name.to_string(), value.to_str().ok()?.to_owned()));
    let headers = question.headers.iter().filter_map(text).collect();
    let request = MockRequest { method, path: question.path, query: question.query, headers, body: body.into() };
    Ok(response(spec::mock::answer_with(&document.published.api, &document.matcher, &request, &State::default())))
}

async fn read(body: Body, limit: i64) -> Result<Bytes, Problem> {
    let limit = usize::try_from(limit).unwrap_or(0);
    axum::body::to_bytes(body, limit).await.map_err(|_| too_large(limit as u64))
}

fn response(answer: MockAnswer) -> Response<Body> {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let header = |(name, value): (String, String)| Some((name.parse::<HeaderName>().ok()?, value.parse::<HeaderValue>().ok()?));
    response.headers_mut().extend(answer.headers.into_iter().filter_map(header));
    // Descriptions and examples are the document's, not ours: no browser may take them for a page of the portal.
    *response.headers_mut() = super::crossing::inbound(std::mem::take(response.headers_mut()));
    response
}
