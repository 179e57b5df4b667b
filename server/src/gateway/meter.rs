//! Group commit: calls wait in a queue, one writer takes all that wait and writes them as one batch.

use super::places::{Counter, Places};
use super::quota::Reservation;
use crate::metrics::{Metrics, TurnedAway};
use chrono::Utc;
use domain::usage::Call;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use store::Store;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Calls that may be under way at once; each holds a place from before it is sent on.
const PLACES: usize = 16_384;
/// Places that one partner may hold, so that nobody's slow calls shut the others out.
pub const PARTNER_PLACES: u16 = 4_096;
/// The most calls of one batch.
const BATCH: usize = 1_000;
/// A batch waits at most this long after the one before for more calls, which share its costs; and no longer than until two thirds of the
/// calls at hand wait for it.
const APART: Duration = Duration::from_millis(2);
/// Waits between tries to write a batch: the first, and the longest.
const PATIENCE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

struct Entry {
    call: Box<Call>,
    /// Its share of the quota, held until the call is written.
    share: Option<Reservation>,
    written: oneshot::Sender<()>,
}

/// The way to the writer. Cheap to clone.
#[derive(Clone)]
pub struct Meter {
    queue: mpsc::Sender<Entry>,
    hands: Arc<Hands>,
    closing: CancellationToken,
    metrics: Metrics,
}

/// A place in the queue: whoever holds one can record a call without waiting and without failing.
pub struct Slot {
    permit: mpsc::OwnedPermit<Entry>,
    call: UnderWay,
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoPlace {
    /// The writer is too far behind to promise anything.
    Full,
    /// The partner holds [`PARTNER_PLACES`].
    Share,
}

/// One of [`Hands::under_way`].
struct UnderWay {
    hands: Arc<Hands>,
    /// Of its partner's places.
    counter: Counter,
}

/// The calls at hand.
struct Hands {
    /// Those that hold a place and are not recorded yet.
    under_way: AtomicUsize,
    /// Those that wait for the writer.
    waiting: AtomicUsize,
    /// Those of the batch that is being written.
    writing: AtomicUsize,
    enough: Notify,
    /// Those under way, by partner.
    partners: Places,
}

/// Resolves to true once the call is written down; to false if the process stops before that.
pub struct Written(oneshot::Receiver<()>);

/// Waits for the writer to end.
pub struct Writer {
    task: JoinHandle<()>,
    hands: Arc<Hands>,
}

/// Why the writer did not come to its end.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Unfinished {
    #[error("The last {0} calls could not be written: the database does not answer.")]
    Unwritten(usize),
    #[error("{0} calls were still open and are not counted.")]
    Open(usize),
}

impl Meter {
    /// Starts the writer.
    pub fn start(store: Store) -> (Self, Writer) {
        let (queue, entries) = mpsc::channel(PLACES);
        let (hands, closing, metrics) = (Arc::new(Hands::new()), CancellationToken::new(), Metrics::default());
        let task = tokio::spawn(write_all(store, entries, Arc::clone(&hands), closing.clone(), metrics.clone()));
        let writer = Writer { task, hands: Arc::clone(&hands) };
        (Self { queue, hands, closing, metrics }, writer)
    }

    /// A place for one call of a partner.
    ///
    /// # Errors
    /// Where there is none.
    pub fn slot(&self, partner: Uuid) -> Result<Slot, NoPlace> {
        let call = UnderWay::new(&self.hands, partner).ok_or(NoPlace::Share)?;
        let permit = self.queue.clone().try_reserve_owned().map_err(|_| NoPlace::Full)?;
        Ok(Slot { permit, call })
    }

    /// Hands over a call that is over already, where there is a place for it.
    pub fn note(&self, call: Box<Call>) {
        let Ok(permit) = self.queue.try_reserve() else { return self.metrics.turned_away(TurnedAway::Overload) };
        self.hands.waiting.fetch_add(1, Ordering::AcqRel);
        permit.send(Entry { call, share: None, written: oneshot::channel().0 });
        self.hands.tell();
    }

    /// Places that are taken: calls under way, and calls that wait to be written.
    pub fn waiting(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }

    /// What the writer counts for `/metrics`.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Takes no new calls; those under way are still written.
    pub fn close(&self) {
        self.closing.cancel();
    }
}

