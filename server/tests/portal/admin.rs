//! `/admin/…`: who gets in, what every page shows, and its forms as browsers post them without JavaScript.

use crate::databases::both;
use crate::house::{Answer, SITE, TestHouse, by};
use crate::security::server_functions;
use axum::body::Body;
use axum::http::Request;
use chrono::Utc;
use store::{PublishOutcome, SignUp, Store, TokenScope, Visitor};
use uuid::Uuid;

/// Every page, and something that only a page with its data holds.
const PAGES: [(&str, &str); 14] = [
    ("/admin", "Live calls by day"),
    ("/admin/products", "v1.0.0"),
    ("/admin/products/new", "Make product"),
    ("/admin/products/parcels", "Save details"),
    ("/admin/products/parcels/document", "In force"),
    ("/admin/products/parcels/plans", "starter v1"),
    ("/admin/products/parcels/upstream", "Save upstream"),
    ("/admin/tokens", "Pipeline of Ana"),
    ("/admin/partners", "Northwind"),
    ("/admin/revenue", "Revenue by month, USD"),
    ("/admin/audit", "offered plan"),
    ("/admin/outbox", "northwind.example"),
    ("/admin/gateway", "Save allowance"),
    ("/admin/branding", "Save branding"),
];

async fn cookie_of(store: &Store, person: Uuid) -> String {
    let secret = store.start_session(person, &Visitor::default(), Utc::now()).await.unwrap();
    format!("session={}", secret.reveal())
}

async fn admin(store: &Store) -> String {
    let admin = store.create_admin("root@portal.example", "correct horse battery", "Root", Utc::now()).await.unwrap();
    cookie_of(store, admin.id).await
}

async fn partner(store: &Store) -> String {
    let form = SignUp {
        email: "bo@bystreet.example".into(),
        password: "correct horse battery".into(),
        organisation: "Bystreet".into(),
        name: None,
    };
    let (person, _) = store.sign_up(form, SITE, Utc::now()).await.unwrap();
    cookie_of(store, person.id).await
}

/// A portal in which every page has something to show.
async fn house(store: &Store) -> TestHouse {
    let house = TestHouse::open(store);
    let [_, starter] = house.product("internal:demo").await;
    house.caller(Some(&starter)).await;
    store.create_token("Pipeline of Ana", TokenScope::Publish, None, &by(), Utc::now()).await.unwrap();
    house
}

async fn get(house: &TestHouse, path: &str, cookie: &str) -> Answer {
    let request = Request::builder().uri(path).header("cookie", cookie).header("accept", "text/html");
    house.send(request.body(Body::empty()).unwrap()).await
}

/// Posts a form as a browser does that runs no script, from the page `from`.
async fn post(house: &TestHouse, function: &str, from: &str, cookie: &str, form: &str) -> Answer {
    let named = |path: &str| path.trim_start_matches("/api/").trim_end_matches(|c: char| c.is_ascii_digit()) == function;
    let (path, _) = server_functions().into_iter().find(|(path, _)| named(path)).unwrap();
    let request = Request::builder().method("POST").uri(path).header("cookie", cookie).header("origin", SITE).header("accept", "text/html");
    let request = request.header("referer", format!("{SITE}{from}")).header("content-type", "application/x-www-form-urlencoded");
    house.send(request.body(Body::from(form.to_owned())).unwrap()).await
}

