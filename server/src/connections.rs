//! Connections: each on a task of its own, and none is kept for a client that says nothing.

use crate::holding::Holding;
use crate::presence::{Presence, Present, Stream, Upload, Word};
use crate::problem::{BAD_REQUEST, Problem};
use crate::proxies::Proxies;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::{Extensions, HeaderValue, Response, Version, header};
use axum::response::IntoResponse;
use axum::serve::Listener;
use futures::future::{Either, ready};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use std::convert::Infallible;
use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_rustls::TlsAcceptor;
use tower::Service;

/// How long a client may take for the head of a request, and stay silent between two, or up to a quarter longer.
pub const HEAD: Duration = Duration::from_secs(30);
/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// What every connection shares.
#[derive(Clone)]
pub struct Reception<S> {
    pub service: S,
    pub proxies: Arc<Proxies>,
    /// [`HEAD`], unless a test is in a hurry.
    pub head: Duration,
    /// Answers handshakes, where TLS is spoken here and not by a proxy in front.
    pub tls: Option<TlsAcceptor>,
}

impl<S> Reception<S>
where
    S: Service<Request, Response = Response<Body>, Error = Infallible, Future: Send> + Clone + Send + 'static,
{
    /// Takes connections until `stop` is there, then waits for the answers that are under way. Dropping it ends those that are left.
    pub async fn serve(self, mut listener: TcpListener, stop: impl Future<Output = ()>) {
        let mut present = Present::default();
        let mut connections = JoinSet::new();
        let mut looks = tokio::time::interval(Present::pause(self.head));
        // After a standstill nobody is taken for silent at once.
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut stop = pin!(stop);
        loop {
            let (stream, peer) = tokio::select! {
                // Waits a second where the system has no more connections to give.
                taken = Listener::accept(&mut listener) => taken,
                // Nothing is kept of a connection that is over.
                Some(_) = connections.join_next() => continue,
                _ = looks.tick() => { present.look(); continue }
                () = &mut stop => break,
            };
            // An answer is written as it comes: waiting to fill a packet would cost its reader 40 ms.
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%peer, %error, "a connection was gone before it began");
            }
            connections.spawn(self.clone().receive(stream, peer, present.enter()));
        }
        drop(listener);
        present.finish();
        while !connections.is_empty() {
            tokio::select! {
                _ = connections.join_next() => {}
                _ = looks.tick() => present.look(),
            }
        }
    }

    /// One connection, through its handshake where there is one.
    async fn receive(self, stream: TcpStream, peer: SocketAddr, presence: Arc<Presence>) {
        let Some(acceptor) = self.tls.clone() else { return self.converse(stream, peer, presence).await };
        match tokio::time::timeout(HANDSHAKE.min(self.head), acceptor.accept(stream)).await {
            Ok(Ok(stream)) => self.converse(stream, peer, presence).await,
            Ok(Err(error)) => tracing::debug!(%peer, %error, "a handshake failed"),
            Err(_) => tracing::debug!(%peer, "a handshake took too long"),
        }
    }

    /// One connection, from its first byte to its last, in HTTP/1 or HTTP/2.
    async fn converse(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, peer: SocketAddr, presence: Arc<Presence>) {
        let Self { service, proxies, head, .. } = self;
        let noted = Arc::clone(&presence);
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let under_way = noted.begin(request.version());
            let upload =
                |body: Incoming| if body.is_end_stream() { Body::new(body) } else { Body::new(Upload::new(body, Arc::clone(&noted))) };
            let mut request = request.map(upload);
            let visitor = proxies.visitor(peer, request.headers());
            request.extensions_mut().insert(ConnectInfo(visitor));
            name_host(&mut request);
            let answered = match misshapen(&request) {
                Some(refused) => Either::Left(ready(Ok(refused.into_response()))),
                // Whatever is served here is always ready.
                None => Either::Right(service.clone().call(request)),
            };
            async move { answered.await.map(|response| response.map(|body| Holding::new(body, under_way))) }
        });
        let mut builder = Builder::new(TokioExecutor::new());
        builder.http1().header_read_timeout(None);
        builder.http2().timer(TokioTimer::new()).keep_alive_interval(head).keep_alive_timeout(head);
        let stream = TokioIo::new(Stream::new(stream, Arc::clone(&presence)));
        let mut served = pin!(builder.serve_connection_with_upgrades(stream, service));
        let (mut is_known, mut finishes) = (false, false);
        let ended = poll_fn(|context| {
            if !is_known {
                presence.wakes(context.waker());
                is_known = true;
            }
            match presence.word() {
                Word::HangUp => return Poll::Ready(None),
                Word::Finish if !finishes => {
                    finishes = true;
                    // Each word takes the waker along.
                    presence.wakes(context.waker());
                    served.as_mut().graceful_shutdown();
                }
                Word::Finish | Word::GoOn => {}
            }
            served.as_mut().poll(context).map(Some)
        });
        match ended.await {
            Some(Ok(())) => {}
            Some(Err(error)) => tracing::debug!(%peer, error, "a connection broke off"),
            None => tracing::debug!(%peer, "a connection said nothing"),
        }
    }
}

