//! Pages and their functions while the database is away.

use crate::databases::both;
use crate::house::{Answer, SITE, TestHouse};
use crate::redis::TestRedis;
use crate::security::server_functions;
use axum::body::Body;
use axum::http::Request;
use chrono::Utc;
use store::{PasswordCost, Store, Visitor};
use uuid::Uuid;

const SAYS: &str = "<h1>The database does not answer</h1>";

async fn cookie_of(store: &Store, person: Uuid) -> String {
    format!("session={}", store.start_session(person, &Visitor::default(), Utc::now()).await.unwrap().reveal())
}

async fn get(house: &TestHouse, path: &str, cookie: &str) -> Answer {
    let request = Request::builder().uri(path).header("cookie", cookie).header("accept", "text/html");
    house.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn every_page_says_so_at_once_and_nobody_is_sent_to_sign_in() {
    both(async |store| {
        let house = TestHouse::open(&store);
        let caller = house.caller(None).await;
        let partner = cookie_of(&store, caller.person).await;
        let admin = store.create_admin("root@portal.example", "correct horse battery", "Root", Utc::now()).await.unwrap();
        let admin = cookie_of(&store, admin.id).await;
        store.close().await;
        for (path, cookie) in [("/", ""), ("/sign-in", ""), ("/apis/parcels", &partner), ("/dashboard/keys", &partner), ("/admin", &admin)]
        {
            let page = get(&house, path, &format!("{cookie}; theme=dark")).await;
            assert_eq!((page.status.as_u16(), page.header("retry-after"), page.header("cache-control")), (503, "15", "no-store"), "{path}");
            assert!(page.text.contains(SAYS) && page.text.contains("http-equiv=\"refresh\""), "{path}: {}", page.text);
            assert!(page.text.contains("data-theme=\"dark\"") && page.text.contains("you stay signed in"), "{path}: {}", page.text);
            assert!(page.header("content-security-policy").contains("script-src 'none'"), "{path}");
        }
        let first = |page: Answer| page.text.split("<h2>").nth(1).unwrap().split('<').next().unwrap().to_owned();
        assert_eq!(first(get(&house, "/dashboard", &partner).await), "What goes on");
        assert_eq!(first(get(&house, "/admin/audit", &admin).await), "If you run this portal");
    })
    .await;
}

#[tokio::test]
async fn calls_are_still_sent_here_for_as_long_as_known_keys_are_let_through() {
    both(async |store| {
        let house = TestHouse::open(&store);
        assert_eq!(get(&house, "/readyz", "").await.text, "ready\n");
        store.close().await;
        assert_eq!(get(&house, "/readyz", "").await.text, "ready\n", "it would be away from every node at once");
    })
    .await;
}

#[tokio::test]
async fn a_function_says_so_to_its_page_and_a_plain_form_to_its_reader() {
    both(async |store| {
        let house = TestHouse::open(&store);
        let caller = house.caller(None).await;
        let cookie = cookie_of(&store, caller.person).await;
        store.close().await;
        let (path, _) = server_functions().into_iter().find(|(path, _)| path.starts_with("/api/rename_person")).unwrap();
        let post = async |accept: &str| {
            let request = Request::builder().method("POST").uri(path).header("origin", SITE).header("cookie", &cookie);
            let request = request.header("accept", accept).header("content-type", "application/x-www-form-urlencoded");
            house.send(request.body(Body::from("name=Renamed")).unwrap()).await
        };
        let told = post("application/json").await;
        assert_eq!((told.status.as_u16(), told.json().as_str()), (503, Some("Away")), "{}", told.text);
        let page = post("text/html").await;
        assert_eq!(page.status, 503);
        assert!(page.text.contains(SAYS) && page.text.contains("What you sent was not saved"), "{}", page.text);
        assert!(!page.text.contains("http-equiv=\"refresh\""), "a form is not sent again by itself: {}", page.text);
    })
    .await;
}

/// Of a node with a spool, what the page promises about calls.
#[tokio::test]
async fn calls_with_a_key_in_use_go_on_and_are_counted() {
    let Some(redis) = TestRedis::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("portico.db").display());
    let store = Store::open_with(&url, PasswordCost::Cheap).await.unwrap().join(&redis.url(), folder.path()).await.unwrap();
    let house = TestHouse::open(&store);
    let [_, starter] = house.product("internal:demo").await;
    let caller = house.caller(Some(&starter)).await;
    let call = async || house.get("/gateway/parcels/parcels/PX1", &caller.live).await.status.as_u16();
    assert_eq!(call().await, 200);
    store.close().await;
    assert!(get(&house, "/", "").await.text.contains("Each of them is counted"));
    assert_eq!([call().await, call().await], [200, 200]);
    let back = Store::open_with(&url, PasswordCost::Cheap).await.unwrap().join(&redis.url(), folder.path()).await.unwrap();
    back.roll_up(Utc::now()).await.unwrap();
    assert_eq!(back.key_counts(caller.live.key.id).await.unwrap().success, 3);
}
