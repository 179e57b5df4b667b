//! The meter's promise: under load the server is killed again and again, and every answer that a client saw complete is counted once.
//!
//! A kill leaves at most one open call for each connection, which may count or not. In one sum those would hide as many
//! lost or doubled calls, so the client keeps a ledger per key, over thousands of keys: most have no open call at all.
#![expect(clippy::unwrap_used, reason = "a test whose beginnings fail has failed")]

use axum::body::Body;
use axum::http::{Request, StatusCode};
use chrono::Utc;
use domain::event::By;
use domain::key::{Environment, Scope};
use domain::money::Currency;
use domain::plan::{Beyond, PlanTerms};
use domain::product::{BUILT_IN_UPSTREAM, Category, Status, Visibility};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;
use store::{CreatedKey, NewKey, NewProduct, PasswordCost, SignUp, Store};
use uuid::Uuid;

const KILLS: usize = 20;
const KEYS: usize = 2_000;
const CONNECTIONS: usize = 32;
/// Load between two kills.
const LOAD: Duration = Duration::from_millis(700);

const DOCUMENT: &str = "openapi: 3.1.0
info: { title: Parcels, version: 1.0.0 }
paths:
  /parcels:
    get: { operationId: listParcels, responses: { '200': { description: All., content: { application/json: { example: [1, 2, 3] } } } } }
";

/// What the client knows of one key.
struct Entry {
    key: CreatedKey,
    /// Answers that were read to their end.
    complete: AtomicI64,
    /// Calls whose end was not seen.
    open: AtomicI64,
}

impl Entry {
    fn left_open(&self) {
        self.open.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_kills_under_load_lose_nothing_and_double_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("portico.db").display());
    let ledger = Arc::new(found(&url).await);
    let mut server = start(folder.path());
    for _ in 0..KILLS {
        let stop = Arc::new(AtomicBool::new(false));
        let load = load(&server.url, &ledger, &stop);
        tokio::time::sleep(LOAD).await;
        server.kill();
        stop.store(true, Ordering::SeqCst);
        load.await;
        server = start(folder.path());
    }
    let counted = counts(&url, &ledger).await;
    judge(&ledger, &counted);

    // A batch that is played again counts twice only now.
    server.kill();
    server = start(folder.path());
    let again = counts(&url, &ledger).await;
    server.kill();
    assert_eq!(counted, again, "one more kill, without load, changed something");
}

/// Every key without an open call matches exactly; of the others no open call counts twice.
fn judge(ledger: &[Entry], counted: &[i64]) {
    let (mut exact, mut complete, mut open) = (0, 0, 0);
    for (entry, &counted) in ledger.iter().zip(counted) {
        let (seen, unseen) = (entry.complete.load(Ordering::SeqCst), entry.open.load(Ordering::SeqCst));
        assert!((seen..=seen + unseen).contains(&counted), "{}: {seen} complete, {unseen} open, {counted} counted", entry.key.key.prefix);
        exact += usize::from(unseen == 0 && seen > 0);
        complete += seen;
        open += unseen;
    }
    eprintln!("{complete} complete calls, {open} open ones, {exact} keys matched exactly");
    assert!(exact > KEYS / 2, "only {exact} keys were put to the test");
    assert!(open > 0, "no kill hit a call under way");
    assert!(complete > 10 * i64::try_from(KILLS).unwrap() * i64::try_from(CONNECTIONS).unwrap(), "there was hardly any load: {complete}");
}

/// Calls without a pause over all keys in turn, until told to stop.
fn load(url: &str, ledger: &Arc<Vec<Entry>>, stop: &Arc<AtomicBool>) -> impl Future<Output = ()> + use<> {
    static TURN: AtomicUsize = AtomicUsize::new(0);
    let clients: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (ledger, stop, uri) = (Arc::clone(ledger), Arc::clone(stop), format!("{url}/gateway/parcels/parcels"));
            tokio::spawn(async move {
                // A call that is sent again by itself would not be in the ledger.
                let client = Client::builder(TokioExecutor::new()).retry_canceled_requests(false).build_http();
                while !stop.load(Ordering::SeqCst) {
                    let entry = &ledger[TURN.fetch_add(1, Ordering::SeqCst) % ledger.len()];
                    call(&client, &uri, entry).await;
                }
            })
        })
        .collect();
    async {
        for client in clients {
            client.await.unwrap();
        }
    }
}

