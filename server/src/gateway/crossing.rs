//! Which headers cross the gateway, in both directions.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// Headers that belong to one connection (RFC 9110, 7.6.1), and those of proxies.
const HOP_BY_HOP: [HeaderName; 9] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    HeaderName::from_static("proxy-connection"),
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// What an upstream must not get: the caller's credentials, what the gateway says itself, and what was about this connection.
const KEPT_BACK: [HeaderName; 14] = [
    header::HOST,
    header::AUTHORIZATION,
    HeaderName::from_static("x-api-key"),
    header::COOKIE,
    header::CONTENT_LENGTH,
    header::EXPECT,
    header::ORIGIN,
    header::REFERER,
    header::FORWARDED,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-proto"),
    HeaderName::from_static("x-real-ip"),
    HeaderName::from_static("x-request-id"),
];

/// What a caller must not get: it would speak for the portal's own origin.
const NOT_THEIRS: [HeaderName; 9] = [
    header::SET_COOKIE,
    header::STRICT_TRANSPORT_SECURITY,
    header::ALT_SVC,
    HeaderName::from_static("clear-site-data"),
    HeaderName::from_static("service-worker-allowed"),
    header::ACCESS_CONTROL_ALLOW_ORIGIN,
    header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
    header::ACCESS_CONTROL_EXPOSE_HEADERS,
    HeaderName::from_static("x-request-id"),
];

/// The headers of a request that go on to an upstream.
pub fn outbound(mut headers: HeaderMap) -> HeaderMap {
    drop_hop_by_hop(&mut headers);
    for name in KEPT_BACK {
        headers.remove(name);
    }
    headers
}

/// The headers of an upstream's answer that go back. A browser that is sent here treats what it gets as a stranger's page.
pub fn inbound(mut headers: HeaderMap) -> HeaderMap {
    drop_hop_by_hop(&mut headers);
    for name in NOT_THEIRS {
        headers.remove(name);
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    headers
}

/// Also drops the headers that `Connection` names.
fn drop_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in HOP_BY_HOP.iter().chain(&named) {
        headers.remove(name);
    }
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
            ("te", "trailers"),
            ("x-forwarded-for", "1.2.3.4"),
            ("accept", "application/json"),
            ("x-partner-note", "kept"),
        ]);
        let mut names: Vec<_> = outbound(sent).keys().map(ToString::to_string).collect();
        names.sort();
        assert_eq!(names, ["accept", "x-partner-note"]);
    }

    #[test]
    fn an_upstream_sets_no_cookie_on_the_portal() {
        let back = inbound(headers(&[("set-cookie", "session=evil"), ("connection", "x-a"), ("x-a", "1"), ("etag", "\"1\"")]));
        assert_eq!(back.len(), 2);
        assert!(back.contains_key("etag") && back["content-security-policy"] == "sandbox; default-src 'none'");
    }
}
