//! Answers that stand still.

use crate::databases::both;
use crate::house::{Caller, TestHouse};
use crate::upstream::TestUpstream;
use domain::usage::{Call, CallFilter, Outcome};
use server::gateway::standing::LOOKS;
use std::time::Duration;
use store::Store;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Asks for a path behind a new product, over a connection of its own.
async fn asked(house: &TestHouse, base: &str, path: &str) -> (TcpStream, Caller) {
    let [_, starter] = house.product_named(path, base, None).await;
    let caller = house.caller(Some(&starter)).await;
    let mut socket = TcpStream::connect(house.listen().await).await.unwrap();
    let request = format!("GET /gateway/{path}/{path} HTTP/1.1\r\nhost: x\r\nx-api-key: {}\r\n\r\n", caller.live.secret.reveal());
    socket.write_all(request.as_bytes()).await.unwrap();
    (socket, caller)
}

async fn logged(house: &TestHouse, store: &Store, caller: &Caller) -> Option<Call> {
    for _ in 0..100 {
        house.settle().await;
        if let Some(call) = store.calls(caller.partner, &CallFilter { limit: 5, ..CallFilter::default() }).await.unwrap().pop() {
            return Some(call);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    None
}

#[tokio::test]
async fn an_upstream_that_falls_silent_is_not_waited_for_for_ever() {
    both(async |store| {
        let house = TestHouse::open(&store);
        let (mut socket, caller) = asked(&house, &TestUpstream::start().await.url, "still").await;
        let (mut got, mut buffer) = (String::new(), [0; 4096]);
        while !got.contains("piece 0") {
            let size = socket.read(&mut buffer).await.unwrap();
            got += &String::from_utf8_lossy(&buffer[..size]);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        (1..LOOKS).for_each(|_| house.gateway.answers.look());
        assert!(tokio::time::timeout(Duration::from_millis(100), socket.read(&mut buffer)).await.is_err(), "it has time left");
        house.gateway.answers.look();
        let rest = tokio::time::timeout(Duration::from_secs(5), socket.read_to_string(&mut got)).await.expect("the connection ends");
        assert!(rest.is_err() || !got.ends_with("0\r\n\r\n"), "it looks complete: {got}");
        let call = logged(&house, &store, &caller).await.unwrap();
        assert_eq!((call.status, call.outcome, call.bytes_out), (504, Outcome::Error, 8));
        assert_eq!(house.gateway.meter.waiting(), 0, "its place is free");
    })
    .await;
}

#[tokio::test]
async fn a_reader_who_reads_nothing_keeps_no_place() {
    both(async |store| {
        let house = TestHouse::open(&store);
        let (socket, caller) = asked(&house, &TestUpstream::start().await.url, "endless").await;
        // Until every buffer on the way is full.
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        (0..LOOKS).for_each(|_| house.gateway.answers.look());
        let call = logged(&house, &store, &caller).await.expect("it is over");
        assert_eq!((call.status, call.outcome), (200, Outcome::Success));
        assert!(call.bytes_out > 0 && house.gateway.meter.waiting() == 0);
        drop(socket);
    })
    .await;
}
