//! The filter as the page's address has it, so that it can be shared, kept and gone back to.

use super::{HERE, PAGE};
use crate::ui::query::with_query;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, Utc};
use domain::key::Environment;
use domain::usage::CallFilter;
use leptos_router::params::ParamsMap;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The fields, by the names that they have in addresses, with their labels.
const FIELDS: [(&str, &str); 8] = [
    ("request", "Request id"),
    ("env", "Environment"),
    ("product", "API"),
    ("operation", "Operation"),
    ("key", "Key"),
    ("status", "Status"),
    ("from", "From (UTC)"),
    ("to", "Before (UTC)"),
];
/// Letters of a text that is shown because it cannot be used.
const SHOWN: usize = 40;

/// What an address asks for: what stands in the fields, what of it cannot be used, and the filter that the rest makes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    typed: BTreeMap<&'static str, String>,
    /// By field, what to enter instead.
    wrong: BTreeMap<&'static str, String>,
    pub filter: CallFilter,
}

impl Asked {
    /// What the query of an address asks for.
    pub fn of(query: &ParamsMap) -> Self {
        const WHOLE_ID: &str = "paste all of an id, such as 0199c3a4-7d2e-7c41-9b6f-3f0a5d2c8e17.";
        let typed = FIELDS.into_iter().filter_map(|(name, _)| Some((name, query.get(name)?.trim().to_owned())));
        let mut asked = Self { typed: typed.filter(|(_, text)| !text.is_empty()).collect(), ..Self::default() };
        if let Some(id) = asked.read("request", |text| text.parse().ok(), WHOLE_ID) {
            return Self::alone(id);
        }
        asked.filter = asked.without_id(query.get("before").and_then(|text| text.parse().ok()));
        asked
    }

    /// An id names its call whatever else was typed.
    fn alone(id: Uuid) -> Self {
        let filter = CallFilter { id: Some(id), limit: PAGE, ..CallFilter::default() };
        Self { typed: BTreeMap::from([("request", id.to_string())]), wrong: BTreeMap::new(), filter }
    }

    fn without_id(&mut self, before: Option<Uuid>) -> CallFilter {
        const MOMENT: &str = "enter a day and a time in UTC, such as 2026-11-24T08:30.";
        let filter = CallFilter {
            id: None,
            environment: self.read("env", Environment::parse, "choose live or test."),
            product_id: self.typed.get("product").cloned(),
            key_id: self.read("key", |text| text.parse().ok(), "choose one of your keys."),
            status_class: None,
            status: None,
            operation: self.typed.get("operation").cloned(),
            from: self.read("from", moment, MOMENT),
            to: self.read("to", moment, MOMENT),
            before,
            limit: PAGE,
        };
        let filter = match self.read("status", status, "choose a class, such as 4xx, or one status, such as 429.") {
            Some(number) => filter.with_status(number),
            None => filter,
        };
        self.typed.extend(filter.status_number().map(|number| ("status", number.to_string())));
        self.typed.extend(filter.key_id.map(|id| ("key", id.to_string())));
        for (field, at) in [("from", filter.from), ("to", filter.to)] {
            self.typed.extend(at.map(|at| (field, typed(at))));
        }
        if filter.from.zip(filter.to).is_some_and(|(from, to)| from >= to) {
            self.wrong.insert("to", "The end is not after the beginning. Enter a later one, or leave one of the two empty.".to_owned());
        }
        filter
    }

    /// What a field holds; where that cannot be used, what to enter `instead` is noted.
    fn read<T>(&mut self, field: &'static str, read: impl FnOnce(&str) -> Option<T>, instead: &str) -> Option<T> {
        let text = self.typed.get(field)?;
        let value = read(text);
        if value.is_none() {
            let shown: String = text.chars().take(SHOWN).collect();
            self.wrong.insert(field, format!("Not “{shown}”: {instead}"));
        }
        value
    }

    /// What stands in a field.
    pub fn typed(&self, field: &str) -> String {
        self.typed.get(field).cloned().unwrap_or_default()
    }

    /// What to enter in a field instead of what stands there.
    pub fn wrong(&self, field: &str) -> Option<String> {
        self.wrong.get(field).cloned()
    }

    /// Something stands in a field that cannot be used.
    pub fn is_wrong(&self) -> bool {
        !self.wrong.is_empty()
    }

