//! `/dashboard/…` for those who are no ordinary members: what they read, and where they are led.

use crate::databases::both;
use crate::house::{Answer, SITE, TestHouse, by};
use crate::security::server_functions;
use axum::body::Body;
use axum::http::Request;
use chrono::Utc;
use domain::addresses::Addresses;
use domain::key::Environment;
use store::{NewKey, SignUp, Store, Visitor};
use uuid::Uuid;

const PAGES: [&str; 7] = [
    "/dashboard",
    "/dashboard/keys",
    "/dashboard/usage",
    "/dashboard/requests",
    "/dashboard/billing",
    "/dashboard/team",
    "/dashboard/settings",
];

async fn cookie_of(store: &Store, person: Uuid) -> String {
    let secret = store.start_session(person, &Visitor::default(), Utc::now()).await.unwrap();
    format!("session={}", secret.reveal())
}

async fn get(house: &TestHouse, path: &str, cookie: &str) -> Answer {
    let request = Request::builder().uri(path).header("cookie", cookie).header("accept", "text/html");
    house.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn an_admin_without_an_organisation_is_led_to_their_own_pages() {
    both(async |store| {
        let house = TestHouse::open(&store);
        let admin = store.create_admin("root@portal.example", "correct horse battery", "Root", Utc::now()).await.unwrap();
        let cookie = cookie_of(&store, admin.id).await;
        let page = get(&house, "/dashboard", &cookie).await;
        assert_eq!(page.status, 403);
        assert!(page.text.contains("You belong to no organisation") && page.text.contains("Go to the admin"), "{}", page.text);
        assert!(!page.text.contains("href=\"/dashboard\""), "no link leads back here: {}", page.text);
        assert_eq!(get(&house, "/dashboard/settings", &cookie).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_suspended_partner_reads_so_on_every_page() {
    both(async |store| {
        let house = TestHouse::open(&store);
        let form = SignUp {
            email: "bo@bystreet.example".into(),
            password: "correct horse battery".into(),
            organisation: "Bystreet".into(),
            name: None,
        };
        let (person, _) = store.sign_up(form, SITE, Utc::now()).await.unwrap();
        let cookie = cookie_of(&store, person.id).await;
        let partner = store.partner_rows("Bystreet", Utc::now()).await.unwrap()[0].partner.id;
        assert!(!get(&house, PAGES[0], &cookie).await.text.contains("Bystreet is suspended"));
        store.suspend_partner(partner, &by(), Utc::now()).await.unwrap();
        for path in PAGES {
            let page = get(&house, path, &cookie).await;
            assert!(page.status == 200 && page.text.contains("Bystreet is suspended"), "{path}: {}", page.text);
        }
    })
    .await;
}

#[tokio::test]
async fn a_form_that_leaves_a_key_s_addresses_out_does_not_open_it_to_everywhere() {
    both(async |store| {
        let house = TestHouse::open(&store);
        let caller = house.caller(None).await;
        let new = NewKey { addresses: Addresses::read("203.0.113.0/24").unwrap(), ..NewKey::new("Office", Environment::Test) };
        let key = store.create_key(caller.partner, new, true, &by(), Utc::now()).await.unwrap().key;
        let cookie = cookie_of(&store, caller.person).await;
        let (path, _) = server_functions().into_iter().find(|(path, _)| path.starts_with("/api/save_key")).unwrap();
        let save = async |form: String| {
            let request = Request::builder().method("POST").uri(path).header("cookie", &cookie).header("origin", SITE);
            let request = request.header("content-type", "application/x-www-form-urlencoded");
            house.send(request.body(Body::from(form)).unwrap()).await
        };
        let addresses = async || store.key(caller.partner, key.id).await.unwrap().unwrap().addresses.to_string();
        let refused = save(format!("id={}&name=Office&scope=all", key.id)).await;
        assert_eq!((refused.status.as_u16(), addresses().await.as_str()), (422, "203.0.113.0/24"), "{}", refused.text);
        save(format!("id={}&name=Office&scope=all&addresses=", key.id)).await;
        assert_eq!(addresses().await, "", "an empty field is an answer");
    })
    .await;
}
