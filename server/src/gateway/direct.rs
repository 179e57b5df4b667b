//! Connections to upstreams over plain HTTP/1.1. Each is driven by the call that uses it and not by a task of its own: nothing is handed
//! from task to task on a call's way, which is a fifth of what a proxied call costs.

use super::way::Base;
use crate::holding::Holding;
use crate::sandbox::guard::Resolver;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Request, Response, Uri, header};
use dashmap::DashMap;
use foldhash::fast::RandomState;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};
use tower::Service;

/// A connection that nobody used for this long is closed.
const IDLE: Duration = Duration::from_secs(60);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody takes a connection there.
    #[error("cannot connect: {0}")]
    Connect(Box<dyn std::error::Error + Send + Sync>),
    /// The connection broke, or what came over it is not HTTP.
    #[error(transparent)]
    Broken(#[from] hyper::Error),
    /// There was no head of an answer in time.
    #[error("no answer in time")]
    TooLong,
}

type Driver = http1::Connection<TokioIo<TcpStream>, Body>;

/// A connection with what drives it: whoever waits for something on it polls `driver`.
struct Connection {
    sender: SendRequest<Body>,
    driver: Pin<Box<Driver>>,
    /// Set anew by each call: to set one that is there to a later time is next to nothing, to make one is not.
    clock: Pin<Box<Sleep>>,
    used: Instant,
}

/// Those of one server that wait.
type Waiting = Arc<Mutex<Vec<Connection>>>;
/// By authority.
type Idle = DashMap<String, Waiting, RandomState>;

/// The connections that wait for their next call. Cheap to clone.
#[derive(Clone)]
pub struct Direct {
    connector: HttpConnector<Resolver>,
    idle: Arc<Idle>,
}

impl Direct {
    /// No connections yet. To be called on a runtime: what idles too long is closed by a task.
    pub fn new(connector: HttpConnector<Resolver>) -> Self {
        let idle = Arc::default();
        tokio::spawn(close_idle(Arc::downgrade(&idle)));
        Self { connector, idle }
    }

    /// Sends a request to a path (RFC 9112, 3.2.1) of a server, and waits so long for the head of the answer.
    ///
    /// A connection that was closed before anything was sent is replaced by another one; whatever was sent is never sent again.
    ///
    /// # Errors
    /// What the other side or the network did wrong, or that it took too long.
    pub async fn request(&self, base: &Base, mut request: Box<Request<Body>>, patience: Duration) -> Result<Response<Body>, Error> {
        let deadline = Instant::now() + patience;
        request.headers_mut().insert(header::HOST, base.host.clone());
        let upload = watch(&mut request);
        let home = self.home(base.authority());
        loop {
            let (mut connection, fresh) = match take(&home) {
                Some(connection) => (connection, false),
                // In a box: few calls make a connection, and each would carry the future of that.
                None => (Box::pin(self.connect(base.origin(), deadline)).await?, true),
            };
            match exchange(&mut connection, request, deadline).await {
                Ok(response) => return Ok(answered(connection, home, response, upload)),
                Err(Failure { unsent: Some(unsent), .. }) if !fresh => request = unsent,
                Err(Failure { error, .. }) => return Err(error),
            }
        }
    }

    fn home(&self, authority: &str) -> Waiting {
        if let Some(waiting) = self.idle.get(authority) {
            return Arc::clone(&waiting);
        }
        Arc::clone(&self.idle.entry(authority.to_owned()).or_default())
    }

    async fn connect(&self, origin: &Uri, deadline: Instant) -> Result<Connection, Error> {
        let connecting = async {
            let stream = self.connector.clone().call(origin.clone()).await.map_err(|error| Error::Connect(error.into()))?;
            let (sender, driver) = http1::handshake(stream).await?;
            Ok(Connection { sender, driver: Box::pin(driver), clock: Box::pin(sleep_until(deadline)), used: Instant::now() })
        };
        timeout_at(deadline, connecting).await.unwrap_or(Err(Error::TooLong))
    }
}

/// One that is still open.
fn take(home: &Waiting) -> Option<Connection> {
    loop {
        let mut connection = home.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        if connection.is_open() {
            return Some(connection);
        }
    }
}

fn answered(connection: Connection, home: Waiting, response: Response<Incoming>, upload: Option<Weak<()>>) -> Response<Body> {
    if upload.is_some_and(|upload| upload.strong_count() > 0) {
        // The answer came first: both go on side by side, whichever of them is waited for.
        tokio::spawn(connection.driver);
        return response.map(Body::new);
    }
    response.map(|incoming| Body::new(Answer { incoming, connection: Some(connection), broken: None, home }))
}

impl Connection {
    /// Whether another request can be sent: what came meanwhile is looked at, most of all an end. Nobody is woken by what comes later, who
    /// would be a call that is over, or one that polls anyway.
    fn is_open(&mut self) -> bool {
        self.driver.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() && self.sender.is_ready()
    }
}

/// Why there is no answer to a request.
struct Failure {
    error: Error,
    /// The request, where nothing of it was sent.
    unsent: Option<Box<Request<Body>>>,
}