/// The address that a request came from, as [`Proxies`] make it out; `None` where it came over no connection.
pub fn visitor(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip())
}

/// HTTP/2 names the host in the address (RFC 9113, 8.3.1); whoever asks for it looks in one place.
fn name_host(request: &mut hyper::Request<Body>) {
    if request.version() != Version::HTTP_2 || request.headers().contains_key(header::HOST) {
        return;
    }
    let host = request.uri().authority().and_then(|authority| HeaderValue::from_str(authority.as_str()).ok());
    request.headers_mut().extend(host.map(|host| (header::HOST, host)));
}

/// What is said to a head that hyper lets pass and HTTP does not: without a host or with two (RFC 9112, 3.2), or with a coding of the body
/// that nobody here undoes (6.1).
fn misshapen(request: &hyper::Request<Body>) -> Option<Problem> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let is_named = hosts.next().is_some() || request.version() != Version::HTTP_11;
    if !is_named || hosts.next().is_some() {
        return Some(Problem::new(&BAD_REQUEST, "Send one Host header, with the name that you reach this portal by."));
    }
    let mut codings = request.headers().get_all(header::TRANSFER_ENCODING).iter();
    let is_coded = codings.any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"chunked"));
    is_coded.then(|| Problem::new(&BAD_REQUEST, "Send the body as it is, or in chunks: Transfer-Encoding takes nothing but chunked here."))
}

