//! Where a permitted call goes: the product's server, its sandbox, or the built-in upstream.

use super::Gateway;
use super::arrival::Arrival;
use super::crossing;
use super::grpc;
use super::keys;
use super::permit::Permit;
use super::proxy::{Client, Errand};
use super::record::OpenCall;
use super::socket;
use super::upstream::{self, Question};
use super::way::{Address, Base, Way};
use crate::problem::{BAD_REQUEST, Problem, UNREACHABLE};
use axum::body::Body;
use axum::extract::Request;
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Response, Uri, Version, header};
use domain::key::Environment;
use domain::product::Status;
use domain::usage::{CLIENT_LEFT, Outcome};
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use store::Route;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");

impl Gateway {
    /// Sends one call on and says what came back; what the upstream answered is not recorded yet.
    ///
    /// # Errors
    /// 413, 502 or 504, recorded as such; 400 where the caller's body broke off, recorded as a caller who left.
    pub async fn send(&self, permit: Permit, arrival: &Arrival, request: Box<Request>) -> Result<(OpenCall, Response<Body>), Problem> {
        let Permit { route, document, mut open, limits, .. } = permit;
        open.asks_grpc = grpc::is_spoken(request.headers());
        open.has_deadline = request.headers().contains_key(grpc::TIMEOUT);
        let sent = match route.address(arrival.door) {
            Address::BuiltIn => Box::pin(upstream::answer(document.as_deref(), question(&open, arrival, request), &route.upstream)).await,
            Address::Server(base) => match self.errand(base, &route, &open, arrival, request) {
                Ok((client, errand)) => pin!(client.send(errand, &route.upstream)).await,
                Err(problem) => Err(problem),
            },
            Address::Unusable => Err(unusable()),
        };
        match sent {
            Ok(mut response) => {
                open.answered(response.status().as_u16());
                for (name, value) in limits.into_iter().chain(retirement(&route)) {
                    response.headers_mut().insert(name, value);
                }
                Ok((open, response))
            }
            Err(problem) => {
                let ours = problem.status().is_server_error();
                let status = if problem.status() == BAD_REQUEST.status { CLIENT_LEFT } else { problem.status().as_u16() };
                open.failed(status, if ours { Outcome::Error } else { Outcome::Refused });
                Err(problem)
            }
        }
    }

    /// What is sent to the server at `base`, and who sends it.
    fn errand<'a>(
        &'a self,
        base: &'a Base,
        route: &Way,
        open: &OpenCall,
        arrival: &Arrival,
        mut request: Box<Request>,
    ) -> Result<(&'a Client, Errand<'a>), Problem> {
        let path = base.path(&arrival.path, request.uri().query()).ok_or_else(unusable)?;
        let client = self.client(route, arrival.door, base)?;
        let asked = socket::is_asked(&request);
        let (mut headers, sealed) = outbound(std::mem::take(request.headers_mut()), route, arrival);
        if asked {
            socket::name(&mut headers);
        }
        (*request.uri_mut(), *request.version_mut(), *request.headers_mut()) = (Uri::from(path), Version::HTTP_11, headers);
        // What is known of the caller's connection says nothing about the other one.
        *request.extensions_mut() = Extensions::default();
        Ok((client, Errand { call: arrival.id, base, request, uploaded: Arc::clone(&open.uploaded), sealed }))
    }

    /// The client that may reach a server: sandboxes only at public addresses, unless an admin allowed others.
    fn client(&self, route: &Route, door: Environment, base: &Base) -> Result<&Client, Problem> {
        match base.private {
            _ if door == Environment::Live || route.upstream.allow_private => Ok(&self.open),
            Some(detail) => Err(Problem::new(&UNREACHABLE, detail)),
            None => Ok(&self.guarded),
        }
    }
}

fn unusable() -> Problem {
    Problem::new(&UNREACHABLE, "The product's address cannot be used. The portal's admin has to mend it.")
}

fn question(open: &OpenCall, arrival: &Arrival, request: Box<Request>) -> Question {
    let (parts, body) = request.into_parts();
    Question {
        method: arrival.method.clone(),
        path: arrival.path.clone(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
        uploaded: Arc::clone(&open.uploaded),
    }
}

/// What an upstream gets: the caller's headers less their credentials, who called from where, and the upstream's own secret.
/// A sandbox gets the test key instead, in the header that it came in; it opens nothing that matters. Also says which of them nobody else
/// may send.
fn outbound(sent: HeaderMap, route: &Way, arrival: &Arrival) -> (HeaderMap, Option<HeaderName>) {
    let host = host(&sent).cloned();
    let proof = match arrival.door {
        Environment::Live => route.secret.clone(),
        Environment::Test => test_key(&sent),
    };
    let sealed = proof.as_ref().map(|(name, _)| name.clone());
    let mut headers = crossing::outbound(sent, sealed.as_ref());
    headers.insert(crate::security::REQUEST_ID, crate::security::header_of(arrival.id));
    crate::trace::pass_on(&mut headers, arrival.id);
    headers.extend(host.map(|host| (FORWARDED_HOST, host)));
    headers.extend(arrival.address.and_then(address_header).map(|address| (FORWARDED_FOR, address)));
    if let Some((name, value)) = proof {
        headers.insert(name, value);
    }
    (headers, sealed)
}

/// The host that the caller named, where it is one (RFC 9110, 7.2).
fn host(sent: &HeaderMap) -> Option<&HeaderValue> {
    let mut named = sent.get_all(header::HOST).iter();
    let host = named.next().filter(|_| named.next().is_none())?;
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(byte);
    (!host.is_empty() && host.as_bytes().iter().all(fits)).then_some(host)
}

/// An address as a header tells it.
fn address_header(address: IpAddr) -> Option<HeaderValue> {
    let IpAddr::V4(address) = address else { return HeaderValue::try_from(address.to_string()).ok() };
    // A tenth of the instructions of its `Display`.
    let (mut text, mut digits) = (String::with_capacity(15), itoa::Buffer::new());
    for octet in address.octets() {
        text.extend([if text.is_empty() { "" } else { "." }, digits.format(octet)]);
    }
    HeaderValue::try_from(text).ok()
}

/// The key where there is one; a console may have been told another `Authorization` for the sandbox.
fn test_key(sent: &HeaderMap) -> Option<(HeaderName, HeaderValue)> {
    let name = keys::carrier(sent).unwrap_or(header::AUTHORIZATION);
    let mut value = sent.get(&name)?.clone();
    value.set_sensitive(true);
    Some((name, value))
}

/// `Deprecation` (RFC 9745) for a product that was retired: since when.
fn retirement(route: &Route) -> Option<(HeaderName, HeaderValue)> {
    if route.product.status != Status::Deprecated {
        return None;
    }
    let since = format!("@{}", route.product.deprecated_at?.timestamp());
    Some((DEPRECATION, HeaderValue::from_str(&since).ok()?))
}
