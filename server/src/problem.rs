//! Errors for machines: `application/problem+json` (RFC 9457) with a type that stays and a sentence to act on.

use app::pages::catalogue::Explained;
use app::returned::server::wants_page;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::{Map, Value, json};
use tower::ServiceExt;

/// What kind of problem it is; `slug` ends the type URL `/problems/<slug>` and never changes.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    pub slug: &'static str,
    pub status: StatusCode,
    pub title: &'static str,
    /// What its page says of what happened.
    pub about: &'static str,
    /// What its page says of what to do.
    pub next: &'static str,
    /// The page where that is done: its address, and what its link says.
    pub place: (&'static str, &'static str),
}

macro_rules! kinds {
    ($($name:ident = $slug:literal, $status:ident, $title:literal, $about:literal, $next:literal, $place:expr;)+) => {
        $(
            #[doc = $about]
            pub const $name: Kind =
                Kind { slug: $slug, status: StatusCode::$status, title: $title, about: $about, next: $next, place: $place };
        )+
        /// Every kind, for the pages that explain them.
        pub const KINDS: &[&Kind] = &[$(&$name),+];
    };
}

const APIS: (&str, &str) = ("/apis", "See all APIs");
const KEYS: (&str, &str) = ("/dashboard/keys", "Open your keys");
const BILLING: (&str, &str) = ("/dashboard/billing", "Open billing");
const DASHBOARD: (&str, &str) = ("/dashboard", "Open your dashboard");
const REQUESTS: (&str, &str) = ("/dashboard/requests", "Look at your requests");
const STATUS: (&str, &str) = ("/status", "See how the APIs are doing");
const MACHINES: (&str, &str) = ("/api/v1/openapi.json", "Read the interface for machines");

kinds! {
    BAD_REQUEST = "bad-request", BAD_REQUEST, "The request cannot be read",
        "The body, the path or a header is not what this address takes.",
        "Read the detail of the answer: it names the part to mend. Then send the request again.", APIS;
    INVALID_KEY = "invalid-key", UNAUTHORIZED, "No working key",
        "The request came without a key, or its key is not known, has expired, was revoked, or belongs to the other door.",
        "Send a key as Authorization: Bearer <key> or X-Api-Key: <key>. A live key opens the gateway, a test key the sandbox. Expired and revoked keys stay closed: make a new one on the keys page.", KEYS;
    INVALID_TOKEN = "invalid-token", UNAUTHORIZED, "No working token",
        "The request came without a token, or its token is not known, has expired or was revoked.",
        "Send a token as Authorization: Bearer pt_… An admin of this portal makes them under Access tokens.", MACHINES;
    PAYMENT_REQUIRED = "payment-required", PAYMENT_REQUIRED, "The subscription waits",
        "The subscription is not in force: a payment is missing, an admin has yet to agree, or it has ended.",
        "The billing page says which. Calls go on at once when it is settled.", BILLING;
    SCOPE = "scope", FORBIDDEN, "The key does not cover this product",
        "A key calls the products it was made for, and this one is not among them.",
        "Add the product to the key on the keys page, or take another key.", KEYS;
    ADDRESS = "address", FORBIDDEN, "The key does not work from this address",
        "The key was made for certain network addresses, and the call came from another; the detail names it.",
        "Change the key's addresses on the keys page, or call from one of them.", KEYS;
    NOT_SUBSCRIBED = "not-subscribed", FORBIDDEN, "No plan for this product",
        "Live calls need a plan, and the organisation has none for this product.",
        "Choose a plan on the product's page. Test calls at the sandbox need none.", APIS;
    SUSPENDED = "suspended", FORBIDDEN, "The organisation is suspended",
        "An admin of this portal has suspended the organisation, and with it every key.",
        "Write to the people who run this portal: they can let it go on.", DASHBOARD;
    FORBIDDEN = "forbidden", FORBIDDEN, "Not allowed",
        "The request came from another site, or its sender may not do this.",
        "Open the page itself and try there. With a token, take one that is for what the detail names.", APIS;
    NOT_FOUND = "not-found", NOT_FOUND, "Nothing here",
        "No product, page or endpoint has this address, or its sender may not see it.",
        "Compare the product's id in the address with the catalogue, which lists each.", APIS;
    METHOD = "method-not-allowed", METHOD_NOT_ALLOWED, "This address takes another method",
        "The address is known, and takes no requests with this method.",
        "Use a method that the Allow header of the answer names.", APIS;
    SLOW_BODY = "slow-body", REQUEST_TIMEOUT, "The body took too long",
        "The product's server had read all that had come of the body and waited for the rest. The call is not billed.",
        "Send the body faster, or in several requests. The server may have done something with its beginning: look before you repeat the call.", APIS;
    TOO_LARGE = "too-large", PAYLOAD_TOO_LARGE, "The body is too large",
        "Each product has a limit for the bodies it takes, and this one is over it.",
        "Send at most as many bytes as the detail names, in several requests if need be.", APIS;
    MEDIA_TYPE = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "This kind of body is not read here",
        "The Content-Type names a kind of body that this address does not take.",
        "Send one of the kinds that the detail names.", MACHINES;
    UNPROCESSABLE = "unprocessable", UNPROCESSABLE_ENTITY, "The content breaks a rule",
        "The request could be read, but a value in it breaks a rule.",
        "Mend the value that the detail and the pointer name, and send the request again.", MACHINES;
    RATE_LIMITED = "rate-limited", TOO_MANY_REQUESTS, "Too many calls at once",
        "The plan allows a number of calls a second over all keys of the organisation, with a burst of one second; a test key has its own. This call came on top.",
        "Wait as many seconds as Retry-After says, then go on. Another plan may allow more.", BILLING;
    TOO_MANY_OPEN = "too-many-open", TOO_MANY_REQUESTS, "Too many calls under way",
        "All keys of an organisation together may have so many calls under way at one node; the detail says how many.",
        "Read answers to their end and close the streams that nobody needs, then go on.", REQUESTS;
    QUOTA_EXCEEDED = "quota-exceeded", TOO_MANY_REQUESTS, "The month's calls are used up",
        "The plan stops at its monthly quota, and all of it is used.",
        "Change to a larger plan, which works at once, or wait: Retry-After counts the seconds to the next month.", BILLING;
    INTERNAL = "internal", INTERNAL_SERVER_ERROR, "Something broke on our side",
        "The portal met an error that it did not expect.",
        "Try again. If it stays, tell us the request id: the log has the details under it.", STATUS;
    UNREACHABLE = "upstream-unreachable", BAD_GATEWAY, "The upstream did not answer",
        "The product's own server could not be reached, or broke off. The call is not billed.",
        "Try again in a moment.", STATUS;
    UNAVAILABLE = "unavailable", SERVICE_UNAVAILABLE, "Not ready",
        "The portal cannot reach its database. Nothing was billed.",
        "Wait as many seconds as Retry-After says, then send the request again.", STATUS;
    OVERLOADED = "overloaded", SERVICE_UNAVAILABLE, "Busier than it can be",
        "As many calls are under way at this node, or wait to be written, as it can count. Nothing was billed.",
        "Wait as many seconds as Retry-After says, then send the request again.", STATUS;
    TIMEOUT = "upstream-timeout", GATEWAY_TIMEOUT, "The upstream took too long",
        "The product's own server did not answer within its time limit. The call is not billed.",
        "The server may still have done its work: look before you repeat the call.", STATUS;
}

