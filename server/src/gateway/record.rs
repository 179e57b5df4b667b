//! Recording: every call that was sent on is written once, and its last byte waits until it is.

use super::meter::{Slot, Written};
use super::quota::Reservation;
use super::standing::{Answers, STILL, Standing, Stillness};
use super::upload::Progress;
use super::{crossing, grpc};
use crate::problem::{Problem, TIMEOUT};
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderMap, Method, Response, Version, header};
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use domain::period::Period;
use domain::usage::{CLIENT_LEFT, Call, Outcome};
use http_body::{Frame, SizeHint};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::{Duration, Instant};
use tokio::time::Sleep;

/// A call that ends so long after its month may come too late for the bill ([`store::CLOSES_AFTER`]).
const LATE: Duration = Duration::from_secs(300);

/// A call under way. However it ends, dropping it records it, once.
///
/// A client that leaves before the answer, also in the midst of its own body, is not billed, but the upstream worked for it: its share of
/// a quota stays taken for as long as this process counts, so that hanging up does not buy calls beyond the plan.
pub struct OpenCall {
    slot: Option<Slot>,
    call: Option<Box<Call>>,
    reservation: Option<Reservation>,
    started: Instant,
    /// The request's body so far.
    pub uploaded: Arc<Progress>,
    /// Whether the caller said how long it may take.
    pub has_deadline: bool,
    /// Whether it was asked in gRPC: else what the answer is called makes it none.
    pub asks_grpc: bool,
}

impl OpenCall {
    /// Opens a call. Until it is answered it stands as one that its client left: not billed.
    pub fn new(slot: Slot, call: Box<Call>, reservation: Option<Reservation>, started: Instant) -> Self {
        Self { slot: Some(slot), call: Some(call), reservation, started, uploaded: Arc::default(), has_deadline: false, asks_grpc: false }
    }

    /// The operation of the document that it matched, or nothing.
    pub fn operation(&self) -> &str {
        self.call.as_ref().map_or("", |call| &call.operation)
    }

    /// The upstream answered with this status.
    pub fn answered(&mut self, status: u16) {
        self.settle(status, Outcome::of_upstream(status));
    }

    /// There is no answer of the upstream, or not all of it.
    pub fn failed(&mut self, status: u16, outcome: Outcome) {
        self.settle(status, outcome);
    }

    fn settle(&mut self, status: u16, outcome: Outcome) {
        let latency = self.started.elapsed();
        if let Some(call) = &mut self.call {
            (call.status, call.outcome, call.latency) = (status, outcome, latency);
        }
    }

    /// gRPC says only at the end how a call went. Messages until the caller's own deadline are an answer, as for one who hangs up then.
    fn judged(&mut self, end: Option<&HeaderMap>) {
        let Some(call) = self.call.as_mut().filter(|call| call.status == 200) else { return };
        let status = grpc::status(end);
        if !(self.has_deadline && status == grpc::DEADLINE_EXCEEDED && call.bytes_out > 0) {
            (call.status, call.outcome) = (status, Outcome::of_upstream(status));
        }
    }

    fn add_bytes(&mut self, bytes: usize) {
        if let Some(call) = &mut self.call {
            call.bytes_out += bytes as u64;
        }
    }

    /// Hands the call to the meter; `None` where that was done before.
    pub fn close(&mut self) -> Option<Written> {
        let (slot, mut call) = (self.slot.take()?, self.call.take()?);
        call.bytes_in = self.uploaded.bytes();
        if self.started.elapsed() >= LATE {
            call.at = counts_at(call.at, Utc::now());
        }
        if call.latency.is_zero() {
            // Its client left before the answer: this is how long it waited.
            call.latency = self.started.elapsed();
        }
        let share = match self.reservation.take() {
            Some(share) if call.status == CLIENT_LEFT => {
                share.forfeit();
                None
            }
            share => share.filter(|_| call.outcome == Outcome::Success),
        };
        Some(slot.record(call, share))
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        drop(self.close());
    }
}

/// When a long call counts: as it began, or now, where the month in which it began may be billed.
fn counts_at(began: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    if Period::month_of(began).end + LATE <= now { now } else { began }
}

