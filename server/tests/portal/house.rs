//! A portal of its own for one test: router, a product, partners with keys.

use crate::databases::both;
use crate::parcels;
use crate::redis::TestRedis;
use app::portal::{Assets, Portal, Refetch};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, Response, StatusCode};
use chrono::Utc;
use domain::event::By;
use domain::key::{Environment, Scope};
use domain::money::Currency;
use domain::plan::{Beyond, Plan, PlanTerms};
use domain::product::{Upstream, Visibility};
use domain::usage::Counts;
use serde_json::Value;
use server::connections::{HEAD, Reception};
use server::gateway::Gateway;
use server::gateway::meter::{Meter, Writer};
use server::gateway::socket::Patience;
use server::routes::{House, front};
use server::stopping::Stopping;
use std::net::SocketAddr;
use std::sync::Arc;
use store::{CreatedKey, NewKey, NewProduct, PasswordCost, SignUp, Store};
use tower::ServiceExt;
use uuid::Uuid;

/// Where the portal is, as its pages see it.
pub const SITE: &str = "http://portal.example";

/// Opens `/metrics`.
pub const METRICS_TOKEN: &str = "a token for metrics";

/// The document of the product in most tests.
const DOCUMENT: &str = include_str!("parcels.yaml");

/// A running portal.
#[derive(Clone)]
pub struct TestHouse {
    pub store: Store,
    pub router: Router,
    pub gateway: Gateway,
    /// The act behind "Fetch now".
    pub refetch: Refetch,
}

/// A partner with a live and a test key for everything.
pub struct Caller {
    pub person: Uuid,
    pub partner: Uuid,
    pub live: CreatedKey,
    pub test: CreatedKey,
}

