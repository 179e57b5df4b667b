//! The names of keys in Redis. What belongs to one partner carries the partner's id as hash tag, so that it lies on one node of a Redis
//! Cluster.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use uuid::Uuid;

/// The set of partners that have calls waiting for the roll-up.
pub const PARTNERS: &str = "rollup:partners";
/// Which node rolls up at the moment.
pub const LEADER: &str = "rollup:leader";
/// The channel on which nodes tell each other what changed.
pub const CHANGES: &str = "portico:changes";

/// Hash of one UTC day: `total`, and for each product `product`, `product:success` and `product:error`.
pub fn day(partner: Uuid, day: NaiveDate) -> String {
    format!("meter:{{{partner}}}:{day}")
}

/// Hash of batches that SQL does not have yet: batch id to [`super::Batch::text`].
pub fn waiting(partner: Uuid) -> String {
    format!("waiting:{{{partner}}}")
}

/// Remembers for a while that a batch was rolled up.
pub fn written(partner: Uuid, batch: Uuid) -> String {
    format!("written:{{{partner}}}:{batch}")
}

/// Hash of one month: `product:settled` (calls in SQL) and `product:waiting` (calls that wait for the roll-up).
pub fn quota(partner: Uuid, at: DateTime<Utc>) -> String {
    format!("quota:{{{partner}}}:{}", month(at))
}

/// Hash of what nodes hold of a quota: node to calls, `node:until` to the moment after which the node counts as gone.
pub fn held(partner: Uuid, at: DateTime<Utc>, product: &str) -> String {
    format!("held:{{{partner}}}:{}:{product}", month(at))
}

/// The pace of one key on one product.
pub fn rate(partner: Uuid, whose: Uuid, product: &str) -> String {
    format!("rate:{{{partner}}}:{whose}:{product}")
}

fn month(at: DateTime<Utc>) -> String {
    format!("{:04}-{:02}", at.year(), at.month())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_a_partner_has_the_same_hash_tag() {
        let (partner, at) = (Uuid::from_u128(7), "2026-11-25T23:59:59Z".parse::<DateTime<Utc>>().unwrap());
        let tag = format!("{{{partner}}}");
        let names =
            [day(partner, at.date_naive()), waiting(partner), written(partner, partner), quota(partner, at), held(partner, at, "a")];
        assert!(names.iter().chain([&rate(partner, partner, "a")]).all(|name| name.contains(&tag)), "{names:?}");
        assert_eq!(names[0], "meter:{00000000-0000-0000-0000-000000000007}:2026-11-25");
        assert!(names[3].ends_with(":2026-11"));
    }
}