    /// The labels of the fields that hold what cannot be used: `Status and Key`.
    pub fn at_fault(&self) -> String {
        self.wrong.keys().map(|field| label(field)).collect::<Vec<_>>().join(" and ")
    }

    /// How many fields hold something.
    pub fn fields(&self) -> usize {
        self.typed.len()
    }
}

/// What a field is called.
pub fn label(field: &str) -> &'static str {
    FIELDS.into_iter().find(|(name, _)| *name == field).map_or("the filter", |(_, label)| label)
}

/// The first digit of a class, also written as `4xx`, or one status.
fn status(text: &str) -> Option<u16> {
    let class: Option<u16> = text.strip_suffix("xx").unwrap_or(text).parse().ok().filter(|class| (1..=5).contains(class));
    class.or_else(|| text.parse().ok().filter(|status| (100..=599).contains(status)))
}

/// The page with this filter: the part that begins before a call, or the newest.
pub fn page(filter: &CallFilter, before: Option<Uuid>) -> String {
    with_query(HERE, fields_of(filter).into_iter().chain([("before", text(before))]))
}

/// The page with one call alone, its details open.
pub fn alone(id: Uuid) -> String {
    page(&CallFilter { id: Some(id), ..CallFilter::default() }, None)
}

/// The calls of one key.
pub fn of_key(id: Uuid) -> String {
    page(&CallFilter { key_id: Some(id), ..CallFilter::default() }, None)
}

/// The same part of the list, followed or not, with the details of a call open or of none.
pub fn opened(filter: &CallFilter, followed: bool, call: Option<Uuid>) -> String {
    let state = [("before", text(filter.before)), ("live", followed.then(|| "1".to_owned())), ("open", text(call))];
    with_query(HERE, fields_of(filter).into_iter().chain(state))
}

/// The newest part, which goes on by itself or does not.
pub fn following(filter: &CallFilter, on: bool) -> String {
    opened(&CallFilter { before: None, ..filter.clone() }, on, None)
}

/// The stream of the calls that this filter lets through.
pub fn stream(filter: &CallFilter) -> String {
    with_query("/events/calls", fields_of(&CallFilter { id: None, from: None, to: None, ..filter.clone() }))
}

/// The [`FIELDS`] that make this filter.
fn fields_of(filter: &CallFilter) -> [(&'static str, Option<String>); 8] {
    let exact = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    [
        ("request", text(filter.id)),
        ("env", filter.environment.map(|environment| environment.as_str().to_owned())),
        ("product", filter.product_id.clone()),
        ("key", text(filter.key_id)),
        ("status", text(filter.status_number())),
        ("operation", filter.operation.clone()),
        ("from", filter.from.map(exact)),
        ("to", filter.to.map(exact)),
    ]
}

fn text(value: Option<impl ToString>) -> Option<String> {
    value.map(|value| value.to_string())
}

/// RFC 3339, what a browser's field for date and time writes, or a date for its first moment; all in UTC.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    let typed = || ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S%.f"].iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let date = || Some(text.parse::<NaiveDate>().ok()?.and_time(NaiveTime::MIN));
    text.parse().ok().or_else(|| typed().or_else(date).map(|at| at.and_utc()))
}

