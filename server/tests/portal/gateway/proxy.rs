//! What crosses the gateway, and what happens when the other side misbehaves.

use crate::databases::both;
use crate::house::{Caller, TestHouse, by, with_key};
use crate::upstream::{TestUpstream, blunt, nobody};
use axum::body::{Body, Bytes};
use axum::http::Request;
use chrono::Utc;
use domain::product::Status;
use domain::usage::{CallFilter, Counts};
use futures::StreamExt;
use std::time::Duration;
use store::Store;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn before(store: &Store, base: &str) -> (TestHouse, Caller) {
    let house = TestHouse::open(store);
    let [_, starter] = house.product(base).await;
    let caller = house.caller(Some(&starter)).await;
    (house, caller)
}

#[tokio::test]
async fn the_upstream_gets_the_call_less_the_credentials_and_its_own_secret() {
    both(async |store| {
        let upstream = TestUpstream::start().await;
        let (house, caller) = before(&store, &format!("{}/v1/", upstream.url)).await;
        let mut settings = store.upstream("parcels").await.unwrap().unwrap();
        settings.secret_header = Some("x-upstream-key".to_owned());
        store.set_upstream(settings, Some("the-secret"), &by(), Utc::now()).await.unwrap();
        let request = with_key("/gateway/parcels/a%2Fb/c?x=1&y=%20", &caller.live)
            .method("POST")
            .header("host", "portal.example")
            .header("x-api-key", "sk_live_other")
            .header("cookie", "session=mine")
            .header("connection", "close, x-private")
            .header("x-private", "1")
            .header("x-forwarded-for", "6.6.6.6")
            .header("x-upstream-key", "forged")
            .header("x_upstream_key", "forged")
            .header("x_forwarded_for", "6.6.6.6")
            .header("x-trace", "kept")
            .body(Body::from("hello"));
        let got = house.send(request.unwrap()).await.json();
        assert_eq!((got["method"].as_str(), got["target"].as_str()), (Some("POST"), Some("/v1/a%2Fb/c?x=1&y=%20")));
        assert_eq!((got["body"].as_str(), got["headers"]["content-length"].as_str()), (Some("hello"), Some("5")));
        let headers = got["headers"].as_object().unwrap();
        for absent in ["authorization", "x-api-key", "cookie", "x-private", "x-forwarded-for", "x_forwarded_for", "x_upstream_key"] {
            assert!(!headers.contains_key(absent), "{absent} in {headers:?}");
        }
        for (name, value) in [("x-upstream-key", "the-secret"), ("x-trace", "kept"), ("x-forwarded-host", "portal.example")] {
            assert_eq!(headers[name], value);
        }
        assert!(upstream.url.ends_with(headers["host"].as_str().unwrap()));
    })
    .await;
}