impl Slot {
    /// Hands the call over, with the share of the quota that it uses.
    pub fn record(self, call: Box<Call>, share: Option<Reservation>) -> Written {
        let (written, receiver) = oneshot::channel();
        self.call.hands.waiting.fetch_add(1, Ordering::AcqRel);
        self.permit.send(Entry { call, share, written });
        drop(self.call);
        Written(receiver)
    }
}

impl UnderWay {
    /// `None` where the partner holds all that it may.
    fn new(hands: &Arc<Hands>, partner: Uuid) -> Option<Self> {
        let counter = hands.partners.take(partner)?;
        hands.under_way.fetch_add(1, Ordering::AcqRel);
        Some(Self { hands: Arc::clone(hands), counter })
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.hands.partners.give_back(self.counter);
        self.hands.under_way.fetch_sub(1, Ordering::AcqRel);
        self.hands.tell();
    }
}

impl Hands {
    fn new() -> Self {
        let none = AtomicUsize::default;
        Self { under_way: none(), waiting: none(), writing: none(), enough: Notify::default(), partners: Places::new(PARTNER_PLACES) }
    }

    /// Wakes the writer where it need not wait for more.
    fn tell(&self) {
        if self.are_enough() {
            self.enough.notify_one();
        }
    }

    fn are_enough(&self) -> bool {
        self.waiting.load(Ordering::Acquire) >= 2 * self.under_way.load(Ordering::Acquire)
    }

    /// Waits for more calls to write together, until `latest`.
    async fn gathered(&self, latest: tokio::time::Instant) {
        let gathered = async {
            while !self.are_enough() {
                self.enough.notified().await;
            }
        };
        let _ = tokio::time::timeout_at(latest, gathered).await;
    }
}

impl Future for Written {
    type Output = bool;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<bool> {
        Pin::new(&mut self.0).poll(context).map(|result| result.is_ok())
    }
}

impl Writer {
    /// Waits until everything is written, at most `patience`.
    ///
    /// # Errors
    /// What it waited for in vain.
    pub async fn finished(self, patience: Duration) -> Result<(), Unfinished> {
        if tokio::time::timeout(patience, self.task).await.is_ok() {
            return Ok(());
        }
        let unwritten = self.hands.writing.load(Ordering::Acquire) + self.hands.waiting.load(Ordering::Acquire);
        let open = self.hands.under_way.load(Ordering::Acquire);
        Err(if unwritten > 0 { Unfinished::Unwritten(unwritten) } else { Unfinished::Open(open) })
    }
}

/// Writes batches until the queue is closed and empty.
async fn write_all(store: Store, mut entries: mpsc::Receiver<Entry>, hands: Arc<Hands>, closing: CancellationToken, metrics: Metrics) {
    let mut waiting = Vec::with_capacity(BATCH);
    let mut latest = tokio::time::Instant::now();
    loop {
        tokio::select! {
            biased;
            () = closing.cancelled(), if !entries.is_closed() => entries.close(),
            taken = entries.recv_many(&mut waiting, BATCH) => {
                if taken == 0 {
                    return;
                }
                hands.gathered(latest).await;
                latest = tokio::time::Instant::now() + APART;
                while waiting.len() < BATCH && let Ok(entry) = entries.try_recv() {
                    waiting.push(entry);
                }
                hands.writing.store(waiting.len(), Ordering::Release);
                hands.waiting.fetch_sub(waiting.len(), Ordering::AcqRel);
                write(&store, waiting.drain(..), &metrics).await;
                hands.writing.store(0, Ordering::Release);
            }
        }
    }
}

/// Writes what waits, however often it takes: under the same ids every time, so that what was written without a confirmation counts once.
async fn write(store: &Store, waiting: impl Iterator<Item = Entry>, metrics: &Metrics) {
    let (mut calls, mut ends) = (Vec::new(), Vec::new());
    for Entry { call, share, written } in waiting {
        calls.push(*call);
        ends.push((share, written));
    }
    metrics.metered(&calls);
    let batches = store.batches(calls);
    let started = Instant::now();
    let (mut pause, longest) = PATIENCE;
    while let Err(error) = store.meter(&batches, Utc::now()).await {
        tracing::warn!(%error, calls = ends.len(), "the meter could not be written; it is tried again");
        metrics.write_failed();
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(longest);
    }
    metrics.written(started.elapsed());
    for (share, written) in ends {
        if let Some(share) = share {
            share.keep();
        }
        // A client that hung up does not wait for it any more.
        let _ = written.send(());
    }
}
