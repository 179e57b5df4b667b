//! What is counted, when, and that it is counted once.

use crate::house::{self, TestHouse, by, everywhere, with_key};
use crate::upstream::{TestUpstream, blunt, early};
use axum::body::Body;
use axum::http::Version;
use chrono::Utc;
use domain::key::Environment;
use domain::period::Period;
use domain::product::Visibility;
use domain::usage::{CallFilter, Counts, Outcome, Source};
use futures::StreamExt;
use std::path::PathBuf;
use std::time::Duration;
use store::{PasswordCost, Store};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tower::ServiceExt;

#[tokio::test]
async fn every_kind_of_answer_is_counted_as_what_it_is_before_it_is_complete() {
    everywhere(async |store| {
        let house = TestHouse::open(&store);
        let upstream = TestUpstream::start().await;
        let [_, starter] = house.product(&upstream.url).await;
        let caller = house.caller(Some(&starter)).await;
        let mut expected = Counts::default();
        for (path, method, status) in [
            ("/gateway/parcels/parcels/PX1", "GET", 200),
            ("/gateway/parcels/empty", "GET", 204),
            ("/gateway/parcels/large", "HEAD", 200),
            ("/gateway/parcels/stream", "GET", 200),
            ("/gateway/parcels/status-404", "GET", 404),
            ("/gateway/parcels/status-429", "GET", 429),
            ("/gateway/parcels/status-500", "GET", 500),
            ("/gateway/parcels/status-503", "DELETE", 503),
        ] {
            let answer = house.send(with_key(path, &caller.live).method(method).body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, status, "{method} {path}");
            expected.success += i64::from(status < 500);
            expected.client_errors += i64::from((400..500).contains(&status));
            expected.error += i64::from(status >= 500);
            assert_eq!(house.counts(&caller.live).await, expected, "read right after the end of {method} {path}");
        }
        let month = Period::month_of(Utc::now());
        assert_eq!(store.billable_calls(caller.partner, "parcels", month).await.unwrap(), expected.success);
    })
    .await;
}

#[tokio::test]
async fn the_end_of_an_answer_waits_for_the_disk_and_its_beginning_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("portico.db").display());
    let store = Store::open_with(&url, PasswordCost::Cheap).await.unwrap();
    let house = TestHouse::open(&store);
    let upstream = TestUpstream::start().await;
    let [_, starter] = house.product(&upstream.url).await;
    let caller = house.caller(Some(&starter)).await;
    let disk = Disk(folder.path().join("portico.db-calls"));
    for path in ["/gateway/parcels/stream", "/gateway/parcels/any", "/gateway/parcels/empty"] {
        disk.refuse(&house).await;
        let mut answer = tokio::spawn({
            let (router, request) = (house.router.clone(), with_key(path, &caller.live).body(Body::empty()).unwrap());
            async move { house::read(router.oneshot(request).await.unwrap()).await }
        });
        let early = tokio::time::timeout(Duration::from_millis(400), &mut answer).await;
        assert!(early.is_err(), "{path} was complete before it was counted");
        disk.take();
        assert!(answer.await.unwrap().status.is_success(), "{path}");
    }
    assert_eq!(house.counts(&caller.live).await.success, 3);

    disk.refuse(&house).await;
    let request = with_key("/gateway/parcels/stream", &caller.live).body(Body::empty()).unwrap();
    let mut pieces = house.router.clone().oneshot(request).await.unwrap().into_body().into_data_stream();
    for n in 0..3 {
        assert_eq!(pieces.next().await.unwrap().unwrap(), format!("piece {n}\n"));
    }
    disk.take();
    assert!(pieces.next().await.is_none());

    // HTTP/1.0 knows no end mark: its last piece waits.
    disk.refuse(&house).await;
    let request = with_key("/gateway/parcels/stream", &caller.live).version(Version::HTTP_10).body(Body::empty()).unwrap();
    let mut pieces = house.router.clone().oneshot(request).await.unwrap().into_body().into_data_stream();
    for n in 0..2 {
        assert_eq!(pieces.next().await.unwrap().unwrap(), format!("piece {n}\n"));
    }
    assert!(tokio::time::timeout(Duration::from_millis(400), pieces.next()).await.is_err(), "complete before it was counted");
    disk.take();
    assert_eq!(pieces.next().await.unwrap().unwrap(), "piece 2\n");
    assert!(pieces.next().await.is_none());
}