/// Lets an answer go, less its end: that waits until the call is on disk.
///
/// An answer without a body waits as a whole, and so does one that its first frame completes: head and body leave in one piece.
/// One whose length is known waits with the frame that completes it; of any other, the end mark waits, without which no client
/// takes it for complete. HTTP/1.0 has no end mark but the end of the connection, which a crash makes too: there each frame waits
/// for the next one, and the last one for the meter. A gRPC answer ends with its trailers, whatever length was announced: they
/// say how the call went, and wait. One that stands still for [`STILL`] is ended.
pub async fn hold(
    mut open: OpenCall,
    answers: &Answers,
    version: Version,
    method: &Method,
    mut response: Response<Body>,
) -> Response<Body> {
    let is_grpc = open.asks_grpc && grpc::is_spoken(response.headers());
    if is_grpc {
        expect_trailers(&mut open, version, &mut response);
    }
    if *method == Method::HEAD || response.body().is_end_stream() {
        let written = match open.close() {
            Some(written) => written.await,
            None => true,
        };
        return if written { response } else { not_written() };
    }
    let length = response.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let (parts, body) = response.into_parts();
    let left = length.or(body.size_hint().exact());
    let lags = version == Version::HTTP_10 && left.is_none();
    let stillness = Stillness::default();
    let mut held = HeldBody { left, lags, is_grpc, ahead: None, behind: None, inner: body, open, state: State::Flowing, stillness };
    if left.is_none() || is_grpc {
        return Response::from_parts(parts, held.watched(answers));
    }
    let mut limit = None;
    match poll_fn(|context| held.poll_first(&mut limit, context)).await {
        Ok(Some(Ok(frame))) if matches!(held.state, State::Ended) => {
            Response::from_parts(parts, frame.into_data().map_or_else(|_| Body::empty(), Body::from))
        }
        Ok(Some(Ok(frame))) => {
            held.ahead = Some(frame);
            Response::from_parts(parts, held.watched(answers))
        }
        Ok(Some(Err(error))) => Response::from_parts(parts, broken(error)),
        Err(problem) => problem.into_response(),
        Ok(None) => Response::from_parts(parts, Body::empty()),
    }
}

fn expect_trailers(open: &mut OpenCall, version: Version, response: &mut Response<Body>) {
    if grpc::has_ended(response.headers()) || response.body().is_end_stream() {
        open.judged(Some(response.headers()));
    } else if version == Version::HTTP_11 {
        response.headers_mut().entry(header::TRAILER).or_insert(grpc::TRAILERS);
    }
}

/// The meter ended before it wrote the call: the answer must not look complete.
fn not_written() -> Response<Body> {
    Response::new(broken(axum::Error::new("the server is stopping")))
}

/// A body that breaks off before its first byte.
fn broken(error: axum::Error) -> Body {
    Body::from_stream(futures::stream::once(std::future::ready(Err::<Bytes, _>(error))))
}

/// A body whose end waits for the meter.
struct HeldBody {
    inner: Body,
    /// Bytes still to come from `inner`, where that is known.
    left: Option<u64>,
    /// Whether each frame waits for the next one.
    lags: bool,
    /// Whether trailers say how the call went.
    is_grpc: bool,
    /// Read already, with the head.
    ahead: Option<Frame<Bytes>>,
    behind: Option<Frame<Bytes>>,
    open: OpenCall,
    state: State,
    stillness: Stillness,
}

/// What comes next of a body; nothing at its end.
type Next = Option<Result<Frame<Bytes>, axum::Error>>;

enum State {
    Flowing,
    /// The end is here and waits.
    Waiting(Written, Option<Frame<Bytes>>),
    /// It stood still, and its reader has yet to hear of it.
    Cut,
    Ended,
}

impl HeldBody {
    /// The body, ended also where it stands still.
    fn watched(self, answers: &Answers) -> Body {
        let watched = Arc::new(Mutex::new(self));
        answers.watch(&watched);
        Body::new(WatchedBody(watched))
    }

    /// The first frame, which comes with the head or soon after it; `limit` is made where it does not.
    fn poll_first(&mut self, limit: &mut Option<Pin<Box<Sleep>>>, context: &mut Context<'_>) -> Poll<Result<Next, Problem>> {
        let first = Pin::new(&mut *self).poll_frame(context);
        if !self.stillness.waits() {
            return first.map(Ok);
        }
        ready!(limit.get_or_insert_with(|| Box::pin(tokio::time::sleep(STILL))).as_mut().poll(context));
        self.open.failed(TIMEOUT.status.as_u16(), Outcome::Error);
        let detail = format!("The upstream began its answer and then sent nothing for {} seconds.", STILL.as_secs());
        Poll::Ready(Err(Problem::new(&TIMEOUT, detail)))
    }

    /// What the upstream has by now; notes what it is that is waited for.
    fn poll_inner(&mut self, context: &mut Context<'_>) -> Poll<Next> {
        let next = Pin::new(&mut self.inner).poll_frame(context);
        self.stillness.polled(next.is_pending(), context);
        next
    }

