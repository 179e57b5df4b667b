//! An upstream of our own, which counts what reaches it and misbehaves on demand.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse;
use futures::StreamExt;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A server on a free port.
pub struct TestUpstream {
    pub url: String,
    pub calls: Arc<AtomicUsize>,
}

impl TestUpstream {
    /// Answers by the last part of the path: `status-NNN`, `slow`, `stream`, `still`, `endless`, `redirect`, `cookie`, `large`; else it
    /// says what it got.
    pub async fn start() -> Self {
        let calls = Arc::new(AtomicUsize::new(0));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(Arc::clone(&calls));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, calls }
    }

    /// Calls that reached it.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

async fn answer(State(calls): State<Arc<AtomicUsize>>, request: Request) -> Response<Body> {
    calls.fetch_add(1, Ordering::SeqCst);
    let path = request.uri().path().to_owned();
    match path.rsplit('/').next().unwrap() {
        "slow" => {
            tokio::time::sleep(Duration::from_secs(5)).await;
            "late".into_response()
        }
        "stream" => {
            let pieces = futures::stream::iter(0..3).then(|n| async move {
                tokio::time::sleep(Duration::from_millis(50)).await;
                Ok::<_, std::io::Error>(Bytes::from(format!("piece {n}\n")))
            });
            Body::from_stream(pieces).into_response()
        }
        "still" => {
            let piece = futures::stream::once(std::future::ready(Ok::<_, std::io::Error>(Bytes::from("piece 0\n"))));
            Body::from_stream(piece.chain(futures::stream::pending())).into_response()
        }
        "endless" => {
            Body::from_stream(futures::stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; 64 << 10])))).into_response()
        }
        "redirect" => (StatusCode::FOUND, [("location", "http://evil.example/")]).into_response(),
        "cookie" => ([("set-cookie", "session=evil"), ("access-control-allow-origin", "*")], "set").into_response(),
        "large" => "x".repeat(3 << 20).into_response(),
        "empty" => StatusCode::NO_CONTENT.into_response(),
        last => match last.strip_prefix("status-").and_then(|code| code.parse().ok()) {
            Some(code) => (StatusCode::from_u16(code).unwrap(), "as asked").into_response(),
            None => echo(request).await,
        },
    }
}

async fn echo(request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 64 << 20).await.unwrap_or_default();
    // A header that came twice is seen as such.
    let values = |name| parts.headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect::<Vec<_>>().join(", ");
    let headers: BTreeMap<_, _> = parts.headers.keys().map(|name| (name.to_string(), values(name))).collect();
    let got = json!({
        "method": parts.method.as_str(),
        "target": parts.uri.to_string(),
        "headers": headers,
        "length": body.len(),
        "body": String::from_utf8_lossy(&body[..body.len().min(200)]),
    });
    axum::Json(got).into_response()
}

/// A server that reads a request, writes these bytes and hangs up.
pub async fn blunt(bytes: &'static [u8]) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(bytes).await;
        }
    });
    url
}

/// A server that answers a request's beginning with these bytes, and leaves it to the other side to end the connection.
pub async fn early(bytes: &'static [u8]) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer).await;
            let _ = stream.write_all(bytes).await;
            tokio::spawn(async move { while stream.read(&mut buffer).await.is_ok_and(|size| size > 0) {} });
        }
    });
    url
}

/// An address that nobody listens at.
pub async fn nobody() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}