/// An answer that was read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// The end of a problem's type.
    pub fn problem(&self) -> String {
        assert_eq!(self.headers["content-type"], "application/problem+json", "{}", self.text);
        self.json()["type"].as_str().unwrap().strip_prefix("/problems/").unwrap().to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl TestHouse {
    /// A portal on this store.
    pub fn open(store: &Store) -> Self {
        Self::with_writer(store).0
    }

    /// One whose WebSockets last so long by themselves.
    pub fn with_patience(store: &Store, patience: Patience) -> Self {
        Self::build(store, patience).0
    }

    /// And what tells that its meter came to its end.
    pub fn with_writer(store: &Store) -> (Self, Writer) {
        Self::build(store, Patience::default())
    }

    fn build(store: &Store, patience: Patience) -> (Self, Writer) {
        let (meter, writer) = Meter::start(store.clone());
        let gateway = Gateway::with_patience(store.clone(), meter, patience).unwrap();
        let refetch = server::documents::refetch(store.clone(), gateway.clone());
        let portal = Portal { store: store.clone(), site: SITE.to_owned(), assets: Assets::default(), refetch: refetch.clone() };
        let house = House { portal, gateway: gateway.clone(), stopping: Stopping::default(), metrics_token: Some(METRICS_TOKEN.into()) };
        let router = Router::new().fallback_service(front(house).unwrap());
        (Self { store: store.clone(), router, gateway, refetch }, writer)
    }

    /// Answers one request.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        read(self.router.clone().oneshot(request).await.unwrap()).await
    }

    /// GET with a key.
    pub async fn get(&self, path: &str, key: &CreatedKey) -> Answer {
        self.send(with_key(path, key).body(Body::empty()).unwrap()).await
    }

    /// Listens on a real socket, until the test ends.
    pub async fn listen(&self) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let reception = Reception { service: self.router.clone(), proxies: Arc::default(), head: HEAD, tls: None };
        tokio::spawn(reception.serve(listener, std::future::pending()));
        address
    }

    /// A product named `parcels` with a document and two plans: free (500 calls) and starter, both at 1000 a second.
    pub async fn product(&self, base_url: &str) -> [Plan; 2] {
        self.product_named("parcels", base_url, None).await
    }

    pub async fn product_named(&self, id: &str, base_url: &str, sandbox_url: Option<&str>) -> [Plan; 2] {
        self.create(id, base_url, sandbox_url, Visibility::Public).await;
        self.store.publish(id, DOCUMENT, &by(), Utc::now()).await.unwrap();
        [self.plan(id, "free", Beyond::Stop, 1000).await, self.plan(id, "starter", Beyond::Overage(300.into()), 1000).await]
    }

    /// A product, so far without a document and plans.
    pub async fn create(&self, id: &str, base_url: &str, sandbox_url: Option<&str>, visibility: Visibility) {
        let new = NewProduct {
            id: id.to_owned(),
            name: id.to_owned(),
            visibility,
            base_url: base_url.to_owned(),
            sandbox_url: sandbox_url.map(str::to_owned),
            ..parcels::product()
        };
        self.store.create_product(new, &by(), Utc::now()).await.unwrap();
    }

    /// Puts a plan with 500 calls on offer.
    pub async fn plan(&self, product: &str, slug: &str, beyond: Beyond, rate_per_second: i64) -> Plan {
        let price_minor = if beyond == Beyond::Stop { 0 } else { 4_900 };
        let name = slug.to_owned();
        let terms = PlanTerms { slug: slug.to_owned(), name, currency: Currency::Usd, price_minor, included: 500, beyond, rate_per_second };
        self.store.offer_plan(product, terms, &by(), Utc::now()).await.unwrap().unwrap()
    }

    /// Changes how `parcels` is reached.
    pub async fn upstream(&self, change: impl FnOnce(&mut Upstream)) {
        let mut upstream = self.store.upstream("parcels").await.unwrap().unwrap();
        change(&mut upstream);
        self.store.set_upstream(upstream, None, &by(), Utc::now()).await.unwrap();
    }

    /// A new partner with both keys and, where one is named, a plan.
    pub async fn caller(&self, plan: Option<&Plan>) -> Caller {
        let email = format!("{}@northwind.example", Uuid::new_v4().simple());
        let form = SignUp { email, password: "correct horse battery".to_owned(), organisation: "Northwind".to_owned(), name: None };
        let (person, _) = self.store.sign_up(form, SITE, Utc::now()).await.unwrap();
        let cookie = self.store.start_session(person.id, &store::Visitor::default(), Utc::now()).await.unwrap();
        let actor = self.store.actor(cookie.reveal(), Utc::now()).await.unwrap().unwrap();
        let partner = actor.membership.unwrap().partner.id;
        if let Some(plan) = plan {
            self.store.subscribe(partner, &plan.product_id, plan.id, &by(), Utc::now()).await.unwrap();
        }
        let live = self.key(partner, Environment::Live, Scope::All).await;
        let test = self.key(partner, Environment::Test, Scope::All).await;
        Caller { person: person.id, partner, live, test }
    }

    pub async fn key(&self, partner: Uuid, environment: Environment, scope: Scope) -> CreatedKey {
        let new = NewKey { scope, ..NewKey::new("Key", environment) };
        self.store.create_key(partner, new, true, &by(), Utc::now()).await.unwrap()
    }

    /// Lets what was metered come into SQL, which takes half a second in a fleet.
    pub async fn settle(&self) {
        self.store.roll_up(Utc::now()).await.unwrap();
    }

    /// What the meter has for a key.
    pub async fn counts(&self, key: &CreatedKey) -> Counts {
        self.settle().await;
        self.store.key_counts(key.key.id).await.unwrap()
    }

    /// Waits for counts that no answer waits for, such as those of refusals.
    pub async fn counts_become(&self, key: &CreatedKey, expected: Counts) {
        for _ in 0..200 {
            if self.counts(key).await == expected {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert_eq!(self.counts(key).await, expected);
    }
}

/// Runs a test on both databases, and on a node that shares a Redis with others.
pub async fn everywhere(test: impl AsyncFn(Store)) {
    both(&test).await;
    let Some(redis) = TestRedis::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("portico.db").display());
    let store = Store::open_with(&url, PasswordCost::Cheap).await.unwrap();
    test(store.join(&redis.url(), folder.path()).await.unwrap()).await;
}

/// A request that carries a key.
pub fn with_key(path: &str, key: &CreatedKey) -> axum::http::request::Builder {
    Request::builder().uri(path).header("authorization", format!("Bearer {}", key.secret.reveal()))
}

/// Reads an answer to its end.
pub async fn read(response: Response<Body>) -> Answer {
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, 64 << 20).await.unwrap();
    Answer { status: parts.status, headers: parts.headers, text: String::from_utf8_lossy(&bytes).into_owned() }
}

/// Whoever did it does not matter.
pub fn by() -> By {
    By::system()
}
