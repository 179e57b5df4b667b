//! Traces leave for a collector, and the upstream is told which span called it.
#![expect(clippy::unwrap_used, reason = "a test whose beginnings fail has failed")]

mod northwind;
mod parcels;
mod program;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::routing::post;
use chrono::Utc;
use domain::event::By;
use domain::key::Environment;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use northwind::partner;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use parcels::product;
use program::{Server, portico};
use prost::Message;
use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use store::{NewKey, NewProduct, PasswordCost, Store};

const THEIRS: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// What a collector got, and what an upstream was sent.
#[derive(Clone, Default)]
struct Seen {
    spans: Arc<Mutex<Vec<Span>>>,
    parent: Arc<Mutex<String>>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_a_span_of_its_caller_s_trace_and_the_parent_of_the_upstream_s() {
    let (seen, folder) = (Seen::default(), tempfile::tempdir().unwrap());
    let other = listen(seen.clone()).await;
    let key = found(folder.path(), &other).await;
    let mut server = start(folder.path(), Some(&other), Stdio::inherit());
    let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
    let request = Request::builder().uri(format!("{}/sandbox/parcels/parcels", server.url())).header("x-api-key", &key);
    let request = request.header("traceparent", format!("00-{THEIRS}-00f067aa0ba902b7-01")).body(Body::empty()).unwrap();
    let answer = client.request(request).await.unwrap();
    assert_eq!(answer.status(), 200);
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    axum::body::to_bytes(Body::new(answer.into_body()), 1 << 20).await.unwrap();
    assert_eq!(server.end("TERM"), Some(0), "what waits is sent before the end");

    let spans = seen.spans.lock().unwrap();
    let span = spans.iter().find(|span| hex(&span.trace_id) == THEIRS).expect("the call's span");
    assert_eq!((span.name.as_str(), hex(&span.parent_span_id).as_str()), ("request", "00f067aa0ba902b7"));
    assert_eq!(*seen.parent.lock().unwrap(), format!("00-{THEIRS}-{}-01", hex(&span.span_id)));
    let attributes = format!("{:?}", span.attributes);
    assert!(attributes.contains(&id) && attributes.contains("/sandbox/parcels/parcels"), "{attributes}");
    assert!(!attributes.contains(&key) && spans.len() == 1, "{spans:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_names_the_call_whose_upstream_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let key = found(folder.path(), &format!("http://{nobody}")).await;
    let log = folder.path().join("log");
    let mut server = start(folder.path(), None, File::create(&log).unwrap().into());
    let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
    let request = Request::builder().uri(format!("{}/sandbox/parcels/parcels", server.url())).header("x-api-key", &key);
    let answer = client.request(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(answer.status(), 502);
    let id = answer.headers()["x-request-id"].to_str().unwrap();
    assert_eq!(server.end("TERM"), Some(0));
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.lines().any(|line| line.contains("an upstream did not answer") && line.contains(id)), "{id} is not in {log}");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A collector and an upstream in one.
async fn listen(seen: Seen) -> String {
    let collect = async |State(seen): State<Seen>, body: Bytes| {
        let batch = ExportTraceServiceRequest::decode(body).unwrap();
        let spans = batch.resource_spans.into_iter().flat_map(|resource| resource.scope_spans).flat_map(|scope| scope.spans);
        seen.spans.lock().unwrap().extend(spans);
        StatusCode::OK
    };
    let answer = async |State(seen): State<Seen>, headers: HeaderMap| {
        headers["traceparent"].to_str().unwrap().clone_into(&mut seen.parent.lock().unwrap());
        "[]"
    };
    let router = Router::new().route("/v1/traces", post(collect)).fallback(answer).with_state(seen);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// A product whose sandbox is at `upstream`, and the text of a test key.
async fn found(folder: &Path, upstream: &str) -> String {
    let url = format!("sqlite:{}", folder.join("portico.db").display());
    let (store, by, now) = (Store::open_with(&url, PasswordCost::Cheap).await.unwrap(), By::system(), Utc::now());
    let new = NewProduct { base_url: upstream.to_owned(), sandbox_url: Some(upstream.to_owned()), ..product() };
    store.create_product(new, &by, now).await.unwrap();
    let mut reach = store.upstream("parcels").await.unwrap().unwrap();
    reach.allow_private = true;
    store.set_upstream(reach, None, &by, now).await.unwrap();
    let partner = partner(&store).await;
    let new = NewKey::new("Key", Environment::Test);
    let key = store.create_key(partner, new, true, &by, now).await.unwrap();
    store.close().await;
    key.secret.reveal().to_owned()
}

/// Starts a server that sends its spans to a collector.
fn start(folder: &Path, collector: Option<&str>, log: Stdio) -> Server {
    let mut command = portico(&["serve", "--no-demo", "--port", "0", "--data"]);
    Server::start(command.arg(folder).envs(collector.map(|collector| ("OTEL_EXPORTER_OTLP_ENDPOINT", collector))).stderr(log))
}
