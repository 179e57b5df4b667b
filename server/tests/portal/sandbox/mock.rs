//! The built-in mock behind `/sandbox/{product}/…`.

use crate::databases::both;
use crate::house::{TestHouse, with_key};
use axum::body::Body;
use domain::usage::Counts;

#[tokio::test]
async fn it_answers_from_the_document_and_checks_the_request() {
    both(async |store| {
        let house = TestHouse::open(&store);
        house.product("http://api.parcelry.example").await;
        let caller = house.caller(None).await;
        let parcel = house.get("/sandbox/parcels/parcels/PX7", &caller.test).await;
        assert_eq!((parcel.status.as_u16(), parcel.json()["number"].as_str()), (200, Some("PX7")), "{}", parcel.text);
        let wrong = house.get("/sandbox/parcels/parcels/seven", &caller.test).await;
        assert!(wrong.status == 422 && wrong.text.contains("number"), "{}", wrong.text);
        assert_eq!(house.get("/sandbox/parcels/nowhere", &caller.test).await.status, 404);
        let prefer = with_key("/sandbox/parcels/parcels/PX7", &caller.test).header("prefer", "code=404");
        let chosen = house.send(prefer.body(Body::empty()).unwrap()).await;
        assert_eq!((chosen.status.as_u16(), chosen.json()["title"].as_str()), (404, Some("No such parcel")));
        let heavy = with_key("/sandbox/parcels/parcels", &caller.test).method("POST").header("content-type", "application/json");
        let heavy = house.send(heavy.body(Body::from("{\"city\":\"Leipzig\",\"weight\":71}")).unwrap()).await;
        assert!(heavy.status == 422 && heavy.text.contains("weight"), "{}", heavy.text);
        assert_eq!(house.counts(&caller.test).await, Counts { success: 5, client_errors: 4, ..Counts::default() });
        let month = domain::period::Period::month_of(chrono::Utc::now());
        assert_eq!(store.billable_calls(caller.partner, "parcels", month).await.unwrap(), 0, "test calls cost nothing");
    })
    .await;
}
