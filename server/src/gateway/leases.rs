//! A month's quota over all nodes: leased from the fleet before calls are made, held until the meter has them.
//!
//! Together the nodes never answer more calls than the quota. While Redis is away, each goes on from what it last heard was left: the
//! quota may then be exceeded by what was left, once for each node but one.

use super::quota::{End, Reservation};
use chrono::{DateTime, Utc};
use dashmap::DashMap;
use domain::period::Period;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};
use store::{Grant, LeaseAsked, Store};
use uuid::Uuid;

/// The most calls of one lease; where little is left, the fleet gives fewer.
const MOST: i64 = 256;
/// Calls that were leased and not made after this long are given back: another node may want them.
const IDLE: Duration = Duration::from_millis(200);
/// How often that is looked for.
const SWEEP: Duration = Duration::from_millis(100);
/// What is under way for long is told of again, before the fleet takes this node for gone.
const RENEWED: Duration = Duration::from_secs(20);
/// That nothing is left is believed for so long.
const USED_UP: Duration = Duration::from_millis(100);
/// How long a question may take, the database included.
const PATIENCE: Duration = Duration::from_secs(5);
/// No number of outages: the next question tells everything and takes nothing for granted.
const UNSURE: u64 = u64::MAX;
/// A lease without anything to tell is forgotten after this long.
const FORGOTTEN: Duration = Duration::from_secs(3_600);

/// By partner, product and month.
type Known = DashMap<(Uuid, String, DateTime<Utc>), Arc<Lease>>;

/// The leases of this node.
pub struct Leases {
    store: Store,
    leases: Known,
}

/// What this node holds of one quota.
pub struct Lease {
    partner: Uuid,
    product: String,
    /// The start of the month.
    month: DateTime<Utc>,
    hand: Mutex<Hand>,
    /// One question at a time, on behalf of all that wait.
    turn: tokio::sync::Mutex<()>,
}

struct Hand {
    quota: i64,
    /// Leased, and not under way.
    idle: i64,
    /// Under way: the meter does not have them yet.
    open: i64,
    /// Of clients that left before the answer: never billed, and not to be had again in this month, as long as this node runs.
    forfeited: i64,
    /// Calls that were left for everybody when this node last heard.
    left: Option<i64>,
    /// Taken since without a lease: Redis is away.
    alone: i64,
    /// Outages of Redis when it was last told what this node holds.
    outages: u64,
    asked: Instant,
}

impl Leases {
    /// Begins without any, and gives back what lies idle for as long as these live.
    pub fn start(store: Store) -> Arc<Self> {
        let leases = Arc::new(Self { store, leases: Known::default() });
        tokio::spawn(sweep(Arc::downgrade(&leases)));
        leases
    }

    /// Reserves one call, if need be with a question to the fleet.
    pub async fn reserve(&self, partner: Uuid, product: &str, quota: i64, at: DateTime<Utc>) -> store::Result<Option<Reservation>> {
        let lease = self.lease(partner, product, quota, Period::month_of(at).start);
        if let Some(reservation) = lease.from_hand() {
            return Ok(Some(reservation));
        }
        let _turn = lease.turn.lock().await;
        if let Some(reservation) = lease.from_hand() {
            return Ok(Some(reservation));
        }
        if lease.is_used_up() {
            return Ok(None);
        }
        match self.ask(&lease, MOST, 0).await {
            Ok(()) => Ok(lease.from_hand()),
            Err(store::Error::Redis(_)) => self.alone(&lease).await,
            Err(error) => Err(error),
        }
    }

    fn lease(&self, partner: Uuid, product: &str, quota: i64, month: DateTime<Utc>) -> Arc<Lease> {
        let begin = || Arc::new(Lease::new(partner, product, month));
        let lease = Arc::clone(&self.leases.entry((partner, product.to_owned(), month)).or_insert_with(begin));
        lease.hand().allow(quota);
        lease
    }

    /// Asks for calls, gives calls back, or renews what is held. Whoever asks has the turn.
    async fn ask(&self, lease: &Lease, calls: i64, back: i64) -> store::Result<()> {
        let outages = self.store.fleet().map_or(0, |fleet| fleet.outages());
        let asked = lease.question(calls, back, outages);
        let grant = in_time(self.store.lease_quota(asked)).await.inspect_err(|_| lease.unsure())?;
        lease.heard(grant.unwrap_or(Grant { leased: 0, left: 0 }), outages);
        Ok(())
    }

    /// Redis is away: goes on from what was last heard, or from what the database has.
    async fn alone(&self, lease: &Arc<Lease>) -> store::Result<Option<Reservation>> {
        let unheard = lease.hand().left.is_none();
        if unheard {
            let period = Period::month_of(lease.month);
            let used = in_time(self.store.billable_calls(lease.partner, &lease.product, period)).await?;
            let mut hand = lease.hand();
            hand.left = Some((hand.quota - used).max(0));
        }
        Ok(lease.take_alone())
    }

