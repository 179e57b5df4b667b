//! Sending a call on: to the product's own server, streaming both ways.

use super::direct::{self, Direct};
use super::upload::{Progress, Upload, too_large};
use super::way::Base;
use super::{crossing, grpc, socket};
use crate::problem::{Problem, SLOW_BODY, TIMEOUT, UNREACHABLE};
use crate::sandbox::guard::Resolver;
use axum::body::{Body, HttpBody};
use axum::http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use domain::product::Upstream;
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::error::Elapsed;
use uuid::Uuid;

/// How long an upstream may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// Headers that the gateway adds to an answer, about.
const OURS: usize = 10;

/// Why an upstream gave no answer.
#[derive(Debug, thiserror::Error)]
enum Silence {
    #[error(transparent)]
    Direct(#[from] direct::Error),
    #[error(transparent)]
    Pooled(#[from] hyper_util::client::legacy::Error),
    #[error(transparent)]
    TooLong(#[from] Elapsed),
}

impl Silence {
    /// Whether there was not even a connection.
    fn is_connect(&self) -> bool {
        match self {
            Self::Direct(error) => matches!(error, direct::Error::Connect(_)),
            Self::Pooled(error) => error.is_connect(),
            Self::TooLong(_) => false,
        }
    }

    /// Whether it might have come later.
    fn is_too_long(&self) -> bool {
        matches!(self, Self::TooLong(_) | Self::Direct(direct::Error::TooLong))
    }
}

type Connections = Pool<HttpsConnector<HttpConnector<Resolver>>, Body>;

/// An HTTP client with its pools of connections. It follows no redirect and keeps no cookie.
#[derive(Clone)]
pub struct Client {
    /// HTTP/1.1 without TLS.
    direct: Direct,
    /// Over TLS what both sides speak best.
    pool: Connections,
    /// HTTP/2 from the first byte (RFC 9113, 3.3), for gRPC.
    second: Connections,
    /// HTTP/1.1 only, from where a connection can go on as a WebSocket.
    sockets: Connections,
}

/// A request for an upstream.
pub struct Errand<'a> {
    /// The call that it is sent for: names it in the log.
    pub call: Uuid,
    /// The server that it goes to.
    pub base: &'a Base,
    /// To the path at that server, with the headers that leave ([`crossing::outbound`]) and the caller's body.
    pub request: Box<Request<Body>>,
    /// The body as it is read.
    pub uploaded: Arc<Progress>,
    /// The header that carries the gateway's own secret: no trailer says another.
    pub sealed: Option<HeaderName>,
}

impl Client {
    /// A client that reaches what the resolver lets it reach.
    ///
    /// # Errors
    /// Where the system's certificates cannot be read.
    pub fn new(resolver: Resolver) -> std::io::Result<Self> {
        let mut connector = HttpConnector::new_with_resolver(resolver);
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT));
        let tls = tls()?;
        let builder = || HttpsConnectorBuilder::new().with_tls_config(tls.clone()).https_or_http();
        let pool = pooled().build(builder().enable_all_versions().wrap_connector(connector.clone()));
        let second = pooled().http2_only(true).build(builder().enable_http2().wrap_connector(connector.clone()));
        let sockets = pooled().build(builder().enable_http1().wrap_connector(connector.clone()));
        Ok(Self { direct: Direct::new(connector), pool, second, sockets })
    }

    /// Sends a request of ours, without a time limit.
    ///
    /// # Errors
    /// What the other side or the network did wrong.
    pub async fn fetch(&self, request: Request<Body>) -> Result<Response<Body>, hyper_util::client::legacy::Error> {
        Ok(self.pool.request(request).await?.map(Body::new))
    }

