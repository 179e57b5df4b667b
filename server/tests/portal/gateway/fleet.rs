//! Redis goes away under the gateway.

use crate::house::{TestHouse, by};
use crate::redis::TestRedis;
use chrono::Utc;
use domain::plan::Beyond;
use domain::settings::Allowance;
use std::time::Duration;
use store::{PasswordCost, Store};
use tokio_util::sync::CancellationToken;

const PARCEL: &str = "/gateway/parcels/parcels/PX1";

/// A portal on a SQLite file whose node does its work in the fleet.
async fn open(folder: &tempfile::TempDir, redis: &TestRedis) -> TestHouse {
    let url = format!("sqlite:{}", folder.path().join("portico.db").display());
    let store = Store::open_with(&url, PasswordCost::Cheap).await.unwrap();
    let store = store.join(&redis.url(), folder.path()).await.unwrap();
    let house = TestHouse::open(&store);
    house.product("internal:demo").await;
    tokio::spawn(async move { store.keep_settling(CancellationToken::new()).await });
    house
}

#[tokio::test]
async fn a_quota_goes_on_from_what_was_left_and_is_not_exceeded() {
    let Some(mut redis) = TestRedis::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let house = open(&folder, &redis).await;
    let fast = house.plan("parcels", "fast", Beyond::Stop, 100_000).await;
    let caller = house.caller(Some(&fast)).await;
    let mut statuses = Vec::new();
    for n in 0..520 {
        match n {
            100 => redis.kill(),
            300 => {
                redis.restart();
                // What was counted meanwhile comes back from the spool.
                tokio::time::sleep(Duration::from_millis(1_500)).await;
            }
            400 => redis.kill(),
            _ => {}
        }
        statuses.push(house.get(PARCEL, &caller.live).await.status.as_u16());
    }
    assert_eq!((statuses[..500].iter().all(|status| *status == 200), &statuses[500..]), (true, &[429; 20][..]), "{statuses:?}");
    redis.restart();
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        if house.store.key_counts(caller.live.key.id).await.unwrap().success == 500 {
            break;
        }
    }
    assert_eq!(house.counts(&caller.live).await.success, 500);
    assert_eq!(house.get(PARCEL, &caller.live).await.problem(), "quota-exceeded");
}

#[tokio::test]
async fn a_pace_goes_on_at_this_nodes_allowance() {
    let Some(mut redis) = TestRedis::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let house = open(&folder, &redis).await;
    let slow = house.plan("parcels", "slow", Beyond::Overage(300.into()), 8).await;
    let caller = house.caller(Some(&slow)).await;
    let allowed = async || {
        let mut allowed = 0;
        for _ in 0..20 {
            allowed += i32::from(house.get(PARCEL, &caller.live).await.status == 200);
        }
        allowed
    };
    let shared = allowed().await;
    assert!((8..=10).contains(&shared), "{shared}");
    redis.kill();
    house.store.set_allowance(Allowance::read("0.5").unwrap(), &by(), Utc::now()).await.unwrap();
    // The last refusal stands until the moment that it named.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let alone = allowed().await;
    assert!((4..=6).contains(&alone), "{alone}");
}
