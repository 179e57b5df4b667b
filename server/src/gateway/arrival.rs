//! A call as it comes in: which door, which product, which path behind it.

use super::way::Way;
use crate::connections;
use crate::problem::{BAD_REQUEST, Problem};
use axum::extract::Request;
use axum::http::Method;
use chrono::{DateTime, Utc};
use domain::key::Environment;
use domain::product::Visibility;
use domain::usage::Source;
use percent_encoding::{AsciiSet, percent_decode, percent_decode_str, utf8_percent_encode};
use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::OnceLock;
use std::time::Instant;
use uuid::Uuid;

/// The longest path that the call log keeps, in bytes.
pub const PATH_KEPT: usize = 1_000;
/// What a kept path has percent-encoded, with everything that is not ASCII.
const BLANK: &AsciiSet = &AsciiSet::EMPTY.add(b' ');
/// The longest method.
pub const METHOD_KEPT: usize = 20;

/// What is known of a call before anybody is asked.
#[derive(Clone)]
pub struct Arrival {
    /// Also the request id of the answer. Never the sender's own: it names one row of the call log.
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub started: Instant,
    /// Live at the gateway, test at the sandbox.
    pub door: Environment,
    pub source: Source,
    /// The product that the path names; it may not exist.
    pub product: String,
    /// Set once the caller may know that there is such a product.
    pub shown: OnceLock<()>,
    /// What follows the product, with its slash, still percent-encoded.
    pub path: String,
    pub method: Method,
    /// The network address that the call came from.
    pub address: Option<IpAddr>,
}

impl Arrival {
    /// Reads `/<door>/<product>/<path>`.
    pub fn read(door: Environment, request: &Request, at: DateTime<Utc>) -> Self {
        let behind = request.uri().path().splitn(3, '/').nth(2).unwrap_or_default();
        let (product, path) = behind.find('/').map_or((behind, "/"), |slash| behind.split_at(slash));
        let address = connections::visitor(request.extensions());
        Self {
            id: Uuid::now_v7(),
            at,
            started: Instant::now(),
            door,
            source: Source::Gateway,
            product: product.to_owned(),
            shown: OnceLock::new(),
            path: path.to_owned(),
            method: request.method().clone(),
            address,
        }
    }

    /// A call that somebody else may let through: no path, nothing sent.
    pub fn asked(door: Environment, product: &str, source: Source, at: DateTime<Utc>) -> Self {
        let (id, started, product) = (Uuid::now_v7(), Instant::now(), product.to_owned());
        Self { id, at, started, door, source, product, shown: OnceLock::new(), path: "/".to_owned(), method: Method::GET, address: None }
    }

    /// The method for the call log.
    pub fn method_kept(&self) -> &str {
        // RFC 9110, 5.6.2: it is ASCII.
        let method = self.method.as_str();
        method.get(..METHOD_KEPT).unwrap_or(method)
    }

    /// The path for the call log.
    pub fn path_kept(&self) -> String {
        path_kept(&self.path)
    }

    /// Everybody may know of a public product.
    pub fn meets(&self, route: Option<&Way>) {
        if route.is_some_and(|route| route.product.visibility == Visibility::Public) {
            self.shown.get_or_init(|| ());
        }
    }

    /// Refuses a path that an upstream could read as one outside of the product.
    ///
    /// # Errors
    /// 400 for `.` and `..` segments, in whatever disguise.
    pub fn check_path(&self) -> Result<(), Problem> {
        if climbs(&self.path) {
            return Err(Problem::new(&BAD_REQUEST, "The path has a `.` or `..` segment. Write the path without it."));
        }
        Ok(())
    }
}

/// As much of a text as so many bytes hold.
pub fn kept(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// A path as the call log keeps it: percent-encoded, but for the visible characters of ASCII (RFC 3986, 2), so that none turns the text
/// around it about or hides in it. Control characters stay as they are.
pub fn path_kept(path: &str) -> String {
    kept(&Cow::from(utf8_percent_encode(kept(path, PATH_KEPT), BLANK)), PATH_KEPT).to_owned()
}

/// Whether a path has a dot segment (RFC 3986, 3.3), also percent-encoded once or twice, with parameters, before what ends a path, with
/// what some servers skip, or behind a backslash.
fn climbs(path: &str) -> bool {
    if !path.contains(['.', '%']) {
        return false;
    }
    let once: Vec<u8> = percent_decode_str(path).collect();
    let plain: Vec<u8> = percent_decode(&once).collect();
    let ends = |byte: &u8| b";?#".contains(byte);
    plain.split(|byte| b"/\\".contains(byte)).any(|segment| {
        let name = segment.split(ends).next().unwrap_or_default().iter();
        let name: Vec<u8> = name.filter(|byte| !byte.is_ascii_control() && **byte != b' ').copied().collect();
        matches!(&name[..], b"." | b"..")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn read(uri: &str) -> (String, String) {
        let request = Request::builder().uri(uri).body(Body::empty()).unwrap();
        let arrival = Arrival::read(Environment::Live, &request, DateTime::UNIX_EPOCH);
        (arrival.product, arrival.path)
    }

    #[test]
    fn the_product_is_cut_off() {
        assert_eq!(read("/gateway/rates/quotes/7?x=/y"), ("rates".into(), "/quotes/7".into()));
        assert_eq!(read("/gateway/rates"), ("rates".into(), "/".into()));
        assert_eq!(read("/gateway/rates/"), ("rates".into(), "/".into()));
        assert_eq!(read("/gateway/rates//a%20b"), ("rates".into(), "//a%20b".into()));
        assert_eq!(read("/gateway/"), (String::new(), "/".into()));
    }

    #[test]
    fn a_path_is_kept_in_visible_ascii_alone() {
        for (path, expected) in [
            ("/quotes/%41", "/quotes/%41"),
            ("/a b", "/a%20b"),
            ("/\u{e4}", "/%C3%A4"),
            ("/\u{202e}txt.exe", "/%E2%80%AEtxt.exe"),
            ("/\u{200f}\u{200e}", "/%E2%80%8F%E2%80%8E"),
            ("/\0", "/\0"),
        ] {
            assert_eq!(path_kept(path), expected);
        }
        assert_eq!(path_kept(&"\u{e4}".repeat(PATH_KEPT)).len(), PATH_KEPT);
    }

    #[test]
    fn paths_do_not_climb() {
        for bad in ["/../a", "/a/..", "/a/%2e%2E/b", "/a/.%2e", "/./a", "/a%2f..%2fb", "/a\\..\\b", "/a%5c..", "/..;x=1/a"] {
            assert!(climbs(bad), "{bad}");
        }
        for bad in ["/..%3bx/y", "/%2e%2e%3B/x", "/..%00/x", "/.%00./x", "/..%09/x", "/..%23/x", "/%252e%252e/x"] {
            assert!(climbs(bad), "{bad}");
        }
        for good in ["/", "/a..b", "/...", "/a/.hidden", "/a/b..", "//a", "/50%", "/a%2", "/%zz.", "/a%20.b", "/v1.2/%41"] {
            assert!(!climbs(good), "{good}");
        }
    }
}