    /// Takes a frame from the upstream; gives it back where it may go on at once.
    fn pass(&mut self, frame: Frame<Bytes>) -> Option<Frame<Bytes>> {
        let frame = match frame.into_trailers() {
            // HTTP/1.0 has none, and the last frame still waits.
            Ok(_) if self.lags => return None,
            Ok(trailers) => Frame::trailers(crossing::trailers_in(trailers)),
            Err(frame) => frame,
        };
        let size = frame.data_ref().map_or(0, Bytes::len);
        self.open.add_bytes(size);
        self.left = self.left.map(|left| left.saturating_sub(size as u64));
        if self.is_grpc && frame.is_trailers() {
            self.open.judged(frame.trailers_ref());
        }
        let completes = frame.is_trailers() || (self.left == Some(0) && !self.is_grpc);
        match completes.then(|| self.open.close()).flatten() {
            Some(written) => {
                self.state = State::Waiting(written, Some(frame));
                None
            }
            None if self.lags => self.behind.replace(frame),
            None => Some(frame),
        }
    }
}

impl HttpBody for HeldBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Some(frame) = self.ahead.take() {
            return Poll::Ready(Some(Ok(frame)));
        }
        loop {
            match &mut self.state {
                State::Flowing => match ready!(self.poll_inner(context)) {
                    Some(Ok(frame)) => {
                        if let Some(frame) = self.pass(frame) {
                            return Poll::Ready(Some(Ok(frame)));
                        }
                    }
                    Some(Err(error)) => {
                        // Who broke off a body that the upstream was still reading had the answer so far, as one who hangs up in its midst.
                        if !self.open.uploaded.is_at_fault() {
                            self.open.failed(502, Outcome::Error);
                        }
                        drop(self.open.close());
                        self.state = State::Ended;
                        return Poll::Ready(Some(Err(error)));
                    }
                    None => {
                        if self.is_grpc {
                            self.open.judged(None);
                        }
                        let last = self.behind.take();
                        self.state = self.open.close().map_or(State::Ended, |written| State::Waiting(written, last));
                    }
                },
                State::Waiting(written, last) => {
                    let written = ready!(Pin::new(written).poll(context));
                    let last = last.take();
                    // Over HTTP/2 trailers may follow a body of known length.
                    let ended = !written || self.inner.is_end_stream() || last.as_ref().is_none_or(Frame::is_trailers);
                    self.state = if ended { State::Ended } else { State::Flowing };
                    if !written {
                        return Poll::Ready(Some(Err(axum::Error::new("the server is stopping"))));
                    }
                    if let Some(frame) = last {
                        return Poll::Ready(Some(Ok(frame)));
                    }
                }
                State::Cut => {
                    self.state = State::Ended;
                    return Poll::Ready(Some(Err(axum::Error::new("the answer stood still"))));
                }
                State::Ended => return Poll::Ready(None),
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.state, State::Ended)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.state {
            State::Flowing => {
                let ahead = self.ahead.as_ref().and_then(Frame::data_ref).map_or(0, Bytes::len) as u64;
                self.left.map_or_else(SizeHint::new, |left| SizeHint::with_exact(left + ahead))
            }
            State::Waiting(_, last) => {
                let bytes = last.as_ref().and_then(Frame::data_ref).map_or(0, Bytes::len);
                SizeHint::with_exact(bytes as u64)
            }
            State::Cut => SizeHint::new(),
            State::Ended => SizeHint::with_exact(0),
        }
    }
}

impl Standing for HeldBody {
    /// An upstream that fell silent did not answer; a reader who reads nothing had an answer, as one who hangs up in its midst.
    fn look(&mut self) -> Option<Waker> {
        if !matches!(self.state, State::Flowing) {
            return None;
        }
        if !self.stillness.is_over() {
            return None;
        }
        if self.stillness.waits() {
            self.open.failed(TIMEOUT.status.as_u16(), Outcome::Error);
        }
        drop(self.open.close());
        (self.inner, self.ahead, self.behind) = (Body::empty(), None, None);
        self.state = State::Cut;
        self.stillness.waiter()
    }
}

/// A [`HeldBody`] that [`Answers`] look at.
struct WatchedBody(Arc<Mutex<HeldBody>>);

impl WatchedBody {
    fn held(&self) -> MutexGuard<'_, HeldBody> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpBody for WatchedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut *self.held()).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.held().is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.held().size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_call_that_outlives_its_month_counts_when_it_ends() {
        let at = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().to_utc();
        let began = at("2026-11-30T23:50:00Z");
        assert_eq!(counts_at(began, at("2026-11-30T23:59:59Z")), began);
        assert_eq!(counts_at(began, at("2026-12-01T00:20:00Z")), at("2026-12-01T00:20:00Z"));
        assert_eq!(counts_at(began, at("2026-12-01T00:04:59Z")), began, "in time");
        assert!(LATE * 2 <= store::CLOSES_AFTER.to_std().unwrap(), "there is time to write it");
    }
}
