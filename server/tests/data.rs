//! The data as a whole: backed up under load, restored, moved to PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test whose beginnings fail has failed")]

mod postgres;
#[expect(dead_code, reason = "nobody calls this server")]
mod program;

use chrono::{DateTime, TimeDelta, Utc};
use domain::key::Environment;
use domain::usage::{Call, CallFilter, Outcome, Source, UsageFilter};
use program::{Server, portico};
use sqlx::{Connection, Executor};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;
use store::{PasswordCost, Store};
use uuid::Uuid;

fn done(words: &[&str]) -> String {
    let output = portico(words).output().unwrap();
    assert!(output.status.success(), "{words:?}: {output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The sentence of a command that has to fail.
fn refused(words: &[&str]) -> String {
    let Output { status, stderr, .. } = portico(words).output().unwrap();
    let sentence = String::from_utf8_lossy(&stderr).trim().to_owned();
    assert!(!status.success() && sentence.lines().count() == 1, "{words:?}: {sentence}");
    sentence
}

/// A folder with the demo company's data.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    async fn with_demo() -> (Self, Store) {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        let store = open(&place.url()).await;
        server::demo::seed(&store, Utc::now()).await.unwrap();
        (place, store)
    }

    fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn data(&self) -> &str {
        self.folder.path().to_str().unwrap()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn url(&self) -> String {
        format!("sqlite:{}", self.file("portico.db").display())
    }
}

async fn open(url: &str) -> Store {
    Store::open_with(url, PasswordCost::Cheap).await.unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// What two portals with the same data say alike.
async fn portrait(store: &Store, now: DateTime<Utc>) -> String {
    let filter = UsageFilter {
        partner_id: None,
        environment: Environment::Live,
        product_id: None,
        from: now - TimeDelta::days(40),
        to: now + TimeDelta::days(1),
    };
    let partners = store.partner_rows("", now).await.unwrap();
    let mut said = format!("{:?}\n{:?}\n", store.overview(&filter).await.unwrap(), store.products().await.unwrap());
    for row in &partners {
        let detail = store.partner_detail(row.partner.id, now).await.unwrap();
        let calls = store.calls(row.partner.id, &CallFilter { limit: 50, ..CallFilter::default() }).await.unwrap();
        said += &format!(
            "{detail:?}\n{:?}\n{:?}\n{calls:?}\n",
            store.keys(row.partner.id).await.unwrap(),
            store.quotas(row.partner.id, now).await.unwrap()
        );
    }
    said
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_taken_while_calls_are_metered_and_restores_what_was() {
    let (place, store) = Place::with_demo().await;
    let copy = place.file("copy.db");
    let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicI64::new(0)));
    let key = Uuid::from_u128(7);
    let writer = tokio::spawn({
        let (store, stop, written) = (store.clone(), Arc::clone(&stop), Arc::clone(&written));
        async move {
            while !stop.load(Ordering::SeqCst) {
                store.record_batch(Uuid::now_v7(), &[call(key), call(key)], Utc::now()).await.unwrap();
                written.fetch_add(2, Ordering::SeqCst);
            }
        }
    });
    while written.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let before = written.load(Ordering::SeqCst);
    let said = tokio::task::block_in_place(|| done(&["backup", text(&copy), "--data", place.data()]));
    let after = written.load(Ordering::SeqCst);
    stop.store(true, Ordering::SeqCst);
    writer.await.unwrap();
    assert!(said.contains("is backed up in"));
    assert!(refused(&["backup", text(&copy), "--data", place.data()]).contains("there already"));

    let other = Place::empty();
    done(&["restore", text(&copy), "--data", other.data()]);
    let restored = open(&other.url()).await;
    let counted = restored.key_counts(key).await.unwrap().success;
    // One batch may have been under way on either side of the moment.
    assert!((before..=after + 2).contains(&counted) && counted % 2 == 0, "{before} to {after} calls, {counted} in the backup");
    assert_eq!(restored.products().await.unwrap(), store.products().await.unwrap());
    assert!(restored.authenticate(server::demo::ADMIN, server::demo::PASSWORD).await.unwrap().is_some());
    restored.close().await;
    assert!(refused(&["restore", text(&copy), "--data", other.data()]).contains("there already"));
}

#[tokio::test]
async fn what_is_no_backup_is_not_restored() {
    let place = Place::empty();
    let (damaged, other, nothing) = (place.file("damaged.db"), place.file("other.db"), place.file("nothing.db"));
    std::fs::write(&damaged, [b"SQLite format 3\0".as_slice(), &[7; 5_000]].concat()).unwrap();
    let url = format!("sqlite:{}?mode=rwc", other.display());
    sqlx::SqliteConnection::connect(&url).await.unwrap().execute("create table a (b text)").await.unwrap();
    for (file, part) in [(&damaged, "damaged.db"), (&other, "not of a portal"), (&nothing, "no file")] {
        let said = refused(&["restore", text(file), "--data", place.data()]);
        assert!(said.contains(part), "{said}");
    }
    assert!(refused(&["backup", text(&place.file("x.db")), "--data", place.data()]).contains("no file"));
    let left: Vec<_> = std::fs::read_dir(place.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("part") || name == "portico.db"), "{left:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_loses_nothing_and_goes_only_into_an_empty_database() {
    postgres::on_postgres(async |target| moves(&target).await).await;
}

async fn moves(target: &str) {
    let (place, store) = Place::with_demo().await;
    let now = Utc::now();
    let before = portrait(&store, now).await;
    store.close().await;
    let mut server = start(place.data());
    let said = refused(&["move", target, "--data", place.data()]);
    assert!(said.contains("still runs"), "{said}");
    server.end("TERM");
    let said = done(&["move", target, "--data", place.data()]);
    assert!(said.contains("found equal") && said.lines().any(|line| line.ends_with("  usage_hourly")), "{said}");
    let moved = open(target).await;
    assert_eq!(portrait(&moved, now).await, before);
    assert!(moved.authenticate(server::demo::PARTNER, server::demo::PASSWORD).await.unwrap().is_some());
    let new = store::NewKey::new("After", Environment::Test);
    let partner = moved.partner_rows("", now).await.unwrap()[0].partner.id;
    moved.create_key(partner, new, true, &domain::event::By::system(), now).await.unwrap();
    moved.close().await;
    let again = refused(&["move", target, "--data", place.data()]);
    assert!(again.contains("not empty"), "{again}");
    assert!(refused(&["move", "sqlite:x", "--data", place.data()]).contains("postgres://"));
    assert_eq!(portrait(&open(&place.url()).await, now).await, before, "the source stays as it was");
}

/// A call of the demo's partner.
fn call(key: Uuid) -> Call {
    Call {
        id: Uuid::now_v7(),
        at: Utc::now(),
        partner_id: Uuid::from_u128(1),
        product_id: "rates".to_owned(),
        key_id: key,
        environment: Environment::Live,
        source: Source::Gateway,
        method: "GET".to_owned(),
        path: "/".to_owned(),
        operation: String::new(),
        status: 200,
        outcome: Outcome::Success,
        latency: Duration::from_millis(20),
        bytes_in: 0,
        bytes_out: 0,
    }
}

/// Starts a server with this data.
fn start(data: &str) -> Server {
    Server::start(&mut portico(&["serve", "--port", "0", "--log", "error", "--data", data]))
}
