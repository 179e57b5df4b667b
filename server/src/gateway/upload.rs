//! The request's body on its way to an upstream: counted, and cut off at the product's limit.

use super::crossing;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::HeaderName;
use http_body::{Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

/// A body that fails once it is longer than its limit.
pub struct Upload {
    inner: Body,
    limit: u64,
    /// Bytes so far, for the meter and for telling why sending failed.
    seen: Arc<AtomicU64>,
    /// The header that only the gateway may send.
    sealed: Option<HeaderName>,
}

/// The body is longer than allowed.
#[derive(Debug, thiserror::Error)]
#[error("the body is longer than its limit")]
pub struct TooLong;

impl Upload {
    pub fn new(inner: Body, limit: u64, seen: Arc<AtomicU64>, sealed: Option<HeaderName>) -> Self {
        Self { inner, limit, seen, sealed }
    }

    /// Whether the body says beforehand that it is too long.
    pub fn is_too_long(&self) -> bool {
        self.inner.size_hint().lower() > self.limit
    }
}

impl HttpBody for Upload {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = match ready!(Pin::new(&mut self.inner).poll_frame(context)) {
            None => return Poll::Ready(None),
            Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
            Some(Ok(frame)) => frame,
        };
        let frame = match frame.into_trailers() {
            Ok(trailers) => return Poll::Ready(Some(Ok(Frame::trailers(crossing::trailers_out(trailers, self.sealed.as_ref()))))),
            Err(frame) => frame,
        };
        let size = frame.data_ref().map_or(0, Bytes::len) as u64;
        if self.seen.fetch_add(size, Ordering::Relaxed) + size > self.limit {
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
