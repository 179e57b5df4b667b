//! `cargo bench`: what each step of a call costs, and the whole of it with an upstream in the same process.

#![expect(clippy::unwrap_used, reason = "a benchmark whose beginnings fail has failed")]

#[path = "../tests/northwind/mod.rs"]
mod northwind;
#[path = "../tests/offer/mod.rs"]
mod offer;
#[path = "../tests/parcels/mod.rs"]
mod parcels;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, Response, header};
use axum::routing::get;
use chrono::Utc;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use domain::event::By;
use domain::key::Environment;
use domain::plan::Beyond;
use domain::usage::{Call, CallFilter, Outcome, Source};
use http_body_util::BodyExt;
use rust_decimal::Decimal;
use server::gateway::arrival::Arrival;
use server::gateway::meter::Meter;
use server::gateway::way::Base;
use server::gateway::{Gateway, crossing, keys};
use spec::matching::Matcher;
use std::hint::black_box;
use std::time::Duration;
use store::{Batch, NewProduct, PasswordCost, Store};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use uuid::Uuid;

/// Calls of one group commit at 64 connections.
const BATCH: usize = 64;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A gateway before an upstream, with a partner who may call it.
struct Bench {
    runtime: Runtime,
    store: Store,
    gateway: Gateway,
    partner: Uuid,
    key: String,
    _folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runtime = Runtime::new().unwrap();
        let url = format!("sqlite:{}", folder.path().join("portico.db").display());
        let (store, gateway, partner, key) = runtime.block_on(async {
            let store = Store::open_with(&url, PasswordCost::Cheap).await.unwrap();
            let partner = northwind::partner(&store).await;
            offer::offer(&store, partner, "parcels", 1_000_000_000, Beyond::Overage(Decimal::ONE)).await;
            let product = NewProduct { base_url: upstream().await, ..parcels::product() };
            store.update_product(product, &By::system(), Utc::now()).await.unwrap();
            let key = offer::key(&store, partner, "Benchmark".to_owned()).await.secret.reveal().to_owned();
            let (meter, _) = Meter::start(store.clone());
            (store.clone(), Gateway::new(store, meter).unwrap(), partner, key)
        });
        Self { runtime, store, gateway, partner, key, _folder: folder }
    }

    fn request(&self) -> Request {
        let key = format!("Bearer {}", self.key);
        let request = Request::get("/gateway/parcels/parcels?limit=10").header(header::HOST, "portal.example");
        request.header(header::ACCEPT, "*/*").header(header::AUTHORIZATION, key).body(Body::empty()).unwrap()
    }

    async fn serve(&self) -> Response<Body> {
        let request = Box::new(self.request());
        let arrival = Arrival::read(Environment::Live, &request, Utc::now());
        self.gateway.serve(&arrival, request).await
    }

    fn call(&self) -> Call {
        let (id, at) = (Uuid::now_v7(), Utc::now());
        Call {
            id,
            at,
            partner_id: self.partner,
            product_id: "parcels".to_owned(),
            key_id: Uuid::from_u128(7),
            environment: Environment::Live,
            source: Source::Gateway,
            method: "GET".to_owned(),
            path: "/parcels/shp_4711".to_owned(),
            operation: "listParcels".to_owned(),
            status: 200,
            outcome: Outcome::Success,
            latency: Duration::from_micros(700 + u64::from(id.as_bytes()[15])),
            bytes_in: 0,
            bytes_out: 68,
        }
    }

    fn batch(&self) -> Batch {
        Batch { id: Uuid::now_v7(), calls: (0..BATCH).map(|_| self.call()).collect() }
    }
}

/// A small answer, at once, in the same process.
async fn upstream() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = Router::new().route("/parcels", get(|| async { "{\"id\":\"shp_4711\",\"status\":\"in_transit\"}" }));
    tokio::spawn(async move { axum::serve(listener, service).await });
    url
}

