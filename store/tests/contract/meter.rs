//! The meter's promise, on both databases and through Redis: each batch counts once, and whatever was counted can be found in the sums.

use crate::databases::both;
use crate::market::{call, calls};
use crate::portal::{at, by, noon, partner};
use crate::redis::TestRedis;
use chrono::TimeDelta;
use domain::key::Environment;
use domain::period::Period;
use domain::usage::{Call, CallFilter, Counts, Outcome, Source};
use futures::future::join_all;
use store::{Batch, NewKey, PasswordCost, Store};
use uuid::Uuid;

/// Runs a test on both databases, and on nodes that share a Redis.
async fn on_every_meter(test: impl AsyncFn(Store)) {
    both(&test).await;
    let Some(redis) = TestRedis::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("portico.db").display());
    let store = Store::open_with(&url, PasswordCost::Cheap).await.unwrap();
    test(store.join(&redis.url(), folder.path()).await.unwrap()).await;
}

/// Meters a batch and, in a fleet, lets it come into SQL.
async fn write(store: &Store, id: Uuid, calls: &[Call]) {
    store.meter(&[Batch { id, calls: calls.into() }], noon()).await.unwrap();
    store.roll_up(noon()).await.unwrap();
}

#[tokio::test]
async fn a_batch_counts_once_however_often_it_is_sent() {
    on_every_meter(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let (batch, sent) = (Uuid::new_v4(), [call(ana, "labels", noon()), call(ana, "rates", noon())]);
        for _ in 0..3 {
            write(&store, batch, &sent).await;
        }
        join_all((0..8).map(|_| write(&store, batch, &sent))).await;
        assert_eq!(store.key_counts(sent[0].key_id).await.unwrap().success, 2);
        assert_eq!(store.calls(ana, &CallFilter { limit: 10, ..CallFilter::default() }).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn writers_in_parallel_lose_and_double_nothing() {
    const WRITERS: usize = 12;
    const BATCHES: usize = 4;
    const KEYS: usize = 10;
    on_every_meter(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let mut keys = Vec::new();
        for _ in 0..KEYS {
            keys.push(store.create_key(ana, test_key(), true, &by(), noon()).await.unwrap().key.id);
        }
        let (keys, at) = (&keys, |batch| noon() + TimeDelta::seconds(i64::try_from(batch).unwrap()));
        let write = async |writer: usize| {
            for batch in 0..BATCHES {
                // Every batch touches every key, each writer in another order, so that locks meet.
                let order = (0..KEYS).map(|n| keys[(n * 7 + writer * 3 + batch) % KEYS]);
                let product = if writer.is_multiple_of(2) { "labels" } else { "rates" };
                let sent: Vec<_> = order.map(|key_id| Call { key_id, ..call(ana, product, at(batch)) }).collect();
                write(&store, Uuid::new_v4(), &sent).await;
            }
        };
        join_all((0..WRITERS).map(write)).await;
        // Who rolls up while another takes the partner off Redis' list leaves the rest to the next time.
        store.roll_up(noon()).await.unwrap();
        for key in keys {
            assert_eq!(store.key_counts(*key).await.unwrap().success, i64::try_from(WRITERS * BATCHES).unwrap(), "key {key}");
            assert_eq!(store.key(ana, *key).await.unwrap().unwrap().last_used_at, Some(at(BATCHES - 1)));
        }
    })
    .await;
}

fn test_key() -> NewKey {
    NewKey::new("Key", Environment::Test)
}

#[tokio::test]
async fn a_batch_may_hold_more_than_one_statement_takes() {
    on_every_meter(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let key = |n: u128| Uuid::from_u128(n);
        let sent: Vec<_> = (0..2_500).map(|n| Call { key_id: key(n % 1_100), ..call(ana, "labels", noon()) }).collect();
        write(&store, Uuid::new_v4(), &sent).await;
        store.record_batches(&[], noon()).await.unwrap();
        assert_eq!(store.billable_calls(ana, "labels", Period::month_of(noon())).await.unwrap(), 2_500);
        assert_eq!(store.key_counts(key(0)).await.unwrap().success, 3);
        assert_eq!(store.key_counts(key(1_099)).await.unwrap().success, 2);
    })
    .await;
}

#[tokio::test]
async fn what_the_database_never_takes_keeps_nothing_else_waiting() {
    on_every_meter(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let bob = partner(&store, "bob@baltic.example", noon()).await;
        // Longer than a row of PostgreSQL's index may be, and not to be compressed.
        let operation: String = (0..150).map(|_| Uuid::new_v4().simple().to_string()).collect();
        let [long, other] = [Call { operation, ..call(ana, "labels", noon()) }, call(bob, "labels", noon())];
        for sent in [[long.clone(), call(ana, "rates", noon())], [other.clone(), other.clone()]] {
            store.meter(&[Batch { id: Uuid::now_v7(), calls: sent.into() }], noon()).await.unwrap();
        }
        store.roll_up(noon()).await.unwrap();
        let month = Period::month_of(noon());
        for (partner, product, calls) in [(ana, "labels", 1), (ana, "rates", 1), (bob, "labels", 2)] {
            assert_eq!(store.billable_calls(partner, product, month).await.unwrap(), calls, "{product}");
        }
    })
    .await;
}

