//! What the query asks for, held to what its sender may see.

use crate::problem::{BAD_REQUEST, FORBIDDEN, Problem};
use crate::rest::token::Reader;
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc};
use domain::Invalid;
use domain::key::{Environment, Scope};
use domain::report::{DAYS_MAX, Group, ReportFilter};
use serde::Deserialize;
use std::ops::RangeInclusive;
use store::hour_of;
use uuid::Uuid;

/// Days of an answer to a query without a range.
const DAYS: i64 = 30;
/// Years that every database can tell apart.
const YEARS: RangeInclusive<i32> = 2000..=9999;

/// The parameters as they are written.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    from: Option<String>,
    to: Option<String>,
    days: Option<String>,
    group_by: Option<String>,
    product: Option<String>,
    environment: Option<String>,
    partner: Option<String>,
    format: Option<String>,
}

/// How the answer looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Report,
    /// Daily totals with the products in them.
    Days,
}

/// The parameters as they are meant.
pub struct Question {
    pub filter: ReportFilter,
    pub shape: Shape,
    pub csv: bool,
}

impl Asked {
    /// Reads every parameter.
    ///
    /// # Errors
    /// 400 that names the parameter; 403 for somebody else's calls.
    pub fn read(self, reader: &Reader, csv: bool, now: DateTime<Utc>) -> Result<Question, Problem> {
        let csv = match self.format.as_deref() {
            None => csv,
            Some("csv") => true,
            Some("json") => false,
            Some(other) => return Err(bad("format", format!("`{other}` is no format; use json or csv."))),
        };
        let (shape, from, to) = self.range(now)?;
        let groups = match (shape, &self.group_by) {
            (Shape::Days, Some(_)) => return Err(bad("group_by", "Leave it away with `days`, which is by day and product already.")),
            (Shape::Days, None) => vec![Group::Day, Group::Product],
            (Shape::Report, None) => vec![Group::Day],
            (Shape::Report, Some(text)) => Group::list(text).map_err(invalid)?,
        };
        let (environment, scope) = (self.environment(reader)?, scope(reader));
        let (partner_id, product_id) = (self.partner(reader)?, self.product()?);
        let mut filter = ReportFilter { partner_id, environment, scope, product_id, from, to, groups };
        filter.check().map_err(|wrong| bad(self.bound(), wrong.message))?;
        // Only now: who asks for 31 days from half past gets them, and the hour more that they touch.
        filter.from = hour_of(from);
        if self.to.is_some() && hour_of(to) < to {
            filter.to = hour_of(to) + TimeDelta::hours(1);
        }
        Ok(Question { filter, shape, csv })
    }

    fn range(&self, now: DateTime<Utc>) -> Result<(Shape, DateTime<Utc>, DateTime<Utc>), Problem> {
        let days_ago = |days| (now - TimeDelta::days(days - 1)).date_naive().and_time(NaiveTime::MIN).and_utc();
        if let Some(text) = &self.days {
            if self.from.is_some() || self.to.is_some() {
                return Err(bad("days", "Name either `days`, or `from` and `to`."));
            }
            let days = text.parse().ok().filter(|days| (1..=DAYS_MAX).contains(days));
            let days = days.ok_or_else(|| bad("days", format!("`{text}` is no number from 1 to {DAYS_MAX}.")))?;
            return Ok((Shape::Days, days_ago(days), now));
        }
        let to = self.to.as_deref().map_or(Ok(now), |text| moment("to", text))?;
        let from = self.from.as_deref().map_or(Ok(days_ago(DAYS)), |text| moment("from", text))?;
        match (&self.from, &self.to) {
            (None, Some(_)) if from >= to => {
                let first = from.date_naive();
                Err(bad("to", format!("The range is empty: without `from` it begins on {first}. Send a `from` that is before `to`.")))
            }
            (Some(_), None) if from >= to => {
                Err(bad("from", "The range is empty: without `to` it ends now. Send a `from` that is before now."))
            }
            _ => Ok((Shape::Report, from, to)),
        }
    }

    /// The parameter that is to blame for the range: one that was sent.
    fn bound(&self) -> &'static str {
        if self.from.is_none() && self.to.is_some() { "to" } else { "from" }
    }

    fn product(&self) -> Result<Option<String>, Problem> {
        match &self.product {
            Some(id) if id.contains(char::is_control) => {
                Err(bad("product", "`product` has a control character. Send the id of a product, such as shipment-tracking."))
            }
            product => Ok(product.clone()),
        }
    }

    fn environment(&self, reader: &Reader) -> Result<Environment, Problem> {
        let unknown = |text: &str| bad("environment", format!("`{text}` is no environment; use live or test."));
        let asked = self.environment.as_deref().map(|text| Environment::parse(text).ok_or_else(|| unknown(text))).transpose()?;
        match reader {
            Reader::Token => Ok(asked.unwrap_or(Environment::Live)),
            Reader::Key(record) if asked.is_none_or(|asked| asked == record.key.environment) => Ok(record.key.environment),
            Reader::Key(record) => {
                let own = record.key.environment.as_str();
                Err(bad("environment", format!("This is a {own} key, which reads {own} calls. Send a key of the other kind.")))
            }
        }
    }

    fn partner(&self, reader: &Reader) -> Result<Option<Uuid>, Problem> {
        let asked = self
            .partner
            .as_deref()
            .map(|text| text.parse::<Uuid>().map_err(|_| bad("partner", format!("`{text}` is no id of a partner."))));
        match (asked.transpose()?, reader) {
            (asked, Reader::Token) => Ok(asked),
            (Some(other), Reader::Key(record)) if other != record.key.partner_id => {
                Err(Problem::new(&FORBIDDEN, "A key reads the calls of its own organisation.").with("parameter", "partner"))
            }
            (_, Reader::Key(record)) => Ok(Some(record.key.partner_id)),
        }
    }
}

