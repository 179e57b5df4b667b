//! What holds for every address.

use crate::databases::both;
use crate::house::{Answer, SITE, TestHouse};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request};
use chrono::Utc;
use std::net::SocketAddr;

#[tokio::test]
async fn answers_carry_the_headers_that_protect_them() {
    both(async |store| {
        let house = TestHouse::open(&store);
        for path in ["/", "/no-such-page", "/healthz", "/problems/scope", "/gateway/x/y"] {
            let answer = house.send(Request::builder().uri(path).body(Body::empty()).unwrap()).await;
            assert_eq!((answer.header("x-content-type-options"), answer.header("x-frame-options")), ("nosniff", "DENY"), "{path}");
            assert_eq!(answer.header("x-request-id").len(), 36, "{path}");
        }
        let page = house.send(Request::builder().uri("/").body(Body::empty()).unwrap()).await;
        let policy = page.header("content-security-policy");
        assert!(policy.contains("'nonce-") && !policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
        assert!(page.text.contains(&format!("nonce=\"{nonce}\"")));
        assert_eq!(page.header("cache-control"), "private, no-cache");
    })
    .await;
}

#[tokio::test]
async fn a_change_that_another_site_asks_for_is_refused() {
    both(async |store| {
        let house = TestHouse::open(&store);
        let (path, _) = server_functions().into_iter().find(|(path, _)| path.contains("set_theme")).unwrap();
        let post = |headers: &'static [(&'static str, &'static str)]| {
            let request = Request::builder().method("POST").uri(path).header("content-type", "application/x-www-form-urlencoded");
            let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
            request.body(Body::from("theme=dark")).unwrap()
        };
        let ours = house.send(post(&[("origin", "http://portal.example"), ("host", "portal.example")])).await;
        assert_eq!(ours.status, 200, "{}", ours.text);
        assert!(ours.header("set-cookie").starts_with("theme=dark"));
        for other in [&[("origin", "https://evil.example")][..], &[("sec-fetch-site", "cross-site")], &[]] {
            let answer = house.send(post(other)).await;
            assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (403, "forbidden"), "{other:?}");
            assert!(!answer.headers.contains_key("set-cookie"));
        }
    })
    .await;
}

#[tokio::test]
async fn events_are_for_those_who_are_signed_in() {
    both(async |store| {
        let house = TestHouse::open(&store);
        for cookie in ["", "session=forged", "__Host-session=forged"] {
            let request = Request::builder().uri("/events/usage").header("cookie", cookie);
            assert_eq!(house.send(request.body(Body::empty()).unwrap()).await.status, 401, "{cookie}");
        }
    })
    .await;
}

#[tokio::test]
async fn programs_are_told_in_problem_json_what_is_not_there() {
    both(async |store| {
        let house = TestHouse::open(&store);
        for (method, path, status) in [
            ("GET", "/api/no_such_function123", 404),
            ("GET", "/api", 404),
            ("GET", "/gateway", 404),
            ("GET", "evil:80", 400),
            ("GET", "evil", 400),
            ("GET", "/sandbox/", 404),
            ("GET", "/v1/nothing", 404),
            ("OPTIONS", "*", 404),
            ("GET", "/v1/sandbox/try", 405),
            ("DELETE", "/v1/usage", 405),
            ("DELETE", "/api/v1/products", 405),
            ("TRACE", "/gateway/parcels/a", 405),
            ("TRACE", "/", 405),
            ("CONNECT", "example.com:443", 405),
        ] {
            let answer = house.send(Request::builder().method(method).uri(path).body(Body::empty()).unwrap()).await;
            let slug = match status {
                400 => "bad-request",
                404 => "not-found",
                _ => "method-not-allowed",
            };
            assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (status, slug), "{method} {path}");
            assert_eq!(answer.headers.contains_key("allow"), status == 405, "{method} {path}");
        }
    })
    .await;
}

/// Path and method of every server function.
pub fn server_functions() -> Vec<(&'static str, Method)> {
    leptos::server_fn::axum::server_fn_paths().collect()
}

/// Signs in from a network address.
async fn sign_in(house: &TestHouse, from: &str, email: &str, password: &str) -> Answer {
    let (path, _) = server_functions().into_iter().find(|(path, _)| path.starts_with("/api/sign_in")).unwrap();
    let request = Request::builder().method("POST").uri(path).header("content-type", "application/x-www-form-urlencoded");
    let request = request.header("origin", SITE).extension(ConnectInfo::<SocketAddr>(from.parse().unwrap()));
    house.send(request.body(Body::from(format!("email={email}&password={password}"))).unwrap()).await
}

#[tokio::test]
async fn who_guesses_is_told_to_wait_and_locks_nobody_else_out() {
    both(async |store| {
        let house = TestHouse::open(&store);
        store.create_admin("root@portal.example", "correct horse battery", "Root", Utc::now()).await.unwrap();
        for email in ["root@portal.example", "nobody@portal.example"] {
            for n in 0..12 {
                let answer = sign_in(&house, "203.0.113.9:1", email, "wrong").await;
                assert_eq!(answer.status, if n < 10 { 422 } else { 429 }, "{email}, try {n}: {}", answer.text);
            }
        }
        let stranger = sign_in(&house, "203.0.113.9:1", "Root@portal.example", "correct+horse+battery").await;
        assert_eq!(stranger.status, 429);
        let owner = sign_in(&house, "198.51.100.7:1", "Root@portal.example", "correct+horse+battery").await;
        assert_eq!(owner.status, 200, "{}", owner.text);
    })
    .await;
}

#[tokio::test]
async fn nobody_s_mailbox_is_filled_by_strangers() {
    both(async |store| {
        let house = TestHouse::open(&store);
        let (path, _) = server_functions().into_iter().find(|(path, _)| path.starts_with("/api/forgot")).unwrap();
        let ask = async |from: u8, email: &str| {
            let request = Request::builder().method("POST").uri(path).header("content-type", "application/x-www-form-urlencoded");
            let from = ConnectInfo::<SocketAddr>(SocketAddr::from(([203, 0, 113, from], 1)));
            let request = request.header("origin", SITE).extension(from).body(Body::from(format!("email={email}"))).unwrap();
            house.send(request).await.status.as_u16()
        };
        for n in 0..12 {
            assert_eq!(ask(1, "ana@northwind.example").await, if n < 10 { 200 } else { 429 }, "try {n}");
        }
        assert_eq!([ask(1, "ben@northwind.example").await, ask(2, "ana@northwind.example").await], [200, 200]);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_address_is_not_counted() {
    both(async |store| {
        let house = TestHouse::open(&store);
        for email in ["x".repeat(1_900_000), "nobody".to_owned(), String::new()] {
            let answer = sign_in(&house, "203.0.113.9:1", &email, "wrong").await;
            assert!(answer.status == 422 && answer.text.contains("Type an address"), "{}", answer.text);
        }
    })
    .await;
}