/// Sends the request, and drives the connection until the head of the answer is there.
async fn exchange(connection: &mut Connection, request: Box<Request<Body>>, deadline: Instant) -> Result<Response<Incoming>, Failure> {
    let Connection { sender, driver, clock, .. } = connection;
    clock.as_mut().reset(deadline);
    let mut answer = std::pin::pin!(sender.try_send_request(*request));
    let mut ended = false;
    let answered = poll_fn(|context| {
        // The answer comes from the driver, and that runs here: nobody needs to be woken for it.
        let nobody = &mut Context::from_waker(Waker::noop());
        if let Poll::Ready(answer) = answer.as_mut().poll(nobody) {
            return Poll::Ready(Some(answer));
        }
        ended = ended || driver.as_mut().poll(context).is_ready();
        match answer.as_mut().poll(nobody) {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending => clock.as_mut().poll(context).map(|()| None),
        }
    });
    match answered.await {
        Some(answer) => answer.map_err(Failure::from),
        None => Err(Failure { error: Error::TooLong, unsent: None }),
    }
}

impl From<TrySendError<Request<Body>>> for Failure {
    fn from(mut error: TrySendError<Request<Body>>) -> Self {
        let unsent = error.take_message().map(Box::new);
        Self { error: error.into_error().into(), unsent }
    }
}

/// Tells whether a request's body is still under way; `None` where it has none.
fn watch(request: &mut Request<Body>) -> Option<Weak<()>> {
    if request.body().is_end_stream() {
        return None;
    }
    let mark = Arc::new(());
    let watched = Arc::downgrade(&mark);
    let body = std::mem::take(request.body_mut());
    *request.body_mut() = Body::new(Holding::new(body, mark));
    Some(watched)
}

/// The body of an answer. At its end the connection is free for another call; given up before that, the connection is closed.
struct Answer {
    incoming: Incoming,
    connection: Option<Connection>,
    /// Why it broke off: said only after what came before it is on its way.
    broken: Option<hyper::Error>,
    home: Waiting,
}

