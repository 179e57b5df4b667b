//! Pages, many at once.

use crate::databases::both;
use crate::house::{Answer, SITE, TestHouse, by};
use crate::security::server_functions;
use axum::body::Body;
use axum::http::Request;
use chrono::Utc;
use std::time::Duration;

/// On a runtime with several threads: there leptos loses a page in a hundred, if pages are not kept on one thread each.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_pages_asked_for_at_once_every_one_comes_to_its_end() {
    both(async |store| {
        let house = TestHouse::open(&store);
        house.product("internal:demo").await;
        for path in ["/", "/pricing", "/apis/parcels", "/sign-in", "/nothing"] {
            let asked = (0..120).map(|_| {
                let house = house.clone();
                tokio::spawn(async move {
                    let page = house.send(Request::builder().uri(path).body(Body::empty()).unwrap());
                    tokio::time::timeout(Duration::from_secs(20), page).await.is_ok_and(|page| page.text.contains("</html>"))
                })
            });
            let came = futures::future::join_all(asked).await.into_iter().filter(|page| *page.as_ref().unwrap()).count();
            assert_eq!(came, 120, "{path}");
        }
    })
    .await;
}

/// An address that a browser reads as markup: what admins and documents write is text wherever it stands.
#[tokio::test]
async fn a_title_and_a_description_are_text() {
    const MARKUP: &str = "</title><meta http-equiv=refresh content=0>\" & more";
    both(async |store| {
        let house = TestHouse::open(&store);
        house.product("internal:demo").await;
        let document = serde_json::json!({
            "openapi": "3.1.0",
            "info": { "title": MARKUP, "version": "1", "description": MARKUP },
            "paths": { "/a": { "get": { "operationId": "a", "summary": MARKUP, "responses": { "200": { "description": "x" } } } } },
        });
        store.publish("parcels", &document.to_string(), &by(), Utc::now()).await.unwrap();
        let mut branding = store.branding().await.unwrap();
        branding.name = "</title><meta http-equiv=refresh>".to_owned();
        branding.sentence = MARKUP.to_owned();
        store.set_branding(&branding, &by(), Utc::now()).await.unwrap();
        for path in ["/", "/pricing", "/apis/parcels", "/apis/parcels/docs", "/apis/parcels/docs/a", "/nothing"] {
            let page = house.send(Request::builder().uri(path).body(Body::empty()).unwrap()).await.text;
            let head = page.split("</head>").next().unwrap();
            assert!(!head.contains("<meta http-equiv") && head.matches("</title>").count() == 1, "{path}: {head}");
        }
        let home = house.send(Request::builder().uri("/").body(Body::empty()).unwrap()).await.text;
        assert!(home.contains("<title>APIs · &lt;/title&gt;&lt;meta http-equiv=refresh&gt;</title>"), "{}", &home[..3000]);
    })
    .await;
}

/// PostgreSQL takes no NUL in a text.
#[tokio::test]
async fn an_address_with_a_nul_leads_nowhere() {
    both(async |store| {
        let house = TestHouse::open(&store);
        for path in ["/apis/%00", "/apis/a%00/docs", "/gateway/%00/x", "/gateway/a%00/x"] {
            let status = house.send(Request::builder().uri(path).body(Body::empty()).unwrap()).await.status.as_u16();
            assert!([401, 404].contains(&status), "{path}: {status}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_list_of_itself_has_its_page() {
    both(async |store| {
        let house = TestHouse::open(&store);
        house.product("internal:demo").await;
        let document = r##"{"openapi":"3.1.0","info":{"title":"T","version":"1"},"paths":{"/a":{"post":{"operationId":"a","requestBody":{"content":{
            "application/json":{"schema":{"$ref":"#/components/schemas/A"}}}},"responses":{"200":{"description":"x"}}}}},"components":{"schemas":{
            "A":{"type":"array","items":{"$ref":"#/components/schemas/B"}},"B":{"type":["array","null"],"items":{"$ref":"#/components/schemas/A"}}}}}"##;
        store.publish("parcels", document, &by(), Utc::now()).await.unwrap();
        for path in ["/apis/parcels/docs", "/apis/parcels/docs/a", "/apis/parcels/schemas/A", "/apis/parcels/console"] {
            let page = house.send(Request::builder().uri(path).body(Body::empty()).unwrap()).await;
            assert!(page.status == 200 && page.text.contains("</html>"), "{path}: {}", page.status);
        }
    })
    .await;
}

/// Without script: it says why, holds the address that was typed, and keeps its own address.
#[tokio::test]
async fn a_refused_sign_in_comes_back_once_with_what_was_typed() {
    const PAGE: &str = "/sign-in?next=%2Fdashboard%2Fkeys";
    const PASSWORD: &str = "wrong-horse-battery";
    const SAYS: &str = "Address and password do not match.";
    const TYPED: &str = "value=\"ana@northwind.example\"";
    let cookies = |answer: &Answer| {
        let each = answer.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap());
        each.collect::<Vec<_>>().join("; ")
    };
    both(async |store| {
        let house = TestHouse::open(&store);
        let (path, _) = server_functions().into_iter().find(|(path, _)| path.starts_with("/api/sign_in")).unwrap();
        let form = format!("email=ana%40northwind.example&password={PASSWORD}&next=%2Fdashboard%2Fkeys");
        let request = Request::builder().method("POST").uri(path).header("origin", SITE).header("accept", "text/html");
        let request = request.header("referer", format!("{SITE}{PAGE}")).header("content-type", "application/x-www-form-urlencoded");
        let refused = house.send(request.body(Body::from(form)).unwrap()).await;
        assert_eq!((refused.status.as_u16(), refused.header("location")), (303, format!("{SITE}{PAGE}").as_str()), "{}", refused.text);
        let get = async |cookie: &str| house.send(Request::builder().uri(PAGE).header("cookie", cookie).body(Body::empty()).unwrap()).await;
        let page = get(&cookies(&refused)).await;
        assert!(page.text.contains(SAYS) && page.text.contains(TYPED), "{}", page.text);
        assert!(!format!("{:?}{}", refused.headers, page.text).contains(PASSWORD));
        assert_eq!(cookies(&page), "refused=; typed_email=");
        let again = get("").await;
        assert!(!again.text.contains(SAYS) && !again.text.contains(TYPED), "{}", again.text);
    })
    .await;
}
