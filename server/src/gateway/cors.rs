//! CORS: the browser applications of the origins that a product allows may call, with their key and without cookies.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use domain::product::Upstream;

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
const TEN_MINUTES: HeaderValue = HeaderValue::from_static("600");
const EVERYTHING: HeaderValue = HeaderValue::from_static("*");

/// The answer to a preflight (Fetch, 3.2.2), which carries no key; `None` for every other request.
pub fn preflight(method: &Method, headers: &HeaderMap, upstream: Option<&Upstream>) -> Option<Response<Body>> {
    if method != Method::OPTIONS || !headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD) || !headers.contains_key(header::ORIGIN) {
        return None;
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    if allow(response.headers_mut(), headers.get(header::ORIGIN), upstream) {
        let asked = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
        let answer = response.headers_mut();
        answer.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        answer.insert(header::ACCESS_CONTROL_MAX_AGE, TEN_MINUTES);
        answer.extend(asked.map(|names| (header::ACCESS_CONTROL_ALLOW_HEADERS, names)));
    }
    Some(response)
}

/// Lets the page at the request's origin read the answer, where the product allows that origin; says whether it does.
pub fn allow(answer: &mut HeaderMap, origin: Option<&HeaderValue>, upstream: Option<&Upstream>) -> bool {
    const BY_ORIGIN: HeaderValue = HeaderValue::from_static("origin");
    let Some(origin) = origin else { return false };
    answer.append(header::VARY, BY_ORIGIN);
    let Some(upstream) = upstream else { return false };
    let allowed = |entry: &String| entry == "*" || entry.as_bytes().eq_ignore_ascii_case(origin.as_bytes());
    let fits = upstream.cors_origins.iter().any(allowed);
    if fits {
        answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        answer.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EVERYTHING);
        // The portal's own policy for its pages would keep the answer from the page that asked.
        answer.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin"));
    }
    fits
}
