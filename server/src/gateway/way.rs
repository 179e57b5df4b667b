//! The way to a product: its route, whose addresses and secret are read once rather than by each call.

use crate::sandbox::guard;
use axum::http::uri::{Authority, PathAndQuery, Uri};
use axum::http::{HeaderName, HeaderValue};
use domain::key::Environment;
use domain::product::BUILT_IN_UPSTREAM;
use std::ops::Deref;
use store::Route;

/// A route, read.
pub struct Way {
    route: Route,
    live: Address,
    sandbox: Address,
    /// The gateway's own word to the upstream.
    pub secret: Option<(HeaderName, HeaderValue)>,
}

/// Where calls go.
pub enum Address {
    BuiltIn,
    Server(Base),
    /// What an admin gave names no server.
    Unusable,
}

/// The base URL of a server.
#[derive(Debug, Clone)]
pub struct Base {
    /// Without a path.
    origin: Uri,
    /// What stands before each call's path; without a slash at its end.
    path: String,
    /// The value of `Host` (RFC 9110, 7.2).
    pub host: HeaderValue,
    /// Why only an upstream that may use private addresses is reached there.
    pub private: Option<&'static str>,
}

impl Way {
    /// Reads a route.
    pub fn of(route: Route) -> Self {
        let live = Address::read(Some(&route.product.base_url));
        let sandbox = Address::read(route.product.sandbox_url.as_deref());
        let secret = secret(&route);
        Self { route, live, sandbox, secret }
    }

    /// Where the calls of a door go.
    pub fn address(&self, door: Environment) -> &Address {
        match door {
            Environment::Live => &self.live,
            Environment::Test => &self.sandbox,
        }
    }
}

impl Deref for Way {
    type Target = Route;

    fn deref(&self) -> &Route {
        &self.route
    }
}

impl Address {
    fn read(url: Option<&str>) -> Self {
        match url {
            None | Some(BUILT_IN_UPSTREAM) => Self::BuiltIn,
            Some(url) => Base::read(url).map_or(Self::Unusable, Self::Server),
        }
    }
}

impl Base {
    /// Reads an absolute URL.
    pub fn read(url: &str) -> Option<Self> {
        let mut parts = url.parse::<Uri>().ok()?.into_parts();
        let path = parts.path_and_query.replace(PathAndQuery::from_static("/"))?;
        // Without the credentials that an address may have, and the port that need not be said.
        let authority = parts.authority.as_ref()?;
        let host = authority.as_str().rsplit_once('@').map_or(authority.as_str(), |(_, host)| host);
        // A number that is no port would be taken for none.
        if host.len() > authority.host().len() && authority.port_u16().is_none_or(|port| port == 0) {
            return None;
        }
        let host = HeaderValue::from_str(host.strip_suffix(":80").unwrap_or(host)).ok()?;
        let origin = Uri::from_parts(parts).ok()?;
        let private = guard::check_literal(&origin).err();
        Some(Self { origin, path: path.as_str().trim_end_matches('/').to_owned(), host, private })
    }

    /// The origin, with `/` for a path.
    pub fn origin(&self) -> &Uri {
        &self.origin
    }

    /// Host and port as they were written.
    pub fn authority(&self) -> &str {
        self.origin.authority().map_or("", Authority::as_str)
    }

    /// Whether it is spoken to without TLS.
    pub fn is_plain(&self) -> bool {
        self.origin.scheme_str() == Some("http")
    }

    /// The path of a call that has this path and query at the gateway; `None` where that is too long.
    pub fn path(&self, path: &str, query: Option<&str>) -> Option<PathAndQuery> {
        let mut joined = String::with_capacity(self.path.len() + path.len() + query.map_or(0, |query| query.len() + 1));
        joined.extend([&self.path, path]);
        joined.extend(query.into_iter().flat_map(|query| ["?", query]));
        PathAndQuery::try_from(joined).ok()
    }

    /// The whole address of a path.
    pub fn absolute(&self, path: PathAndQuery) -> Option<Uri> {
        let mut parts = self.origin.clone().into_parts();
        parts.path_and_query = Some(path);
        Uri::from_parts(parts).ok()
    }
}

fn secret(route: &Route) -> Option<(HeaderName, HeaderValue)> {
    let name = route.upstream.secret_header.as_deref()?.parse().ok()?;
    let mut value: HeaderValue = route.secret.as_ref()?.reveal().parse().ok()?;
    value.set_sensitive(true);
    Some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(base: &str, path: &str, query: Option<&str>) -> Option<String> {
        let base = Base::read(base)?;
        Some(base.absolute(base.path(path, query)?)?.to_string())
    }

    #[test]
    fn a_path_is_appended_and_never_moves_the_origin() {
        for (base, path, query, whole) in [
            ("https://api.example/v1/", "/a/b", Some("x=%2F"), "https://api.example/v1/a/b?x=%2F"),
            ("http://api.example:8080", "/", None, "http://api.example:8080/"),
            ("https://api.example", "//evil.example/x", None, "https://api.example//evil.example/x"),
            ("https://api.example", "/@evil.example", None, "https://api.example/@evil.example"),
        ] {
            assert_eq!(joined(base, path, query).as_deref(), Some(whole));
        }
        for no_server in ["not a url", "/v1", "api.example", "http://api.example:65536", "http://api.example:0/v1", "http://[::1]:99999"] {
            assert!(Base::read(no_server).is_none(), "{no_server}");
        }
    }

    #[test]
    fn the_host_has_no_credentials_and_no_usual_port() {
        for (base, host) in [
            ("http://api.example:80/v1", "api.example"),
            ("http://me:word@api.example:8080", "api.example:8080"),
            ("https://[::1]:4430/", "[::1]:4430"),
        ] {
            assert_eq!(Base::read(base).unwrap().host, host);
        }
    }
}
