//! The log of calls in blocks: whatever lies in which block, a page is the newest calls in their order.

use crate::databases::{both, on_postgres_url};
use crate::market::dated;
use crate::portal::{noon, partner};
use chrono::TimeDelta;
use domain::settings::Retention;
use domain::usage::{Call, CallFilter};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use store::{PasswordCost, Store};
use uuid::Uuid;

/// Calls a minute apart, each in a batch of its own with the one 50 minutes later: blocks that lie across each other.
async fn crossing(store: &Store, partner: Uuid) -> Vec<Uuid> {
    let mut ids = Vec::new();
    for minute in 0..50 {
        let calls = [minute, minute + 50].map(|minute| dated(partner, noon() + TimeDelta::minutes(minute)));
        ids.extend(calls.iter().map(|call| call.id));
        store.record_batch(Uuid::now_v7(), &calls, noon()).await.unwrap();
    }
    ids.sort_unstable_by(|one, other| other.cmp(one));
    ids
}

async fn pages(store: &Store, partner: Uuid, limit: i64) -> Vec<Uuid> {
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let page = store.calls(partner, &CallFilter { before, limit, ..CallFilter::default() }).await.unwrap();
        let Some(last) = page.last() else { return all };
        before = Some(last.id);
        all.extend(page.iter().map(|call| call.id));
    }
}

#[tokio::test]
async fn pages_are_in_order_whatever_blocks_they_lie_in() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let ids = crossing(&store, ana).await;
        for limit in [1, 7, 100, 500] {
            assert_eq!(pages(&store, ana, limit).await, ids, "pages of {limit}");
        }
        let from = noon() + TimeDelta::minutes(90);
        let late = store.calls(ana, &CallFilter { from: Some(from), limit: 500, ..CallFilter::default() }).await.unwrap();
        assert_eq!(late.iter().map(|call| call.id).collect::<Vec<_>>(), ids[..10]);
    })
    .await;
}

