//! Nodes that share a Redis: what they count, lease and tell, and what happens when Redis goes.

use crate::market::{call, product_with_plans};
use crate::portal::{at, by, field, noon, partner};
use crate::redis::TestRedis;
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use domain::key::Environment;
use domain::period::Period;
use domain::settings::{Allowance, Retention};
use domain::usage::{Call, Outcome};
use std::path::Path;
use std::time::{Duration, Instant};
use store::{Batch, Change, LeaseAsked, NewKey, Pace, PaceAsked, PasswordCost, Store};
use tokio_util::sync::CancellationToken;
use uuid::{NoContext, Timestamp, Uuid};

/// One of the nodes on the same SQLite file and the same Redis, with a spool of its own.
async fn node(folder: &Path, redis: &TestRedis, name: &str) -> Store {
    let url = format!("sqlite:{}", folder.join("portico.db").display());
    let store = Store::open_with(&url, PasswordCost::Cheap).await.unwrap();
    store.join(&redis.url(), &folder.join(name)).await.unwrap()
}

fn batch(partner: Uuid, calls: usize) -> Batch {
    Batch { id: Uuid::now_v7(), calls: (0..calls).map(|_| Call { id: Uuid::now_v7(), ..call(partner, "labels", noon()) }).collect() }
}

async fn counted(store: &Store, partner: Uuid) -> i64 {
    store.billable_calls(partner, "labels", Period::month_of(noon())).await.unwrap()
}

