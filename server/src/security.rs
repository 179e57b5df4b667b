//! What holds for every request: its id, the headers of its answer, and that a change comes from our own pages.

use crate::problem::{BAD_REQUEST, FORBIDDEN, Problem};
use crate::trace;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;
use uuid::Uuid;

/// The header that names a request in answers and in the log.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request an id: the sender's, where it is a UUID, else a new one. The answer and every line of the log carry it.
pub async fn identify(mut request: Request, next: Next) -> Response {
    let id = name(&request);
    request.headers_mut().insert(REQUEST_ID, header_of(id));
    let span = trace::span(&request, id);
    let mut response = next.run(request).instrument(span.clone()).await;
    trace::answered(&span, response.status().as_u16());
    response.headers_mut().entry(REQUEST_ID).or_insert_with(|| header_of(id));
    response
}

/// The sender's id of a request, where it is a UUID, else a new one.
pub fn name(request: &Request) -> Uuid {
    let sent = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).and_then(|id| Uuid::try_parse(id).ok());
    sent.unwrap_or_else(Uuid::now_v7)
}

/// Refuses what is about connections.
pub async fn refuse_tunnels(request: Request, next: Next) -> Response {
    match tunnel(&request) {
        Some(refused) => refused.into_response(),
        None => next.run(request).await,
    }
}

/// What is said to `TRACE`, which would show its sender what the gateway adds for an upstream, and to `CONNECT` and its form.
pub fn tunnel(request: &Request) -> Option<Problem> {
    let method = request.method();
    let allowed = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    if method == Method::TRACE || method == Method::CONNECT {
        return Some(Problem::wrong_method(method).header(header::ALLOW, allowed));
    }
    // The form of `CONNECT` (RFC 9112, 3.2.3).
    let names_no_path = request.uri().path_and_query().is_none();
    names_no_path.then(|| Problem::new(&BAD_REQUEST, "The request names a server and no path. Begin its target with a slash."))
}

/// An id as a header's value.
pub fn header_of(id: Uuid) -> HeaderValue {
    let mut buffer = Uuid::encode_buffer();
    let text = id.as_hyphenated().encode_lower(&mut buffer);
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// Sets the headers that every answer has.
pub async fn harden(State(site): State<Site>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    harden_answer(response.headers_mut(), &site);
    response
}

/// The headers that every answer has; an answer that sets one itself keeps its own.
pub fn harden_answer(headers: &mut HeaderMap, site: &Site) {
    const PAGES: [(HeaderName, HeaderValue); 3] = [
        (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
        (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
        (HeaderName::from_static("permissions-policy"), HeaderValue::from_static("camera=(), geolocation=(), microphone=()")),
    ];
    for (name, value) in PAGES {
        headers.entry(name).or_insert(value);
    }
    harden_call(headers, site);
}

/// Those of them that an answer to a call has, whatever its upstream says: it runs no script wherever it is opened
/// ([`crate::gateway::crossing::inbound`]).
pub fn harden_call(headers: &mut HeaderMap, site: &Site) {
    const ALWAYS: [(HeaderName, HeaderValue); 2] = [
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    ];
    const A_YEAR: HeaderValue = HeaderValue::from_static("max-age=31536000");
    for (name, value) in ALWAYS {
        headers.insert(name, value);
    }
    if site.0.starts_with("https://") {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, A_YEAR);
    }
}

/// The base URL that people use.
#[derive(Clone)]
pub struct Site(pub std::sync::Arc<str>);

/// Refuses a change that another site's page asks for in the name of a signed-in reader.
///
/// Every browser says where a request comes from (`Sec-Fetch-Site`, else `Origin`); what says nothing is no page of ours.
pub async fn same_origin(State(site): State<Site>, request: Request, next: Next) -> Response {
    if request.method().is_safe() || is_ours(request.headers(), &site.0) {
        return next.run(request).await;
    }
    Problem::new(&FORBIDDEN, "This change was not asked for by a page of this portal. Open the page itself and try there.").into_response()
}

fn is_ours(headers: &HeaderMap, site: &str) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let origin_fits = |origin: &str| {
        let host = origin.split_once("://").map(|(_, host)| host);
        origin.eq_ignore_ascii_case(site) || (host.is_some() && host == text(header::HOST))
    };
    match (text(HeaderName::from_static("sec-fetch-site")), text(header::ORIGIN)) {
        (Some(relation), _) => relation == "same-origin",
        (None, Some(origin)) => origin_fits(origin),
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn only_our_own_pages_change_anything() {
        let site = "https://portal.example";
        for ours in [
            &[("sec-fetch-site", "same-origin")][..],
            &[("origin", "https://portal.example"), ("host", "internal:3000")],
            &[("origin", "http://127.0.0.1:3000"), ("host", "127.0.0.1:3000")],
        ] {
            assert!(is_ours(&sent(ours), site), "{ours:?}");
        }
        for other in [
            &[][..],
            &[("host", "portal.example")],
            &[("sec-fetch-site", "cross-site"), ("origin", "https://portal.example")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("origin", "null"), ("host", "portal.example")],
            &[("origin", "https://evil.example"), ("host", "portal.example")],
            &[("origin", "https://portal.example.evil.example"), ("host", "portal.example")],
            &[("origin", "http://portal.example:81"), ("host", "portal.example")],
        ] {
            assert!(!is_ours(&sent(other), site), "{other:?}");
        }
    }
}
