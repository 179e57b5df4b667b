//! What is under way when the server stops is recorded as it stands.

use crate::databases::both;
use crate::house::{TestHouse, with_key};
use crate::upstream::TestUpstream;
use axum::body::Body;
use domain::usage::{CallFilter, Outcome};
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use server::connections::{HEAD, Reception};
use server::gateway::meter::Unfinished;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use uuid::Uuid;

const LONG: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_stream_that_never_ends_is_cut_off_and_counted_with_what_it_had_sent() {
    both(async |store| {
        for second in [false, true] {
            let upstream = TestUpstream::start().await;
            let (house, writer) = TestHouse::with_writer(&store);
            let product = if second { "second" } else { "first" };
            let [_, starter] = house.product_named(product, &upstream.url, None).await;
            let caller = house.caller(Some(&starter)).await;
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let reception = Reception { service: house.router.clone(), proxies: Arc::default(), head: HEAD, tls: None };
            let serving = tokio::spawn(reception.serve(listener, std::future::pending()));

            let client = Client::builder(TokioExecutor::new()).http2_only(second).build_http::<Body>();
            let request = with_key(&format!("http://{address}/gateway/{product}/still"), &caller.live).body(Body::empty()).unwrap();
            let mut body = client.request(request).await.unwrap().into_body();
            assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "piece 0\n");

            serving.abort();
            house.gateway.meter.close();
            assert_eq!(writer.finished(LONG).await, Ok(()), "{product}");
            assert!(body.frame().await.is_none_or(|frame| frame.is_err()), "the stream does not look complete");
            house.settle().await;
            let call = store.calls(caller.partner, &CallFilter { limit: 5, ..CallFilter::default() }).await.unwrap().remove(0);
            assert_eq!((call.status, call.outcome, call.bytes_out), (200, Outcome::Success, 8), "{product}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_call_that_stays_open_is_not_blamed_on_the_database() {
    both(async |store| {
        let (house, writer) = TestHouse::with_writer(&store);
        let slot = house.gateway.meter.slot(Uuid::nil());
        house.gateway.meter.close();
        assert_eq!(writer.finished(Duration::from_millis(50)).await, Err(Unfinished::Open(1)));
        drop(slot.ok());
    })
    .await;
}