#[tokio::test]
async fn every_page_shows_its_data_to_admins_and_turns_everybody_else_away() {
    both(async |store| {
        let house = house(&store).await;
        let (admin, partner) = (admin(&store).await, partner(&store).await);
        for (path, holds) in PAGES {
            let page = get(&house, path, &admin).await;
            assert_eq!(page.status, 200, "{path}");
            assert!(page.text.contains(holds), "{path} lacks {holds:?}");
            let refused = get(&house, path, &partner).await;
            assert_eq!(refused.status, 403, "{path}");
            assert!(refused.text.contains("Your account may not open this") && !refused.text.contains(holds), "{path}");
            let stranger = get(&house, path, "").await;
            assert_eq!((stranger.status.as_u16(), stranger.header("location")), (302, format!("/sign-in?next={path}").as_str()), "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_not_there_is_404() {
    both(async |store| {
        let house = house(&store).await;
        let admin = admin(&store).await;
        for path in [
            "/admin/products/nothing",
            "/admin/products/nothing/plans",
            "/admin/partners/nobody",
            "/admin/products/parcels/revisions/9/document",
        ] {
            assert_eq!(get(&house, path, &admin).await.status, 404, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_product_is_made_and_published_without_script() {
    both(async |store| {
        let house = house(&store).await;
        let admin = admin(&store).await;
        let fields =
            "product[id]=depots&product[name]=Depots&product[category]=data&product[visibility]=public&product[base_url]=internal:demo";
        let made = post(&house, "create_product", "/admin/products/new", &admin, fields).await;
        assert_eq!((made.status.as_u16(), made.header("location")), (303, "/admin/products/depots/document"), "{}", made.text);
        let document = |text: &str| format!("product=depots&document={}", text.replace('\n', "%0D%0A"));
        let broken = "openapi: 3.1.0\ninfo: { title: Depots, version: 1.0.0 }\npaths: 7\n";
        let page = "/admin/products/depots/document";
        post(&house, "publish_document", page, &admin, &document(broken)).await;
        let shown = get(&house, page, &admin).await;
        assert!(shown.text.contains("revision 1 was refused") && shown.text.contains("partners see nothing"), "{}", shown.text);
        let mended = broken.replace("paths: 7", "paths: {}");
        post(&house, "publish_document", page, &admin, &document(&mended)).await;
        let shown = get(&house, page, &admin).await;
        assert!(shown.text.contains("In force") && !shown.text.contains("was refused"), "{}", shown.text);
        assert_eq!(store.revisions("depots").await.unwrap()[0].created_by, "root@portal.example");
        let again = store.publish("depots", &mended, &by(), Utc::now()).await.unwrap();
        assert!(matches!(again, PublishOutcome::Unchanged(_)), "a form's line ends make no revision: {again:?}");
    })
    .await;
}

#[tokio::test]
async fn a_form_that_is_refused_says_so_beside_the_field() {
    both(async |store| {
        let house = house(&store).await;
        let admin = admin(&store).await;
        let wrong =
            "product=parcels&plan[slug]=gold&plan[name]=Gold&plan[currency]=usd&plan[price]=lots&plan[included]=1&plan[rate_per_second]=1";
        let answer = post(&house, "offer_plan", "/admin/products/parcels/plans", &admin, wrong).await;
        let back = "/admin/products/parcels/plans";
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, format!("{SITE}{back}").as_str()), "{}", answer.text);
        let cookie = answer.header("set-cookie").split(';').next().unwrap();
        let page = get(&house, back, &format!("{admin}; {cookie}")).await;
        assert!(page.text.contains("Type an amount such as 49 or 49.50."), "{}", page.text);
        assert_eq!(store.plans("parcels").await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_token_s_secret_is_shown_once() {
    both(async |store| {
        let house = house(&store).await;
        let admin = admin(&store).await;
        let made = post(&house, "create_token", "/admin/tokens", &admin, "name=CI&expires_in_days=30").await;
        let cookie = made.header("set-cookie").split(';').next().unwrap().to_owned();
        let secret = cookie.strip_prefix("fresh_token=").unwrap().to_owned();
        let page = get(&house, "/admin/tokens", &format!("{admin}; {cookie}")).await;
        assert!(page.text.contains(&secret));
        assert!(page.header("set-cookie").starts_with("fresh_token=;"), "{}", page.header("set-cookie"));
        assert!(!get(&house, "/admin/tokens", &admin).await.text.contains(&secret));
        assert!(store.authenticate_token(&secret, Utc::now()).await.unwrap().is_some());
    })
    .await;
}

#[tokio::test]
async fn the_document_of_a_revision_is_for_admins() {
    both(async |store| {
        let house = house(&store).await;
        let path = "/admin/products/parcels/revisions/1/document";
        assert_eq!(get(&house, path, "").await.status, 401);
        assert_eq!(get(&house, path, &partner(&store).await).await.status, 403);
        let file = get(&house, path, &admin(&store).await).await;
        assert_eq!((file.status.as_u16(), file.header("content-disposition")), (200, "attachment; filename=\"parcels-1.yaml\""));
        assert!(file.text.starts_with("openapi:"), "{}", file.text);
    })
    .await;
}

#[tokio::test]
async fn a_large_document_is_published_from_the_page() {
    both(async |store| {
        let house = house(&store).await;
        let admin = admin(&store).await;
        let long = "x".repeat(3 << 20);
        let text = format!("openapi: 3.1.0%0Ainfo: {{ title: Large, version: 7.0.0, description: {long} }}%0Apaths: {{}}%0A");
        let form = format!("product=parcels&document={text}");
        let answer = post(&house, "publish_document", "/admin/products/parcels/document", &admin, &form).await;
        assert!(answer.status == 303 || answer.status == 200, "{}: {}", answer.status, &answer.text[..answer.text.len().min(500)]);
        assert_eq!(store.revisions("parcels").await.unwrap()[0].version, "7.0.0");
    })
    .await;
}