/// Takes as many open files as the system gives: every connection is one, and the usual limit is small.
pub fn raise_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return;
    }
    let raised = rustix::process::Rlimit { current: limit.maximum, ..limit };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, limit = limit.current, "the limit of open files stays as it is");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::routing::get;
    use futures::StreamExt;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio_util::sync::CancellationToken;

    const SHORT: Duration = Duration::from_millis(300);
    const LONG: Duration = Duration::from_secs(5);
    /// More than the system holds of an answer that nobody reads.
    const LARGE: usize = 24 << 20;

    async fn slow() -> Body {
        let pieces = futures::stream::iter(["one ", "two ", "three"]).then(|piece| async move {
            tokio::time::sleep(SHORT).await;
            Ok::<_, std::io::Error>(piece)
        });
        Body::from_stream(pieces)
    }

    async fn who(ConnectInfo(address): ConnectInfo<SocketAddr>, _: Request) -> String {
        address.ip().to_string()
    }

    async fn reception(stop: CancellationToken) -> SocketAddr {
        let large = get(|| async { Body::from(vec![b'x'; LARGE]) });
        let service = Router::new().route("/slow", get(slow)).route("/who", get(who)).route("/large", large);
        let proxies = Arc::new("127.0.0.1".parse().unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let reception = Reception { service, proxies, head: SHORT, tls: None };
        tokio::spawn(async move { reception.serve(listener, stop.cancelled_owned()).await });
        address
    }

    /// Everything that comes until the server hangs up.
    async fn heard(address: SocketAddr, said: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(said.as_bytes()).await.unwrap();
        let mut text = Vec::new();
        let read = tokio::time::timeout(LONG, stream.read_to_end(&mut text)).await;
        assert!(read.is_ok(), "the connection is still open after {said:?}");
        String::from_utf8_lossy(&text).into_owned()
    }

    #[tokio::test]
    async fn who_says_nothing_is_hung_up_on() {
        let address = reception(CancellationToken::new()).await;
        for said in ["", "P", "PRI * HTTP/2.0\r\n", "GET /who HTTP/1.1\r\nHost: x\r\n"] {
            let text = heard(address, said).await;
            assert!(!text.contains("200 OK"), "{said:?}: {text}");
        }
        let idle = heard(address, "GET /who HTTP/1.1\r\nHost: x\r\n\r\n").await;
        assert!(idle.starts_with("HTTP/1.1 200 OK") && idle.ends_with("127.0.0.1"), "{idle}");
    }

    #[tokio::test]
    async fn a_request_names_one_host_and_no_coding_but_chunks() {
        let address = reception(CancellationToken::new()).await;
        for (head, expected) in [
            ("GET /who HTTP/1.1\r\nHost: x\r\n", "200 OK"),
            ("GET /who HTTP/1.0\r\n", "200 OK"),
            ("GET /who HTTP/1.1\r\n", "400 Bad Request"),
            ("GET /who HTTP/1.1\r\nHost: x\r\nHost: x\r\n", "400 Bad Request"),
            ("GET /who HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n", "200 OK"),
            ("GET /who HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n", "400 Bad Request"),
        ] {
            let body = if head.contains("Transfer") { "0\r\n\r\n" } else { "" };
            let text = heard(address, &format!("{head}\r\n{body}")).await;
            assert!(text.split_once(' ').is_some_and(|(_, rest)| rest.starts_with(expected)), "{head:?}: {text}");
        }
    }

    #[tokio::test]
    async fn an_answer_that_takes_its_time_comes_to_its_end_even_while_stopping() {
        let stop = CancellationToken::new();
        let address = reception(stop.clone()).await;
        let answer = tokio::spawn(heard(address, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"));
        tokio::time::sleep(SHORT / 2).await;
        stop.cancel();
        let answer = answer.await.unwrap();
        assert!(answer.contains("three"), "{answer}");
        assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
    }

    #[tokio::test]
    async fn who_reads_slowly_gets_the_whole_answer() {
        let mut stream = TcpStream::connect(reception(CancellationToken::new()).await).await.unwrap();
        stream.write_all(b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
        let (mut piece, mut read) = (vec![0; LARGE / 16], 0);
        loop {
            tokio::time::sleep(SHORT / 6).await;
            let mut wanted = piece.len();
            while wanted > 0 {
                let taken = stream.read(&mut piece[..wanted]).await.unwrap();
                if taken == 0 {
                    assert!(read > LARGE, "{read} bytes came");
                    return;
                }
                (read, wanted) = (read + taken, wanted - taken);
            }
        }
    }

    #[tokio::test]
    async fn half_a_request_does_not_hold_up_the_end() {
        let stop = CancellationToken::new();
        let address = reception(stop.clone()).await;
        let half = tokio::spawn(heard(address, "GET /who HTTP/1.1\r\nHost: x\r\n"));
        tokio::time::sleep(SHORT / 10).await;
        stop.cancel();
        let began = std::time::Instant::now();
        half.await.unwrap();
        assert!(began.elapsed() < SHORT, "{:?}", began.elapsed());
    }

    #[tokio::test]
    async fn a_proxy_s_word_names_the_visitor() {
        let address = reception(CancellationToken::new()).await;
        let answer = heard(address, "GET /who HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n").await;
        assert!(answer.ends_with("203.0.113.9"), "{answer}");
    }
}
