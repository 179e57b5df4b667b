//! The monthly quota of a free plan.

use crate::house::{TestHouse, everywhere};
use crate::upstream::TestUpstream;
use chrono::Utc;
use domain::period::Period;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const QUOTA: usize = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_clients_at_once_exactly_500_calls_are_answered() {
    everywhere(async |store| {
        let house = TestHouse::open(&store);
        let upstream = TestUpstream::start().await;
        house.product(&upstream.url).await;
        let fast = house.plan("parcels", "fast", domain::plan::Beyond::Stop, 100_000).await;
        let caller = Arc::new(house.caller(Some(&fast)).await);
        let (answered, refused) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let clients = (0..64).map(|_| {
            let (house, caller, answered, refused) = (house.clone(), Arc::clone(&caller), Arc::clone(&answered), Arc::clone(&refused));
            tokio::spawn(async move {
                for _ in 0..10 {
                    let answer = house.get("/gateway/parcels/any", &caller.live).await;
                    match answer.status.as_u16() {
                        200 => answered.fetch_add(1, Ordering::SeqCst),
                        429 if answer.problem() == "quota-exceeded" => refused.fetch_add(1, Ordering::SeqCst),
                        other => panic!("{other}: {}", answer.text),
                    };
                }
            })
        });
        for client in futures::future::join_all(clients).await {
            client.unwrap();
        }
        assert_eq!((answered.load(Ordering::SeqCst), refused.load(Ordering::SeqCst), upstream.calls()), (QUOTA, 140, QUOTA));
        house.settle().await;
        let month = Period::month_of(Utc::now());
        assert_eq!(store.billable_calls(caller.partner, "parcels", month).await.unwrap(), 500);

        // A new process begins at what was metered.
        let answer = TestHouse::open(&store).get("/gateway/parcels/any", &caller.live).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (429, "quota-exceeded"));
        assert!(answer.header("retry-after").parse::<i64>().unwrap() > 0);
    })
    .await;
}

#[tokio::test]
async fn a_call_that_failed_uses_none_of_it() {
    everywhere(async |store| {
        let house = TestHouse::open(&store);
        let upstream = TestUpstream::start().await;
        let [free, _] = house.product(&upstream.url).await;
        let caller = house.caller(Some(&free)).await;
        let left = async |path: &str| {
            let answer = house.get(path, &caller.live).await;
            answer.header("ratelimit").split("\"month\";r=").nth(1).unwrap().split(';').next().unwrap().to_owned()
        };
        assert_eq!(left("/gateway/parcels/status-503").await, "499");
        assert_eq!(left("/gateway/parcels/any").await, "499");
        assert_eq!(left("/gateway/parcels/status-404").await, "498");
        assert_eq!(left("/gateway/parcels/any").await, "497");
    })
    .await;
}

#[tokio::test]
async fn a_paid_plan_runs_on_into_overage() {
    everywhere(async |store| {
        let house = TestHouse::open(&store);
        let [_, starter] = house.product("internal:demo").await;
        let caller = house.caller(Some(&starter)).await;
        let call = domain::usage::Call { product_id: "parcels".to_owned(), ..a_call(caller.partner, caller.live.key.id) };
        let calls: Vec<_> = (0..500).map(|_| domain::usage::Call { id: uuid::Uuid::now_v7(), ..call.clone() }).collect();
        store.record_batch(uuid::Uuid::now_v7(), &calls, Utc::now()).await.unwrap();
        let answer = house.get("/gateway/parcels/parcels/PX1", &caller.live).await;
        assert_eq!(answer.status, 200);
        assert!(!answer.header("ratelimit").contains("month"), "{}", answer.header("ratelimit"));
    })
    .await;
}

fn a_call(partner_id: uuid::Uuid, key_id: uuid::Uuid) -> domain::usage::Call {
    domain::usage::Call {
        id: uuid::Uuid::now_v7(),
        at: Utc::now(),
        partner_id,
        product_id: String::new(),
        key_id,
        environment: domain::key::Environment::Live,
        source: domain::usage::Source::Gateway,
        method: "GET".to_owned(),
        path: "/".to_owned(),
        operation: String::new(),
        status: 200,
        outcome: domain::usage::Outcome::Success,
        latency: std::time::Duration::from_millis(3),
        bytes_in: 0,
        bytes_out: 0,
    }
}
