//! The filter as the page's address has it, so that it can be shared, kept and gone back to.

use super::{HERE, PAGE};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, Utc};
use domain::key::Environment;
use domain::usage::CallFilter;
use leptos_router::params::ParamsMap;
use uuid::Uuid;

/// The filter that an address names.
pub fn filter_of(query: &ParamsMap) -> CallFilter {
    let value = |name: &str| query.get(name).filter(|value| !value.is_empty());
    CallFilter {
        environment: value("env").and_then(|text| Environment::parse(&text)),
        product_id: value("product"),
        key_id: value("key").and_then(|text| text.parse().ok()),
        status_class: value("status").and_then(|text| text.parse().ok()),
        operation: value("operation").map(|text| text.trim().to_owned()),
        from: value("from").and_then(|text| moment(&text)),
        to: value("to").and_then(|text| moment(&text)),
        before: value("before").and_then(|text| text.parse().ok()),
        limit: PAGE,
    }
}

/// The page with this filter: the part that begins before a call, or the newest.
pub fn page(filter: &CallFilter, before: Option<Uuid>) -> String {
    let mut query = asked(filter);
    put(&mut query, "before", before.map(|id| id.to_string()));
    format!("{HERE}{}", query.to_query_string())
}

/// The newest part, which goes on by itself or does not.
pub fn following(filter: &CallFilter, on: bool) -> String {
    let mut query = asked(filter);
    put(&mut query, "live", on.then(|| "1".to_owned()));
    format!("{HERE}{}", query.to_query_string())
}

/// The stream of the calls that this filter lets through.
pub fn stream(filter: &CallFilter) -> String {
    let query = asked(&CallFilter { from: None, to: None, ..filter.clone() });
    format!("/events/calls{}", query.to_query_string())
}

fn asked(filter: &CallFilter) -> ParamsMap {
    let exact = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    let pairs = [
        ("env", filter.environment.map(|environment| environment.as_str().to_owned())),
        ("product", filter.product_id.clone()),
        ("key", filter.key_id.map(|id| id.to_string())),
        ("status", filter.status_class.map(|class| class.to_string())),
        ("operation", filter.operation.clone()),
        ("from", filter.from.map(exact)),
        ("to", filter.to.map(exact)),
    ];
    let mut query = ParamsMap::new();
    pairs.into_iter().for_each(|(name, value)| put(&mut query, name, value));
    query
}

fn put(query: &mut ParamsMap, name: &'static str, value: Option<String>) {
    if let Some(value) = value {
        query.insert(name, value);
    }
}

/// RFC 3339, what a browser's field for date and time writes, or a date for its first moment; all in UTC.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    let typed = || ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S%.f"].iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let date = || Some(text.parse::<NaiveDate>().ok()?.and_time(NaiveTime::MIN));
    text.parse().ok().or_else(|| typed().or_else(date).map(|at| at.and_utc()))
}

/// A moment as the browser's field takes it; seconds only where there are some.
pub fn typed(at: DateTime<Utc>) -> String {
    let exact = at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    let exact = exact.trim_end_matches('Z');
    exact.strip_suffix(":00").unwrap_or(exact).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query_of(address: &str) -> ParamsMap {
        let pairs = address.split_once('?').map(|(_, query)| query.split('&')).into_iter().flatten();
        let plain = |text: &str| text.replace('+', " ").replace("%20", " ").replace("%26", "&").replace("%3A", ":");
        pairs.filter_map(|pair| pair.split_once('=')).map(|(name, value)| (name.to_owned(), plain(value))).collect()
    }

    fn all() -> CallFilter {
        CallFilter {
            environment: Some(Environment::Live),
            product_id: Some("rates".into()),
            key_id: Some(Uuid::from_u128(7)),
            status_class: Some(4),
            operation: Some("get quote & price".into()),
            from: moment("2026-11-24"),
            to: moment("2026-11-24T12:00:00Z"),
            before: None,
            limit: PAGE,
        }
    }

    #[test]
    fn a_filter_survives_its_address() {
        assert_eq!(filter_of(&query_of(&page(&all(), None))), all());
        let older = CallFilter { before: Some(Uuid::from_u128(9)), ..all() };
        assert_eq!(filter_of(&query_of(&page(&older, older.before))), older);
        assert_eq!(page(&filter_of(&ParamsMap::new()), None), HERE);
    }

    #[test]
    fn what_is_no_filter_filters_nothing() {
        let query = query_of("?status=many&env=prod&key=1&from=yesterday&to=&operation=");
        assert_eq!(filter_of(&query), filter_of(&ParamsMap::new()));
    }

    #[test]
    fn a_moment_is_read_as_the_field_writes_it() {
        for text in ["2026-11-24T12:30", "2026-11-24T12:30:15", "2026-11-24T12:30:15.250"] {
            assert_eq!(typed(moment(text).unwrap()), text);
        }
        assert_eq!(moment("2026-11-24T12:30"), moment("2026-11-24T12:30:00Z"));
        assert_eq!(typed(moment("2026-11-24").unwrap()), "2026-11-24T00:00");
    }

    #[test]
    fn the_stream_knows_no_span() {
        let query = query_of(&stream(&all()));
        assert_eq!((query.get("from"), query.get("to"), query.get("status").as_deref()), (None, None, Some("4")));
        assert_eq!(stream(&filter_of(&ParamsMap::new())), "/events/calls");
    }
}
