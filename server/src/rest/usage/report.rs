//! A report by groups, as JSON and as a table.

use crate::problem::{INTERNAL, Problem};
use chrono::{DateTime, SecondsFormat, Utc};
use domain::key::Environment;
use domain::report::{Group, ReportFilter, ReportRow};
use domain::usage::Latency;
use serde::Serialize;
use uuid::Uuid;

/// The whole answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    environment: Environment,
    group_by: Vec<Group>,
    items: Vec<Line>,
}

/// What a line stands for, and its sums.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<String>,
    /// Its start.
    #[serde(skip_serializing_if = "Option::is_none")]
    hour: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    /// `2xx` to `5xx`.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partner: Option<Uuid>,
    /// Calls that reached the upstream: `success` and `errors`.
    calls: i64,
    /// Answered below 500; of these `clientErrors` with 4xx.
    success: i64,
    client_errors: i64,
    errors: i64,
    /// Calls that the gateway said no to.
    refused: i64,
    bytes_in: i64,
    bytes_out: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency: Option<Millis>,
}

/// In milliseconds, right within 1 %.
#[derive(Serialize)]
struct Millis {
    p50: f64,
    p95: f64,
    p99: f64,
}

impl Report {
    /// The lines as the answer has them.
    pub fn of(filter: &ReportFilter, rows: Vec<ReportRow>) -> Self {
        let (from, to, environment) = (filter.from, filter.to, filter.environment);
        Self { from, to, environment, group_by: filter.groups.clone(), items: rows.into_iter().map(Line::from).collect() }
    }

    /// A table with a line of names; empty cells stand for what is not known.
    ///
    /// # Errors
    /// 500 where it cannot be written, which memory does not refuse.
    pub fn csv(&self) -> Result<Vec<u8>, Problem> {
        const SUMS: [&str; 7] = ["calls", "success", "client_errors", "errors", "refused", "bytes_in", "bytes_out"];
        const TIMES: [&str; 3] = ["p50_ms", "p95_ms", "p99_ms"];
        let names = self.group_by.iter().map(|group| group.as_str()).chain(SUMS).chain(TIMES);
        table(std::iter::once(names.map(str::to_owned).collect()).chain(self.items.iter().map(|line| line.cells(&self.group_by))))
    }
}

/// Lines of cells as CSV (RFC 4180).
///
/// # Errors
/// 500 where it cannot be written.
pub fn table(lines: impl Iterator<Item = Vec<String>>) -> Result<Vec<u8>, Problem> {
    let broken = || Problem::new(&INTERNAL, "The table could not be written.");
    // The writer knows one separator alone, so cells are quoted before it has them.
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).quote_style(csv::QuoteStyle::Never).from_writer(Vec::new());
    for line in lines {
        writer.write_record(line.into_iter().map(as_text).map(quoted)).map_err(|_| broken())?;
    }
    writer.into_inner().map_err(|_| broken())
}

/// A cell that no spreadsheet takes for a formula: names come from documents and from other gateways.
fn as_text(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}

/// A cell in quotes where it needs them (RFC 4180, 2), also for a spreadsheet whose separator is a semicolon.
fn quoted(cell: String) -> String {
    if cell.contains([',', ';', '"', '\r', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

impl From<ReportRow> for Line {
    fn from(row: ReportRow) -> Self {
        let round = |ms: f64| (ms * 1_000.0).round() / 1_000.0;
        let millis = |latency: Latency| Millis { p50: round(latency.p50_ms), p95: round(latency.p95_ms), p99: round(latency.p99_ms) };
        Self {
            day: row.day,
            hour: row.hour,
            product: row.product,
            key: row.key,
            operation: row.operation,
            status: row.status.map(|class| format!("{class}xx")),
            source: row.source,
            partner: row.partner,
            calls: row.counts.answered(),
            success: row.counts.success,
            client_errors: row.counts.client_errors,
            errors: row.counts.error,
            refused: row.counts.refused,
            bytes_in: row.bytes_in,
            bytes_out: row.bytes_out,
            latency: row.latency.map(millis),
        }
    }
}

impl Line {
    fn cells(&self, groups: &[Group]) -> Vec<String> {
        let sums = [self.calls, self.success, self.client_errors, self.errors, self.refused, self.bytes_in, self.bytes_out];
        let times = self.latency.as_ref().map_or([None; 3], |millis| [millis.p50, millis.p95, millis.p99].map(Some));
        let times = times.map(|ms| ms.map(|ms| ms.to_string()).unwrap_or_default());
        groups.iter().map(|group| self.name(*group)).chain(sums.map(|sum| sum.to_string())).chain(times).collect()
    }

    fn name(&self, group: Group) -> String {
        let text = match group {
            Group::Day => self.day.clone(),
            Group::Hour => self.hour.map(|hour| hour.to_rfc3339_opts(SecondsFormat::Secs, true)),
            Group::Product => self.product.clone(),
            Group::Key => self.key.map(|id| id.to_string()),
            Group::Operation => self.operation.clone(),
            Group::Status => self.status.clone(),
            Group::Source => self.source.clone(),
            Group::Partner => self.partner.map(|id| id.to_string()),
        };
        text.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_stays_one_whatever_separates_cells() {
        let cells = ["plain", "a;=b", "a,b", "say \"no\"", "=1;2", ""].map(str::to_owned).to_vec();
        let text = String::from_utf8(table(std::iter::once(cells)).ok().unwrap()).unwrap();
        assert_eq!(text, "plain,\"a;=b\",\"a,b\",\"say \"\"no\"\"\",\"'=1;2\",\r\n");
    }
}