#[tokio::test]
async fn small_blocks_are_put_together_and_nothing_is_lost() {
    both(async |store| {
        let [ana, ben] = [partner(&store, "ana@northwind.example", noon()).await, partner(&store, "ben@x.example", noon()).await];
        let (ids, of_ben) = (crossing(&store, ana).await, crossing(&store, ben).await);
        let big: Vec<Call> = (0..2_300).map(|millis| dated(ana, noon() - TimeDelta::days(1) + TimeDelta::milliseconds(millis))).collect();
        store.record_batch(Uuid::now_v7(), &big, noon()).await.unwrap();
        for later in [0, 1, 3, 4] {
            store.pack_calls(noon() + TimeDelta::hours(later)).await.unwrap();
            let found = pages(&store, ana, 400).await;
            assert_eq!((&found[..100], found.len()), (&ids[..], 2_400), "{later} hours later");
            assert_eq!(pages(&store, ben, 400).await, of_ben);
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_too_old_goes_out_of_the_middle_of_a_block() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let ids = crossing(&store, ana).await;
        let keep = Retention { calls: 1, addresses: 1 };
        store.prune(noon() + TimeDelta::days(1) + TimeDelta::minutes(9), &keep).await.unwrap();
        assert_eq!(pages(&store, ana, 30).await, ids[..90]);
        store.prune(noon() + TimeDelta::days(1) + TimeDelta::minutes(69), &keep).await.unwrap();
        assert_eq!(pages(&store, ana, 30).await, ids[..30]);
        store.prune(noon() + TimeDelta::days(3), &keep).await.unwrap();
        assert!(pages(&store, ana, 30).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_follower_is_told_of_every_call_once_however_late_it_is_written() {
    both(async |store| {
        let ana = partner(&store, "ana@northwind.example", noon()).await;
        let at = |seconds| noon() + TimeDelta::seconds(seconds);
        let write = async |calls: &[Call]| store.record_batch(Uuid::now_v7(), calls, noon()).await.unwrap();
        let filter = |seconds| CallFilter { from: Some(at(seconds)), limit: 3, ..CallFilter::default() };
        let [before, first, second] = [0, 60, 120].map(|seconds| dated(ana, at(seconds)));
        write(std::slice::from_ref(&before)).await;
        let mut followed = store.follow_calls(ana, &filter(-600)).await.unwrap();
        write(&[first.clone(), second.clone()]).await;
        assert_eq!(store.new_calls(ana, &filter(-600), &mut followed).await.unwrap(), [second.clone(), first.clone()]);
        let late = [-3_600, -500, 30].map(|seconds| dated(ana, at(seconds)));
        write(&late).await;
        assert_eq!(store.new_calls(ana, &filter(-600), &mut followed).await.unwrap(), [late[2].clone(), late[1].clone()]);

        // The block loses its oldest calls and is written anew.
        store.prune(at(-2_000) + TimeDelta::days(1), &Retention { calls: 1, addresses: 1 }).await.unwrap();
        assert_eq!(store.new_calls(ana, &filter(-600), &mut followed).await.unwrap(), []);
        // What is followed goes on, and the clock goes back.
        for since in [70, -600] {
            assert_eq!(store.new_calls(ana, &filter(since), &mut followed).await.unwrap(), [], "{since}");
        }
        let many: Vec<Call> = (0..5).map(|n| dated(ana, at(200 + n))).collect();
        for call in &many {
            write(std::slice::from_ref(call)).await;
        }
        let newest: Vec<Call> = many[2..].iter().rev().cloned().collect();
        assert_eq!(store.new_calls(ana, &filter(-600), &mut followed).await.unwrap(), newest, "of many, the newest");
        assert_eq!(store.new_calls(ana, &filter(-600), &mut followed).await.unwrap(), []);
        followed.until(many[3].id);
        assert_eq!(store.new_calls(ana, &filter(-600), &mut followed).await.unwrap(), [many[4].clone()], "again after the last one seen");
    })
    .await;
}

/// A row of the log as it was before there were blocks.
fn old_row(call: &Call) -> AssertSqlSafe<String> {
    let Call { product_id, operation, method, path, .. } = call;
    let (environment, source, outcome) = (call.environment.as_str(), call.source.as_str(), call.outcome.as_str());
    AssertSqlSafe(format!(
        "insert into calls values ($1, $2, $3, '{product_id}', $4, '{environment}', '{source}', '{method}', '{path}', '{operation}', \
         {}, '{outcome}', {}, {}, {})",
        call.status,
        call.latency.as_micros(),
        call.bytes_in,
        call.bytes_out
    ))
}

/// Fills the log of a database as an older version did, and opens it.
macro_rules! with_old_rows {
    ($connection:ty, $url:expr) => {{
        let ana = partner(&Store::open_with($url, PasswordCost::Cheap).await.unwrap(), "ana@northwind.example", noon()).await;
        let mut calls: Vec<Call> = (0..25).map(|minute| dated(ana, noon() + TimeDelta::minutes(minute))).collect();
        let mut connection = <$connection>::connect($url).await.unwrap();
        for call in &calls {
            let query = sqlx::query(old_row(call)).bind(call.id).bind(call.at).bind(call.partner_id).bind(call.key_id);
            query.execute(&mut connection).await.unwrap();
        }
        connection.close().await.unwrap();
        let store = Store::open_with($url, PasswordCost::Cheap).await.unwrap();
        calls.reverse();
        assert_eq!(store.calls(ana, &CallFilter { limit: 100, ..CallFilter::default() }).await.unwrap(), calls);
        store.close().await;
    }};
}

#[tokio::test]
async fn the_rows_of_an_older_version_become_blocks() {
    let folder = tempfile::tempdir().unwrap();
    with_old_rows!(SqliteConnection, &format!("sqlite:{}", folder.path().join("portico.db").display()));
    on_postgres_url(async |url| with_old_rows!(PgConnection, url)).await;
}
