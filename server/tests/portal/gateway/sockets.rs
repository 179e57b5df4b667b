//! WebSockets through the gateway, over real sockets, between a client and a server of another make.

use crate::databases::both;
use crate::house::{Caller, TestHouse, by, everywhere};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use chrono::Utc;
use domain::key::{Environment, Scope};
use domain::plan::Beyond;
use domain::product::{SocketMetering, Status};
use domain::usage::{CallFilter, Counts};
use futures::{SinkExt, StreamExt};
use server::gateway::meter::PARTNER_PLACES;
use server::gateway::socket::{PARTNER_SOCKETS, Patience};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use store::{CreatedKey, Store};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Control, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{Frame, FrameHeader};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async, client_async};

type Client = WebSocketStream<TcpStream>;

/// A server that says everything back, and remembers what it was asked with and how each connection ended.
#[derive(Clone, Default)]
struct Echo {
    asked: Arc<Mutex<Vec<HeaderMap>>>,
    ends: Arc<Mutex<Vec<Option<u16>>>>,
}

impl Echo {
    async fn start() -> (Self, String) {
        let echo = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = echo.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(shared.clone().talk(stream));
            }
        });
        (echo, url)
    }

    #[expect(clippy::result_large_err, reason = "the handshake's own types")]
    async fn talk(self, stream: TcpStream) {
        let asked = Arc::clone(&self.asked);
        let answer = |request: &axum::http::Request<()>, mut response: Response<()>| {
            asked.lock().unwrap().push(request.headers().clone());
            if request.uri().path().ends_with("/refuse") {
                return Err(Response::builder().status(StatusCode::FORBIDDEN).body(Some("not here".to_owned())).unwrap());
            }
            response.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("parcels.v1"));
            response.headers_mut().insert("set-cookie", HeaderValue::from_static("session=evil"));
            Ok(response)
        };
        let Ok(mut socket) = accept_hdr_async(stream, answer).await else { return };
        let mut end = None;
        while let Some(Ok(message)) = socket.next().await {
            match message {
                Message::Close(frame) => end = frame.map(|frame| frame.code.into()),
                Message::Text(_) | Message::Binary(_) => drop(socket.send(message).await),
                _ => {}
            }
        }
        self.ends.lock().unwrap().push(end);
    }

    async fn end(&self) -> Option<u16> {
        for _ in 0..200 {
            if let Some(end) = self.ends.lock().unwrap().pop() {
                return end;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the upstream's side is still open");
    }
}

async fn connect(house: &TestHouse, key: &CreatedKey, path: &str) -> Result<(Client, HeaderMap), Error> {
    let address = house.listen().await;
    let mut request = format!("ws://{address}{path}").into_client_request()?;
    let bearer = format!("Bearer {}", key.secret.reveal());
    request.headers_mut().insert("authorization", bearer.parse().unwrap());
    request.headers_mut().insert("cookie", HeaderValue::from_static("session=mine"));
    request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("parcels.v1"));
    let (client, response) = client_async(request, TcpStream::connect(address).await.unwrap()).await?;
    Ok((client, response.into_parts().0.headers))
}

async fn before(store: &Store, counts: SocketMetering) -> (TestHouse, Caller, Echo) {
    before_with(store, counts, Patience::default()).await
}

async fn before_with(store: &Store, counts: SocketMetering, patience: Patience) -> (TestHouse, Caller, Echo) {
    let house = TestHouse::with_patience(store, patience);
    let (echo, url) = Echo::start().await;
    let [free, _] = house.product(&url).await;
    house.upstream(|upstream| upstream.socket_metering = counts).await;
    let caller = house.caller(Some(&free)).await;
    (house, caller, echo)
}

async fn heard(client: &mut Client) -> Message {
    let message = tokio::time::timeout(Duration::from_secs(5), client.next()).await.unwrap();
    message.unwrap().unwrap()
}

/// Says something and hears it back.
async fn echoed(client: &mut Client, message: Message) {
    client.send(message.clone()).await.unwrap();
    assert_eq!(heard(client).await, message);
}

/// The code and the reason that the connection is closed with.
async fn closed(client: &mut Client) -> (u16, String) {
    loop {
        if let Message::Close(frame) = heard(client).await {
            let frame = frame.unwrap();
            return (frame.code.into(), frame.reason.to_string());
        }
    }
}

const PATH: &str = "/gateway/parcels/track";

fn success(success: i64) -> Counts {
    Counts { success, ..Counts::default() }
}