fn scope(reader: &Reader) -> Scope {
    match reader {
        Reader::Token => Scope::All,
        Reader::Key(record) => record.key.scope.clone(),
    }
}

/// RFC 3339, or a date for its first moment.
fn moment(parameter: &str, text: &str) -> Result<DateTime<Utc>, Problem> {
    // In a query a plus that is not encoded arrives as a space.
    let exact = DateTime::parse_from_rfc3339(&text.replace(' ', "+")).map(|moment| moment.to_utc());
    let date = || text.parse::<NaiveDate>().map(|date| date.and_time(NaiveTime::MIN).and_utc());
    let moment = exact.or_else(|_| date()).ok().filter(|moment| YEARS.contains(&moment.year()));
    let (first, last) = (*YEARS.start(), *YEARS.end());
    moment.ok_or_else(|| {
        bad(parameter, format!("`{text}` is no moment of the years {first} to {last}; use 2026-11-24 or 2026-11-24T12:00:00Z."))
    })
}

fn invalid(invalid: Invalid) -> Problem {
    bad(&invalid.field, invalid.message)
}

fn bad(parameter: &str, detail: impl Into<String>) -> Problem {
    Problem::new(&BAD_REQUEST, detail).with("parameter", parameter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Question, Problem> {
        let uri = format!("/x?{query}").parse().unwrap();
        let axum::extract::Query(pairs) = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&uri).unwrap();
        crate::rest::reading::query::<Asked>(pairs)?.read(&Reader::Token, false, "2026-11-24T12:30:00Z".parse().unwrap())
    }

    #[test]
    fn a_query_without_words_is_the_last_thirty_days_by_day() {
        let question = read("").ok().unwrap();
        assert_eq!((question.filter.from.to_string().as_str(), question.shape), ("2026-10-26 00:00:00 UTC", Shape::Report));
        assert_eq!((question.filter.groups, question.filter.environment), (vec![Group::Day], Environment::Live));
    }

    #[test]
    fn moments_are_dates_or_exact() {
        let from = |text: &str| read(&format!("from={text}")).ok().unwrap().filter.from.to_rfc3339();
        assert_eq!(from("2026-11-01"), "2026-11-01T00:00:00+00:00");
        assert_eq!(from("2026-11-01T02:00:00+02:00"), "2026-11-01T00:00:00+00:00", "the plus is not encoded");
        assert_eq!(from("2026-11-01T02:00:00%2B02:00"), "2026-11-01T00:00:00+00:00");
    }

    #[test]
    fn a_range_is_made_of_whole_hours() {
        let range = |query: &str| {
            let filter = read(query).ok().unwrap().filter;
            [filter.from, filter.to].map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
        };
        let asked = range("from=2026-11-24T09:10:11Z&to=2026-11-24T10:00:00.5Z");
        assert_eq!(asked, ["2026-11-24T09:00:00Z", "2026-11-24T11:00:00Z"]);
        let whole = range("from=2026-11-24T09:00:00Z&to=2026-11-24T10:00:00Z");
        assert_eq!(whole, ["2026-11-24T09:00:00Z", "2026-11-24T10:00:00Z"]);
        assert_eq!(range("from=2026-11-24T12:10:00Z"), ["2026-11-24T12:00:00Z", "2026-11-24T12:30:00Z"], "now stays as it is");
        let month = range("from=2026-10-01T00:30:00Z&to=2026-11-01T00:30:00Z&group_by=hour");
        assert_eq!(month, ["2026-10-01T00:00:00Z", "2026-11-01T01:00:00Z"], "31 days that begin within an hour");
    }

    #[test]
    fn an_empty_range_is_blamed_on_what_was_sent() {
        let blamed = |query: &str| -> (String, String) {
            let problem = read(query).err().unwrap();
            (problem.detail().to_owned(), format!("{problem:?}"))
        };
        for (query, parameter, part) in [
            ("to=2026-10-01", "to", "without `from` it begins on 2026-10-26"),
            ("from=2027-01-01", "from", "without `to` it ends now"),
            ("to=2028-01-01", "to", "366 days"),
        ] {
            let (detail, whole) = blamed(query);
            assert!(detail.contains(part), "{query}: {detail}");
            assert!(whole.contains(&format!("\"parameter\": String(\"{parameter}\")")), "{query}: {whole}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (query, parameter) in [
            ("from=yesterday", "`yesterday`"),
            ("to=2026-13-01", "`2026-13-01`"),
            ("from=2026-11-24&to=2026-11-24", "before `to`"),
            ("from=2024-01-01", "366 days"),
            ("from=2026-10-01&group_by=hour", "31 days"),
            ("group_by=week", "`week`"),
            ("days=0", "`0`"),
            ("days=7&from=2026-11-01", "`days`"),
            ("days=7&group_by=hour", "`days`"),
            ("environment=prod", "`prod`"),
            ("partner=northwind", "`northwind`"),
            ("format=xml", "`xml`"),
            ("from=-5000-01-01", "`-5000-01-01` is no moment"),
            ("from=1999-12-31T23:59:59Z", "is no moment of the years 2000 to 9999"),
            ("to=%2B10000-01-01", "is no moment"),
            ("product=a%00b", "`product`"),
            ("foo=1", "foo: this name is not known"),
            ("from=2026-11-01&from=2026-11-02", "Send `from` once"),
        ] {
            let problem = read(query).err().unwrap();
            assert!(problem.status() == 400 && problem.detail().contains(parameter), "{query}: {}", problem.detail());
        }
    }
}
