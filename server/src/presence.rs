//! What connections tell of themselves and are told: a few looks at all of them together, rather than clocks and channels that each
//! request would set and ask.

use axum::body::Bytes;
use axum::http::Version;
use futures::task::AtomicWaker;
use http_body::{Body, Frame, SizeHint};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How often connections are looked at while one may stay silent; it is hung up on by the first look after that.
const LOOKS: u32 = 4;
/// The same for one whose client does not read what there is for it: ten minutes where it may stay silent for half of one.
const UNREAD_LOOKS: u32 = 20 * LOOKS;

/// What a connection is told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Word {
    GoOn,
    /// Take no further request.
    Finish,
    /// Nothing was said for too long.
    HangUp,
}

/// A connection, as others see it.
#[derive(Default)]
pub struct Presence {
    /// Requests whose answers are not at their end.
    under_way: AtomicU32,
    /// Looks since something moved, while nothing was under way.
    quiet: AtomicU32,
    /// Whether some of an answer waits for its client to read.
    is_unread: AtomicBool,
    /// HTTP/2 asks by itself whether anybody is there.
    asks_itself: AtomicBool,
    word: AtomicU8,
    waker: AtomicWaker,
}

impl Presence {
    /// A request comes; it is under way until what is returned is dropped.
    pub fn begin(self: &Arc<Self>, version: Version) -> UnderWay {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        self.moved();
        if version == Version::HTTP_2 {
            self.asks_itself.store(true, Ordering::Relaxed);
        }
        UnderWay(Arc::clone(self))
    }

    /// Some of a request's body or of an answer is on its way. The head of a request is not, or it could come byte by byte for ever.
    fn moved(&self) {
        self.quiet.store(0, Ordering::Relaxed);
    }

    /// Whom to wake for the next word. The task of a connection is the same to its end, so that once is enough.
    pub fn wakes(&self, waker: &Waker) {
        self.waker.register(waker);
    }

    pub fn word(&self) -> Word {
        match self.word.load(Ordering::Acquire) {
            0 => Word::GoOn,
            1 => Word::Finish,
            _ => Word::HangUp,
        }
    }

    fn tell(&self, word: Word) {
        // The last word stays: a connection that is hung up on need not finish.
        self.word.fetch_max(word as u8, Ordering::Release);
        self.waker.wake();
    }

    fn look(&self) {
        let asks_itself = self.asks_itself.load(Ordering::Relaxed) && self.word() == Word::GoOn;
        let most = if self.is_unread.load(Ordering::Relaxed) { UNREAD_LOOKS } else { LOOKS };
        if self.under_way.load(Ordering::Relaxed) > 0 || asks_itself {
            self.quiet.store(0, Ordering::Relaxed);
        } else if self.quiet.fetch_add(1, Ordering::Relaxed) >= most {
            self.tell(Word::HangUp);
        }
    }

    /// No further request: where none is under way, none has to come any more either.
    fn finish(&self) {
        self.quiet.fetch_max(LOOKS, Ordering::Relaxed);
        self.tell(Word::Finish);
    }
}