/// Tries until it works, for at most five seconds.
async fn eventually(what: &str, mut works: impl AsyncFnMut() -> bool) {
    for _ in 0..250 {
        if works().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{what}");
}

#[tokio::test]
async fn a_day_is_a_hash_that_is_kept_35_days_and_holds_live_calls() {
    let Some(redis) = TestRedis::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = node(folder.path(), &redis, "one").await;
    let ana = partner(&store, "ana@northwind.example", noon()).await;
    let plain = call(ana, "labels", noon());
    let sent = [
        plain.clone(),
        Call { product_id: "rates".to_owned(), ..plain.clone() },
        Call { status: 503, outcome: Outcome::Error, ..plain.clone() },
        Call { status: 429, outcome: Outcome::Refused, ..plain.clone() },
        Call { environment: Environment::Test, ..plain.clone() },
        Call { at: at("2026-10-31T23:59:59Z"), ..plain },
    ];
    let batch = Batch { id: Uuid::now_v7(), calls: sent.into_iter().map(|call| Call { id: Uuid::now_v7(), ..call }).collect() };
    for _ in 0..3 {
        store.meter(std::slice::from_ref(&batch), noon()).await.unwrap();
    }
    let day = format!("meter:{{{ana}}}:{}", noon().date_naive());
    let field = |name: &str| redis.says(&["HGET", &day, name]);
    let fields = ["total", "labels", "labels:success", "labels:error", "rates", "rates:success"];
    assert_eq!(fields.map(field), ["3", "2", "1", "1", "1", "1"]);
    assert_eq!(redis.says(&["HLEN", &day]), "6");
    assert_eq!(redis.says(&["HGET", &format!("meter:{{{ana}}}:2026-10-31"), "total"]), "1");
    let left: i64 = redis.says(&["TTL", &day]).parse().unwrap();
    assert!((35 * 86_400 - 60..=35 * 86_400).contains(&left), "{left}");
}

#[tokio::test]
async fn a_roll_up_that_is_killed_at_any_line_doubles_and_loses_nothing() {
    let Some(redis) = TestRedis::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = [node(folder.path(), &redis, "one").await, node(folder.path(), &redis, "other").await];
    let ana = partner(&one, "ana@northwind.example", noon()).await;
    let batches: Vec<_> = (0..200).map(|_| batch(ana, 3)).collect();
    for batch in &batches {
        one.meter(std::slice::from_ref(batch), noon()).await.unwrap();
    }
    // Killed after the write and before letting go: SQL has some of them already.
    one.record_batches(&batches[..70], noon()).await.unwrap();
    // Killed anywhere: the future is dropped after a while that grows.
    for millis in 0..40 {
        let _ = tokio::time::timeout(Duration::from_micros(millis * 500), one.roll_up(noon())).await;
    }
    one.roll_up(noon()).await.unwrap();
    assert_eq!(counted(&one, ana).await, 600);
    // The same batches come again: from a spool, or after a reply that got lost.
    other.meter(&batches, noon()).await.unwrap();
    other.roll_up(noon()).await.unwrap();
    assert_eq!((counted(&one, ana).await, redis.says(&["HLEN", &format!("waiting:{{{ana}}}")]).as_str()), (600, "0"));
    assert_eq!(redis.says(&["HGET", &format!("meter:{{{ana}}}:{}", noon().date_naive()), "total"]), "600");
}

#[tokio::test]
async fn a_backlog_is_rolled_up_to_its_end() {
    const BATCHES: usize = 3_000;
    let Some(redis) = TestRedis::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = node(folder.path(), &redis, "one").await;
    let ana = partner(&store, "ana@northwind.example", noon()).await;
    let batches: Vec<_> = (0..BATCHES).map(|_| batch(ana, 1)).collect();
    for batches in batches.chunks(100) {
        store.meter(batches, noon()).await.unwrap();
    }
    assert_eq!(store.roll_up(noon()).await.unwrap(), BATCHES);
    assert_eq!(counted(&store, ana).await, i64::try_from(BATCHES).unwrap());
    assert_eq!(redis.says(&["EXISTS", &format!("waiting:{{{ana}}}"), "rollup:partners"]), "0");
}

#[tokio::test]
async fn what_is_metered_while_redis_is_away_counts_once_when_it_is_back() {
    let Some(mut redis) = TestRedis::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = node(folder.path(), &redis, "one").await;
    let ana = partner(&store, "ana@northwind.example", noon()).await;
    let closing = CancellationToken::new();
    let work = tokio::spawn({
        let (store, closing) = (store.clone(), closing.clone());
        async move { store.keep_settling(closing).await }
    });
    store.meter(&[batch(ana, 5)], noon()).await.unwrap();
    redis.kill();
    for _ in 0..20 {
        store.meter(&[batch(ana, 5)], noon()).await.unwrap();
    }
    assert!(!store.fleet().unwrap().is_connected());
    assert!((100..=105).contains(&store.fleet().unwrap().spooled_calls()));
    assert!(counted(&store, ana).await <= 5);
    redis.restart();
    eventually("everything is in SQL", async || counted(&store, ana).await == 105).await;
    eventually("the spool is empty", async || store.fleet().unwrap().spooled_bytes().await.unwrap() == 0).await;
    assert_eq!((counted(&store, ana).await, store.fleet().unwrap().spooled_calls()), (105, 0));
    closing.cancel();
    work.await.unwrap();
}

#[tokio::test]
async fn a_reply_that_comes_too_late_counts_once() {
    let Some(redis) = TestRedis::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = node(folder.path(), &redis, "one").await;
    let ana = partner(&store, "ana@northwind.example", noon()).await;
    for _ in 0..3 {
        store.meter(&[batch(ana, 2)], noon()).await.unwrap();
        redis.hang();
        // Redis has it in its socket and runs it later; the spool has it too.
        let asked = Instant::now();
        store.meter(&[batch(ana, 3)], noon()).await.unwrap();
        store.meter(&[batch(ana, 4)], noon()).await.unwrap();
        assert!(asked.elapsed() < Duration::from_secs(2), "one timeout, then no more questions: {:?}", asked.elapsed());
        redis.go_on();
        eventually("Redis is back", async || store.fleet().unwrap().reconnect().await.is_ok()).await;
        store.replay().await.unwrap();
        store.roll_up(noon()).await.unwrap();
    }
    assert_eq!((counted(&store, ana).await, store.replay().await.unwrap()), (27, 0));
    assert_eq!(redis.says(&["HGET", &format!("meter:{{{ana}}}:{}", noon().date_naive()), "total"]), "27");
}

#[tokio::test]
async fn a_spool_that_a_killed_process_left_is_replayed_by_the_next_one() {
    let Some(mut redis) = TestRedis::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = node(folder.path(), &redis, "one").await;
    let ana = partner(&store, "ana@northwind.example", noon()).await;
    store.meter(&[batch(ana, 2)], noon()).await.unwrap();
    // Redis loses what it confirmed, and the process ends before anybody noticed.
    redis.kill();
    store.meter(&[batch(ana, 3)], noon()).await.unwrap();
    drop(store);
    redis.restart();
    let next = node(folder.path(), &redis, "one").await;
    assert_eq!(next.replay().await.unwrap(), 2);
    next.roll_up(noon()).await.unwrap();
    assert_eq!((counted(&next, ana).await, next.replay().await.unwrap()), (5, 0));
    assert_eq!(next.fleet().unwrap().spooled_bytes().await.unwrap(), 0);
}

#[tokio::test]
async fn a_quota_is_never_leased_twice_and_what_is_given_back_is_there_again() {
    let Some(redis) = TestRedis::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = [node(folder.path(), &redis, "one").await, node(folder.path(), &redis, "other").await];
    let ana = partner(&one, "ana@northwind.example", noon()).await;
    // Calls from before there was a Redis count too.
    one.record_batches(&[batch(ana, 100)], noon()).await.unwrap();
    let asked = LeaseAsked { partner: ana, product: "labels", at: noon(), quota: 500, calls: 50, back: 0, holds: None, afresh: false };
    let mut leased = [0, 0];
    loop {
        let grants = [one.lease_quota(asked).await.unwrap().unwrap(), other.lease_quota(asked).await.unwrap().unwrap()];
        if grants.iter().all(|grant| grant.leased == 0) {
            break;
        }
        leased = [leased[0] + grants[0].leased, leased[1] + grants[1].leased];
        // What was leased becomes waiting calls and then SQL's, and stays counted at every step.
        one.meter(&[batch(ana, usize::try_from(grants[0].leased).unwrap())], noon()).await.unwrap();
        one.roll_up(noon()).await.unwrap();
    }
    assert_eq!(leased.iter().sum::<i64>(), 400, "{leased:?}");
    let back = LeaseAsked { calls: 0, back: 7, ..asked };
    assert_eq!(other.lease_quota(back).await.unwrap().unwrap().left, 7);
    // Redis may come back with what it knew of SQL a while ago.
    redis.says(&["HSET", &format!("quota:{{{ana}}}:{}", noon().format("%Y-%m")), "labels:settled", "3"]);
    assert_ne!(one.lease_quota(LeaseAsked { calls: 0, ..asked }).await.unwrap().unwrap().left, 7);
    assert_eq!(one.lease_quota(LeaseAsked { calls: 0, afresh: true, ..asked }).await.unwrap().unwrap().left, 7);
    // After an outage a node says what it holds.
    let held = LeaseAsked { calls: 0, holds: Some(0), ..asked };
    assert_eq!(other.lease_quota(held).await.unwrap().unwrap().left, leased[1]);
}

#[tokio::test]
async fn calls_that_no_node_metered_use_a_quota_up_at_once() {
    let Some(redis) = TestRedis::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = node(folder.path(), &redis, "one").await;
    let ana = partner(&store, "ana@northwind.example", noon()).await;
    let asked = LeaseAsked { partner: ana, product: "labels", at: noon(), quota: 500, calls: 1, back: 0, holds: None, afresh: false };
    assert_eq!(store.lease_quota(asked).await.unwrap().unwrap().left, 499);
    store.record_batches(&[batch(ana, 100)], noon()).await.unwrap();
    store.raise_settled(ana, "labels", Period::month_of(noon())).await.unwrap();
    assert_eq!(store.lease_quota(LeaseAsked { calls: 0, ..asked }).await.unwrap().unwrap().left, 399);
}

#[tokio::test]
async fn a_pace_is_shared_by_the_nodes() {
    let Some(redis) = TestRedis::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = [node(folder.path(), &redis, "one").await, node(folder.path(), &redis, "other").await];
    let asked = PaceAsked { partner: Uuid::from_u128(1), whose: Uuid::from_u128(2), product: "labels", per_second: 4, calls: 3 };
    let first = one.lease_pace(asked).await.unwrap().unwrap();
    assert_eq!((first.leased, first.left, first.retry_after), (3, 1, Duration::ZERO));
    let second = other.lease_pace(asked).await.unwrap().unwrap();
    assert_eq!((second.leased, second.left), (1, 0));
    assert!(second.retry_after > Duration::from_millis(100) && second.retry_after <= Duration::from_millis(250), "{second:?}");
    let Pace { leased, retry_after, .. } = one.lease_pace(asked).await.unwrap().unwrap();
    assert_eq!(leased, 0);
    tokio::time::sleep(retry_after).await;
    assert_eq!(one.lease_pace(PaceAsked { calls: 1, ..asked }).await.unwrap().unwrap().leased, 1, "waiting as told is enough");
}

#[tokio::test]
async fn a_change_is_heard_on_the_other_node_and_told_once() {
    let Some(mut redis) = TestRedis::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = [node(folder.path(), &redis, "one").await, node(folder.path(), &redis, "other").await];
    let ana = partner(&one, "ana@northwind.example", noon()).await;
    let mut changes = other.changes();
    let closing = CancellationToken::new();
    for store in [&one, &other] {
        let (store, closing) = (store.clone(), closing.clone());
        tokio::spawn(async move { store.keep_settling(closing).await });
    }
    let patience = Duration::from_secs(5);
    let mut next = async || tokio::time::timeout(patience, changes.recv()).await.unwrap().unwrap();
    assert_eq!(next().await, Change::Missed, "nobody knows what was told before");
    let new = || NewKey::new("Key", Environment::Test);
    let key = one.create_key(ana, new(), true, &by(), noon()).await.unwrap();
    assert_eq!(next().await, Change::Key(key.key.prefix));
    redis.kill();
    redis.restart();
    assert_eq!(next().await, Change::Missed);
    closing.cancel();
}

#[tokio::test]
async fn a_difference_between_redis_and_sql_is_a_number_and_is_mended() {
    let Some(mut redis) = TestRedis::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = node(folder.path(), &redis, "one").await;
    let ana = partner(&store, "ana@northwind.example", noon()).await;
    store.meter(&[batch(ana, 5)], noon()).await.unwrap();
    assert_eq!(store.reconcile(noon()).await.unwrap().calls, 0, "what waits is no difference");
    store.roll_up(noon()).await.unwrap();
    assert_eq!(store.reconcile(noon() + TimeDelta::days(1)).await.unwrap().calls, 0);
    redis.kill();
    redis.restart();
    store.meter(&[batch(ana, 1)], noon()).await.unwrap();
    eventually("Redis is back", async || store.fleet().unwrap().reconnect().await.is_ok()).await;
    let drift = store.reconcile(noon()).await.unwrap();
    assert_eq!((drift.calls, store.fleet().unwrap().drift()), (5, 5));
    assert_eq!(store.reconcile(noon()).await.unwrap().calls, 0);
    let ben = partner(&store, "ben@southwind.example", noon()).await;
    redis.says(&["HSET", &format!("meter:{{{ben}}}:{}", noon().date_naive()), "labels:success", "3"]);
    assert_eq!(store.reconcile(noon()).await.unwrap().calls, 3, "also of a partner that SQL has no call of");
    let day = format!("meter:{{{ana}}}:{}", noon().date_naive());
    assert_eq!(["total", "labels", "labels:success"].map(|field| redis.says(&["HGET", &day, field])), ["5", "5", "5"]);
    let left: i64 = redis.says(&["TTL", &day]).parse().unwrap();
    assert!(left > 35 * 86_400 - 60, "a day that was made anew goes like every other: {left}");
}

#[tokio::test]
async fn calls_that_wait_on_disk_are_counted_once_whatever_the_next_start_is_set_to() {
    let Some(mut redis) = TestRedis::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let spool = folder.path().join("one");
    let url = format!("sqlite:{}", folder.path().join("portico.db").display());
    let alone = async || Store::open_with(&url, PasswordCost::Cheap).await.unwrap();

    let store = alone().await;
    let ana = partner(&store, "ana@northwind.example", noon()).await;
    store.meter(&[batch(ana, 2)], noon()).await.unwrap();
    drop(store);
    let store = node(folder.path(), &redis, "one").await;
    assert_eq!((store.inherit(&spool, noon()).await.unwrap(), counted(&store, ana).await), (2, 2), "the journal, with Redis");

    let settled = batch(ana, 4);
    store.meter(std::slice::from_ref(&settled), noon()).await.unwrap();
    store.record_batches(std::slice::from_ref(&settled), noon()).await.unwrap();
    redis.kill();
    store.meter(&[batch(ana, 3)], noon()).await.unwrap();
    drop(store);
    let store = alone().await;
    store.inherit(&spool, noon()).await.unwrap();
    assert_eq!(counted(&store, ana).await, 9, "the spool, without Redis");
    assert_eq!((store.inherit(&spool, noon()).await.unwrap(), counted(&store, ana).await), (0, 9));
    store.prune(noon() + TimeDelta::days(34), &Retention::default()).await.unwrap();
    store.record_batches(&[settled], noon()).await.unwrap();
    assert_eq!(counted(&store, ana).await, 9, "that Redis comes back, and what it holds was counted");
}

#[tokio::test]
async fn every_script_stays_in_one_slot_of_a_cluster() {
    let Some(redis) = TestRedis::start_cluster() else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = node(folder.path(), &redis, "one").await;
    let (ana, ben) = (partner(&store, "ana@northwind.example", noon()).await, partner(&store, "ben@southwind.example", noon()).await);
    store.meter(&store.batches([batch(ana, 3).calls, batch(ben, 4).calls].concat()), noon()).await.unwrap();
    let asked = LeaseAsked { partner: ana, product: "labels", at: noon(), quota: 500, calls: 5, back: 0, holds: None, afresh: false };
    assert_eq!(store.lease_quota(asked).await.unwrap().unwrap().left, 493);
    let pace = PaceAsked { partner: ana, whose: Uuid::from_u128(2), product: "labels", per_second: 4, calls: 3 };
    assert_eq!(store.lease_pace(pace).await.unwrap().unwrap().leased, 3);
    assert_eq!(store.roll_up(noon()).await.unwrap(), 7);
    assert_eq!(store.reconcile(noon()).await.unwrap().calls, 0);
    assert!(store.fleet().unwrap().is_connected(), "no command was refused");
    assert_eq!((counted(&store, ana).await, counted(&store, ben).await), (3, 4));
}

#[tokio::test]
async fn an_allowance_reaches_every_node_also_while_redis_is_away() {
    let Some(mut redis) = TestRedis::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = [node(folder.path(), &redis, "one").await, node(folder.path(), &redis, "other").await];
    let allowance = |store: &Store| store.fleet().unwrap().allowance();
    assert_eq!([&one, &other].map(allowance), [Allowance::default(); 2]);
    let listening = other.clone();
    tokio::spawn(async move { listening.keep_settling(CancellationToken::new()).await });
    redis.kill();
    let half = Allowance::read("0.5").unwrap();
    one.set_allowance(half, &by(), noon()).await.unwrap();
    assert_eq!(allowance(&one), half, "at once where it was set");
    eventually("the other node goes by the old allowance", async || allowance(&other) == half).await;
    let later = node(folder.path(), &redis, "later").await;
    assert_eq!(allowance(&later), half, "a node that starts");
}

#[tokio::test]
async fn a_node_that_cannot_write_its_spool_waits_for_sql_and_not_for_redis_alone() {
    let Some(redis) = TestRedis::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = node(folder.path(), &redis, "one").await;
    let ana = partner(&store, "ana@northwind.example", noon()).await;
    std::fs::remove_dir_all(folder.path().join("one")).unwrap();
    for _ in 0..2 {
        store.meter(&[batch(ana, 3)], noon()).await.unwrap();
    }
    assert_eq!(counted(&store, ana).await, 6, "a Redis that loses its data loses nothing");
    store.roll_up(noon()).await.unwrap();
    assert_eq!((counted(&store, ana).await, store.reconcile(noon()).await.unwrap().calls), (6, 0));
}

#[tokio::test]
async fn a_spool_that_is_older_than_the_memory_of_ids_is_kept_and_not_counted() {
    let Some(redis) = TestRedis::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = node(folder.path(), &redis, "one").await;
    let ana = partner(&store, "ana@northwind.example", noon()).await;
    let made = |days_ago| Batch { id: made_at(Utc::now() - TimeDelta::days(days_ago)), ..batch(ana, 2) };
    // SQL counted the first one, and forgot that it did.
    let (late, young) = (made(35), made(33));
    store.record_batches(std::slice::from_ref(&late), Utc::now() - TimeDelta::days(35)).await.unwrap();
    store.prune(Utc::now(), &Retention::default()).await.unwrap();
    store.meter(&[late, young], noon()).await.unwrap();
    redis.says(&["FLUSHALL"]);
    drop(store);
    let store = node(folder.path(), &redis, "one").await;
    assert_eq!(store.replay().await.unwrap(), 1);
    store.roll_up(noon()).await.unwrap();
    assert_eq!((counted(&store, ana).await, store.replay().await.unwrap()), (4, 0));
    let kept: Vec<_> = std::fs::read_dir(folder.path().join("one")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(kept.iter().any(|path| path.extension().is_some_and(|end| end == "late")), "{kept:?}");
    assert_eq!(store.fleet().unwrap().spooled_since().await.unwrap(), None, "and holds up nothing");
}

#[tokio::test]
async fn a_redis_whose_memory_is_full_is_emptied_while_calls_go_on() {
    let Some(redis) = TestRedis::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = node(folder.path(), &redis, "one").await;
    let ana = partner(&store, "ana@northwind.example", noon()).await;
    let used = redis.says(&["INFO", "memory"]);
    let used: u64 = used.lines().find_map(|line| line.strip_prefix("used_memory:")).unwrap().trim().parse().unwrap();
    redis.says(&["CONFIG", "SET", "maxmemory", &(used + (4 << 20)).to_string()]);
    redis.says(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]);
    let mut sent = 0;
    let mut meter = async || {
        store.meter(&[batch(ana, 500)], noon()).await.unwrap();
        sent += 500;
        sent
    };
    while store.fleet().unwrap().is_connected() {
        assert!(meter().await < 500_000, "the memory is never full");
    }
    redis.says(&["CONFIG", "SET", "maxmemory", &(used + (2 << 20)).to_string()]);
    assert!(redis.says(&["SET", "a", "b"]).starts_with("OOM"));
    for _ in 0..5 {
        meter().await;
    }
    assert!(store.roll_up(noon()).await.unwrap() > 0, "somebody leads");
    assert_eq!(redis.says(&["EXISTS", &format!("waiting:{{{ana}}}"), "rollup:partners"]), "0", "nothing waits");
    let closing = CancellationToken::new();
    let work = tokio::spawn({
        let (store, closing) = (store.clone(), closing.clone());
        async move { store.keep_settling(closing).await }
    });
    let mut total = 0;
    for _ in 0..20 {
        total = meter().await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    eventually("everything is in SQL", async || counted(&store, ana).await >= total).await;
    eventually("the spool is empty", async || store.fleet().unwrap().spooled_bytes().await.unwrap() == 0).await;
    eventually("Redis takes calls again", async || store.fleet().unwrap().is_connected()).await;
    assert_eq!((counted(&store, ana).await, store.fleet().unwrap().spooled_calls()), (total, 0));
    closing.cancel();
    work.await.unwrap();
}

#[tokio::test]
async fn what_is_tried_again_is_one_call_in_the_spool() {
    let Some(mut redis) = TestRedis::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = node(folder.path(), &redis, "one").await;
    let ana = partner(&store, "ana@northwind.example", noon()).await;
    redis.kill();
    let (spool, batch) = (folder.path().join("one"), [batch(ana, 3)]);
    std::fs::remove_dir(&spool).unwrap();
    for _ in 0..3 {
        store.meter(&batch, noon()).await.unwrap_err();
    }
    std::fs::create_dir(&spool).unwrap();
    store.meter(&batch, noon()).await.unwrap();
    assert_eq!(store.fleet().unwrap().spooled_calls(), 3);
}

#[tokio::test]
async fn a_month_is_settled_once_no_node_and_no_list_has_calls_of_it() {
    let Some(mut redis) = TestRedis::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = [node(folder.path(), &redis, "one").await, node(folder.path(), &redis, "other").await];
    let ana = partner(&one, "ana@northwind.example", noon()).await;
    let now = cut(Utc::now());
    assert_eq!(one.settled_until(now).await.unwrap(), now);
    redis.kill();
    other.meter(&[batch(ana, 3)], now).await.unwrap();
    one.settled_until(now).await.unwrap_err();
    other.settled_until(now).await.unwrap_err();
    redis.restart();
    let hour = now + TimeDelta::hours(1);
    eventually("Redis is back", async || one.fleet().unwrap().reconnect().await.is_ok()).await;
    let begun = other.fleet().unwrap().spooled_since().await.unwrap().unwrap();
    assert_eq!(one.settled_until(hour).await.unwrap(), now.min(cut(begun)), "the other node's calls wait on its disk");
    assert_eq!(
        one.settled_until(now + TimeDelta::days(2)).await.unwrap(),
        now + TimeDelta::days(2),
        "a node that is gone is not waited for"
    );

    eventually("Redis is back", async || other.fleet().unwrap().reconnect().await.is_ok()).await;
    other.replay().await.unwrap();
    assert_eq!(one.settled_until(hour).await.unwrap(), noon().min(now), "they wait in Redis, whoever leads");
    other.roll_up(hour).await.unwrap();
    other.replay().await.unwrap();
    assert_eq!(one.settled_until(hour).await.unwrap(), now.min(cut(begun)), "nobody heard of it yet");
    assert_eq!(other.settled_until(hour).await.unwrap(), hour);
    let later = hour + TimeDelta::hours(1);
    assert_eq!(one.settled_until(later).await.unwrap(), hour, "what it spooled since then nobody knows");
    let stopped = CancellationToken::new();
    stopped.cancel();
    other.keep_settling(stopped).await;
    assert_eq!(one.settled_until(later).await.unwrap(), later, "it stopped with nothing left");
}

#[tokio::test]
async fn no_plan_changes_while_nobody_knows_last_months_calls() {
    let Some(mut redis) = TestRedis::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = node(folder.path(), &redis, "one").await;
    let now = Utc::now();
    let ana = partner(&store, "ana@northwind.example", now).await;
    let [_, starter, dear] = product_with_plans(&store, "labels").await;
    let id = store.subscribe(ana, "labels", starter.id, &by(), now).await.unwrap().id;
    let sent = Batch { id: Uuid::now_v7(), calls: (0..30).map(|_| Call { id: Uuid::now_v7(), ..call(ana, "labels", now) }).collect() };
    store.meter(&[sent], now).await.unwrap();
    let later = Period::month_of(now).end + TimeDelta::hours(1);
    let change = async || store.change_plan(ana, id, dear.id, &by(), later).await;
    redis.kill();
    assert_eq!(field(change().await), "plan", "Redis is away");
    redis.restart();
    eventually("Redis is back", async || store.fleet().unwrap().reconnect().await.is_ok()).await;
    assert_eq!(field(change().await), "plan", "calls wait in the spool");
    store.replay().await.unwrap();
    store.roll_up(later).await.unwrap();
    store.replay().await.unwrap();
    change().await.unwrap();
    assert_eq!(store.invoices(ana).await.unwrap()[0].total_minor, 4_900 + 6);
}

/// As the databases keep it.
fn cut(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(6)
}

/// A UUIDv7 of this moment.
fn made_at(moment: DateTime<Utc>) -> Uuid {
    Uuid::new_v7(Timestamp::from_unix(NoContext, moment.timestamp().try_into().unwrap(), 0))
}