fn steps(criterion: &mut Criterion) {
    let bench = Bench::new();
    let mut group = criterion.benchmark_group("step");
    let request = bench.request();
    let arrival = || Arrival::read(Environment::Live, &request, Utc::now());
    group.bench_function("read the arrival", |b| b.iter(arrival));
    let known = &bench.gateway.known;
    group.bench_function("find the key", |b| {
        b.to_async(&bench.runtime).iter(|| async { keys::find(known, request.headers(), Environment::Live, Utc::now()).await.is_ok() });
    });
    group.bench_function("find the route", |b| b.to_async(&bench.runtime).iter(|| async { known.route("parcels").await.is_ok() }));
    let matcher = bench.runtime.block_on(async { Matcher::new(&bench.store.published("parcels").await.unwrap().unwrap().api) });
    group.bench_function("match the operation", |b| b.iter(|| matcher.find(spec::Method::Get, black_box("/parcels"))));
    let caller = bench.runtime.block_on(async { keys::find(known, request.headers(), Environment::Live, Utc::now()).await.ok().unwrap() });
    group.bench_function("permit and record", |b| {
        b.to_async(&bench.runtime).iter(|| async {
            let route = known.route("parcels").await.ok().unwrap();
            let mut permit = bench.gateway.permit(&arrival(), &caller, route, false).await.ok().unwrap();
            permit.open.answered(200);
            permit.open.close().unwrap().await
        });
    });
    let (asked, answered) = (headers(&["accept", "user-agent", "authorization", "host"]), headers(&["content-type", "date", "server"]));
    group.bench_function("headers out", |b| b.iter(|| crossing::outbound(asked.clone(), None)));
    group.bench_function("headers in", |b| b.iter(|| crossing::inbound(answered.clone())));
    let base = Base::read("http://127.0.0.1:8080/v1").unwrap();
    group.bench_function("join the address", |b| b.iter(|| base.path(black_box("/parcels/7"), Some("a=b"))));
}

fn headers(names: &[&'static str]) -> HeaderMap {
    names.iter().map(|name| (header::HeaderName::from_static(name), HeaderValue::from_static("some value"))).collect()
}

fn meter(criterion: &mut Criterion) {
    let bench = Bench::new();
    let mut group = criterion.benchmark_group("meter");
    group.throughput(Throughput::Elements(BATCH as u64));
    group.bench_function("journal 64 calls", |b| {
        b.to_async(&bench.runtime).iter_batched(
            || bench.batch(),
            async |batch| bench.store.meter(&[batch], Utc::now()).await.unwrap(),
            criterion::BatchSize::SmallInput,
        );
    });
    bench.runtime.block_on(bench.store.roll_up(Utc::now())).unwrap();
    group.throughput(Throughput::Elements(100 * BATCH as u64));
    group.bench_function("6,400 calls into SQL", |b| {
        let batches = || (0..100).map(|_| bench.batch()).collect::<Vec<_>>();
        b.to_async(&bench.runtime).iter_batched(
            batches,
            async |batches| bench.store.record_batches(&batches, Utc::now()).await.unwrap(),
            criterion::BatchSize::LargeInput,
        );
    });
    group.throughput(Throughput::Elements(100));
    let filter = CallFilter { limit: 100, ..CallFilter::default() };
    group.bench_function("a page of 100 calls", |b| {
        b.to_async(&bench.runtime).iter(async || bench.store.calls(bench.partner, &filter).await.unwrap().len());
    });
}

fn whole(criterion: &mut Criterion) {
    let bench = Bench::new();
    let mut group = criterion.benchmark_group("whole");
    group.bench_function("a call", |b| {
        b.to_async(&bench.runtime).iter(|| async {
            let response = bench.serve().await;
            assert!(response.status().is_success() && *bench.request().method() == Method::GET);
            response.into_body().collect().await.unwrap()
        });
    });
    group.throughput(Throughput::Elements(BATCH as u64));
    group.bench_function("64 calls at once", |b| {
        b.to_async(&bench.runtime).iter(|| async {
            let calls = (0..BATCH).map(|_| async { bench.serve().await.into_body().collect().await.unwrap() });
            futures::future::join_all(calls).await
        });
    });
}

criterion_group!(benches, steps, meter, whole);
criterion_main!(benches);
