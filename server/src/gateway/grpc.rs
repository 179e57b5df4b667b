//! gRPC: which requests are its calls, and what its status says of one.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

const STATUS: HeaderName = HeaderName::from_static("grpc-status");
/// How long the caller wants to wait.
pub const TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");
/// What stands for the code of a call that took longer than its caller allowed.
pub const DEADLINE_EXCEEDED: u16 = 504;
/// gRPC's code for "nobody said".
const UNKNOWN: u16 = 2;

/// The trailers of every gRPC answer: HTTP/1.1 carries only those that were announced.
pub const TRAILERS: HeaderValue = HeaderValue::from_static("grpc-status, grpc-message, grpc-status-details-bin");

/// Whether a request or an answer is gRPC's, which needs HTTP/2. `application/grpc-web` is another protocol, made for HTTP/1.1.
pub fn is_spoken(headers: &HeaderMap) -> bool {
    const TYPE: &[u8] = b"application/grpc";
    let Some(rest) = headers.get(header::CONTENT_TYPE).and_then(|value| value.as_bytes().strip_prefix(TYPE)) else { return false };
    matches!(rest.first(), None | Some(b'+' | b';'))
}

/// The HTTP status that stands for the `grpc-status` of an answer's end, as google.rpc.Code maps them. What never reached a
/// status is UNKNOWN, as for every client.
pub fn status(end: Option<&HeaderMap>) -> u16 {
    let said = end.and_then(|end| end.get(STATUS)).and_then(|value| value.to_str().ok()?.parse().ok());
    of_code(said.unwrap_or(UNKNOWN))
}

/// Whether the head of an answer is also its end.
pub fn has_ended(head: &HeaderMap) -> bool {
    head.contains_key(STATUS)
}

fn of_code(code: u16) -> u16 {
    match code {
        0 => 200,
        // CANCELLED: 499 stands for a client that left before any answer.
        1 => 408,
        // INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE
        3 | 9 | 11 => 400,
        4 => DEADLINE_EXCEEDED,
        // NOT_FOUND
        5 => 404,
        // ALREADY_EXISTS, ABORTED
        6 | 10 => 409,
        // PERMISSION_DENIED
        7 => 403,
        // RESOURCE_EXHAUSTED
        8 => 429,
        // UNIMPLEMENTED
        12 => 501,
        // UNAVAILABLE
        14 => 503,
        // UNAUTHENTICATED
        16 => 401,
        // UNKNOWN, INTERNAL, DATA_LOSS
        _ => 500,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_static(value))])
    }

    #[test]
    fn grpc_is_told_from_grpc_web() {
        for ours in ["application/grpc", "application/grpc+proto", "application/grpc;charset=utf-8"] {
            assert!(is_spoken(&one("content-type", ours)), "{ours}");
        }
        for other in ["application/grpc-web", "application/grpc-web+proto", "application/json", ""] {
            assert!(!is_spoken(&one("content-type", other)), "{other}");
        }
        assert!(!is_spoken(&HeaderMap::new()));
    }

    #[test]
    fn only_the_upstream_s_own_failures_are_errors() {
        let failed: Vec<u16> = (0..=16).filter(|code| of_code(*code) >= 500).collect();
        assert_eq!(failed, [2, 4, 12, 13, 14, 15]);
        assert_eq!(status(Some(&one("grpc-status", "5"))), 404);
        for silent in [None, Some(&HeaderMap::new()), Some(&one("grpc-status", "fine"))] {
            assert_eq!(status(silent), 500);
        }
    }
}
