//! Every call that is kept, filtered and paged.

use super::overview::call_row;
use crate::error::AppError;
use crate::ui::{Ask, Empty, Glyph, Pager, Retry, Skeleton, TableWrap};
use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, Utc};
use domain::key::Environment;
use domain::usage::{Call, CallFilter};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Calls on one page of the list.
const PAGE: i64 = 50;

/// One page of calls, and the names for its filters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Requests {
    pub calls: Vec<Call>,
    pub products: BTreeMap<String, String>,
    /// (id, name and prefix).
    pub keys: Vec<(Uuid, String)>,
    /// Where the next page begins.
    pub next: Option<Uuid>,
}

/// The calls of the reader's organisation, newest first.
#[server]
pub async fn load_requests(filter: CallFilter) -> Result<Requests, AppError> {
    let (_, partner) = crate::session::server::require(domain::access::Action::ReadPartner).await?;
    let store = crate::portal::store()?;
    let mut calls = store.calls(partner, &CallFilter { limit: PAGE + 1, ..filter }).await?;
    let more = calls.len() as i64 > PAGE;
    calls.truncate(PAGE as usize);
    Ok(Requests {
        next: calls.last().filter(|_| more).map(|call| call.id),
        calls,
        products: store.catalogue(Some(partner)).await?.into_iter().map(|product| (product.id, product.name)).collect(),
        keys: store.keys(partner).await?.into_iter().map(|key| (key.id, format!("{} ({}_…)", key.name, key.prefix))).collect(),
    })
}

/// The filter that an address names.
fn filter_of(query: &ParamsMap) -> CallFilter {
    let value = |name: &str| query.get(name).filter(|value| !value.is_empty());
    CallFilter {
        environment: value("env").and_then(|text| Environment::parse(&text)),
        product_id: value("product"),
        key_id: value("key").and_then(|text| text.parse().ok()),
        status_class: value("status").and_then(|text| text.parse().ok()),
        operation: value("operation"),
        from: value("from").and_then(|text| moment(&text)),
        to: value("to").and_then(|text| moment(&text)),
        before: value("before").and_then(|text| text.parse().ok()),
        limit: PAGE,
    }
}

/// RFC 3339, or a date for its first moment, in UTC.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    let date = || Some(text.parse::<NaiveDate>().ok()?.and_time(NaiveTime::MIN).and_utc());
    text.parse().ok().or_else(date)
}

#[component]
pub fn RequestsPage() -> impl IntoView {
    let query = use_query_map();
    let filter = Memo::new(move |_| query.with(filter_of));
    let requests = Resource::new_blocking(move || filter.get(), load_requests);
    view! {
        <Title text="Requests"/>
        <main id="main">
            <div class="pagehead">
                <h1>"Requests"</h1>
                <p class="dim">"Single calls, newest first, for as long as they are kept. Bodies and query strings never are."</p>
            </div>
            <Transition fallback=|| view! { <Skeleton rows=10/> }>
                {move || requests.get().map(|answer| match answer {
                    Ok(requests) => view! { <Listed requests filter=filter.get_untracked()/> }.into_any(),
                    Err(error) => view! { <Retry error on_retry=Callback::new(move |()| requests.refetch())/> }.into_any(),
                })}
            </Transition>
        </main>
    }
}

#[component]
fn Listed(requests: Requests, filter: CallFilter) -> impl IntoView {
    let Requests { calls, products, keys, next } = requests;
    let rows = calls.iter().map(|call| call_row(call, products.get(&call.product_id).unwrap_or(&call.product_id).clone())).collect_view();
    let body = if calls.is_empty() {
        view! { <Empty icon=Glyph::List title="No calls here" text="Calls that match stand here within a second. Change the filter to see others."/> }.into_any()
    } else {
        view! {
            <TableWrap label="Requests">
                <table>
                    <thead><tr><th>"Time (UTC)"</th><th>"Call"</th><th>"API"</th><th>"Status"</th><th class="r">"Took"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </TableWrap>
            {pager(&filter, next)}
        }
        .into_any()
    };
    view! {
        <section class="card">
            <header><Filters filter products keys/></header>
            {body}
        </section>
    }
}

