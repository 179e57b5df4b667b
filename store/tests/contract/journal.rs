//! The journal of a portal on SQLite: what was confirmed is counted once, whenever the process ends and whatever is sent again.

use crate::market::{call, product_with_plans};
use crate::portal::{by, field, noon, partner};
use chrono::{TimeDelta, Utc};
use domain::period::Period;
use domain::settings::Retention;
use domain::usage::CallFilter;
use std::fs::{OpenOptions, read_dir};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;
use store::{Batch, PasswordCost, Store};
use uuid::Uuid;

fn database(folder: &Path) -> PathBuf {
    folder.join("portico.db")
}

async fn open(folder: &Path) -> Store {
    Store::open_with(&format!("sqlite:{}", database(folder).display()), PasswordCost::Cheap).await.unwrap()
}

fn batch(partner: Uuid, calls: usize) -> Batch {
    Batch { id: Uuid::now_v7(), calls: (0..calls).map(|_| call(partner, "labels", noon())).collect() }
}

/// Calls in the sums and in the log.
async fn counted(store: &Store, partner: Uuid) -> (i64, usize) {
    let sums = store.billable_calls(partner, "labels", Period::month_of(noon())).await.unwrap();
    (sums, store.calls(partner, &CallFilter { limit: 500, ..CallFilter::default() }).await.unwrap().len())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = read_dir(folder.join("portico.db-calls"));
    entries.map_or(Vec::new(), |entries| entries.map(|entry| entry.unwrap().path()).collect())
}

#[tokio::test]
async fn a_batch_is_on_disk_at_once_and_in_sql_after_the_roll_up() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    assert!(!folder.path().join("portico.db-calls").exists(), "nothing is made before the first call");
    let ana = partner(&store, "ana@northwind.example", noon()).await;
    let first = batch(ana, 3);
    store.meter(&[first.clone(), batch(ana, 2)], noon()).await.unwrap();
    assert_eq!(counted(&store, ana).await, (0, 0));
    assert!(store.spooled_bytes().await.unwrap() > 0);
    store.meter(&[first], noon()).await.unwrap();
    store.roll_up(noon()).await.unwrap();
    assert_eq!((counted(&store, ana).await, files(folder.path()).len()), ((5, 5), 0));
    assert_eq!(store.roll_up(noon()).await.unwrap(), 0);
}

#[tokio::test]
async fn what_a_killed_process_left_is_counted_once_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let ana = partner(&store, "ana@northwind.example", noon()).await;
    let (whole, again) = (batch(ana, 3), batch(ana, 4));
    store.flush_calls(true);
    store.meter(&[whole, again.clone()], noon()).await.unwrap();
    let other = open(folder.path()).await;
    assert_eq!(other.roll_up(noon()).await.unwrap(), 0, "a file that is written is left alone");
    drop((store, other));
    let left = files(folder.path());
    assert_eq!(left.len(), 1);
    OpenOptions::new().append(true).open(&left[0]).unwrap().write_all(b"{\"id\":\"0198").unwrap();

    let next = open(folder.path()).await;
    next.meter(&[again], noon()).await.unwrap();
    next.roll_up(noon()).await.unwrap();
    assert_eq!((counted(&next, ana).await, files(folder.path()).len()), ((7, 7), 0));
}

#[tokio::test]
async fn a_roll_up_that_is_killed_at_any_line_doubles_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let ana = partner(&store, "ana@northwind.example", noon()).await;
    for tries in 0..40_u64 {
        store.meter(&[batch(ana, 5), batch(ana, 1)], noon()).await.unwrap();
        let _ = tokio::time::timeout(Duration::from_micros(tries * 150), store.roll_up(noon())).await;
    }
    store.roll_up(noon()).await.unwrap();
    assert_eq!((counted(&store, ana).await, files(folder.path()).len()), ((240, 240), 0));
}

#[tokio::test]
async fn a_file_that_cannot_be_read_to_its_end_is_kept_and_the_rest_of_it_counts() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let ana = partner(&store, "ana@northwind.example", noon()).await;
    store.meter(&[batch(ana, 2)], noon()).await.unwrap();
    drop(store);
    OpenOptions::new().append(true).open(&files(folder.path())[0]).unwrap().write_all(b"{\"of\":\"a newer version\"}\n").unwrap();
    let next = open(folder.path()).await;
    assert_eq!(next.roll_up(noon()).await.unwrap(), 2);
    let kept = files(folder.path());
    assert!(kept.len() == 1 && kept[0].extension().is_some_and(|end| end == "unreadable"), "{kept:?}");
    assert_eq!(next.roll_up(noon()).await.unwrap(), 0);
}

