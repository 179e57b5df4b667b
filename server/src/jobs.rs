//! What happens by itself: months are closed, what is old is forgotten, documents are fetched again.

use crate::documents;
use crate::gateway::Gateway;
use chrono::{DateTime, Utc};
use domain::period::Period;
use domain::settings::Retention;
use std::time::Duration;
use store::{CLOSES_AFTER, Store};
use tokio_util::sync::CancellationToken;

/// How often.
const EVERY: Duration = Duration::from_secs(3_600);
/// How often hours that ended are looked for.
const FOLD_EVERY: Duration = Duration::from_secs(60);
/// How often small blocks of the log are put together.
const PACK_EVERY: Duration = Duration::from_secs(300);
/// Months that are looked back at: closing one again changes nothing, and a portal may have been off for a while.
const MONTHS: usize = 12;

/// Runs every other job now and then every hour, until the server stops.
pub async fn run(store: Store, gateway: Gateway, keep: Retention, closing: CancellationToken) {
    every(EVERY, closing, || once(&store, &gateway, &keep)).await;
}

/// Folds the usage of each hour soon after its end, until the server stops: what is not folded yet is read hour by hour.
pub async fn fold(store: Store, closing: CancellationToken) {
    let fold = || async {
        if let Err(error) = store.fold_usage(Utc::now()).await {
            tracing::error!(%error, "usage could not be folded; it is tried again in a minute");
        }
    };
    every(FOLD_EVERY, closing, fold).await;
}

/// Puts small blocks of the log together, until the server stops: a search reads few large ones faster.
pub async fn pack(store: Store, closing: CancellationToken) {
    let pack = || async {
        if let Err(error) = store.pack_calls(Utc::now()).await {
            tracing::error!(%error, "the log of calls could not be packed; it is tried again in five minutes");
        }
    };
    every(PACK_EVERY, closing, pack).await;
}

/// Does a job now and then, until the server stops, also in its midst.
async fn every<F: Future<Output = ()>>(pause: Duration, closing: CancellationToken, job: impl Fn() -> F) {
    let mut clock = tokio::time::interval(pause);
    clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let doing = async {
        loop {
            clock.tick().await;
            job().await;
        }
    };
    tokio::select! {
        () = closing.cancelled() => {}
        () = doing => {}
    }
}

async fn once(store: &Store, gateway: &Gateway, keep: &Retention) {
    let now = Utc::now();
    for period in settled(store, now).await {
        match store.close_period(period, now).await {
            Ok(invoices) if invoices.is_empty() => {}
            Ok(invoices) => tracing::info!(start = %period.start, invoices = invoices.len(), "month closed"),
            Err(error) => tracing::error!(%error, start = %period.start, "a month could not be closed; it is tried again in an hour"),
        }
    }
    if let Err(error) = store.prune(now, keep).await {
        tracing::error!(%error, "what is old could not be forgotten; it is tried again in an hour");
    }
    documents::refetch_all(store, gateway).await;
}

/// The months that are over and whose calls are in the database: in a fleet they may wait in Redis or in the spool of any node, and a bill
/// must not miss them.
async fn settled(store: &Store, now: DateTime<Utc>) -> Vec<Period> {
    match store.settle_calls(now).await {
        Ok(until) => {
            let months = finished(until);
            if months.last() != finished(now).last() {
                tracing::warn!(%until, "calls from then on wait in Redis or on a node; no month is closed before they are written, which is tried again in an hour");
            }
            months
        }
        Err(error) => {
            tracing::warn!(%error, "nobody knows which calls wait; no month is closed, which is tried again in an hour");
            Vec::new()
        }
    }
}

/// The months that are over, oldest first: plans that change with a month's end have to change in order.
fn finished(now: DateTime<Utc>) -> Vec<Period> {
    let running = Period::month_of(now - CLOSES_AFTER);
    let mut months: Vec<_> = std::iter::successors(Some(running.previous()), |month| Some(month.previous())).take(MONTHS).collect();
    months.reverse();
    months
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_closed_once_its_calls_are_written() {
        let last = |now: &str| finished(now.parse().unwrap()).pop().unwrap().start.to_string();
        assert_eq!(last("2026-11-24T12:00:00Z"), "2026-10-01 00:00:00 UTC");
        assert_eq!(last("2026-12-01T00:05:00Z"), "2026-10-01 00:00:00 UTC");
        assert_eq!(last("2026-12-01T00:11:00Z"), "2026-11-01 00:00:00 UTC");
        assert_eq!(finished("2026-12-02T00:00:00Z".parse().unwrap()).len(), MONTHS);
    }
}