/// A request whose answer is not at its end.
pub struct UnderWay(Arc<Presence>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The connections that are there.
#[derive(Default)]
pub struct Present(Vec<Weak<Presence>>);

impl Present {
    /// How often to [`look`](Self::look) where a connection may stay silent for so long.
    pub fn pause(silence: Duration) -> Duration {
        silence / LOOKS
    }

    /// One more.
    pub fn enter(&mut self) -> Arc<Presence> {
        let presence = Arc::default();
        self.0.push(Arc::downgrade(&presence));
        presence
    }

    /// Hangs up on those that said nothing for too long, and forgets those that left.
    pub fn look(&mut self) {
        self.0.retain(|presence| presence.upgrade().inspect(|presence| presence.look()).is_some());
    }

    /// No connection takes a further request. The next look hangs up on those that only have the beginning of one.
    pub fn finish(&self) {
        self.0.iter().filter_map(Weak::upgrade).for_each(|presence| presence.finish());
    }
}

/// The body of a request, which may come after its answer.
pub struct Upload<B> {
    body: B,
    presence: Arc<Presence>,
}

impl<B> Upload<B> {
    pub fn new(body: B, presence: Arc<Presence>) -> Self {
        Self { body, presence }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Upload<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if frame.is_ready() {
            self.presence.moved();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A connection's bytes. An answer is over only when its client has read it, but for what the system holds.
pub struct Stream<S> {
    inner: S,
    presence: Arc<Presence>,
}

impl<S> Stream<S> {
    pub fn new(inner: S, presence: Arc<Presence>) -> Self {
        Self { inner, presence }
    }

    fn wrote<T>(&self, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        self.presence.is_unread.store(written.is_pending(), Ordering::Relaxed);
        if written.is_ready() {
            self.presence.moved();
        }
        written
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Stream<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Stream<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.wrote(written)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, slices: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(context, slices);
        self.wrote(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt;

    fn looks(present: &mut Present, count: u32) {
        for _ in 0..count {
            present.look();
        }
    }

    #[test]
    fn who_says_nothing_is_hung_up_on_by_the_look_after_the_last() {
        let mut present = Present::default();
        let presence = present.enter();
        looks(&mut present, LOOKS);
        assert!(presence.word() == Word::GoOn);
        looks(&mut present, 1);
        assert!(presence.word() == Word::HangUp);
    }

    #[test]
    fn a_request_and_its_answer_are_no_silence() {
        let mut present = Present::default();
        let presence = present.enter();
        looks(&mut present, LOOKS);
        let under_way = presence.begin(Version::HTTP_11);
        looks(&mut present, 3 * LOOKS);
        drop(under_way);
        looks(&mut present, LOOKS);
        assert!(presence.word() == Word::GoOn);
        looks(&mut present, 1);
        assert!(presence.word() == Word::HangUp);
    }

    #[test]
    fn http_2_is_left_to_its_own_questions() {
        let mut present = Present::default();
        let presence = present.enter();
        drop(presence.begin(Version::HTTP_2));
        looks(&mut present, 3 * LOOKS);
        assert!(presence.word() == Word::GoOn);
    }

    #[test]
    fn the_last_word_stays_and_who_left_is_forgotten() {
        let mut present = Present::default();
        let (presence, left) = (present.enter(), present.enter());
        drop(left);
        looks(&mut present, LOOKS + 1);
        present.finish();
        assert!(presence.word() == Word::HangUp);
        assert_eq!(present.0.len(), 1);
    }

    #[test]
    fn a_half_request_does_not_hold_up_the_end_and_a_whole_one_does() {
        let mut present = Present::default();
        let (half, whole, second) = (present.enter(), present.enter(), present.enter());
        let under_way = whole.begin(Version::HTTP_11);
        drop(second.begin(Version::HTTP_2));
        present.finish();
        assert!([&half, &whole, &second].iter().all(|presence| presence.word() == Word::Finish));
        looks(&mut present, 1);
        assert!(half.word() == Word::HangUp && whole.word() == Word::Finish && second.word() == Word::HangUp);
        drop(under_way);
    }

    #[tokio::test]
    async fn an_answer_is_not_over_before_its_client_read_it() {
        let mut present = Present::default();
        let presence = present.enter();
        let (ours, theirs) = tokio::io::duplex(4);
        let mut stream = Stream::new(ours, Arc::clone(&presence));
        let writing = tokio::spawn(async move { stream.write_all(b"an answer").await });
        tokio::task::yield_now().await;
        looks(&mut present, 2 * LOOKS);
        assert!(presence.word() == Word::GoOn, "its client is slow");
        looks(&mut present, UNREAD_LOOKS);
        assert!(presence.word() == Word::HangUp, "or gone");
        drop(theirs);
        writing.await.unwrap().unwrap_err();
    }
}
