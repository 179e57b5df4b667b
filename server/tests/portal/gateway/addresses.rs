//! A key that may be used from certain addresses only.

use crate::house::{Answer, Caller, TestHouse, by, everywhere, read, with_key};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use chrono::Utc;
use domain::addresses::Addresses;
use domain::key::{Environment, Scope};
use domain::usage::Counts;
use server::connections::{HEAD, Reception};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use store::{CreatedKey, KeyChange, NewKey, Store};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;

const PARCEL: &str = "/gateway/parcels/parcels/PX1";

async fn before(store: &Store, environment: Environment, list: &str) -> (TestHouse, Caller, CreatedKey) {
    let house = TestHouse::open(store);
    let [_, starter] = house.product("internal:demo").await;
    let caller = house.caller(Some(&starter)).await;
    let (name, addresses) = ("Office".to_owned(), Addresses::read(list).unwrap());
    let new = NewKey { addresses, ..NewKey::new(name, environment) };
    let key = store.create_key(caller.partner, new, true, &by(), Utc::now()).await.unwrap();
    (house, caller, key)
}

/// Calls as if from there.
async fn call_from(house: &TestHouse, path: &str, key: &CreatedKey, address: &str) -> Answer {
    let mut request: Request<Body> = with_key(path, key).body(Body::empty()).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address.parse().unwrap(), 1)));
    read(house.router.clone().oneshot(request).await.unwrap()).await
}

#[tokio::test]
async fn it_opens_from_there_and_from_nowhere_else() {
    everywhere(async |store| {
        let (house, caller, key) = before(&store, Environment::Live, "203.0.113.0/24\n2001:db8::1").await;
        for address in ["203.0.113.7", "::ffff:203.0.113.7", "2001:db8::1"] {
            assert_eq!(call_from(&house, PARCEL, &key, address).await.status, 200, "{address}");
        }
        for address in ["203.0.114.7", "2001:db8::2", "127.0.0.1"] {
            let answer = call_from(&house, PARCEL, &key, address).await;
            assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (403, "address"), "{address}");
            assert!(answer.json()["detail"].as_str().unwrap().contains(address), "{}", answer.text);
        }
        assert_eq!(house.get(PARCEL, &key).await.status, 403, "an address that is not known is none of the key's");
        assert_eq!(call_from(&house, PARCEL, &caller.live, "198.51.100.1").await.status, 200, "others have no list");
        house.counts_become(&key, Counts { success: 3, refused: 4, ..Counts::default() }).await;

        let addresses = Addresses::read("198.51.100.0/24").unwrap();
        let change = KeyChange { name: "Moved".to_owned(), scope: Scope::All, addresses };
        store.edit_key(caller.partner, key.key.id, &change, &by(), Utc::now()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(call_from(&house, PARCEL, &key, "198.51.100.1").await.status, 200);
        assert_eq!(call_from(&house, PARCEL, &key, "203.0.113.7").await.status, 403);
    })
    .await;
}

#[tokio::test]
async fn it_holds_at_the_sandbox_and_for_the_partner_s_own_numbers() {
    everywhere(async |store| {
        let (house, _, key) = before(&store, Environment::Test, "203.0.113.7").await;
        for path in ["/sandbox/parcels/parcels/PX1", "/api/v1/usage"] {
            let away = call_from(&house, path, &key, "203.0.113.8").await;
            assert_eq!((away.status.as_u16(), away.problem().as_str()), (403, "address"), "{path}");
            assert_eq!(call_from(&house, path, &key, "203.0.113.7").await.status, 200, "{path}");
        }
    })
    .await;
}

async fn status_over(address: SocketAddr, key: &CreatedKey, forwarded: &str) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let key = key.secret.reveal();
    let head = format!("GET {PARCEL} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-api-key: {key}\r\nx-forwarded-for: {forwarded}\r\n\r\n");
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut text = String::new();
    socket.read_to_string(&mut text).await.unwrap();
    text.split(' ').nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn only_a_trusted_proxy_says_where_a_call_came_from() {
    everywhere(async |store| {
        let (house, _, key) = before(&store, Environment::Live, "203.0.113.7").await;
        assert_eq!(status_over(house.listen().await, &key, "203.0.113.7").await, "403", "anybody may write a header");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let proxies = Arc::new("127.0.0.1".parse().unwrap());
        let reception = Reception { service: house.router.clone(), proxies, head: HEAD, tls: None };
        tokio::spawn(reception.serve(listener, std::future::pending()));
        assert_eq!(status_over(address, &key, "203.0.113.7").await, "200");
        assert_eq!(status_over(address, &key, "203.0.113.7, 198.51.100.1").await, "403", "the last step counts");
    })
    .await;
}
