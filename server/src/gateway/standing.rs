//! Answers that stand still: the upstream sends nothing more, or the client reads nothing. Each holds a place of the meter, so each ends.
//!
//! One clock looks at all of them: what is under way reads no time and arms no timer of its own.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Waker};
use std::time::Duration;

/// How long an answer may stand still; as long as a WebSocket may be silent.
pub const STILL: Duration = Duration::from_secs(600);
/// How often the answers under way are looked at in that time.
pub const LOOKS: u8 = 10;
/// So many answers before it is worth looking for those that are over.
const FEW: usize = 1_024;

/// Something that may stand still.
pub trait Standing: Send {
    /// Looked at: it ends where it has not moved for [`LOOKS`] looks, and names whoever waits for it.
    fn look(&mut self) -> Option<Waker>;
}

/// What is noted of it.
#[derive(Default)]
pub struct Stillness {
    /// Looks since it last moved.
    looks: u8,
    waits: bool,
    /// Who is told when it is ended.
    waiter: Option<Waker>,
}

impl Stillness {
    /// Its upstream was asked for more, and there was none yet; or there was.
    pub fn polled(&mut self, waits: bool, context: &Context<'_>) {
        self.waits = waits;
        if !waits {
            self.looks = 0;
        } else if !self.waiter.as_ref().is_some_and(|waiter| waiter.will_wake(context.waker())) {
            self.waiter = Some(context.waker().clone());
        }
    }

    /// Whether it waits for the upstream, and not for its reader.
    pub fn waits(&self) -> bool {
        self.waits
    }

    /// Looked at once more: whether that was the last time.
    pub fn is_over(&mut self) -> bool {
        self.looks = self.looks.saturating_add(1);
        self.looks >= LOOKS
    }

    pub fn waiter(&mut self) -> Option<Waker> {
        self.waiter.take()
    }
}

type Watched = Weak<Mutex<dyn Standing>>;

/// The answers under way that have more than one piece.
#[derive(Default)]
pub struct Answers(Mutex<Watch>);

#[derive(Default)]
struct Watch {
    answers: Vec<Watched>,
    /// How many there were, less those that were over, when that was last looked for.
    lasting: usize,
}

impl Answers {
    /// Starts the clock, on a runtime.
    pub fn start() -> Arc<Self> {
        let answers = Arc::default();
        tokio::spawn(keep_looking(Arc::downgrade(&answers)));
        answers
    }

    /// Looks at an answer from now on, until it is over.
    pub fn watch<A: Standing + 'static>(&self, answer: &Arc<Mutex<A>>) {
        let answer: Arc<Mutex<dyn Standing>> = answer.clone();
        let mut watch = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        watch.answers.push(Arc::downgrade(&answer));
        if watch.answers.len() > FEW.max(2 * watch.lasting) {
            watch.forget();
        }
    }

    /// One look at all of them.
    pub fn look(&self) {
        let answers: Vec<_> = {
            let mut watch = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            watch.forget();
            watch.answers.iter().filter_map(Weak::upgrade).collect()
        };
        for answer in answers {
            let waits = answer.lock().unwrap_or_else(PoisonError::into_inner).look();
            if let Some(waits) = waits {
                waits.wake();
            }
        }
    }
}

impl Watch {
    fn forget(&mut self) {
        self.answers.retain(|answer| answer.strong_count() > 0);
        self.lasting = self.answers.len();
    }
}

/// Looks for as long as there is somebody who could call.
async fn keep_looking(answers: Weak<Answers>) {
    loop {
        tokio::time::sleep(STILL / u32::from(LOOKS)).await;
        let Some(answers) = answers.upgrade() else { return };
        answers.look();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Looked(u8);

    impl Standing for Looked {
        fn look(&mut self) -> Option<Waker> {
            self.0 += 1;
            None
        }
    }

    #[test]
    fn what_is_over_is_forgotten() {
        let answers = Answers::default();
        let lasting = Arc::new(Mutex::new(Looked(0)));
        answers.watch(&lasting);
        for _ in 0..3 * FEW {
            answers.watch(&Arc::new(Mutex::new(Looked(0))));
        }
        assert!(answers.0.lock().unwrap().answers.len() <= FEW + 1);
        answers.look();
        assert_eq!((answers.0.lock().unwrap().answers.len(), lasting.lock().unwrap().0), (1, 1));
    }
}