#[tokio::test]
async fn a_connection_counts_once_and_everything_passes() {
    everywhere(async |store| {
        let (house, caller, echo) = before(&store, SocketMetering::Connection).await;
        let (mut client, headers) = connect(&house, &caller.live, PATH).await.unwrap();
        assert_eq!(house.counts(&caller.live).await, success(1), "counted before the client knows that it is connected");
        assert!(headers["sec-websocket-protocol"] == "parcels.v1" && !headers.contains_key("set-cookie"), "{headers:?}");
        assert!(headers.contains_key("ratelimit"), "{headers:?}");
        let asked = echo.asked.lock().unwrap()[0].clone();
        assert!(!asked.contains_key("authorization") && !asked.contains_key("cookie"), "{asked:?}");
        for message in [Message::text("hello"), Message::binary(vec![7; 300_000]), Message::text(""), Message::binary(vec![1; 70_000])] {
            echoed(&mut client, message).await;
        }
        client.send(Message::Ping("p".into())).await.unwrap();
        assert_eq!(heard(&mut client).await, Message::Pong("p".into()));
        client.close(None).await.unwrap();
        while client.next().await.is_some() {}
        echo.end().await;
        assert_eq!(house.counts(&caller.live).await, success(1));
        let call = store.calls(caller.partner, &CallFilter { limit: 5, ..CallFilter::default() }).await.unwrap().remove(0);
        assert_eq!((call.status, call.path.as_str()), (101, "/track"));
    })
    .await;
}

#[tokio::test]
async fn each_message_counts_before_the_upstream_has_it_and_control_frames_are_free() {
    everywhere(async |store| {
        let (house, caller, _) = before(&store, SocketMetering::Message).await;
        let (mut client, _) = connect(&house, &caller.live, PATH).await.unwrap();
        for count in 1..=5 {
            echoed(&mut client, Message::binary(vec![1; 40_000])).await;
            assert_eq!(house.counts(&caller.live).await, success(1 + count));
            client.send(Message::Ping("p".into())).await.unwrap();
            assert_eq!(heard(&mut client).await, Message::Pong("p".into()));
        }
        // One message in three pieces, with a ping between two of them.
        let piece = |text: &str, opcode, is_final| {
            let header = FrameHeader { is_final, opcode: OpCode::Data(opcode), mask: None, ..FrameHeader::default() };
            Message::Frame(Frame::from_payload(header, text.to_owned().into()))
        };
        client.send(piece("one ", Data::Text, false)).await.unwrap();
        client.send(piece("two ", Data::Continue, false)).await.unwrap();
        client.send(Message::Ping("between".into())).await.unwrap();
        assert_eq!(heard(&mut client).await, Message::Pong("between".into()));
        client.send(piece("three", Data::Continue, true)).await.unwrap();
        assert_eq!(heard(&mut client).await, Message::text("one two three"));
        assert_eq!(house.counts(&caller.live).await, success(7));
        // Many at once share a batch.
        for number in 0..100 {
            client.feed(Message::text(number.to_string())).await.unwrap();
        }
        client.flush().await.unwrap();
        for number in 0..100 {
            assert_eq!(heard(&mut client).await, Message::text(number.to_string()));
        }
        assert_eq!(house.counts(&caller.live).await, success(107));
    })
    .await;
}

#[tokio::test]
async fn a_quota_that_is_used_up_ends_the_connection_at_the_exact_message() {
    everywhere(async |store| {
        let (house, caller, echo) = before(&store, SocketMetering::Message).await;
        let (client, _) = connect(&house, &caller.live, PATH).await.unwrap();
        let (mut sender, mut receiver) = client.split();
        let talker = tokio::spawn(async move { while sender.send(Message::text("x")).await.is_ok() {} });
        let mut answers = 0;
        let close = loop {
            match tokio::time::timeout(Duration::from_secs(20), receiver.next()).await.expect("an end").expect("a close frame").unwrap() {
                Message::Text(_) => answers += 1,
                Message::Close(frame) => break frame.unwrap(),
                _ => {}
            }
        };
        talker.abort();
        assert_eq!((close.code, close.reason.contains("500 calls")), (CloseCode::Policy, true), "{close:?}");
        assert!(answers <= 499, "{answers}");
        assert_eq!(echo.end().await, Some(1008), "the upstream is told as well");
        house.counts_become(&caller.live, Counts { success: 500, refused: 1, ..Counts::default() }).await;
        let Err(Error::Http(refused)) = connect(&house, &caller.live, PATH).await else { panic!("the next one is let in") };
        assert_eq!(refused.status(), 429);
    })
    .await;
}

#[tokio::test]
async fn messages_keep_the_plan_s_pace_by_waiting() {
    both(async |store| {
        let (house, _, _) = before(&store, SocketMetering::Message).await;
        let slow = house.plan("parcels", "slow", Beyond::Overage(300.into()), 10).await;
        let caller = house.caller(Some(&slow)).await;
        let (mut client, _) = connect(&house, &caller.live, PATH).await.unwrap();
        let began = Instant::now();
        for _ in 0..15 {
            client.send(Message::text("x")).await.unwrap();
        }
        for _ in 0..15 {
            heard(&mut client).await;
        }
        assert!(began.elapsed() > Duration::from_millis(450), "{:?}", began.elapsed());
        assert_eq!(house.counts(&caller.live).await, success(16));
    })
    .await;
}