    /// Gives back what lies idle, and renews what is under way.
    async fn tidy(&self, now: Instant, month: DateTime<Utc>) {
        self.leases.retain(|_, lease| Arc::strong_count(lease) > 1 || !lease.is_forgotten(now, month));
        let leases: Vec<_> = self.leases.iter().filter(|lease| lease.wants_tidying(now)).map(|lease| Arc::clone(&lease)).collect();
        for lease in leases {
            let _turn = lease.turn.lock().await;
            let back = std::mem::take(&mut lease.hand().idle);
            // With Redis away the fleet forgets it by itself.
            let _ = self.ask(&lease, 0, back).await;
        }
    }
}

/// Whoever calls is not kept waiting for a database that says nothing.
async fn in_time<T>(asked: impl Future<Output = store::Result<T>>) -> store::Result<T> {
    tokio::time::timeout(PATIENCE, asked).await.unwrap_or_else(|_| Err(store::Error::Stopped("the database says nothing".to_owned())))
}

async fn sweep(leases: Weak<Leases>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        let Some(leases) = leases.upgrade() else { return };
        leases.tidy(Instant::now(), Period::month_of(Utc::now()).start).await;
    }
}

impl Hand {
    /// A plan that allows more or fewer calls moves what is left, which the fleet may not be able to say.
    fn allow(&mut self, quota: i64) {
        let more = quota - std::mem::replace(&mut self.quota, quota);
        self.left = self.left.map(|left| (left + more).max(0));
    }

    fn close(&mut self, end: End) {
        self.open -= 1;
        self.forfeited += i64::from(end == End::Forfeited);
    }
}

impl Lease {
    fn new(partner: Uuid, product: &str, month: DateTime<Utc>) -> Self {
        let hand = Hand { quota: 0, idle: 0, open: 0, forfeited: 0, left: None, alone: 0, outages: UNSURE, asked: Instant::now() };
        Self { partner, product: product.to_owned(), month, hand: Mutex::new(hand), turn: tokio::sync::Mutex::default() }
    }

    fn hand(&self) -> MutexGuard<'_, Hand> {
        self.hand.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn from_hand(self: &Arc<Self>) -> Option<Reservation> {
        let mut hand = self.hand();
        if hand.idle == 0 {
            return None;
        }
        hand.idle -= 1;
        hand.open += 1;
        let remaining = hand.idle + hand.left.unwrap_or(0);
        drop(hand);
        Some(Reservation::leased(self, remaining))
    }

    fn take_alone(self: &Arc<Self>) -> Option<Reservation> {
        let mut hand = self.hand();
        let remaining = hand.left.unwrap_or(0) - hand.alone - 1;
        if remaining < 0 {
            return None;
        }
        hand.alone += 1;
        hand.open += 1;
        drop(hand);
        Some(Reservation::alone(self, remaining))
    }

    /// After an outage, and when nothing is under way, the fleet is told what this node holds instead of what changed.
    fn question(&self, calls: i64, back: i64, outages: u64) -> LeaseAsked<'_> {
        let hand = self.hand();
        let afresh = hand.outages != outages;
        // A call may have given its share back since whoever asks looked.
        let holds = (hand.open == 0 || afresh).then_some(hand.idle + hand.open + hand.forfeited);
        LeaseAsked { partner: self.partner, product: &self.product, at: self.month, quota: hand.quota, calls, back, holds, afresh }
    }

    fn heard(&self, grant: Grant, outages: u64) {
        let mut hand = self.hand();
        hand.idle += grant.leased;
        hand.left = Some(grant.left);
        (hand.alone, hand.outages, hand.asked) = (0, outages, Instant::now());
    }

    /// Whether the question arrived is not known: the next one tells everything.
    fn unsure(&self) {
        self.hand().outages = UNSURE;
    }

    /// The call ended; one that does not count leaves its share for the next.
    pub(super) fn end_leased(&self, end: End) {
        let mut hand = self.hand();
        hand.close(end);
        hand.idle += i64::from(end == End::GivenBack);
    }

    pub(super) fn end_alone(&self, end: End) {
        let mut hand = self.hand();
        hand.close(end);
        hand.alone = (hand.alone - i64::from(end == End::GivenBack)).max(0);
    }

    fn is_used_up(&self) -> bool {
        let hand = self.hand();
        hand.left == Some(0) && hand.alone == 0 && hand.outages != UNSURE && hand.asked.elapsed() < USED_UP
    }

    fn wants_tidying(&self, now: Instant) -> bool {
        let hand = self.hand();
        let since = now.saturating_duration_since(hand.asked);
        (hand.idle > 0 && since >= IDLE) || (hand.open + hand.forfeited > 0 && since >= RENEWED)
    }

    fn is_forgotten(&self, now: Instant, month: DateTime<Utc>) -> bool {
        let hand = self.hand();
        let silent = now.saturating_duration_since(hand.asked) >= FORGOTTEN;
        hand.idle == 0 && hand.open == 0 && if hand.forfeited == 0 { silent } else { self.month < month }
    }
}
