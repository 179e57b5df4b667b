//! Limits on guessing.

use crate::databases::both;
use crate::portal::{at, noon};
use chrono::TimeDelta;
use store::Attempt;

const QUARTER: TimeDelta = TimeDelta::minutes(15);

#[tokio::test]
async fn tries_are_counted_per_subject_and_window() {
    both(async |store| {
        let now = at("2026-11-24T12:05:00Z");
        for _ in 0..3 {
            assert_eq!(store.attempt("sign-in:ana", 3, QUARTER, now).await.unwrap(), Attempt::Allowed);
        }
        assert_eq!(store.attempt("sign-in:ana", 3, QUARTER, now).await.unwrap(), Attempt::Wait(TimeDelta::minutes(10)));
        assert_eq!(store.attempt("sign-in:ben", 3, QUARTER, now).await.unwrap(), Attempt::Allowed);
        let next = now + TimeDelta::minutes(10);
        assert_eq!(store.attempt("sign-in:ana", 3, QUARTER, next).await.unwrap(), Attempt::Allowed);
    })
    .await;
}

#[tokio::test]
async fn tries_at_once_are_all_counted() {
    both(async |store| {
        let tries = futures::future::join_all((0..20).map(|_| store.attempt("s", 7, QUARTER, noon()))).await;
        let allowed = tries.into_iter().filter(|attempt| matches!(attempt, Ok(Attempt::Allowed))).count();
        assert_eq!(allowed, 7);
        store.forgive("s").await.unwrap();
        assert_eq!(store.attempt("s", 7, QUARTER, noon()).await.unwrap(), Attempt::Allowed);
    })
    .await;
}
