//! Usage as machines ask for it: which calls, and what each line of the answer stands for.

use crate::Invalid;
use crate::key::{Environment, Scope};
use crate::names;
use crate::usage::{Counts, Latency, Outcome};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;

/// The longest range of a report, in days.
pub const DAYS_MAX: i64 = 366;
/// The longest range of a report by hour, in days.
pub const HOURLY_DAYS_MAX: i64 = 31;
/// The most lines of a report.
pub const ROWS_MAX: usize = 10_000;
/// Days that a call may be reported late; as long as that, one that is reported again counts once.
pub const LATE_DAYS: i64 = 35;

/// What a line of a report is one of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    Day,
    Hour,
    Product,
    Key,
    Operation,
    /// 2, 3, 4 or 5, for 2xx to 5xx.
    Status,
    Source,
    Partner,
}

names!(Group {
    Day => "day",
    Hour => "hour",
    Product => "product",
    Key => "key",
    Operation => "operation",
    Status => "status",
    Source => "source",
    Partner => "partner",
});

impl Group {
    /// The groups that a list such as `day,product` names, each once, in the order of the columns.
    ///
    /// # Errors
    /// [`Invalid`] for field `group_by`, which names what is not known.
    pub fn list(text: &str) -> Result<Vec<Self>, Invalid> {
        let known = || Self::ALL.map(Self::as_str).join(", ");
        let unknown = |name: &str| Invalid::new("group_by", format!("`{name}` is no group; use some of {}.", known()));
        let mut groups =
            text.split(',').map(str::trim).map(|name| Self::parse(name).ok_or_else(|| unknown(name))).collect::<Result<Vec<_>, _>>()?;
        groups.sort_unstable();
        groups.dedup();
        Ok(groups)
    }
}

/// What a report is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFilter {
    /// `None`: every partner.
    pub partner_id: Option<Uuid>,
    pub environment: Environment,
    /// The products that the reader may see.
    pub scope: Scope,
    pub product_id: Option<String>,
    /// Hours that begin before this moment's hour are left out.
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    pub groups: Vec<Group>,
}

impl ReportFilter {
    /// Holds the range to what can be answered at once.
    ///
    /// # Errors
    /// [`Invalid`] for `from` or `to`.
    pub fn check(&self) -> Result<(), Invalid> {
        if self.from >= self.to {
            return Err(Invalid::new("from", "The range is empty: `from` has to be before `to`."));
        }
        let (most, what) = if self.groups.contains(&Group::Hour) { (HOURLY_DAYS_MAX, "A report by hour") } else { (DAYS_MAX, "A report") };
        if self.to - self.from > TimeDelta::days(most) {
            return Err(Invalid::new("from", format!("{what} covers at most {most} days. Ask for a shorter range.")));
        }
        Ok(())
    }
}

/// One line: what it stands for, as far as the report is grouped by it, and the sums.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReportRow {
    /// `2026-11-24`, in UTC.
    pub day: Option<String>,
    /// Its start.
    pub hour: Option<DateTime<Utc>>,
    pub product: Option<String>,
    pub key: Option<Uuid>,
    /// Empty for calls that matched none.
    pub operation: Option<String>,
    pub status: Option<i64>,
    pub source: Option<String>,
    pub partner: Option<Uuid>,
    pub counts: Counts,
    pub bytes_in: i64,
    pub bytes_out: i64,
    /// Absent where nothing was answered.
    pub latency: Option<Latency>,
}

/// A call that another gateway tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// Who tells, and the name that it gave the event: together they name it once and for all.
    pub source: String,
    pub id: String,
    pub at: DateTime<Utc>,
    pub key_id: Uuid,
    pub product_id: String,
    /// Empty where it is not known.
    pub operation: String,
    pub method: String,
    /// Without the query.
    pub path: String,
    pub status: u16,
    pub outcome: Outcome,
    pub latency: Duration,
    pub bytes_in: u64,
    pub bytes_out: u64,
}

/// What became of a [`Reported`] call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Counted now.
    Accepted,
    /// Counted before.
    Duplicate,
    /// Never counted, and why.
    Rejected(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_read_once_each_and_in_order() {
        assert_eq!(Group::list("product, day,product"), Ok(vec![Group::Day, Group::Product]));
        for bad in ["", "day,", "week", "day;product"] {
            let said = Group::list(bad).unwrap_err();
            assert!(said.field == "group_by" && said.message.contains("day, hour, product"), "{bad}: {said}");
        }
    }

    #[test]
    fn a_range_is_bounded() {
        let filter = |days, groups: &[Group]| ReportFilter {
            partner_id: None,
            environment: Environment::Live,
            scope: Scope::All,
            product_id: None,
            from: DateTime::UNIX_EPOCH,
            to: DateTime::UNIX_EPOCH + TimeDelta::days(days),
            groups: groups.to_vec(),
        };
        assert_eq!(filter(DAYS_MAX, &[Group::Day]).check(), Ok(()));
        assert_eq!(filter(HOURLY_DAYS_MAX, &[Group::Hour]).check(), Ok(()));
        assert!(filter(DAYS_MAX + 1, &[Group::Day]).check().is_err());
        assert!(filter(HOURLY_DAYS_MAX + 1, &[Group::Hour, Group::Key]).check().is_err());
        assert!(filter(0, &[]).check().is_err());
    }
}
