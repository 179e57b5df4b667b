//! What was fetched lately: fresh for less than a second, and good for a few minutes more while the database is away.

use crate::problem::{Problem, UNAVAILABLE};
use equivalent::Equivalent;
use foldhash::fast::RandomState;
use moka::future::Cache;
use quick_cache::UnitWeighter;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use store::Result;

/// How long nothing else is asked, not even whether somebody fetches.
const AT_HAND: Duration = Duration::from_millis(250);
/// How long an answer is fetched for. Another process' change (a revoked key, a new plan) is seen after both together, also where no
/// message tells of it.
const FRESH: Duration = Duration::from_millis(500);
/// How long an answer of the database is good while it gives no other.
pub const KEPT: Duration = Duration::from_secs(300);
/// How long it may take where an older answer is known, and where none is.
const PATIENCE: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(5));
/// How long nobody asks again who has an older answer.
const PAUSE: Duration = Duration::from_millis(500);
/// Entries of one kind that are at hand.
const BUSY: u64 = 16_384;
/// Entries of one kind; what was not there is remembered too, so that guessing keys costs little.
const ENTRIES: u64 = 100_000;

/// Answers of one kind. Whoever asks while one is fetched waits for the same fetch.
pub struct Memory<K, V> {
    /// Read by every call, so without the bookkeeping of the others; each entry with the moment after which it is not looked at.
    at_hand: quick_cache::sync::Cache<K, (V, Instant), UnitWeighter, RandomState>,
    fresh: Cache<K, V>,
    kept: Cache<K, V>,
}

/// Whether what is asked is away, as far as anybody found out; one for all memories that ask the same.
pub struct Outage {
    /// What is asked, for the log.
    of: &'static str,
    noticed: Mutex<Option<Instant>>,
    /// When it was said last that an answer cannot be read.
    complained: Mutex<Option<Instant>>,
}

/// Neither the database nor the memory had an answer.
struct Nothing;

impl<K, V> Default for Memory<K, V>
where
    K: Clone + Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    fn default() -> Self {
        let cache = |time| Cache::builder().max_capacity(ENTRIES).time_to_live(time).build();
        Self { at_hand: at_hand(BUSY), fresh: cache(FRESH), kept: cache(KEPT) }
    }
}

impl<K, V> Memory<K, V>
where
    K: Clone + Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// A memory of what never changes: so many entries, fresh until nobody has asked for them for so long.
    pub fn lasting(entries: u64, idle: Duration) -> Self {
        let fresh = Cache::builder().max_capacity(entries).time_to_idle(idle).build();
        Self { at_hand: at_hand(entries), fresh, kept: Cache::new(0) }
    }

    /// Lets go of what is not at hand any more.
    pub fn sweep(&self) {
        let now = Instant::now();
        self.at_hand.retain(|_, (_, until)| now < *until);
    }

    /// The answer that is fresh, else what fetching it brings, else, with the database away, the last one of the last minutes.
    ///
    /// Fetching lies in a box of its own: every call carries the futures of what it may wait for, and those of the database are large.
    ///
    /// # Errors
    /// 503 where there is none, after at most five seconds.
    pub async fn get<Q, F>(&self, key: &Q, outage: &Outage, fetch: impl FnOnce() -> F) -> Result<V, Problem>
    where
        Q: Asked<K> + ?Sized,
        F: Future<Output = Result<V>>,
    {
        if let Some((value, until)) = self.at_hand.get(key)
            && Instant::now() < until
        {
            return Ok(value);
        }
        Box::pin(self.renew(key.own(), outage, fetch())).await
    }

    async fn renew(&self, key: K, outage: &Outage, fetch: impl Future<Output = Result<V>>) -> Result<V, Problem> {
        let asked = self.ask(key.clone(), outage, fetch);
        let value = self.fresh.try_get_with_by_ref(&key, asked).await.map_err(|_| {
            Problem::new(&UNAVAILABLE, "The portal cannot reach its data at the moment. Try again in a second.").retry_after(1)
        })?;
        self.at_hand.insert(key, (value.clone(), Instant::now() + AT_HAND));
        Ok(value)
    }

    async fn ask(&self, key: K, outage: &Outage, fetch: impl Future<Output = Result<V>>) -> Result<V, Nothing> {
        let known = self.kept.get(&key).await;
        if outage.is_recent() && known.is_some() {
            return known.ok_or(Nothing);
        }
        let patience = if known.is_some() { PATIENCE.0 } else { PATIENCE.1 };
        match tokio::time::timeout(patience, fetch).await {
            Ok(Ok(value)) => {
                outage.end();
                self.kept.insert(key, value.clone()).await;
                Ok(value)
            }
            Ok(Err(error)) if error.is_corrupt() => {
                outage.complain(&error);
                known.ok_or(Nothing)
            }
            Ok(Err(error)) => {
                outage.begin(&error);
                known.ok_or(Nothing)
            }
            Err(late) => {
                outage.begin(&late);
                known.ok_or(Nothing)
            }
        }
    }

    /// One answer is not true any more.
    pub async fn forget(&self, key: &K) {
        self.kept.invalidate(key).await;
        self.fresh.invalidate(key).await;
        self.at_hand.remove(key);
    }

    /// These answers are not true any more.
    pub async fn forget_where(&self, is_wrong: impl Fn(&K, &V) -> bool) {
        for cache in [&self.kept, &self.fresh] {
            let wrong: Vec<_> = cache.iter().filter(|(key, value)| is_wrong(key, value)).map(|(key, _)| key).collect();
            for key in wrong {
                cache.invalidate(&*key).await;
            }
        }
        self.at_hand.retain(|key, (value, _)| !is_wrong(key, value));
    }

    /// Any answer may have changed: the database is asked, where it answers.
    pub fn doubt_all(&self) {
        self.fresh.invalidate_all();
        self.at_hand.clear();
    }
}