#[tokio::test]
async fn it_ends_within_a_second_of_the_key_and_of_the_partner() {
    everywhere(async |store| {
        let (house, caller, echo) = before(&store, SocketMetering::Connection).await;
        let (mut client, _) = connect(&house, &caller.live, PATH).await.unwrap();
        tokio::time::sleep(Duration::from_millis(600)).await;
        echoed(&mut client, Message::text("still here")).await;
        store.revoke_key(caller.partner, caller.live.key.id, &by(), Utc::now()).await.unwrap();
        let began = Instant::now();
        let (code, reason) = closed(&mut client).await;
        assert!(code == 1008 && reason.contains("revoked"), "{code} {reason}");
        assert!(began.elapsed() < Duration::from_millis(1_500), "{:?}", began.elapsed());
        assert_eq!(echo.end().await, Some(1008));

        let another = house.key(caller.partner, Environment::Live, Scope::All).await;
        let (mut client, _) = connect(&house, &another, PATH).await.unwrap();
        store.suspend_partner(caller.partner, &by(), Utc::now()).await.unwrap();
        let (code, reason) = closed(&mut client).await;
        assert!(code == 1008 && reason.contains("suspended"), "{code} {reason}");
    })
    .await;
}

#[tokio::test]
async fn a_server_that_stops_says_so_to_both_sides() {
    both(async |store| {
        let (house, caller, echo) = before(&store, SocketMetering::Message).await;
        let (mut client, _) = connect(&house, &caller.live, PATH).await.unwrap();
        echoed(&mut client, Message::text("hello")).await;
        let stopped = tokio::spawn(async move { house.gateway.sockets.close().await });
        let (code, reason) = closed(&mut client).await;
        assert!(code == 1001 && reason.contains("stopping"), "{code} {reason}");
        assert_eq!(echo.end().await, Some(1001));
        drop(client);
        tokio::time::timeout(Duration::from_secs(5), stopped).await.expect("nothing is left open").unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_upstream_that_does_not_want_to_answers_like_any_other() {
    both(async |store| {
        let (house, caller, _) = before(&store, SocketMetering::Message).await;
        let Err(Error::Http(refused)) = connect(&house, &caller.live, "/gateway/parcels/refuse").await else { panic!("it was let in") };
        assert_eq!(refused.status(), 403);
        house.counts_become(&caller.live, Counts { success: 1, client_errors: 1, ..Counts::default() }).await;
    })
    .await;
}

#[tokio::test]
async fn control_frames_keep_a_pace_of_their_own() {
    both(async |store| {
        let (house, caller, _) = before(&store, SocketMetering::Message).await;
        let (mut client, _) = connect(&house, &caller.live, PATH).await.unwrap();
        let began = Instant::now();
        for _ in 0..40 {
            client.send(Message::Ping("x".into())).await.unwrap();
        }
        client.send(Message::text("hello")).await.unwrap();
        while heard(&mut client).await != Message::text("hello") {}
        assert!(began.elapsed() > Duration::from_millis(900), "{:?}", began.elapsed());
    })
    .await;
}

#[tokio::test]
async fn an_upgrade_that_the_connection_does_not_name_is_none() {
    both(async |store| {
        let (house, caller, _) = before(&store, SocketMetering::Message).await;
        let mut socket = TcpStream::connect(house.listen().await).await.unwrap();
        let key = caller.live.secret.reveal();
        let asked =
            "upgrade: websocket\r\nconnection: close\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        socket.write_all(format!("GET {PATH} HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\n{asked}\r\n").as_bytes()).await.unwrap();
        let mut got = String::new();
        socket.read_to_string(&mut got).await.unwrap();
        assert!(got.starts_with("HTTP/1.1 ") && !got.contains("101 Switching"), "{got}");
    })
    .await;
}

#[tokio::test]
async fn what_no_message_may_be_ends_the_connection() {
    both(async |store| {
        let (house, caller, _) = before(&store, SocketMetering::Message).await;
        house.upstream(|upstream| upstream.max_request_bytes = 1_000).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        let (mut client, _) = connect(&house, &caller.live, PATH).await.unwrap();
        echoed(&mut client, Message::binary(vec![1; 1_000])).await;
        client.send(Message::binary(vec![1; 1_001])).await.unwrap();
        let (code, reason) = closed(&mut client).await;
        assert!(code == 1009 && reason.contains("1000 bytes"), "{code} {reason}");
        let (mut client, _) = connect(&house, &caller.live, PATH).await.unwrap();
        let header = FrameHeader { is_final: true, opcode: OpCode::Data(Data::Continue), mask: None, ..FrameHeader::default() };
        client.send(Message::Frame(Frame::from_payload(header, "of nothing".into()))).await.unwrap();
        assert_eq!(closed(&mut client).await.0, 1002);
        assert_eq!(house.counts(&caller.live).await, success(3));
    })
    .await;
}

#[tokio::test]
async fn what_no_frame_may_be_ends_the_connection_before_it_is_passed_on() {
    both(async |store| {
        let (house, caller, echo) = before(&store, SocketMetering::Message).await;
        let ping = OpCode::Control(Control::Ping);
        let reserved = [OpCode::Data(Data::Reserved(3)), OpCode::Control(Control::Reserved(11))];
        for (opcode, is_final, size) in [(ping, true, 126), (ping, false, 5), (reserved[0], true, 5), (reserved[1], true, 5)] {
            let (mut client, _) = connect(&house, &caller.live, PATH).await.unwrap();
            let header = FrameHeader { is_final, opcode, mask: None, ..FrameHeader::default() };
            client.send(Message::Frame(Frame::from_payload(header, vec![1; size].into()))).await.unwrap();
            assert_eq!(closed(&mut client).await.0, 1002, "{opcode:?} of {size} bytes");
            assert_eq!(echo.end().await, Some(1002), "{opcode:?} of {size} bytes");
        }
        assert_eq!(house.counts(&caller.live).await, success(4));
    })
    .await;
}

#[tokio::test]
async fn silence_ends_the_connection_and_a_ping_is_none() {
    both(async |store| {
        let patience = Patience { idle: Duration::from_secs(1), ..Patience::default() };
        let (house, caller, echo) = before_with(&store, SocketMetering::Connection, patience).await;
        let (mut client, _) = connect(&house, &caller.live, PATH).await.unwrap();
        for _ in 0..4 {
            tokio::time::sleep(Duration::from_millis(400)).await;
            client.send(Message::Ping("p".into())).await.unwrap();
            assert_eq!(heard(&mut client).await, Message::Pong("p".into()));
        }
        let (code, reason) = closed(&mut client).await;
        assert!(code == 1001 && reason.contains("Nothing was said"), "{code} {reason}");
        assert_eq!(echo.end().await, Some(1001));
    })
    .await;
}

#[tokio::test]
async fn a_connection_goes_on_for_a_while_where_nobody_can_say_whether_it_may() {
    both(async |store| {
        let patience = Patience { uncertain: Duration::from_secs(1), ..Patience::default() };
        let (house, caller, echo) = before_with(&store, SocketMetering::Connection, patience).await;
        let (mut client, _) = connect(&house, &caller.live, PATH).await.unwrap();
        echoed(&mut client, Message::text("hello")).await;
        let began = Instant::now();
        // What is known of the product is forgotten, and nobody can say it again.
        store.set_product_status("parcels", Status::Deprecated, &by(), Utc::now()).await.unwrap();
        store.close().await;
        let (code, _) = closed(&mut client).await;
        assert_eq!((code, echo.end().await), (1013, Some(1013)));
        assert!(began.elapsed() > Duration::from_secs(1), "{:?}", began.elapsed());
    })
    .await;
}

#[tokio::test]
async fn a_message_waits_for_a_place() {
    both(async |store| {
        let (house, caller, _) = before(&store, SocketMetering::Message).await;
        let (mut client, _) = connect(&house, &caller.live, PATH).await.unwrap();
        let places: Vec<_> = (0..PARTNER_PLACES).map(|_| house.gateway.meter.slot(caller.partner).ok().unwrap()).collect();
        client.send(Message::text("hello")).await.unwrap();
        assert!(tokio::time::timeout(Duration::from_millis(300), client.next()).await.is_err(), "it went on uncounted");
        drop(places);
        assert_eq!(heard(&mut client).await, Message::text("hello"));
        assert_eq!(house.counts(&caller.live).await, success(2));
    })
    .await;
}

#[tokio::test]
async fn one_partner_s_connections_leave_files_for_the_others() {
    both(async |store| {
        let (house, caller, _) = before(&store, SocketMetering::Connection).await;
        let (mut client, _) = connect(&house, &caller.live, PATH).await.unwrap();
        let sockets = &house.gateway.sockets;
        let held: Vec<_> = (1..PARTNER_SOCKETS).map(|_| sockets.place(caller.partner).unwrap()).collect();
        assert!(sockets.place(caller.partner).is_none(), "the one that is open holds a place too");
        let Err(Error::Http(refused)) = connect(&house, &caller.live, PATH).await else { panic!("it was let in") };
        assert_eq!(refused.status(), 429);
        drop(held);
        client.close(None).await.unwrap();
        let (mut next, _) = connect(&house, &caller.live, PATH).await.unwrap();
        echoed(&mut next, Message::text("hello")).await;
    })
    .await;
}