#[tokio::test]
async fn a_body_of_unknown_length_goes_on_whatever_the_method() {
    both(async |store| {
        let upstream = TestUpstream::start().await;
        let (house, caller) = before(&store, &upstream.url).await;
        for method in ["GET", "POST", "DELETE"] {
            let pieces = futures::stream::iter(["hel", "lo"].map(Ok::<_, std::io::Error>));
            let request = with_key("/gateway/parcels/a", &caller.live).method(method).body(Body::from_stream(pieces));
            let got = house.send(request.unwrap()).await.json();
            assert_eq!((got["method"].as_str(), got["body"].as_str()), (Some(method), Some("hello")), "{got}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_answer_ends_where_it_is_read_to_end_whatever_length_it_claims() {
    both(async |store| {
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
        let (house, caller) = before(&store, &blunt(answer).await).await;
        let mut socket = TcpStream::connect(house.listen().await).await.unwrap();
        let key = caller.live.secret.reveal();
        let ask = |path: &str, rest: &str| format!("GET {path} HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\n{rest}\r\n");
        let both = ask("/gateway/parcels/x", "") + &ask("/healthz", "connection: close\r\n");
        socket.write_all(both.as_bytes()).await.unwrap();
        let mut got = String::new();
        socket.read_to_string(&mut got).await.unwrap();
        let (first, second) = got.split_once("HTTP/1.1 200 OK").unwrap().1.split_once("HTTP/1.1 200 OK").unwrap();
        assert!(!first.contains("content-length: 2\r\n") && first.contains("hello"), "{got}");
        assert!(second.ends_with("ok\n"), "{got}");
    })
    .await;
}

#[tokio::test]
async fn an_answer_speaks_only_for_itself() {
    both(async |store| {
        let upstream = TestUpstream::start().await;
        let (house, caller) = before(&store, &upstream.url).await;
        let cookie = house.get("/gateway/parcels/cookie", &caller.live).await;
        assert_eq!((cookie.status.as_u16(), cookie.text.as_str()), (200, "set"));
        assert!(!cookie.headers.contains_key("set-cookie") && !cookie.headers.contains_key("access-control-allow-origin"));
        assert_eq!(cookie.header("content-security-policy"), "sandbox; default-src 'none'");

        let redirect = house.get("/gateway/parcels/redirect", &caller.live).await;
        assert_eq!((redirect.status.as_u16(), redirect.header("location")), (302, "http://evil.example/"));
        assert_eq!(upstream.calls(), 2, "a redirect is the caller's to follow");
    })
    .await;
}

#[tokio::test]
async fn bodies_of_any_length_stream_up_to_the_limit() {
    both(async |store| {
        let upstream = TestUpstream::start().await;
        let (house, caller) = before(&store, &upstream.url).await;
        house.upstream(|upstream| upstream.max_request_bytes = 100_000).await;
        let post = |body: Body| with_key("/gateway/parcels/in", &caller.live).method("POST").body(body).unwrap();
        let pieces = |count: usize| {
            let pieces = futures::stream::iter(0..count).map(|_| Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; 10_000])));
            Body::from_stream(pieces)
        };
        assert_eq!(house.send(post(pieces(10))).await.json()["length"], 100_000);
        for body in [pieces(11), Body::from(vec![b'x'; 100_001])] {
            let answer = house.send(post(body)).await;
            assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (413, "too-large"));
            assert_eq!(answer.json()["maxBytes"], 100_000);
        }
        assert_eq!(house.get("/gateway/parcels/large", &caller.live).await.text.len(), 3 << 20);
        house.counts_become(&caller.live, Counts { success: 2, refused: 2, ..Counts::default() }).await;
    })
    .await;
}

#[tokio::test]
async fn an_upstream_that_fails_is_named_as_such_and_never_billed() {
    both(async |store| {
        let slow = TestUpstream::start().await;
        let house = TestHouse::open(&store);
        for (id, base, status, problem) in [
            ("gone", nobody().await, 502, "upstream-unreachable"),
            ("blunt", blunt(b"").await, 502, "upstream-unreachable"),
            ("slow", slow.url.clone(), 504, "upstream-timeout"),
        ] {
            let [_, starter] = house.product_named(id, &base, None).await;
            let mut settings = store.upstream(id).await.unwrap().unwrap();
            settings.timeout_ms = 300;
            store.set_upstream(settings, None, &by(), Utc::now()).await.unwrap();
            let caller = house.caller(Some(&starter)).await;
            let answer = house.get(&format!("/gateway/{id}/slow"), &caller.live).await;
            assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (status, problem), "{id}");
            house.counts_become(&caller.live, Counts { error: 1, ..Counts::default() }).await;
        }
    })
    .await;
}

