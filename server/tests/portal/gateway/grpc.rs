//! HTTP/2 from end to end: gRPC, trailers, and streams both ways.

use crate::databases::both;
use crate::house::{Caller, TestHouse, by, with_key};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, Version};
use chrono::Utc;
use domain::usage::{CallFilter, Counts};
use futures::channel::mpsc;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use server::connections::{HEAD, Reception};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

type Piece = Result<Frame<Bytes>, std::io::Error>;

/// A server of gRPC: sends each piece back as it comes, and what it got of headers and trailers in trailers.
async fn upstream() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let reception = Reception { service: Router::new().fallback(answer), proxies: Arc::default(), head: HEAD, tls: None };
    tokio::spawn(reception.serve(listener, std::future::pending()));
    url
}

async fn answer(request: Request) -> Response<Body> {
    let said = |name: &str| request.headers().get(name).cloned();
    let kind = said("content-type").unwrap_or(HeaderValue::from_static("text/plain"));
    let mut response = Response::builder().header("content-type", kind);
    if let Some(names) = said("x-announce") {
        response = response.header("trailer", names);
    }
    if let Some(status) = said("x-at-once") {
        return response.header("grpc-status", status).body(Body::empty()).unwrap();
    }
    let mut end = HeaderMap::new();
    end.insert("x-version", HeaderValue::from_str(&format!("{:?}", request.version())).unwrap());
    end.insert("set-cookie", HeaderValue::from_static("session=evil"));
    end.extend(
        [("grpc-status", said("x-end")), ("x-te", said("te"))]
            .into_iter()
            .filter_map(|(name, value)| Some((HeaderName::from_static(name), value?))),
    );
    let (sender, pieces) = mpsc::unbounded::<Piece>();
    tokio::spawn(async move {
        let mut body = request.into_body();
        while let Some(Ok(frame)) = body.frame().await {
            match frame.into_trailers() {
                Ok(trailers) => end.extend(trailers.into_iter().filter_map(|(name, value)| Some((name?, value)))),
                Err(frame) => drop(sender.unbounded_send(Ok(frame))),
            }
        }
        let _ = sender.unbounded_send(Ok(Frame::trailers(end)));
    });
    response.body(Body::new(StreamBody::new(pieces))).unwrap()
}

struct Call {
    pieces: mpsc::UnboundedSender<Piece>,
    answer: tokio::task::JoinHandle<Response<Incoming>>,
}

impl Call {
    /// Opens a call over HTTP/2 with prior knowledge.
    fn open(address: SocketAddr, caller: &Caller, headers: &[(&'static str, &'static str)]) -> Self {
        let client = Client::builder(TokioExecutor::new()).http2_only(true).build_http::<Body>();
        let (pieces, body) = mpsc::unbounded();
        let mut request = with_key(&format!("http://{address}/gateway/parcels/echo.Echo/Say"), &caller.live).method("POST");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::new(StreamBody::new(body))).unwrap();
        Self { pieces, answer: tokio::spawn(async move { client.request(request).await.unwrap() }) }
    }

    fn say(&self, text: &'static str) {
        self.pieces.unbounded_send(Ok(Frame::data(Bytes::from(text)))).unwrap();
    }

    /// Ends the request with these trailers and reads the rest of the answer: its text and its own trailers.
    async fn end(self, trailers: &[(&'static str, &'static str)]) -> (String, HeaderMap) {
        let pairs = trailers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        self.pieces.unbounded_send(Ok(Frame::trailers(pairs.collect()))).unwrap();
        drop(self.pieces);
        let whole = self.answer.await.unwrap().into_body().collect().await.unwrap();
        let trailers = whole.trailers().cloned().unwrap_or_default();
        (String::from_utf8(whole.to_bytes().to_vec()).unwrap(), trailers)
    }
}

async fn before(store: &Store) -> (TestHouse, Caller, SocketAddr) {
    let house = TestHouse::open(store);
    let [_, starter] = house.product(&upstream().await).await;
    let caller = house.caller(Some(&starter)).await;
    let address = house.listen().await;
    (house, caller, address)
}

const GRPC: (&str, &str) = ("content-type", "application/grpc+proto");
const TE: (&str, &str) = ("te", "trailers");

#[tokio::test]
async fn a_call_flows_both_ways_and_its_trailers_cross() {
    both(async |store| {
        let (house, caller, address) = before(&store).await;
        let mut settings = store.upstream("parcels").await.unwrap().unwrap();
        settings.secret_header = Some("x-upstream-key".to_owned());
        store.set_upstream(settings, Some("the-secret"), &by(), Utc::now()).await.unwrap();
        let mut call = Call::open(address, &caller, &[GRPC, TE, ("x-end", "0")]);
        call.say("one ");
        let mut answer = (&mut call.answer).await.unwrap();
        assert_eq!((answer.version(), answer.status().as_u16()), (Version::HTTP_2, 200));
        for piece in ["one ", "two ", "three"] {
            let frame = tokio::time::timeout(Duration::from_secs(5), answer.frame()).await.expect("nothing waits for the request's end");
            assert_eq!(frame.unwrap().unwrap().into_data().unwrap(), piece);
            match piece {
                "one " => call.say("two "),
                "two " => call.say("three"),
                _ => {}
            }
        }
        assert_eq!(house.counts(&caller.live).await, Counts::default(), "it is still open");
        let sent = [("x-sum", "3"), ("x-upstream-key", "forged"), ("authorization", "forged")];
        let pairs = sent.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        call.pieces.unbounded_send(Ok(Frame::trailers(pairs.collect()))).unwrap();
        drop(call.pieces);
        let end = answer.frame().await.unwrap().unwrap().into_trailers().unwrap();
        for (name, value) in [("grpc-status", "0"), ("x-sum", "3"), ("x-te", "trailers"), ("x-version", "HTTP/2.0")] {
            assert_eq!(end[name], value, "{end:?}");
        }
        for absent in ["x-upstream-key", "authorization", "set-cookie"] {
            assert!(!end.contains_key(absent), "{absent} in {end:?}");
        }
        assert_eq!(house.counts(&caller.live).await, Counts { success: 1, ..Counts::default() }, "complete means counted, once");
    })
    .await;
}

