//! What connections tell of themselves and are told: a few looks at all of them together, rather than clocks and channels that each
//! request would set and ask.

use axum::body::Bytes;
use axum::http::Version;
use futures::task::AtomicWaker;
use http_body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// How often connections are looked at while one may stay silent; it is hung up on by the first look after that.
const LOOKS: u32 = 4;

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
    /// Looks since the last request began, while nothing was under way.
    quiet: AtomicU32,
    /// HTTP/2 asks by itself whether anybody is there.
    asks_itself: AtomicBool,
    word: AtomicU8,
    waker: AtomicWaker,
}

impl Presence {
    /// A request comes; it is under way until what is returned is dropped.
    pub fn begin(self: &Arc<Self>, version: Version) -> UnderWay {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        self.quiet.store(0, Ordering::Relaxed);
        if version == Version::HTTP_2 {
            self.asks_itself.store(true, Ordering::Relaxed);
        }
        UnderWay(Arc::clone(self))
    }

    /// Whom to wake for a word. The task of a connection is the same to its end, so that once is enough.
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
        if self.under_way.load(Ordering::Relaxed) > 0 || self.asks_itself.load(Ordering::Relaxed) {
            self.quiet.store(0, Ordering::Relaxed);
        } else if self.quiet.fetch_add(1, Ordering::Relaxed) >= LOOKS {
            self.tell(Word::HangUp);
        }
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

    /// No connection takes a further request.
    pub fn finish(&self) {
        for presence in self.0.iter().filter_map(Weak::upgrade) {
            presence.tell(Word::Finish);
        }
    }
}

/// The body of an answer that is under way until its end.
pub struct Answer<B> {
    body: B,
    _under_way: UnderWay,
}

impl<B> Answer<B> {
    pub fn new(body: B, under_way: UnderWay) -> Self {
        Self { body, _under_way: under_way }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Answer<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