#[tokio::test]
async fn only_live_calls_that_the_upstream_answered_through_the_gateway_are_billed() {
    on_every_meter(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let billed = call(ana, "labels", noon());
        let not_found = Call { status: 404, ..billed.clone() };
        let sent = [
            billed.clone(),
            not_found,
            Call { status: 502, outcome: Outcome::Error, ..billed.clone() },
            Call { status: 429, outcome: Outcome::Refused, ..billed.clone() },
            Call { environment: Environment::Test, ..billed.clone() },
            Call { source: Source::Console, ..billed.clone() },
            Call { product_id: "rates".to_owned(), ..billed.clone() },
        ];
        let sent: Vec<_> = sent.into_iter().map(|call| Call { id: Uuid::now_v7(), ..call }).collect();
        write(&store, Uuid::new_v4(), &sent).await;
        let period = Period::month_of(noon());
        assert_eq!(store.billable_calls(ana, "labels", period).await.unwrap(), 2);
        assert_eq!(store.billable_calls(ana, "labels", period.next()).await.unwrap(), 0);
        assert_eq!(store.billable_calls(Uuid::from_u128(1), "labels", period).await.unwrap(), 0);
        let counts = store.key_counts(billed.key_id).await.unwrap();
        assert_eq!(counts, Counts { success: 5, client_errors: 1, error: 1, refused: 1 });
    })
    .await;
}

#[tokio::test]
async fn a_call_belongs_to_the_month_it_was_made_in() {
    on_every_meter(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let sent = [call(ana, "labels", at("2026-10-31T23:59:59.999999Z")), call(ana, "labels", at("2026-11-01T00:00:00Z"))];
        write(&store, Uuid::new_v4(), &sent).await;
        let november = Period::month_of(noon());
        assert_eq!(store.billable_calls(ana, "labels", november.previous()).await.unwrap(), 1);
        assert_eq!(store.billable_calls(ana, "labels", november).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_key_remembers_its_newest_call() {
    on_every_meter(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let key = store.keys(ana).await.unwrap().remove(0);
        assert_eq!(key.last_used_at, None);
        let use_at = async |at| {
            let sent = [Call { key_id: key.id, ..call(ana, "labels", at) }];
            write(&store, Uuid::new_v4(), &sent).await;
        };
        use_at(noon()).await;
        use_at(noon() - TimeDelta::hours(1)).await;
        let refused =
            [Call { key_id: key.id, outcome: Outcome::Refused, status: 401, ..call(ana, "labels", noon() + TimeDelta::hours(1)) }];
        store.record_batch(Uuid::new_v4(), &refused, noon()).await.unwrap();
        assert_eq!(store.key(ana, key.id).await.unwrap().unwrap().last_used_at, Some(noon()));
        use_at(noon() + TimeDelta::microseconds(1)).await;
        assert_eq!(store.key(ana, key.id).await.unwrap().unwrap().last_used_at, Some(noon() + TimeDelta::microseconds(1)));
    })
    .await;
}

#[tokio::test]
async fn live_numbers_hear_of_a_batch_once() {
    on_every_meter(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let (mut metered, mut changes) = (store.metered(), store.changes());
        let (batch, sent) = (Uuid::new_v4(), [call(ana, "labels", noon()), call(ana, "labels", noon())]);
        write(&store, batch, &sent).await;
        write(&store, batch, &sent).await;
        assert_eq!(metered.try_recv().unwrap(), ana);
        assert!(metered.try_recv().is_err());
        assert!(changes.try_recv().is_err(), "no cache forgets anything for it");
    })
    .await;
}

#[tokio::test]
async fn calls_are_listed_newest_first_and_in_pages() {
    on_every_meter(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        calls(&store, 5, ana, "labels", noon()).await;
        let page = async |before, limit| {
            let filter = CallFilter { before, limit, ..CallFilter::default() };
            store.calls(ana, &filter).await.unwrap().into_iter().map(|call| call.id).collect::<Vec<_>>()
        };
        let all = page(None, 10).await;
        assert_eq!(all.len(), 5);
        assert!(all.is_sorted_by(|newer, older| newer > older));
        let first = page(None, 2).await;
        assert_eq!(first, all[..2]);
        assert_eq!(page(first.last().copied(), 10).await, all[2..]);
        assert!(store.calls(Uuid::from_u128(1), &CallFilter { limit: 10, ..CallFilter::default() }).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn calls_are_filtered_by_each_field_and_come_back_whole() {
    on_every_meter(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let plain = call(ana, "labels", noon());
        let other = Call {
            id: Uuid::now_v7(),
            product_id: "rates".to_owned(),
            key_id: Uuid::from_u128(8),
            environment: Environment::Test,
            source: Source::Console,
            operation: "getRate".to_owned(),
            at: noon() + chrono::TimeDelta::hours(1),
            status: 503,
            outcome: Outcome::Error,
            ..plain.clone()
        };
        write(&store, Uuid::new_v4(), &[plain.clone(), other.clone()]).await;
        let all = CallFilter { limit: 10, ..CallFilter::default() };
        for filter in [
            CallFilter { environment: Some(Environment::Test), ..all.clone() },
            CallFilter { product_id: Some("rates".to_owned()), ..all.clone() },
            CallFilter { key_id: Some(other.key_id), ..all.clone() },
            CallFilter { status_class: Some(5), ..all.clone() },
            CallFilter { status: Some(503), ..all.clone() },
            CallFilter { operation: Some("getRate".to_owned()), ..all.clone() },
            CallFilter { from: Some(noon() + chrono::TimeDelta::minutes(1)), ..all.clone() },
            CallFilter { environment: Some(Environment::Test), to: Some(noon() + chrono::TimeDelta::hours(2)), ..all.clone() },
        ] {
            assert_eq!(store.calls(ana, &filter).await.unwrap(), std::slice::from_ref(&other), "{filter:?}");
        }
        assert_eq!(
            store.calls(ana, &CallFilter { to: Some(noon() + chrono::TimeDelta::hours(1)), ..all.clone() }).await.unwrap(),
            std::slice::from_ref(&plain)
        );
        assert_eq!(store.calls(ana, &CallFilter { status_class: Some(2), ..all }).await.unwrap(), [plain]);
    })
    .await;
}