/// One problem on its way to the caller.
#[derive(Debug, Clone)]
pub struct Problem {
    kind: &'static Kind,
    detail: String,
    more: Box<More>,
}

/// What few problems have; apart, so that a result with a problem stays small.
#[derive(Debug, Clone, Default)]
struct More {
    members: Map<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// A problem with a sentence that the developer who meets it can act on.
    pub fn new(kind: &'static Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), more: Box::default() }
    }

    /// A body that did not come through: too large, or not all of it came.
    pub fn unread(rejection: &BytesRejection, most: usize) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::new(&TOO_LARGE, format!("Send at most {most} bytes.")),
            _ => Self::new(&BAD_REQUEST, "The body broke off, or stopped for too long. Send it again, in one go."),
        }
    }

    /// A method that the address does not take; whoever answers with it adds `Allow`.
    pub fn wrong_method(method: &Method) -> Self {
        Self::new(&METHOD, format!("{method} does nothing here. Use a method that the Allow header names."))
    }

    /// Adds an extension member (RFC 9457, 3.2).
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.more.members.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.more.headers.push((name, value));
        self
    }

    /// When to try again, in whole seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        self.header(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)))
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.kind.status
    }

    /// The end of its type's address.
    pub fn slug(&self) -> &'static str {
        self.kind.slug
    }

    /// The sentence.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    fn body(&self) -> Map<String, Value> {
        let mut body = Map::new();
        body.insert("type".to_owned(), json!(format!("/problems/{}", self.kind.slug)));
        body.insert("title".to_owned(), json!(self.kind.title));
        body.insert("status".to_owned(), json!(self.kind.status.as_u16()));
        body.insert("detail".to_owned(), json!(self.detail));
        body.extend(self.more.members.clone());
        body
    }

    fn answer(self, body: Map<String, Value>) -> Response {
        let mut response = (self.kind.status, Json(Value::Object(body))).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response.headers_mut().extend(self.more.headers.iter().cloned());
        response.extensions_mut().insert(self);
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = self.body();
        self.answer(body)
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Invalid(invalid) => Self::new(&UNPROCESSABLE, invalid.message).with("field", invalid.field),
            other if other.is_nowhere() => Self::new(&BAD_REQUEST, "The request holds a character that no text here has, such as a NUL."),
            other => {
                tracing::error!(error = %other, "the store failed");
                Self::new(&UNAVAILABLE, "The portal cannot reach its data at the moment. Try again in a second.").retry_after(1)
            }
        }
    }
}

