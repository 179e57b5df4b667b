//! Browser applications of other origins.

use crate::databases::both;
use crate::house::{Answer, TestHouse, with_key};
use crate::upstream::TestUpstream;
use axum::body::Body;
use axum::http::Request;

const APP: &str = "https://app.example";

async fn preflight(house: &TestHouse, path: &str, origin: &str) -> Answer {
    let request = Request::builder()
        .method("OPTIONS")
        .uri(path)
        .header("origin", origin)
        .header("access-control-request-method", "PUT")
        .header("access-control-request-headers", "authorization, x-trace");
    house.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_preflight_needs_no_key_and_names_only_allowed_origins() {
    both(async |store| {
        let house = TestHouse::open(&store);
        let upstream = TestUpstream::start().await;
        house.product(&upstream.url).await;
        house.upstream(|upstream| upstream.cors_origins = vec![APP.to_owned()]).await;
        for path in ["/gateway/parcels/x", "/sandbox/parcels/x"] {
            let allowed = preflight(&house, path, APP).await;
            assert_eq!((allowed.status.as_u16(), allowed.header("access-control-allow-origin")), (204, APP));
            assert!(allowed.header("access-control-allow-methods").contains("PUT"));
            assert_eq!(allowed.header("access-control-allow-headers"), "authorization, x-trace");
            assert_eq!(allowed.header("vary"), "origin");
        }
        for (path, origin) in [("/gateway/parcels/x", "https://evil.example"), ("/gateway/parcels/x", "null"), ("/gateway/nothing/x", APP)]
        {
            let refused = preflight(&house, path, origin).await;
            assert_eq!(refused.header("access-control-allow-origin"), "", "{path} for {origin}");
        }
        assert_eq!(upstream.calls(), 0, "no preflight goes on");
    })
    .await;
}

#[tokio::test]
async fn answers_and_refusals_can_be_read_by_allowed_origins_only() {
    both(async |store| {
        let house = TestHouse::open(&store);
        let [_, starter] = house.product("internal:demo").await;
        house.upstream(|upstream| upstream.cors_origins = vec![APP.to_owned()]).await;
        let caller = house.caller(Some(&starter)).await;
        let call = |origin: &'static str| with_key("/gateway/parcels/parcels/PX1", &caller.live).header("origin", origin);
        let answer = house.send(call(APP).body(Body::empty()).unwrap()).await;
        assert_eq!((answer.status.as_u16(), answer.header("access-control-allow-origin")), (200, APP));
        assert_eq!(answer.header("access-control-allow-credentials"), "", "cookies are never wanted");
        let other = house.send(call("https://evil.example").body(Body::empty()).unwrap()).await;
        assert_eq!((other.status.as_u16(), other.header("access-control-allow-origin")), (200, ""));
        let keyless = Request::builder().uri("/gateway/parcels/parcels/PX1").header("origin", APP);
        let refused = house.send(keyless.body(Body::empty()).unwrap()).await;
        assert_eq!((refused.status.as_u16(), refused.header("access-control-allow-origin")), (401, APP));

        house.upstream(|upstream| upstream.cors_origins = vec!["*".to_owned()]).await;
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        let anybody = house.send(call("https://evil.example").body(Body::empty()).unwrap()).await;
        assert_eq!(anybody.header("access-control-allow-origin"), "https://evil.example");
    })
    .await;
}