fn pager(filter: &CallFilter, next: Option<Uuid>) -> AnyView {
    let first = filter.before.map(|_| address(filter, None));
    let next = next.map(|id| address(filter, Some(id)));
    match (first, next) {
        (Some(first), Some(next)) => view! { <Pager previous=first next=next/> }.into_any(),
        (Some(first), None) => view! { <Pager previous=first/> }.into_any(),
        (None, Some(next)) => view! { <Pager next=next/> }.into_any(),
        (None, None) => ().into_any(),
    }
}

fn address(filter: &CallFilter, before: Option<Uuid>) -> String {
    let pairs = [
        ("env", filter.environment.map(|environment| environment.as_str().to_owned())),
        ("product", filter.product_id.clone()),
        ("key", filter.key_id.map(|id| id.to_string())),
        ("status", filter.status_class.map(|class| class.to_string())),
        ("operation", filter.operation.clone()),
        ("from", filter.from.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true))),
        ("to", filter.to.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true))),
        ("before", before.map(|id| id.to_string())),
    ];
    let pairs = pairs.into_iter().filter_map(|(name, value)| value.map(|value| format!("{name}={value}")));
    format!("/dashboard/requests?{}", pairs.collect::<Vec<_>>().join("&"))
}

#[component]
fn Filters(filter: CallFilter, products: BTreeMap<String, String>, keys: Vec<(Uuid, String)>) -> impl IntoView {
    let environments = [("", "Live and test"), ("live", "Live"), ("test", "Test")].map(owned).to_vec();
    let classes = [("", "Any status"), ("2", "2xx"), ("3", "3xx"), ("4", "4xx"), ("5", "5xx")].map(owned).to_vec();
    let products = std::iter::once(owned(("", "All APIs"))).chain(products).collect();
    let keys = std::iter::once(owned(("", "All keys"))).chain(keys.into_iter().map(|(id, name)| (id.to_string(), name))).collect();
    let environment = filter.environment.map(|environment| environment.as_str().to_owned()).unwrap_or_default();
    view! {
        <Ask action="/dashboard/requests" class="row wrap narrowing">
            <Choose name="env" label="Environment" options=environments value=environment/>
            <Choose name="product" label="API" options=products value=filter.product_id.unwrap_or_default()/>
            <Choose name="status" label="Status" options=classes value=filter.status_class.map(|class| class.to_string()).unwrap_or_default()/>
            <Choose name="key" label="Key" options=keys value=filter.key_id.map(|id| id.to_string()).unwrap_or_default()/>
            <button class="btn sm">"Filter"</button>
        </Ask>
    }
}

fn owned((value, label): (&str, &str)) -> (String, String) {
    (value.to_owned(), label.to_owned())
}

#[component]
fn Choose(name: &'static str, label: &'static str, options: Vec<(String, String)>, value: String) -> impl IntoView {
    let options = options.into_iter().map(|(each, text)| {
        let selected = each == value;
        view! { <option value=each selected=selected>{text}</option> }
    });
    view! { <select class="input sm" name=name aria-label=label>{options.collect_view()}</select> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_survives_its_address() {
        let filter = CallFilter {
            environment: Some(Environment::Live),
            product_id: Some("rates".into()),
            key_id: Some(Uuid::from_u128(7)),
            status_class: Some(4),
            operation: Some("getQuote".into()),
            from: moment("2026-11-24"),
            to: moment("2026-11-24T12:00:00Z"),
            before: None,
            limit: PAGE,
        };
        let address = address(&filter, None);
        let mut query = ParamsMap::new();
        for pair in address.split_once('?').unwrap().1.split('&') {
            let (name, value) = pair.split_once('=').unwrap();
            query.insert(name.to_owned(), value.to_owned());
        }
        assert_eq!(filter_of(&query), filter);
        query.insert("status", "many".to_owned());
        assert!(filter_of(&ParamsMap::new()).status_class.is_none());
    }
}
