//! The partner that calls programs under test.

#[path = "../../../store/examples/founding/partner.rs"]
mod founding;

use chrono::Utc;
use store::Store;
use uuid::Uuid;

/// Signs it up.
pub async fn partner(store: &Store) -> Uuid {
    founding::partner(store, "ana@northwind.example", "Northwind", Utc::now()).await.unwrap()
}
