//! Redis Cluster: partners lie on different servers, and every promise of the fleet holds.

use crate::market::call;
use crate::portal::{noon, partner};
use crate::redis::TestCluster;
use domain::period::Period;
use domain::usage::Call;
use std::path::Path;
use std::time::Duration;
use store::{Batch, LeaseAsked, PaceAsked, PasswordCost, Store};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const PARTNERS: usize = 12;

/// A node that knows one server of the cluster by name.
async fn node(folder: &Path, cluster: &TestCluster, seed: usize) -> Store {
    let url = format!("sqlite:{}", folder.join("portico.db").display());
    let store = Store::open_with(&url, PasswordCost::Cheap).await.unwrap();
    store.join(&cluster.0[seed].url(), &folder.join(format!("node-{seed}"))).await.unwrap()
}

async fn partners(store: &Store) -> Vec<Uuid> {
    let mut partners = Vec::new();
    for number in 0..PARTNERS {
        partners.push(partner(store, &format!("ana{number}@northwind.example"), noon()).await);
    }
    partners
}

fn calls(partners: &[Uuid]) -> Vec<Call> {
    partners.iter().map(|partner| call(*partner, "labels", noon())).collect()
}

async fn counted(store: &Store, partners: &[Uuid]) -> i64 {
    let mut sum = 0;
    for partner in partners {
        sum += store.billable_calls(*partner, "labels", Period::month_of(noon())).await.unwrap();
    }
    sum
}

#[tokio::test]
async fn calls_of_partners_on_every_server_are_counted_once() {
    let Some(cluster) = TestCluster::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = [node(folder.path(), &cluster, 0).await, node(folder.path(), &cluster, 2).await];
    let partners = partners(&one).await;
    let batches: Vec<Batch> = one.batches(calls(&partners));
    for _ in 0..2 {
        one.meter(&batches, noon()).await.unwrap();
    }
    other.meter(&other.batches(calls(&partners)), noon()).await.unwrap();
    let held = cluster.0.iter().map(|server| server.says(&["--scan", "--pattern", "waiting:*"]).lines().count());
    let held: Vec<_> = held.collect();
    assert!(held.iter().sum::<usize>() == PARTNERS && held.iter().filter(|held| **held > 0).count() > 1, "{held:?}");
    one.roll_up(noon()).await.unwrap();
    assert_eq!(counted(&one, &partners).await, 2 * PARTNERS as i64);
    assert_eq!(one.reconcile(noon()).await.unwrap().calls, 0);
    assert_eq!(one.fleet().unwrap().outages(), 0, "no command was sent to the wrong server");
}

#[tokio::test]
async fn quotas_and_paces_are_shared_and_changes_are_told_through_any_server() {
    let Some(cluster) = TestCluster::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = [node(folder.path(), &cluster, 0).await, node(folder.path(), &cluster, 1).await];
    let closing = CancellationToken::new();
    let hearing = tokio::spawn({
        let (other, closing) = (other.clone(), closing.clone());
        async move { other.keep_settling(closing).await }
    });
    for partner in partners(&one).await {
        let asked = LeaseAsked { partner, product: "labels", at: noon(), quota: 10, calls: 6, back: 0, holds: None, afresh: false };
        let [first, second] = [one.lease_quota(asked).await.unwrap().unwrap(), other.lease_quota(asked).await.unwrap().unwrap()];
        assert_eq!(first.leased + second.leased + second.left, 10);
        let asked = PaceAsked { partner, whose: partner, product: "labels", per_second: 5, calls: 4 };
        let [first, second] = [one.lease_pace(asked).await.unwrap().unwrap(), other.lease_pace(asked).await.unwrap().unwrap()];
        assert!(first.leased == 4 && second.leased <= 2, "{first:?} {second:?}");
    }
    let mut metered = other.metered();
    let told = async {
        loop {
            one.meter(&one.batches(calls(&[Uuid::from_u128(7)])), noon()).await.unwrap();
            one.roll_up(noon()).await.unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let heard = async { while metered.recv().await.unwrap() != Uuid::from_u128(7) {} };
    tokio::select! {
        () = told => {}
        heard = tokio::time::timeout(Duration::from_secs(10), heard) => heard.unwrap(),
    }
    closing.cancel();
    hearing.await.unwrap();
}

#[tokio::test]
async fn a_cluster_that_lost_a_server_is_away_and_nothing_is_lost() {
    let Some(mut cluster) = TestCluster::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = node(folder.path(), &cluster, 0).await;
    let partners = partners(&store).await;
    store.meter(&store.batches(calls(&partners)), noon()).await.unwrap();
    cluster.0[1].kill();
    cluster.wait_until("cluster_state:fail");
    for _ in 0..3 {
        store.meter(&store.batches(calls(&partners)), noon()).await.unwrap();
    }
    assert!(!store.fleet().unwrap().is_connected());
    store.fleet().unwrap().reconnect().await.unwrap_err();
    cluster.0[1].restart();
    cluster.wait_until("cluster_state:ok");
    store.fleet().unwrap().reconnect().await.unwrap();
    for _ in 0..2 {
        store.replay().await.unwrap();
        store.roll_up(noon()).await.unwrap();
    }
    assert_eq!((counted(&store, &partners).await, store.replay().await.unwrap()), (4 * PARTNERS as i64, 0));
}
