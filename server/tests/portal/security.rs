//! What holds for every address.

use crate::databases::both;
use crate::house::TestHouse;
use axum::body::Body;
use axum::http::{Method, Request};

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

/// Path and method of every server function.
pub fn server_functions() -> Vec<(&'static str, Method)> {
    leptos::server_fn::axum::server_fn_paths().collect()
}