/// The journal's folder, which can be put out of reach.
struct Disk(PathBuf);

impl Disk {
    /// Takes it away, once the journal has no file open in it.
    async fn refuse(&self, house: &TestHouse) {
        house.settle().await;
        // There is none before the first call.
        let _ = std::fs::rename(&self.0, self.0.with_extension("away"));
        std::fs::write(&self.0, "no folder").unwrap();
    }

    fn take(&self) {
        std::fs::remove_file(&self.0).unwrap();
        let _ = std::fs::rename(self.0.with_extension("away"), &self.0);
    }
}

#[tokio::test]
async fn the_log_holds_what_the_call_was() {
    everywhere(async |store| {
        let house = TestHouse::open(&store);
        let [_, starter] = house.product("internal:demo").await;
        let caller = house.caller(Some(&starter)).await;
        let request = with_key("/gateway/parcels/parcels?secret=1", &caller.live).method("POST").header("content-type", "application/json");
        let answer = house.send(request.body(Body::from("{\"city\":\"Leipzig\"}")).unwrap()).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        house.settle().await;
        let calls = store.calls(caller.partner, &CallFilter { limit: 10, ..CallFilter::default() }).await.unwrap();
        let [call] = &calls[..] else { panic!("{calls:?}") };
        assert_eq!(call.id.to_string(), answer.header("x-request-id"));
        assert_eq!((call.method.as_str(), call.path.as_str(), call.operation.as_str()), ("POST", "/parcels", "addParcel"));
        assert_eq!((call.status, call.outcome, call.source, call.environment), (201, Outcome::Success, Source::Gateway, Environment::Live));
        assert_eq!((call.bytes_in, call.bytes_out), (18, answer.text.len() as u64));
    })
    .await;
}

#[tokio::test]
async fn a_client_that_leaves_in_the_middle_is_counted_once() {
    everywhere(async |store| {
        let house = TestHouse::open(&store);
        let upstream = TestUpstream::start().await;
        let [_, starter] = house.product(&upstream.url).await;
        let caller = house.caller(Some(&starter)).await;
        let mut socket = TcpStream::connect(house.listen().await).await.unwrap();
        socket.write_all(asking("/gateway/parcels/stream", caller.live.secret.reveal()).as_bytes()).await.unwrap();
        assert!(socket.read(&mut [0; 64]).await.unwrap() > 0);
        drop(socket);
        house.counts_become(&caller.live, Counts { success: 1, ..Counts::default() }).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(house.counts(&caller.live).await, Counts { success: 1, ..Counts::default() });
    })
    .await;
}

