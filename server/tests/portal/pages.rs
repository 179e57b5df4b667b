//! Pages, many at once.

use crate::databases::both;
use crate::house::TestHouse;
use axum::body::Body;
use axum::http::Request;
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
