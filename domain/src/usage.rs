//! Usage: what one call leaves behind, and the sums that pages and bills are made of.

use crate::key::Environment;
use crate::names;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;

/// The status in the log of a call whose client left before the answer came.
pub const CLIENT_LEFT: u16 = 499;

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The upstream answered below 500: counted and, when live, billed.
    Success,
    /// The upstream failed or could not be reached: counted, never billed.
    Error,
    /// The gateway said no (401, 403, 404, 413, 429): counted apart, never billed.
    Refused,
}

names!(Outcome { Success => "success", Error => "error", Refused => "refused" });

impl Outcome {
    /// The outcome of an answer that came from the upstream.
    pub fn of_upstream(status: u16) -> Self {
        if status >= 500 { Self::Error } else { Self::Success }
    }
}

/// Where a call came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    Gateway,
    Console,
    Import,
    /// Reported by another gateway.
    External,
}

names!(Source { Gateway => "gateway", Console => "console", Import => "import", External => "external" });

/// One metered call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Also the request id that the answer carried.
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub partner_id: Uuid,
    pub product_id: String,
    pub key_id: Uuid,
    pub environment: Environment,
    pub source: Source,
    /// Upper case, e.g. `GET`.
    pub method: String,
    /// Without the query: that may hold what must not be kept.
    pub path: String,
    /// The operation of the document it matched, or empty.
    pub operation: String,
    pub status: u16,
    pub outcome: Outcome,
    pub latency: Duration,
    pub bytes_in: u64,
    pub bytes_out: u64,
}

/// Calls of one day, or of one product, or of both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Answered below 500; of these `client_errors` with 4xx.
    pub success: i64,
    pub client_errors: i64,
    pub error: i64,
    pub refused: i64,
}

impl Counts {
    /// Calls that reached the upstream.
    pub fn answered(self) -> i64 {
        self.success + self.error
    }

    /// Calls that a partner would call failed: 4xx and 5xx of the upstream.
    pub fn failed(self) -> i64 {
        self.client_errors + self.error
    }
}

/// One day of the chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    pub date: NaiveDate,
    pub counts: Counts,
}

/// p50, p95 and p99 in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    pub p50_ms: f64,
    pub p95_ms: f64,
    pub p99_ms: f64,
}

/// What the dashboard shows for a range.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    pub counts: Counts,
    /// The same for the span before, for "+12 % on last period".
    pub before: Counts,
    /// Every day of the range, also those without calls.
    pub days: Vec<Day>,
    /// Hours instead of days, for ranges of up to two days: (start, counts).
    pub hours: Vec<(DateTime<Utc>, Counts)>,
    pub by_product: Vec<(String, Counts)>,
    /// Absent where nothing was answered.
    pub latency: Option<Latency>,
}

/// Which calls a page asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageFilter {
    /// `None`: every partner, for admins.
    pub partner_id: Option<Uuid>,
    pub environment: Environment,
    pub product_id: Option<String>,
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

/// What a list of requests asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallFilter {
    /// The id of one call.
    pub id: Option<Uuid>,
    pub environment: Option<Environment>,
    pub product_id: Option<String>,
    pub key_id: Option<Uuid>,
    /// The first digit: 4 for 4xx.
    pub status_class: Option<i64>,
    /// One status, such as 429.
    pub status: Option<u16>,
    /// A part of the id of an operation of the document, in any case.
    pub operation: Option<String>,
    /// The first moment, and the one that ends the range.
    pub from: Option<DateTime<Utc>>,
    pub to: Option<DateTime<Utc>>,
    /// The id of the last call of the page before.
    pub before: Option<Uuid>,
    pub limit: i64,
}

impl CallFilter {
    /// The same for the statuses that a number names: 4 for every 4xx, 429 for that one alone.
    #[must_use]
    pub fn with_status(self, number: u16) -> Self {
        match number {
            0..10 => Self { status_class: Some(i64::from(number)), status: None, ..self },
            _ => Self { status_class: None, status: Some(number), ..self },
        }
    }

    /// The number that names its statuses, as [`Self::with_status`] takes it.
    pub fn status_number(&self) -> Option<i64> {
        self.status.map(i64::from).or(self.status_class)
    }
}

/// Where a search of the log ended before the log did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rest {
    /// Whatever is newer was searched.
    pub since: DateTime<Utc>,
    /// The search goes on before this id.
    pub before: Uuid,
}