#[tokio::test]
async fn a_client_that_breaks_its_own_body_off_pays_for_the_answer_so_far() {
    everywhere(async |store| {
        let house = TestHouse::open(&store);
        let [free, _] = house.product(&early(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nevent\r\n").await).await;
        let caller = house.caller(Some(&free)).await;
        let mut socket = TcpStream::connect(house.listen().await).await.unwrap();
        let key = caller.live.secret.reveal();
        let request =
            format!("POST /gateway/parcels/x HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\ncontent-length: 100\r\n\r\nnot all of it");
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut got = String::new();
        while !got.contains("event") {
            let mut buffer = [0; 4096];
            let size = tokio::time::timeout(Duration::from_secs(5), socket.read(&mut buffer)).await.unwrap().unwrap();
            got += &String::from_utf8_lossy(&buffer[..size]);
        }
        socket.shutdown().await.unwrap();
        house.counts_become(&caller.live, Counts { success: 1, ..Counts::default() }).await;
    })
    .await;
}

#[tokio::test]
async fn refusals_without_an_end_do_not_fill_the_log() {
    everywhere(async |store| {
        let house = TestHouse::open(&store);
        let [free, _] = house.product("internal:demo").await;
        let caller = house.caller(Some(&free)).await;
        store.revoke_key(caller.partner, caller.live.key.id, &by(), Utc::now()).await.unwrap();
        let began = std::time::Instant::now();
        for _ in 0..400 {
            house.get("/gateway/parcels/parcels/PX1", &caller.live).await;
        }
        let most = 101 + i64::try_from(began.elapsed().as_millis()).unwrap() / 10;
        let mut refused = 0;
        for _ in 0..100 {
            refused = house.counts(&caller.live).await.refused;
            if refused >= 100 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        // No answer waited for these, so more may be on their way.
        tokio::time::sleep(Duration::from_millis(100)).await;
        refused = refused.max(house.counts(&caller.live).await.refused);
        assert!((100..=most).contains(&refused), "{refused}, at most {most}");
    })
    .await;
}

#[tokio::test]
async fn a_product_that_is_not_shown_to_a_caller_has_no_name_in_their_usage() {
    everywhere(async |store| {
        let house = TestHouse::open(&store);
        house.product("internal:demo").await;
        house.create("hidden", "internal:demo", None, Visibility::Private).await;
        let caller = house.caller(None).await;
        for path in ["/gateway/hidden/a/../b", "/gateway/hidden/a", "/gateway/nothing/a"] {
            house.get(path, &caller.live).await;
        }
        house.counts_become(&caller.live, Counts { refused: 3, ..Counts::default() }).await;
        let calls = store.calls(caller.partner, &CallFilter { limit: 10, ..CallFilter::default() }).await.unwrap();
        assert!(calls.iter().all(|call| call.product_id == "unknown"), "{calls:?}");
    })
    .await;
}

#[tokio::test]
async fn a_client_that_leaves_before_the_answer_is_not_billed_and_keeps_its_share_of_the_quota() {
    everywhere(async |store| {
        let house = TestHouse::open(&store);
        let upstream = TestUpstream::start().await;
        let [free, _] = house.product(&upstream.url).await;
        let caller = house.caller(Some(&free)).await;
        let mut socket = TcpStream::connect(house.listen().await).await.unwrap();
        socket.write_all(asking("/gateway/parcels/slow", caller.live.secret.reveal()).as_bytes()).await.unwrap();
        while upstream.calls() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        drop(socket);
        house.counts_become(&caller.live, Counts { refused: 1, ..Counts::default() }).await;
        let next = house.get("/gateway/parcels/any", &caller.live).await;
        assert!(next.header("ratelimit").contains("\"month\";r=498"), "the upstream worked for it: {}", next.header("ratelimit"));
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_an_error() {
    everywhere(async |store| {
        let house = TestHouse::open(&store);
        let [_, starter] = house.product(&blunt(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await).await;
        let caller = house.caller(Some(&starter)).await;
        let mut socket = TcpStream::connect(house.listen().await).await.unwrap();
        socket.write_all(asking("/gateway/parcels/x", caller.live.secret.reveal()).as_bytes()).await.unwrap();
        let mut got = Vec::new();
        // The connection may end with a reset.
        let _ = socket.read_to_end(&mut got).await;
        assert!(String::from_utf8_lossy(&got).starts_with("HTTP/1.1 200"), "{}", String::from_utf8_lossy(&got));
        house.counts_become(&caller.live, Counts { error: 1, ..Counts::default() }).await;
    })
    .await;
}

fn asking(path: &str, key: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: portal.example\r\nx-api-key: {key}\r\n\r\n")
}
