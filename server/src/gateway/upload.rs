//! The request's body on its way to an upstream: counted, and cut off at the product's limit.

use super::crossing;
use crate::problem::{BAD_REQUEST, Problem, TOO_LARGE};
use axum::body::{Body, Bytes, HttpBody};
use axum::http::HeaderName;
use http_body::{Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

/// A body that fails once it is longer than its limit.
pub struct Upload {
    inner: Body,
    limit: u64,
    seen: Arc<Progress>,
    /// The header that only the gateway may send.
    sealed: Option<HeaderName>,
}

/// How far a body has come, for the meter and for telling why sending failed.
#[derive(Debug, Default)]
pub struct Progress {
    bytes: AtomicU64,
    awaited: AtomicBool,
    broke_off: AtomicBool,
    too_long: AtomicBool,
}

/// The body is longer than allowed.
#[derive(Debug, thiserror::Error)]
#[error("the body is longer than its limit")]
pub struct TooLong;

impl Upload {
    pub fn new(inner: Body, limit: u64, seen: Arc<Progress>, sealed: Option<HeaderName>) -> Self {
        Self { inner, limit, seen, sealed }
    }

    /// Whether the body says beforehand that it is too long.
    pub fn is_too_long(&self) -> bool {
        self.inner.size_hint().lower() > self.limit
    }
}

impl Progress {
    /// Bytes so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Whether the upstream has all that came, and the caller has more to send.
    pub fn is_awaited(&self) -> bool {
        self.awaited.load(Ordering::Relaxed)
    }

    /// Whether the caller hung up in the midst of it, or sent what is no body.
    pub fn broke_off(&self) -> bool {
        self.broke_off.load(Ordering::Relaxed)
    }

    /// Whether the body did not come through because of its sender.
    pub fn is_at_fault(&self) -> bool {
        self.broke_off() || self.too_long.load(Ordering::Relaxed)
    }

    /// What the caller did wrong, where a body with this limit did not come through because of it.
    pub fn fault(&self, limit: u64) -> Option<Problem> {
        if self.too_long.load(Ordering::Relaxed) {
            return Some(too_large(limit));
        }
        self.broke_off().then(broken_off)
    }
}

/// 400: the same that other bodies get that do not come through.
pub fn broken_off() -> Problem {
    Problem::new(&BAD_REQUEST, "The body broke off, or stopped for too long. Send it again, in one go.")
}

/// 413 with the limit in bytes.
pub fn too_large(limit: u64) -> Problem {
    Problem::new(&TOO_LARGE, format!("This product takes bodies of up to {limit} bytes.")).with("maxBytes", limit)
}

impl HttpBody for Upload {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(context);
        self.seen.awaited.store(polled.is_pending(), Ordering::Relaxed);
        let frame = match ready!(polled) {
            None => return Poll::Ready(None),
            Some(Err(error)) => {
                self.seen.broke_off.store(true, Ordering::Relaxed);
                return Poll::Ready(Some(Err(error.into())));
            }
            Some(Ok(frame)) => frame,
        };
        let frame = match frame.into_trailers() {
            Ok(trailers) => return Poll::Ready(Some(Ok(Frame::trailers(crossing::trailers_out(trailers, self.sealed.as_ref()))))),
            Err(frame) => frame,
        };
        let size = frame.data_ref().map_or(0, Bytes::len) as u64;
        if self.seen.bytes.fetch_add(size, Ordering::Relaxed) + size > self.limit {
            self.seen.too_long.store(true, Ordering::Relaxed);
            return Poll::Ready(Some(Err(TooLong.into())));
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
