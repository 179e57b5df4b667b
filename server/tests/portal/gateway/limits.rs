//! Calls a second.

use crate::house::{TestHouse, everywhere};
use domain::key::{Environment, Scope};
use domain::plan::Beyond;
use domain::usage::Counts;
use server::gateway::meter::{NoPlace, PARTNER_PLACES};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const PARCEL: &str = "/gateway/parcels/parcels/PX1";

#[tokio::test]
async fn a_burst_of_one_second_then_429_with_the_time_to_wait() {
    everywhere(async |store| {
        let house = TestHouse::open(&store);
        house.product("internal:demo").await;
        let slow = house.plan("parcels", "slow", Beyond::Stop, 2).await;
        let caller = house.caller(Some(&slow)).await;
        let first = house.get(PARCEL, &caller.live).await;
        assert_eq!(first.status, 200);
        assert_eq!(first.header("ratelimit-policy"), "\"second\";q=2;w=1, \"month\";q=500;w=2592000");
        assert!(first.header("ratelimit").starts_with("\"second\";r=1;t=1, \"month\";r=499;t="), "{}", first.header("ratelimit"));
        assert_eq!(house.get(PARCEL, &caller.live).await.status, 200);
        let third = house.get(PARCEL, &caller.live).await;
        assert_eq!((third.status.as_u16(), third.problem().as_str(), third.header("retry-after")), (429, "rate-limited", "1"));
        assert_eq!(third.header("ratelimit"), "\"second\";r=0;t=1");

        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(house.get(PARCEL, &caller.live).await.status, 200, "waiting as told is enough");
        house.counts_become(&caller.live, Counts { success: 3, refused: 1, ..Counts::default() }).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pace_holds_within_one_call_under_load() {
    everywhere(async |store| {
        let house = TestHouse::open(&store);
        house.product("internal:demo").await;
        let slow = house.plan("parcels", "slow", Beyond::Stop, 2).await;
        let caller = Arc::new(house.caller(Some(&slow)).await);
        let (start, allowed) = (Instant::now(), Arc::new(AtomicU64::new(0)));
        let clients = (0..16).map(|_| {
            let (house, caller, allowed) = (house.clone(), Arc::clone(&caller), Arc::clone(&allowed));
            tokio::spawn(async move {
                while start.elapsed() < Duration::from_secs(3) {
                    if house.get(PARCEL, &caller.live).await.status == 200 {
                        allowed.fetch_add(1, Ordering::SeqCst);
                    }
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            })
        });
        for client in futures::future::join_all(clients).await {
            client.unwrap();
        }
        let (allowed, seconds) = (allowed.load(Ordering::SeqCst), start.elapsed().as_secs_f64());
        let due = (2.0 + 2.0 * seconds).floor();
        assert!(due - 1.0 <= allowed as f64 && allowed as f64 <= due, "{allowed} calls in {seconds:.2} s, {due} were due");
    })
    .await;
}

#[tokio::test]
async fn the_keys_of_a_partner_share_its_pace() {
    everywhere(async |store| {
        let house = TestHouse::open(&store);
        house.product("internal:demo").await;
        let slow = house.plan("parcels", "slow", Beyond::Stop, 2).await;
        let (caller, other) = (house.caller(Some(&slow)).await, house.caller(Some(&slow)).await);
        let second = house.key(caller.partner, Environment::Live, Scope::All).await;
        let mut statuses = Vec::new();
        for key in [&caller.live, &second, &caller.live, &second, &other.live] {
            statuses.push(house.get(PARCEL, key).await.status.as_u16());
        }
        assert_eq!(statuses, [200, 200, 429, 429, 200], "more keys buy no more calls");
    })
    .await;
}

#[tokio::test]
async fn test_keys_have_a_pace_too() {
    everywhere(async |store| {
        let house = TestHouse::open(&store);
        house.product("internal:demo").await;
        let caller = house.caller(None).await;
        let mut statuses = Vec::new();
        for _ in 0..40 {
            statuses.push(house.get("/sandbox/parcels/parcels/PX1", &caller.test).await.status.as_u16());
        }
        assert_eq!(statuses[..20], [200; 20]);
        assert!(statuses.contains(&429), "{statuses:?}");
    })
    .await;
}

#[tokio::test]
async fn one_partner_s_open_calls_leave_places_for_the_others() {
    everywhere(async |store| {
        let house = TestHouse::open(&store);
        let [_, starter] = house.product("internal:demo").await;
        let (greedy, other) = (house.caller(Some(&starter)).await, house.caller(Some(&starter)).await);
        let meter = &house.gateway.meter;
        let mut open: Vec<_> = (0..PARTNER_PLACES).map(|_| meter.slot(greedy.partner).ok().unwrap()).collect();
        assert_eq!(meter.slot(greedy.partner).err(), Some(NoPlace::Share));
        for key in [&greedy.live, &greedy.test] {
            let path = if key.key.environment == Environment::Live { PARCEL } else { "/sandbox/parcels/parcels/PX1" };
            let refused = house.get(path, key).await;
            assert_eq!((refused.status.as_u16(), refused.problem().as_str(), refused.header("retry-after")), (429, "too-many-open", "1"));
            assert_eq!(refused.json()["maxOpen"], PARTNER_PLACES);
        }
        assert_eq!(house.get(PARCEL, &other.live).await.status, 200);
        drop(open.pop());
        assert_eq!(house.get(PARCEL, &greedy.live).await.status, 200, "a call that ended gives its place back");
        house.counts_become(&greedy.live, Counts { success: 1, refused: 1, ..Counts::default() }).await;
    })
    .await;
}