#[tokio::test]
async fn the_status_at_the_end_says_what_is_billed() {
    both(async |store| {
        let (house, caller, address) = before(&store).await;
        for (end, name) in [("0", "x-end"), ("5", "x-end"), ("14", "x-end"), ("13", "x-at-once"), ("16", "x-at-once")] {
            let call = Call::open(address, &caller, &[GRPC, TE, (name, end)]);
            call.say("hello");
            let (text, trailers) = call.end(&[]).await;
            match name {
                "x-end" => assert_eq!((text.as_str(), trailers["grpc-status"].to_str().unwrap()), ("hello", end)),
                _ => assert_eq!((text.as_str(), trailers.len()), ("", 0)),
            }
        }
        // Messages came until the caller's own deadline: an answer, unless there were none or the deadline was the upstream's.
        for (hurry, text) in [(true, "hello"), (true, ""), (false, "hello")] {
            let headers = [GRPC, TE, ("x-end", "4"), ("grpc-timeout", "1S")];
            let call = Call::open(address, &caller, &headers[..if hurry { 4 } else { 3 }]);
            if !text.is_empty() {
                call.say(text);
            }
            assert_eq!(call.end(&[]).await.1["grpc-status"], "4");
        }
        // Who ends without a status has failed.
        Call::open(address, &caller, &[GRPC, TE]).end(&[]).await;
        house.counts_become(&caller.live, Counts { success: 4, client_errors: 2, error: 5, refused: 0 }).await;
        let filter = CallFilter { limit: 10, ..CallFilter::default() };
        let calls = store.calls(caller.partner, &filter).await.unwrap();
        let mut statuses: Vec<u16> = calls.iter().map(|call| call.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 200, 401, 404, 500, 500, 503, 504, 504]);
    })
    .await;
}

/// What HTTP/1.1 shows of an answer, to its end.
async fn over_the_first_version(address: SocketAddr, caller: &Caller, headers: &str) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let key = caller.live.secret.reveal();
    let head =
        format!("POST /gateway/parcels/echo.Echo/Say HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\n{headers}content-length: 5\r\n\r\nhello");
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut text = String::new();
    while !text.ends_with("\r\n\r\n") || !text.contains("\r\n0\r\n") {
        let mut buffer = [0; 4096];
        let size = tokio::time::timeout(Duration::from_secs(5), socket.read(&mut buffer)).await.unwrap().unwrap();
        assert!(size > 0, "it broke off: {text}");
        text += &String::from_utf8_lossy(&buffer[..size]);
    }
    text
}

#[tokio::test]
async fn the_first_version_gets_trailers_where_it_asks_for_them() {
    both(async |store| {
        let (house, caller, address) = before(&store).await;
        let asked = "te: trailers\r\nconnection: te\r\n";
        let grpc = "content-type: application/grpc\r\nx-end: 0\r\n";
        let got = over_the_first_version(address, &caller, &format!("{asked}{grpc}")).await;
        assert!(got.contains("hello") && got.contains("grpc-status: 0"), "{got}");
        let got = over_the_first_version(address, &caller, grpc).await;
        assert!(got.contains("hello") && !got.contains("grpc-status: 0"), "{got}");
        // A chunked HTTP/1.1 upstream announces its trailers itself.
        let got = over_the_first_version(address, &caller, &format!("{asked}x-announce: x-version, x-te\r\n")).await;
        assert!(got.contains("x-version: HTTP/1.1") && got.contains("x-te: trailers"), "{got}");
        house.counts_become(&caller.live, Counts { success: 3, ..Counts::default() }).await;
    })
    .await;
}

#[tokio::test]
async fn who_is_refused_gets_an_answer_that_grpc_understands() {
    both(async |store| {
        let (house, caller, address) = before(&store).await;
        store.revoke_key(caller.partner, caller.live.key.id, &by(), Utc::now()).await.unwrap();
        let call = Call::open(address, &caller, &[GRPC, TE, ("x-end", "0")]);
        let answer = call.answer.await.unwrap();
        assert_eq!(answer.status(), 401, "clients map it to UNAUTHENTICATED");
        house.counts_become(&caller.live, Counts { refused: 1, ..Counts::default() }).await;
    })
    .await;
}