impl Answer {
    fn free(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        connection.used = Instant::now();
        // Whoever takes it looks whether it is open.
        self.home.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        if let Some(error) = self.broken.take() {
            return Poll::Ready(Some(Err(error)));
        }
        let mut frame = Pin::new(&mut self.incoming).poll_frame(context);
        if frame.is_pending()
            && let Some(connection) = &mut self.connection
        {
            // How it ended, the body knows.
            let _ = connection.driver.as_mut().poll(context);
            frame = Pin::new(&mut self.incoming).poll_frame(context);
        }
        if matches!(frame, Poll::Ready(None | Some(Err(_)))) || self.incoming.is_end_stream() {
            self.free();
        }
        if let Poll::Ready(Some(Err(error))) = frame {
            self.broken = Some(error);
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

impl Drop for Answer {
    /// An answer without a body is never polled.
    fn drop(&mut self) {
        if self.incoming.is_end_stream() {
            self.free();
        }
    }
}

/// Closes what nobody uses, for as long as there is somebody who could.
async fn close_idle(idle: Weak<Idle>) {
    loop {
        tokio::time::sleep(IDLE / 2).await;
        let Some(idle) = idle.upgrade() else { return };
        idle.retain(|_, home| {
            let mut waiting = home.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.retain(|connection| connection.used.elapsed() < IDLE);
            !waiting.is_empty() || Arc::strong_count(home) > 1
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{Method, StatusCode};
    use http_body_util::BodyExt;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::sync::mpsc;

    const LONG: Duration = Duration::from_secs(30);
    const SHORT: Duration = Duration::from_millis(50);
    const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

    /// The upstream's end of the connections, in their order.
    struct Upstream {
        base: Base,
        taken: mpsc::UnboundedReceiver<TcpStream>,
    }

    impl Upstream {
        async fn start() -> (Self, Direct) {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let base = base(&listener.local_addr().unwrap().to_string());
            let (sender, taken) = mpsc::unbounded_channel();
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    sender.send(stream).unwrap();
                }
            });
            (Self { base, taken }, Direct::new(HttpConnector::new_with_resolver(Resolver::open())))
        }

        fn request(&self, method: Method, body: Body) -> Box<Request<Body>> {
            Request::builder().method(method).uri("/a?b=c").body(body).map(Box::new).unwrap()
        }

        /// Sends a `GET` and meanwhile answers it; a new connection is taken where none is named.
        async fn get(&mut self, direct: &Direct, on: Option<TcpStream>, answer: &str) -> (Response<Body>, TcpStream) {
            let asked = direct.request(&self.base, self.request(Method::GET, Body::empty()), LONG);
            let answered = async {
                let mut stream = match on {
                    Some(stream) => stream,
                    None => self.taken.recv().await.unwrap(),
                };
                let head = heard(&mut stream).await;
                assert!(head.starts_with("GET /a?b=c HTTP/1.1\r\nhost: 127.0.0.1:"), "{head}");
                stream.write_all(answer.as_bytes()).await.unwrap();
                stream
            };
            let (response, stream) = tokio::join!(asked, answered);
            (response.unwrap(), stream)
        }
    }

    fn base(address: &str) -> Base {
        Base::read(&format!("http://{address}")).unwrap()
    }

    async fn heard(stream: &mut TcpStream) -> String {
        let mut buffer = [0; 4096];
        let read = tokio::time::timeout(Duration::from_secs(5), stream.read(&mut buffer)).await.unwrap().unwrap();
        String::from_utf8_lossy(&buffer[..read]).into_owned()
    }

    async fn text(response: Response<Body>) -> String {
        String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn a_connection_is_used_again_until_it_is_closed() {
        let (mut upstream, direct) = Upstream::start().await;
        let (response, stream) = upstream.get(&direct, None, OK).await;
        assert_eq!(text(response).await, "ok");
        let (response, stream) = upstream.get(&direct, Some(stream), "HTTP/1.1 204 No Content\r\n\r\n").await;
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        drop(response);
        let (response, stream) =
            upstream.get(&direct, Some(stream), "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n").await;
        assert_eq!(text(response).await, "ok");
        drop(stream);
        tokio::time::sleep(Duration::from_millis(50)).await;
        let (response, stream) = upstream.get(&direct, None, "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok").await;
        assert_eq!(text(response).await, "ok");
        let (response, _) = upstream.get(&direct, None, OK).await;
        assert_eq!(text(response).await, "ok");
        drop(stream);
    }

    #[tokio::test]
    async fn an_answer_that_is_given_up_closes_its_connection() {
        let (mut upstream, direct) = Upstream::start().await;
        let (response, mut stream) = upstream.get(&direct, None, "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart").await;
        drop(response);
        assert_eq!(heard(&mut stream).await, "");
    }

    #[tokio::test]
    async fn an_answer_that_breaks_off_is_an_error_and_its_connection_is_gone() {
        let (mut upstream, direct) = Upstream::start().await;
        let (response, stream) = upstream.get(&direct, None, "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart").await;
        drop(stream);
        response.into_body().collect().await.unwrap_err();
        let (response, _) = upstream.get(&direct, None, OK).await;
        assert_eq!(text(response).await, "ok");
    }

    #[tokio::test]
    async fn an_answer_may_come_before_the_request_has_ended() {
        let (mut upstream, direct) = Upstream::start().await;
        let (parts, body) = mpsc::unbounded_channel::<Result<&str, std::io::Error>>();
        let body = futures::stream::unfold(body, |mut body| async { Some((body.recv().await?, body)) });
        parts.send(Ok("first ")).unwrap();
        let asked = direct.request(&upstream.base, upstream.request(Method::POST, Body::from_stream(body)), LONG);
        let answered = async {
            let mut stream = upstream.taken.recv().await.unwrap();
            let mut sent = String::new();
            while !sent.contains("first") {
                sent += &heard(&mut stream).await;
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nearly ").await.unwrap();
            stream
        };
        let (response, mut stream) = tokio::join!(asked, answered);
        assert_eq!(text(response.unwrap()).await, "early ");
        parts.send(Ok("last")).unwrap();
        let rest = heard(&mut stream).await;
        assert!(rest.contains("last"), "what is still under way goes on: {rest}");
    }

    #[tokio::test]
    async fn nobody_there_is_told_apart_from_an_answer_that_makes_no_sense() {
        let (mut upstream, direct) = Upstream::start().await;
        let asked = direct.request(&upstream.base, upstream.request(Method::GET, Body::empty()), LONG);
        let answered = async { upstream.taken.recv().await.unwrap().write_all(b"220 mail.example ESMTP\r\n\r\n").await.unwrap() };
        let (answer, ()) = tokio::join!(asked, answered);
        assert!(matches!(answer, Err(Error::Broken(_))));
        upstream.base = base("127.0.0.1:1");
        assert!(matches!(direct.request(&upstream.base, upstream.request(Method::GET, Body::empty()), LONG).await, Err(Error::Connect(_))));
    }

    #[tokio::test]
    async fn each_call_has_its_own_time_whatever_those_before_it_on_the_connection_had() {
        let (mut upstream, direct) = Upstream::start().await;
        let (response, stream) = upstream.get(&direct, None, OK).await;
        assert_eq!(text(response).await, "ok");
        let late = direct.request(&upstream.base, upstream.request(Method::GET, Body::empty()), SHORT).await;
        assert!(matches!(late, Err(Error::TooLong)), "{late:?}");
        drop(stream);
        let (response, stream) = upstream.get(&direct, None, OK).await;
        assert_eq!(text(response).await, "ok");
        let early = tokio::join!(direct.request(&upstream.base, upstream.request(Method::GET, Body::empty()), LONG), async {
            tokio::time::sleep(2 * SHORT).await;
            let mut stream = stream;
            heard(&mut stream).await;
            stream.write_all(OK.as_bytes()).await.unwrap();
        });
        assert_eq!(text(early.0.unwrap()).await, "ok");
    }
}
