//! The call that tests tell of.

use crate::live::Line;
use chrono::DateTime;
use domain::key::Environment;
use domain::usage::{Outcome, Source};
use uuid::Uuid;

/// A live call that was answered.
pub(super) fn answered() -> Line {
    Line {
        id: Uuid::nil(),
        at: DateTime::UNIX_EPOCH,
        product: "rates".into(),
        key: Uuid::nil(),
        environment: Environment::Live,
        source: Source::Gateway,
        method: "GET".into(),
        path: "/quotes".into(),
        operation: String::new(),
        status: 200,
        outcome: Outcome::Success,
        latency_ms: 1.0,
        bytes_in: 0,
        bytes_out: 0,
    }
}