/// Names the request in every problem that leaves: `instance` is its path, `requestId` the id in the log.
pub async fn identify(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let known_as = request.headers().get(crate::security::REQUEST_ID).cloned();
    let mut response = next.run(request).await;
    let Some(problem) = response.extensions_mut().remove::<Problem>() else { return response };
    if let Some(known_as) = known_as {
        // A call through the console has an id of its own already.
        response.headers_mut().entry(crate::security::REQUEST_ID).or_insert(known_as);
    }
    place(response, problem, &path)
}

/// The answer again, with the place and the request named in its body.
pub fn place(response: Response, problem: Problem, path: &str) -> Response {
    let mut body = problem.body();
    body.insert("instance".to_owned(), json!(path));
    let id = response.headers().get(crate::security::REQUEST_ID);
    if let Some(id) = id.and_then(|id| id.to_str().ok()) {
        body.insert("requestId".to_owned(), json!(id));
    }
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Json(Value::Object(body)).into_response().into_body())
}

/// The answer where an address is known and the method is not.
pub async fn refuse_method(method: Method) -> Problem {
    Problem::wrong_method(&method)
}

/// `GET /problems/{slug}`: what a type means and what to do, as one of the portal's `pages` for a browser, else in plain text.
pub async fn explain(State(pages): State<Router>, Path(slug): Path<String>, request: Request) -> Response {
    const VARIES: (HeaderName, HeaderValue) = (header::VARY, HeaderValue::from_static("accept, cookie"));
    let answer = match KINDS.iter().find(|kind| kind.slug == slug) {
        _ if wants_page(request.headers()) => pages.oneshot(request).await.into_response(),
        Some(kind) => kind.text().into_response(),
        None => Problem::new(&NOT_FOUND, format!("No problem is called `{slug}`.")).into_response(),
    };
    ([VARIES], answer).into_response()
}

/// Every kind, for the page that explains one to people.
pub fn explained() -> Vec<Explained> {
    KINDS.iter().map(|kind| kind.explained()).collect()
}

impl Kind {
    fn text(&self) -> String {
        let Self { status, title, about, next, .. } = self;
        format!("{title} ({})\n\n{about}\n\n{next}\n", status.as_u16())
    }

    fn explained(&self) -> Explained {
        let Self { slug, status, title, about, next, place: (address, link) } = *self;
        Explained {
            slug: slug.to_owned(),
            status: status.as_u16(),
            title: title.to_owned(),
            about: about.to_owned(),
            next: next.to_owned(),
            place: (address.to_owned(), link.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::routing::get;

    #[test]
    fn every_kind_has_its_own_address() {
        let mut slugs: Vec<_> = KINDS.iter().map(|kind| kind.slug).collect();
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), KINDS.len());
        assert!(KINDS.iter().all(|kind| kind.about.ends_with('.') && kind.next.ends_with('.') && !kind.title.ends_with('.')));
    }

    #[tokio::test]
    async fn a_type_leads_to_a_page_for_people_and_to_text_for_programs() {
        let pages = Router::new().fallback(|request: Request| async move { format!("The page at {}", request.uri().path()) });
        let problems = Router::new().route("/problems/{slug}", get(explain).with_state(pages));
        let explained = async |slug: &str, accept: &str| {
            let request = Request::builder().uri(format!("/problems/{slug}")).header(header::ACCEPT, accept);
            let response = problems.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            assert_eq!(response.headers()[header::VARY], "accept, cookie");
            let (status, kind) = (response.status().as_u16(), response.headers()["content-type"].to_str().unwrap().to_owned());
            let body = axum::body::to_bytes(response.into_body(), 9_999).await.unwrap();
            (status, kind, String::from_utf8(body.into()).unwrap())
        };
        let (status, _, page) = explained("invalid-key", "text/html,*/*").await;
        assert_eq!((status, page.as_str()), (200, "The page at /problems/invalid-key"));
        let (status, kind, text) = explained("invalid-key", "*/*").await;
        assert_eq!((status, kind.as_str()), (200, "text/plain; charset=utf-8"));
        assert!(text.starts_with("No working key (401)\n\n") && text.contains("Bearer <key>"), "{text}");
        let (status, kind, _) = explained("unicorn", "*/*").await;
        assert_eq!((status, kind.as_str()), (404, "application/problem+json"));
    }

    #[tokio::test]
    async fn a_problem_carries_its_members_and_headers() {
        let response = Problem::new(&RATE_LIMITED, "Slow down.").with("limit", 2).retry_after(0).into_response();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        assert_eq!(response.headers()["retry-after"], "1");
        let body = axum::body::to_bytes(response.into_body(), 9999).await.unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["type"], "/problems/rate-limited");
        assert_eq!((&body["status"], &body["limit"], &body["detail"]), (&json!(429), &json!(2), &json!("Slow down.")));
    }
}