#[tokio::test]
async fn the_built_in_upstream_says_itself_how_long_its_answer_is_and_gives_one() {
    both(async |store| {
        let (house, caller) = before(&store, "internal:demo").await;
        let document = r#"{"openapi":"3.1.0","info":{"title":"T","version":"1"},"paths":{"/file":{"get":{"responses":{"200":{"description":"x",
            "headers":{"Content-Length":{"schema":{"type":"integer"},"example":3},"Transfer-Encoding":{"schema":{"type":"string"}}},
            "content":{"application/json":{"schema":{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}}}}}}},
            "/soon":{"get":{"responses":{"101":{"description":"x"},"1XX":{"description":"x"}}}}}}"#;
        store.publish("parcels", document, &by(), Utc::now()).await.unwrap();
        let address = house.listen().await;
        for (path, status) in [("file", "200"), ("soon", "204")] {
            let mut socket = TcpStream::connect(address).await.unwrap();
            let key = caller.live.secret.reveal();
            let head = format!("GET /gateway/parcels/{path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\nconnection: close\r\n\r\n");
            socket.write_all(head.as_bytes()).await.unwrap();
            let mut got = String::new();
            tokio::time::timeout(Duration::from_secs(5), socket.read_to_string(&mut got)).await.unwrap().unwrap();
            let (head, body) = got.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{path}: {got}"));
            assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{got}");
            let said = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            assert_eq!(said.map_or(0, |said| said.parse().unwrap()), body.len(), "{got}");
            assert!(!head.contains("transfer-encoding"), "{got}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_an_upstream_calls_grpc_is_billed_as_it_was_asked_for() {
    both(async |store| {
        let base = blunt(b"HTTP/1.1 200 OK\r\ncontent-type: application/grpc\r\ncontent-length: 2\r\n\r\nok").await;
        let (house, caller) = before(&store, &base).await;
        assert_eq!(house.get("/gateway/parcels/x", &caller.live).await.text, "ok");
        house.counts_become(&caller.live, Counts { success: 1, ..Counts::default() }).await;
    })
    .await;
}

#[tokio::test]
async fn a_retired_product_goes_on_for_those_who_have_it() {
    both(async |store| {
        let (house, caller) = before(&store, "internal:demo").await;
        let since = Utc::now() - chrono::TimeDelta::days(3);
        store.set_product_status("parcels", Status::Deprecated, &by(), since).await.unwrap();
        let upstream = store.upstream("parcels").await.unwrap().unwrap();
        store.set_upstream(upstream, None, &by(), Utc::now()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        let answer = house.get("/gateway/parcels/parcels/PX1", &caller.live).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("deprecation"), format!("@{}", since.timestamp()), "an edit moves it no more");
    })
    .await;
}

#[tokio::test]
async fn a_stream_flows_while_it_lasts() {
    both(async |store| {
        let upstream = TestUpstream::start().await;
        let (house, caller) = before(&store, &upstream.url).await;
        let mut socket = TcpStream::connect(house.listen().await).await.unwrap();
        let request = format!("GET /gateway/parcels/stream HTTP/1.1\r\nhost: x\r\nx-api-key: {}\r\n\r\n", caller.live.secret.reveal());
        socket.write_all(request.as_bytes()).await.unwrap();
        let got = read_until(&mut socket, String::new(), "piece 0").await;
        assert!(!got.contains("piece 2"), "the first piece waited for the last: {got}");
        let got = read_until(&mut socket, got, "0\r\n\r\n").await;
        assert!(got.contains("piece 2"));
        assert_eq!(house.counts(&caller.live).await.success, 1, "complete means counted");
    })
    .await;
}

async fn read_until(socket: &mut TcpStream, mut got: String, end: &str) -> String {
    let mut buffer = [0; 4096];
    while !got.contains(end) {
        let size = socket.read(&mut buffer).await.unwrap();
        assert!(size > 0, "it ended without {end:?}: {got}");
        got += &String::from_utf8_lossy(&buffer[..size]);
    }
    got
}

#[tokio::test]
async fn a_caller_whose_body_breaks_off_is_not_the_upstream_s_failure() {
    both(async |store| {
        let upstream = TestUpstream::start().await;
        let house = TestHouse::open(&store);
        for (id, base) in [("sent-on", upstream.url.as_str()), ("built-in", "internal:demo")] {
            let [free, _] = house.product_named(id, base, None).await;
            let caller = house.caller(Some(&free)).await;
            let head = format!("POST /gateway/{id}/parcels HTTP/1.1\r\nhost: x\r\nx-api-key: {}\r\n", caller.live.secret.reveal());
            let address = house.listen().await;

            let mut socket = TcpStream::connect(address).await.unwrap();
            socket.write_all(format!("{head}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\nnonsense\r\n").as_bytes()).await.unwrap();
            let got = read_until(&mut socket, String::new(), "}").await;
            assert!(got.starts_with("HTTP/1.1 400") && got.contains("/problems/bad-request"), "{id}: {got}");

            let mut socket = TcpStream::connect(address).await.unwrap();
            socket.write_all(format!("{head}content-length: 100\r\n\r\nhello").as_bytes()).await.unwrap();
            tokio::time::sleep(Duration::from_millis(100)).await;
            drop(socket);

            house.counts_become(&caller.live, Counts { refused: 2, ..Counts::default() }).await;
            let calls = store.calls(caller.partner, &CallFilter { limit: 5, ..CallFilter::default() }).await.unwrap();
            assert!(calls.iter().all(|call| (call.status, call.bytes_in) == (499, 5)), "{calls:?}");
            let answer = house.get(&format!("/gateway/{id}/parcels"), &caller.live).await;
            assert!(answer.header("ratelimit").contains("\"month\";r=497;"), "both shares are gone: {}", answer.header("ratelimit"));
        }
    })
    .await;
}

#[tokio::test]
async fn a_body_that_takes_longer_than_the_timeout_is_not_the_upstream_s_failure() {
    both(async |store| {
        let upstream = TestUpstream::start().await;
        let house = TestHouse::open(&store);
        let [free, _] = house.product(&upstream.url).await;
        house.upstream(|upstream| upstream.timeout_ms = 300).await;
        let caller = house.caller(Some(&free)).await;
        let mut socket = TcpStream::connect(house.listen().await).await.unwrap();
        let head = format!("POST /gateway/parcels/any HTTP/1.1\r\nhost: x\r\nx-api-key: {}\r\n", caller.live.secret.reveal());
        socket.write_all(format!("{head}content-length: 100\r\n\r\nhello").as_bytes()).await.unwrap();
        let got = read_until(&mut socket, String::new(), "}").await;
        assert!(got.starts_with("HTTP/1.1 408") && got.contains("/problems/slow-body"), "{got}");
        house.counts_become(&caller.live, Counts { refused: 1, ..Counts::default() }).await;
        let answer = house.get("/gateway/parcels/any", &caller.live).await;
        assert!(answer.header("ratelimit").contains("\"month\";r=499;"), "nothing was used up: {}", answer.header("ratelimit"));
    })
    .await;
}

#[tokio::test]
async fn a_sandbox_gets_the_test_key_in_the_header_that_it_came_in() {
    both(async |store| {
        let upstream = TestUpstream::start().await;
        let house = TestHouse::open(&store);
        house.product_named("parcels", "internal:demo", Some(&upstream.url)).await;
        house.upstream(|upstream| upstream.allow_private = true).await;
        let caller = house.caller(None).await;
        let (key, bearer) = (caller.test.secret.reveal(), format!("Bearer {}", caller.test.secret.reveal()));
        for (sent, name, value) in [
            (&[("x-api-key", key)][..], "x-api-key", key),
            (&[("authorization", &bearer)], "authorization", &bearer),
            (&[("authorization", &bearer), ("x-api-key", "another")], "authorization", &bearer),
        ] {
            let mut request = Request::builder().uri("/sandbox/parcels/any");
            for (name, value) in sent {
                request = request.header(*name, *value);
            }
            let got = house.send(request.body(Body::empty()).unwrap()).await.json();
            let headers = got["headers"].as_object().unwrap();
            assert_eq!(headers[name], value, "{headers:?}");
            assert!(headers.contains_key("x-api-key") != headers.contains_key("authorization"), "one key in one place: {headers:?}");
        }
    })
    .await;
}
