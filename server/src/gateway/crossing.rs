//! Which headers cross the gateway, in both directions.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use std::collections::HashSet;

const TRAILERS: HeaderValue = HeaderValue::from_static("trailers");

/// Headers that belong to one connection (RFC 9110, 7.6.1), and those of proxies.
fn is_hop_by_hop(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "proxy-connection"
            | "te"
            | "transfer-encoding"
            | "upgrade"
    )
}

/// What an upstream must not get: the caller's credentials, what the gateway says itself, and what was about this connection.
fn is_kept_back(name: &str) -> bool {
    matches!(
        name,
        "host"
            | "authorization"
            | "x-api-key"
            | "cookie"
            | "content-length"
            | "expect"
            | "http2-settings"
            | "origin"
            | "referer"
            | "forwarded"
            | "x-forwarded"
            | "x-real-ip"
            | "x-client-ip"
            | "true-client-ip"
            | "cf-connecting-ip"
            | "x-original-url"
            | "x-rewrite-url"
            | "x-request-id"
    ) || name.starts_with("x-forwarded-")
}

/// What a caller must not get: it would speak for the portal's own origin.
fn is_not_theirs(name: &str) -> bool {
    matches!(
        name,
        "set-cookie"
            | "strict-transport-security"
            | "alt-svc"
            | "clear-site-data"
            | "service-worker-allowed"
            | "access-control-allow-origin"
            | "access-control-allow-credentials"
            | "access-control-allow-headers"
            | "access-control-allow-methods"
            | "access-control-expose-headers"
            | "access-control-max-age"
            | "accept-ch"
            | "cross-origin-opener-policy"
            | "nel"
            | "origin-agent-cluster"
            | "refresh"
            | "report-to"
            | "reporting-endpoints"
            | "x-request-id"
    )
}

/// The headers of a request that go on to an upstream. Who takes trailers here gets them from there (RFC 9110, 6.5.1).
/// `sealed` is the gateway's own word to the upstream, which nobody else says.
pub fn outbound(headers: HeaderMap, sealed: Option<&HeaderName>) -> HeaderMap {
    let takes_trailers = lists(&headers, &header::TE, "trailers");
    let mut headers = without(headers, |name| is_kept_back(name) || sealed.is_some_and(|sealed| is_same(sealed, name)));
    if takes_trailers {
        headers.insert(header::TE, TRAILERS);
    }
    headers
}

/// The trailers of a request that go on, less the gateway's own word.
pub fn trailers_out(trailers: HeaderMap, sealed: Option<&HeaderName>) -> HeaderMap {
    without(trailers, |name| is_kept_back(name) || sealed.is_some_and(|sealed| is_same(sealed, name)))
}

/// Whether a name is this one, also to a server that takes `_` for `-`.
fn is_same(sealed: &HeaderName, name: &str) -> bool {
    let as_variable = |byte: u8| if byte == b'_' { b'-' } else { byte };
    sealed.as_str().bytes().map(as_variable).eq(name.bytes().map(as_variable))
}

/// The trailers of an answer that go back.
pub fn trailers_in(trailers: HeaderMap) -> HeaderMap {
    // How long an answer was says its end, and nothing after it.
    without(trailers, |name| is_not_theirs(name) || name == "content-length")
}

/// Whether a header that holds lists names this in one of them.
pub fn lists(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    let lists = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|listed| listed.trim().eq_ignore_ascii_case(word))
}

/// The headers of an upstream's answer that go back. A browser that is sent here treats what it gets as a stranger's page.
pub fn inbound(headers: HeaderMap) -> HeaderMap {
    let mut headers = without(headers, is_not_theirs);
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    headers
}

/// Drops these, and what belongs to one connection: also the headers that `Connection` names.
fn without(mut headers: HeaderMap, falls: impl Fn(&str) -> bool) -> HeaderMap {
    let lists = headers.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok());
    // Those that fall anyway need no look, and most connections name no other.
    let others = lists.flat_map(|list| list.split(',').map(str::trim)).filter(|name| *name != "close" && !is_hop_by_hop(name));
    let named: HashSet<HeaderName> = others.filter_map(|name| name.parse().ok()).collect();
    // Servers that hand headers on as variables (RFC 3875, 4.1.18) take `_` for `-`.
    let is_fallen = |name: &str| is_hop_by_hop(name) || falls(name);
    let falls = |name: &&HeaderName| {
        let text = name.as_str();
        is_fallen(text) || (text.bytes().any(|byte| byte == b'_') && is_fallen(&text.replace('_', "-"))) || named.contains(*name)
    };
    let fallen: Vec<HeaderName> = headers.keys().filter(falls).cloned().collect();
    for name in &fallen {
        headers.remove(name);
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn credentials_and_connection_headers_stay_here() {
        let sent = headers(&[
            ("authorization", "Bearer sk_live_x"),
            ("x-api-key", "sk_live_x"),
            ("cookie", "session=1"),
            ("connection", "close, X-Private"),
            ("x-private", "1"),
            ("te", "gzip, Trailers"),
            ("x-forwarded-for", "1.2.3.4"),
            ("x-forwarded-prefix", "/admin"),
            ("x_original_url", "/admin"),
            ("accept", "application/json"),
            ("x-partner-note", "kept"),
        ]);
        let sent = outbound(sent, None);
        let mut names: Vec<_> = sent.keys().map(ToString::to_string).collect();
        names.sort();
        assert_eq!(names, ["accept", "te", "x-partner-note"]);
        assert_eq!(sent["te"], "trailers");
        assert!(outbound(headers(&[("te", "gzip")]), None).is_empty());
    }

    #[test]
    fn a_name_with_underscores_is_no_way_around() {
        let sealed = HeaderName::from_static("x-upstream-key");
        let sent = headers(&[("x_upstream_key", "forged"), ("x_forwarded_for", "6.6.6.6"), ("x-upstream_key", "forged"), ("x_other", "1")]);
        let sent = outbound(sent, Some(&sealed));
        assert!(sent.len() == 1 && sent["x_other"] == "1", "{sent:?}");
    }

    #[test]
    fn trailers_smuggle_nothing() {
        let sealed = HeaderName::from_static("x-upstream-key");
        let sent = headers(&[("x-upstream-key", "forged"), ("authorization", "x"), ("x-forwarded-for", "6.6.6.6"), ("x-sum", "1")]);
        let out = trailers_out(sent, Some(&sealed));
        assert!(out.len() == 1 && out["x-sum"] == "1", "{out:?}");
        let back = trailers_in(headers(&[("set-cookie", "session=evil"), ("grpc-status", "0")]));
        assert!(back.len() == 1 && back["grpc-status"] == "0", "{back:?}");
    }

    #[test]
    fn an_upstream_sets_no_cookie_on_the_portal() {
        let theirs = [("nel", "{}"), ("refresh", "0; url=/"), ("report-to", "{}"), ("access-control-max-age", "9")];
        assert_eq!(inbound(headers(&theirs)).len(), 1, "nothing is said in the name of the portal's origin");
        let back = inbound(headers(&[("set-cookie", "session=evil"), ("connection", "x-a"), ("x-a", "1"), ("etag", "\"1\"")]));
        assert_eq!(back.len(), 2);
        assert!(back.contains_key("etag") && back["content-security-policy"] == "sandbox; default-src 'none'");
    }
}