    /// Over the connections that speak what the request needs; `upgrades` where it asks for a WebSocket.
    async fn pass(
        &self,
        base: &Base,
        mut request: Box<Request<Body>>,
        upgrades: bool,
        patience: Duration,
    ) -> Result<Response<Body>, Silence> {
        if grpc::is_spoken(request.headers()) {
            return pooled_answer(&self.second, base, request, patience).await;
        }
        if upgrades {
            return pooled_answer(&self.sockets, base, request, patience).await;
        }
        if has_unknown_length(&request) {
            // Of these methods HTTP/1.1 sends only a body that the head tells of.
            request.headers_mut().insert(header::TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
        if !base.is_plain() {
            return pooled_answer(&self.pool, base, request, patience).await;
        }
        // HTTP/1.1 wants it named (RFC 9110, 10.1.4); HTTP/2 forbids the header, and it is not known before what TLS agrees on.
        if request.headers().contains_key(header::TE) {
            request.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("te"));
        }
        Ok(pin!(self.direct.request(base, request, patience)).await?)
    }

    /// Sends a call and waits for the head of the answer.
    ///
    /// # Errors
    /// 413 where the body is longer than allowed, 400 where it broke off, 502 where nobody answers, 504 where it takes too long.
    pub async fn send(&self, errand: Errand<'_>, limits: &Upstream) -> Result<Response<Body>, Problem> {
        let limit = u64::try_from(limits.max_request_bytes).unwrap_or(0);
        let (call, base, uploaded) = (errand.call, errand.base, Arc::clone(&errand.uploaded));
        let request = errand.request(limit)?;
        let (upgrades, is_grpc) = (socket::is_named(request.headers()), grpc::is_spoken(request.headers()));
        let patience = Duration::from_millis(u64::try_from(limits.timeout_ms).unwrap_or(0));
        match pin!(self.pass(base, request, upgrades, patience)).await {
            Ok(response) if response.status() == StatusCode::SWITCHING_PROTOCOLS && upgrades && socket::is_named(response.headers()) => {
                Ok(switched(response))
            }
            Ok(response) if response.status() == StatusCode::SWITCHING_PROTOCOLS => {
                Err(Problem::new(&UNREACHABLE, "The product's server changed to a protocol that nobody asked for."))
            }
            Ok(response) => Ok(returned(response)),
            Err(error) if error.is_too_long() => {
                let millis = patience.as_millis();
                // A gRPC caller may have said all it has to say before it ends its body.
                if !is_grpc && uploaded.is_awaited() {
                    let detail = format!("The body was not all here within the {millis} ms that this product gives a call.");
                    return Err(Problem::new(&SLOW_BODY, detail));
                }
                Err(Problem::new(&TIMEOUT, format!("The upstream did not answer within {millis} ms.")))
            }
            Err(error) => Err(uploaded.fault(limit).unwrap_or_else(|| unreachable(&error, call))),
        }
    }
}

/// In a box: the calls that go directly would carry this future.
fn pooled_answer(
    pool: &Connections,
    base: &Base,
    mut request: Box<Request<Body>>,
    patience: Duration,
) -> Pin<Box<dyn Future<Output = Result<Response<Body>, Silence>> + Send>> {
    let whole = request.uri().path_and_query().and_then(|path| base.absolute(path.clone()));
    *request.uri_mut() = whole.unwrap_or_default();
    let answered = pool.request(*request);
    Box::pin(async move { Ok(tokio::time::timeout(patience, answered).await??.map(Body::new)) })
}

impl Errand<'_> {
    /// The request, whose body may have so many bytes.
    fn request(self, limit: u64) -> Result<Box<Request<Body>>, Problem> {
        let mut request = self.request;
        let body = Upload::new(std::mem::take(request.body_mut()), limit, self.uploaded, self.sealed);
        if body.is_too_long() {
            return Err(too_large(limit));
        }
        *request.body_mut() = Body::new(body);
        Ok(request)
    }
}

/// Whether a request that has no body as a rule has one, of which nobody knows how long it is.
fn has_unknown_length(request: &Request<Body>) -> bool {
    let body = request.body();
    matches!(*request.method(), Method::GET | Method::HEAD) && !body.is_end_stream() && body.size_hint().exact().is_none()
}

fn pooled() -> hyper_util::client::legacy::Builder {
    let mut builder = Pool::builder(TokioExecutor::new());
    builder.pool_timer(TokioTimer::new()).pool_idle_timeout(Duration::from_secs(60));
    builder
}

fn tls() -> std::io::Result<ClientConfig> {
    let versions = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let builder = versions.with_safe_default_protocol_versions().map_err(std::io::Error::other)?;
    Ok(builder.with_native_roots()?.with_no_client_auth())
}

fn returned(response: Response<Body>) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    if parts.headers.contains_key(header::TRANSFER_ENCODING) {
        // It says where the body ends, whatever the length claims (RFC 9112, 6.3): passed on, the length would end it elsewhere, and
        // what is left of it would be taken for the next answer.
        parts.headers.remove(header::CONTENT_LENGTH);
    }
    parts.headers = crossing::inbound(parts.headers);
    parts.headers.reserve(OURS);
    // What is known of the other connection says nothing about ours.
    parts.extensions = Default::default();
    parts.version = axum::http::Version::HTTP_11;
    Response::from_parts(parts, body)
}

/// The answer to a handshake, with what becomes of the connection.
fn switched(mut response: Response<Body>) -> Response<Body> {
    let theirs = hyper::upgrade::on(&mut response);
    let mut response = returned(response).map(|_| Body::empty());
    socket::name(response.headers_mut());
    response.extensions_mut().insert(theirs);
    response
}

fn unreachable(error: &Silence, call: Uuid) -> Problem {
    tracing::warn!(%call, error = %chain(error), "an upstream did not answer");
    let detail =
        if error.is_connect() { "The product's server cannot be reached." } else { "The product's server broke off before it answered." };
    Problem::new(&UNREACHABLE, detail)
}

/// An error with its causes: the outermost alone says "client error".
pub fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