/// A moment as the browser's field takes it; seconds only where there are some.
fn typed(at: DateTime<Utc>) -> String {
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

    fn asked(address: &str) -> Asked {
        Asked::of(&query_of(address))
    }

    fn all() -> CallFilter {
        CallFilter {
            id: None,
            environment: Some(Environment::Live),
            product_id: Some("rates".into()),
            key_id: Some(Uuid::from_u128(7)),
            status_class: Some(4),
            status: None,
            operation: Some("get quote & price".into()),
            from: moment("2026-11-24"),
            to: moment("2026-11-24T12:00:00Z"),
            before: None,
            limit: PAGE,
        }
    }

    #[test]
    fn a_filter_survives_its_address() {
        assert_eq!(asked(&page(&all(), None)).filter, all());
        let older = CallFilter { before: Some(Uuid::from_u128(9)), ..all() };
        assert_eq!(asked(&page(&older, older.before)).filter, older);
        assert_eq!(asked(&opened(&older, false, Some(Uuid::from_u128(8)))).filter, older);
        let exact = all().with_status(429);
        assert_eq!((asked(&page(&exact, None)).filter, exact.status_class), (exact.clone(), None));
        assert_eq!(page(&asked("?").filter, None), HERE);
    }

    #[test]
    fn a_call_opens_where_it_is_and_closes_again() {
        let (older, call) = (CallFilter { before: Some(Uuid::from_u128(9)), ..all() }, Uuid::from_u128(8));
        let query = query_of(&opened(&older, true, Some(call)));
        assert_eq!([query.get("open"), query.get("before")], [Some(call.to_string()), Some(Uuid::from_u128(9).to_string())]);
        assert_eq!(query.get("live").as_deref(), Some("1"));
        assert_eq!(query_of(&opened(&older, false, None)).get("open"), None);
        assert_eq!(query_of(&following(&older, true)).get("before"), None);
    }

    #[test]
    fn an_id_names_its_call_whatever_else_is_typed() {
        let id = Uuid::from_u128(8);
        let found = asked(&format!("?status=4&env=prod&request={}", id.simple()));
        assert_eq!(found.filter, CallFilter { id: Some(id), limit: PAGE, ..CallFilter::default() });
        assert_eq!((found.typed("request"), found.fields(), found.is_wrong()), (id.to_string(), 1, false));
        assert_eq!(asked(&alone(id)), found);
    }

    #[test]
    fn what_cannot_be_used_stays_and_says_what_to_enter() {
        let found = asked("?request=8&status=abc&env=prod&key=1&from=yesterday&to=&operation=&product=rates");
        assert_eq!(found.filter, CallFilter { product_id: Some("rates".into()), limit: PAGE, ..CallFilter::default() });
        for field in ["request", "status", "env", "key", "from"] {
            let said = found.wrong(field).unwrap();
            assert!(said.starts_with(&format!("Not “{}”: ", found.typed(field))), "{said}");
        }
        assert_eq!((found.wrong("to"), found.wrong("product"), found.fields()), (None, None, 6));
        assert_eq!(found.at_fault(), "Environment and From (UTC) and Key and Request id and Status");
        assert_eq!(asked(&format!("?from={}", "x".repeat(500))).wrong("from").unwrap().matches('x').count(), SHOWN);
    }

    #[test]
    fn a_status_is_a_class_or_one_alone() {
        let read = |text: &str| {
            let found = asked(&format!("?status={text}"));
            (found.filter.status_class, found.filter.status, found.typed("status"))
        };
        assert_eq!(read("4"), (Some(4), None, "4".to_owned()));
        assert_eq!(read("4xx"), read("4"));
        assert_eq!(read("429"), (None, Some(429), "429".to_owned()));
        for text in ["0", "6", "42", "99", "600", "429xx", "-4", "70000"] {
            assert!(asked(&format!("?status={text}")).is_wrong(), "{text}");
        }
    }

    #[test]
    fn a_span_ends_after_it_begins() {
        let said = |from: &str, to: &str| asked(&format!("?from={from}&to={to}")).wrong("to").is_some();
        assert!(said("2026-11-25", "2026-11-24") && said("2026-11-24", "2026-11-24T00:00:00Z"));
        assert!(!said("2026-11-24", "2026-11-24T00:01") && !said("", "2026-11-24"));
    }

    #[test]
    fn a_moment_is_read_as_the_field_writes_it() {
        for text in ["2026-11-24T12:30", "2026-11-24T12:30:15", "2026-11-24T12:30:15.250"] {
            assert_eq!(typed(moment(text).unwrap()), text);
        }
        assert_eq!(moment("2026-11-24T12:30"), moment("2026-11-24T12:30:00Z"));
        assert_eq!(asked("?from=2026-11-24").typed("from"), "2026-11-24T00:00");
    }

    #[test]
    fn a_key_stands_in_its_field_as_the_list_has_it() {
        let key = Uuid::from_u128(7);
        assert_eq!(asked(&format!("?key={}", key.simple())).typed("key"), key.to_string());
    }

    #[test]
    fn the_stream_knows_no_span() {
        let query = query_of(&stream(&all()));
        assert_eq!((query.get("from"), query.get("to"), query.get("status").as_deref()), (None, None, Some("4")));
        assert_eq!(stream(&asked("?").filter), "/events/calls");
    }
}