/// What a key is asked for by, without making it.
pub trait Asked<K>: Hash + Equivalent<K> {
    fn own(&self) -> K;
}

impl Asked<String> for str {
    fn own(&self) -> String {
        self.to_owned()
    }
}

impl<K: Clone + Hash + Eq> Asked<K> for K {
    fn own(&self) -> K {
        self.clone()
    }
}

fn at_hand<K: Hash + Eq, V: Clone>(entries: u64) -> quick_cache::sync::Cache<K, (V, Instant), UnitWeighter, RandomState> {
    quick_cache::sync::Cache::with(64, entries, UnitWeighter, RandomState::default(), quick_cache::sync::DefaultLifecycle::default())
}

impl Outage {
    /// Nothing is away yet.
    pub fn of(of: &'static str) -> Self {
        Self { of, noticed: Mutex::default(), complained: Mutex::default() }
    }

    fn is_recent(&self) -> bool {
        self.lock().is_some_and(|noticed| noticed.elapsed() < PAUSE)
    }

    fn begin(&self, error: &impl std::fmt::Display) {
        if self.lock().replace(Instant::now()).is_none() {
            tracing::error!(%error, "{} gives no answer; what is known of it stays good for {} s", self.of, KEPT.as_secs());
        }
    }

    /// What cannot be read is no outage; each call may find it again.
    fn complain(&self, error: &impl std::fmt::Display) {
        let mut complained = self.complained.lock().unwrap_or_else(PoisonError::into_inner);
        if complained.is_none_or(|before| before.elapsed() >= PAUSE) {
            *complained = Some(Instant::now());
            tracing::error!(%error, "{} has what cannot be read; the last answer goes on, where there is one", self.of);
        }
    }

    fn end(&self) {
        if self.lock().take().is_some() {
            tracing::info!("{} answers again", self.of);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.noticed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn away<V>() -> Result<V> {
        Err(store::Error::Stopped("away".to_owned()))
    }

    #[tokio::test]
    async fn an_answer_outlives_the_database_until_it_is_known_to_be_wrong() {
        let (memory, outage) = (Memory::default(), Outage::of("the test"));
        let get = async |fetched: Result<i32>| memory.get(&1, &outage, || async { fetched }).await.ok();
        assert_eq!([get(away()).await, get(Ok(1)).await, get(Ok(2)).await], [None, Some(1), Some(1)]);
        memory.doubt_all();
        assert_eq!(get(away()).await, Some(1), "the last answer");
        memory.doubt_all();
        assert_eq!(get(Ok(2)).await, Some(1), "nobody asks so soon again");
        memory.doubt_all();
        tokio::time::sleep(PAUSE).await;
        assert_eq!(get(Ok(2)).await, Some(2));
        memory.forget(&1).await;
        assert_eq!(get(away()).await, None, "a change was told: the old answer is wrong");
    }

    #[tokio::test]
    async fn what_changed_is_forgotten_and_the_rest_outlives_the_database() {
        let (memory, outage) = (Memory::default(), Outage::of("the test"));
        let get = async |key: i32, fetched: Result<i32>| memory.get(&key, &outage, || async { fetched }).await.ok();
        assert_eq!([get(1, Ok(10)).await, get(2, Ok(20)).await], [Some(10), Some(20)]);
        memory.forget_where(|key, value| *key == 1 && *value == 10).await;
        assert_eq!([get(1, away()).await, get(2, away()).await], [None, Some(20)]);
        memory.doubt_all();
        assert_eq!(get(2, away()).await, Some(20));
    }

    #[tokio::test]
    async fn a_row_that_cannot_be_read_is_no_outage() {
        let (memory, outage) = (Memory::default(), Outage::of("the test"));
        let get = async |key: i32, fetched: Result<i32>| memory.get(&key, &outage, || async { fetched }).await.ok();
        let corrupt = store::Error::Corrupt { table: "plans", column: "currency", detail: "xyz".to_owned() };
        assert_eq!([get(1, Ok(10)).await, get(2, Ok(20)).await], [Some(10), Some(20)]);
        memory.doubt_all();
        assert_eq!([get(1, Err(corrupt)).await, get(2, Ok(21)).await], [Some(10), Some(21)], "the others are asked");
    }

    #[tokio::test]
    async fn nobody_who_has_an_answer_waits_long_for_a_database_that_says_nothing() {
        let (memory, outage) = (Memory::default(), Outage::of("the test"));
        assert!(memory.get(&1, &outage, || async { Ok(1) }).await.is_ok());
        memory.doubt_all();
        let silent = memory.get(&1, &outage, std::future::pending);
        assert_eq!(tokio::time::timeout(PATIENCE.1, silent).await.unwrap().ok(), Some(1));
    }
}