#[tokio::test]
async fn a_backup_has_the_calls_that_waited_and_takes_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let ana = partner(&store, "ana@northwind.example", noon()).await;
    store.meter(&[batch(ana, 3)], noon()).await.unwrap();
    drop(store);
    let copy = folder.path().join("copy.db");
    store::backup(&database(folder.path()), &copy).await.unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    store::restore(&copy, &database(elsewhere.path())).await.unwrap();
    assert_eq!(counted(&open(elsewhere.path()).await, ana).await, (3, 3));

    let third = tempfile::tempdir().unwrap();
    let store = open(third.path()).await;
    store.meter(&[batch(ana, 1)], noon()).await.unwrap();
    drop(store);
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(third.path().join(format!("portico.db{end}")));
    }
    let refused = store::restore(&copy, &database(third.path())).await.unwrap_err().to_string();
    assert!(refused.contains("portico.db-calls has calls of another database"), "{refused}");
}

#[tokio::test]
async fn a_running_portal_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let ana = partner(&store, "ana@northwind.example", noon()).await;
    store.meter(&[batch(ana, 3)], noon()).await.unwrap();
    let rolling = tokio::spawn({
        let store = store.clone();
        async move {
            tokio::time::sleep(Duration::from_millis(300)).await;
            store.roll_up(noon() + TimeDelta::seconds(1)).await.unwrap();
        }
    });
    let copy = folder.path().join("copy.db");
    store::backup(&database(folder.path()), &copy).await.unwrap();
    rolling.await.unwrap();
    let copied = Store::open_with(&format!("sqlite:{}", copy.display()), PasswordCost::Cheap).await.unwrap();
    assert_eq!(counted(&copied, ana).await, (3, 3));
}

#[tokio::test]
async fn ids_are_known_for_as_long_as_a_batch_can_come_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let ana = partner(&store, "ana@northwind.example", noon()).await;
    let (now, sent) = (Utc::now(), batch(ana, 3));
    let again = async || {
        store.record_batches(std::slice::from_ref(&sent), now).await.unwrap();
        counted(&store, ana).await.0
    };
    store.meter(std::slice::from_ref(&sent), now).await.unwrap();
    let waits = files(folder.path()).remove(0);
    store.roll_up(now).await.unwrap();
    let keep = Retention::default();
    store.prune(now + TimeDelta::hours(23), &keep).await.unwrap();
    assert_eq!(again().await, 3);
    for end in ["spool", "unreadable"] {
        let file = waits.with_extension(end);
        std::fs::write(&file, "").unwrap();
        store.prune(now + TimeDelta::days(90), &keep).await.unwrap();
        assert_eq!(again().await, 3, "a file of that time waits: .{end}");
        std::fs::remove_file(file).unwrap();
    }
    store.prune(now + TimeDelta::days(2), &keep).await.unwrap();
    assert_eq!(again().await, 6, "a busy portal does not keep ids that nobody asks about");
}

#[tokio::test]
async fn last_month_is_not_billed_while_a_file_has_calls_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let [store, other] = [open(folder.path()).await, open(folder.path()).await];
    let now = Utc::now();
    let ana = partner(&store, "ana@northwind.example", now).await;
    let [_, starter, dear] = product_with_plans(&store, "labels").await;
    let id = store.subscribe(ana, "labels", starter.id, &by(), now).await.unwrap().id;
    let sent = Batch { id: Uuid::now_v7(), calls: (0..30).map(|_| call(ana, "labels", now)).collect() };
    other.meter(&[sent], now).await.unwrap();
    let later = Period::month_of(now).end + TimeDelta::hours(1);
    assert_eq!(field(store.change_plan(ana, id, dear.id, &by(), later).await), "plan");
    assert!(store.invoices(ana).await.unwrap().is_empty());

    // The process that writes the file ends: whoever asks next brings its calls into the database.
    drop(other);
    store.change_plan(ana, id, dear.id, &by(), later).await.unwrap();
    assert_eq!(store.invoices(ana).await.unwrap()[0].total_minor, 4_900 + 6);
}