async fn call(client: &Client<HttpConnector, Body>, uri: &str, entry: &Entry) {
    let request = Request::builder().uri(uri).header("x-api-key", entry.key.secret.reveal()).body(Body::empty()).unwrap();
    let answered = match client.request(request).await {
        Ok(response) => response,
        // Nobody was there to hear it.
        Err(error) if error.is_connect() => return tokio::time::sleep(Duration::from_millis(5)).await,
        Err(_) => return entry.left_open(),
    };
    let status = answered.status();
    match axum::body::to_bytes(Body::new(answered.into_body()), 1 << 20).await {
        Ok(body) => {
            assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&body));
            entry.complete.fetch_add(1, Ordering::SeqCst);
        }
        Err(_) => entry.left_open(),
    }
}

/// A running server; a test that fails leaves none behind.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    /// SIGKILL: nothing is flushed, nobody says goodbye.
    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts the real program on a free port and waits until it says that it is ready.
fn start(folder: &Path) -> Server {
    let program = std::env::var("PORTICO_TEST_SERVER").unwrap_or_else(|_| env!("CARGO_BIN_EXE_portico").to_owned());
    let mut command = Command::new(program);
    command.args(["serve", "--no-demo", "--log", "error", "--port", "0", "--data"]).arg(folder);
    let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
    let said: Vec<_> = lines.take_while(|line| line != "Ready").collect();
    let url = said.iter().find_map(|line| line.strip_prefix("Portico is at ")).unwrap().to_owned();
    Server { process, url }
}

/// What the meter has for each key.
async fn counts(url: &str, ledger: &[Entry]) -> Vec<i64> {
    let store = Store::open_with(url, PasswordCost::Cheap).await.unwrap();
    let mut counted = Vec::with_capacity(ledger.len());
    for entry in ledger {
        counted.push(store.key_counts(entry.key.key.id).await.unwrap().success);
    }
    store.close().await;
    counted
}

/// A product that answers by itself, a partner with a plan that does not stop, and many keys.
async fn found(url: &str) -> Vec<Entry> {
    let (store, by, now) = (Store::open_with(url, PasswordCost::Cheap).await.unwrap(), By::system(), Utc::now());
    store.create_product(product(), &by, now).await.unwrap();
    store.publish("parcels", DOCUMENT, &by, now).await.unwrap();
    let plan = store.offer_plan("parcels", terms(), &by, now).await.unwrap().unwrap();
    let partner = partner(&store).await;
    store.subscribe(partner, "parcels", plan.id, &by, now).await.unwrap();
    let mut ledger = Vec::with_capacity(KEYS);
    for n in 0..KEYS {
        let new = NewKey { name: format!("Key {n}"), environment: Environment::Live, scope: Scope::All, expires_at: None };
        let key = store.create_key(partner, new, true, &by, now).await.unwrap();
        ledger.push(Entry { key, complete: AtomicI64::new(0), open: AtomicI64::new(0) });
    }
    store.close().await;
    ledger
}

fn product() -> NewProduct {
    NewProduct {
        id: "parcels".to_owned(),
        name: "Parcels".to_owned(),
        description: "What it does.".to_owned(),
        category: Category::Logistics,
        status: Status::Active,
        visibility: Visibility::Public,
        tags: Vec::new(),
        icon: "package".to_owned(),
        base_url: BUILT_IN_UPSTREAM.to_owned(),
        sandbox_url: None,
        spec_url: None,
    }
}

fn terms() -> PlanTerms {
    PlanTerms {
        slug: "starter".to_owned(),
        name: "Starter".to_owned(),
        currency: Currency::Usd,
        price_minor: 4_900,
        included: 10_000,
        beyond: Beyond::Overage(300.into()),
        rate_per_second: 100_000,
    }
}

async fn partner(store: &Store) -> Uuid {
    let form = SignUp {
        email: "ana@northwind.example".to_owned(),
        password: "correct horse battery".to_owned(),
        organisation: "Northwind".to_owned(),
        name: None,
    };
    let (person, _) = store.sign_up(form, "http://portal.example", Utc::now()).await.unwrap();
    let cookie = store.start_session(person.id, &store::Visitor::default(), Utc::now()).await.unwrap();
    store.actor(cookie.reveal(), Utc::now()).await.unwrap().unwrap().membership.unwrap().partner.id
}
