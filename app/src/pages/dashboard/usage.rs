//! Usage by API, operation and key.

use super::overview::{Range, environments, ranges};
use crate::error::AppError;
use crate::ui::{Card, Empty, Glyph, Retry, Segments, Skeleton, TableWrap, format};
use domain::key::Environment;
use domain::usage::Counts;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};

/// Calls by what they called and with which key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    pub environment: Environment,
    pub by_product: Vec<(String, Counts)>,
    pub by_operation: Vec<(String, Counts)>,
    pub by_key: Vec<(String, Counts)>,
}

/// The usage of the reader's organisation; names instead of ids where there are names.
#[server]
pub async fn load_usage(range: Range, environment: Environment) -> Result<Usage, AppError> {
    use crate::session::server::{now, require};
    use domain::usage::UsageFilter;
    use std::collections::BTreeMap;
    let (_, partner) = require(domain::access::Action::ReadPartner).await?;
    let store = crate::portal::store()?;
    let (from, to) = range.span(now());
    let filter = UsageFilter { partner_id: Some(partner), environment, product_id: None, from, to };
    let products: BTreeMap<_, _> = store.products().await?.into_iter().map(|product| (product.id, product.name)).collect();
    let keys: BTreeMap<_, _> =
        store.keys(partner).await?.into_iter().map(|key| (key.id, format!("{} ({}_…)", key.name, key.prefix))).collect();
    let named = |id: String| products.get(&id).cloned().unwrap_or(id);
    let operation = |id: String| if id.is_empty() { "no operation of the document".to_owned() } else { id };
    Ok(Usage {
        environment,
        by_product: store.overview(&filter).await?.by_product.into_iter().map(|(id, counts)| (named(id), counts)).collect(),
        by_operation: store.by_operation(&filter).await?.into_iter().map(|(id, counts)| (operation(id), counts)).collect(),
        by_key: store
            .by_key(&filter)
            .await?
            .into_iter()
            .map(|(id, counts)| (keys.get(&id).cloned().unwrap_or_else(|| id.to_string()), counts))
            .collect(),
    })
}

#[component]
pub fn UsagePage() -> impl IntoView {
    let query = use_query_map();
    let value = move |name: &str| query.with(|query| query.get(name).unwrap_or_default());
    let range = Memo::new(move |_| Range::parse(&value("range")));
    let environment = Memo::new(move |_| Environment::parse(&value("env")).unwrap_or(Environment::Live));
    let usage = Resource::new_blocking(move || (range.get(), environment.get()), |(range, environment)| load_usage(range, environment));
    view! {
        <Title text="Usage"/>
        <main id="main">
            <div class="pagehead">
                <div><h1>"Usage"</h1><p class="dim">"The same counts that quotas and bills are made of."</p></div>
                {move || view! { <Switches range=range.get() environment=environment.get()/> }}
            </div>
            <Transition fallback=|| view! { <Skeleton rows=10/> }>
                {move || usage.get().map(|answer| match answer {
                    Ok(usage) => view! { <Tables usage/> }.into_any(),
                    Err(error) => view! { <Retry error on_retry=Callback::new(move |()| usage.refetch())/> }.into_any(),
                })}
            </Transition>
        </main>
    }
}

#[component]
fn Switches(range: Range, environment: Environment) -> impl IntoView {
    const PAGE: &str = "/dashboard/usage";
    view! {
        <div class="row wrap">
            <Segments label="Environment" items=environments(PAGE, range) current=environment.as_str().to_owned()/>
            <Segments label="Range" items=ranges(PAGE, environment) current=range.as_str().to_owned()/>
        </div>
    }
}

#[component]
fn Tables(usage: Usage) -> impl IntoView {
    if usage.by_product.is_empty() {
        return view! { <div class="card"><Empty icon=Glyph::Chart title="No calls in this span" text="Calls are counted here as soon as they are answered."/></div> }.into_any();
    }
    view! {
        <div class="stack">
            <Card title="By API">{table("API", usage.by_product)}</Card>
            <Card title="By operation">{table("Operation", usage.by_operation)}</Card>
            <Card title="By key">{table("Key", usage.by_key)}</Card>
            <p class="sm dim">
                "Also for programs, by key or operation with p50, p95 and p99, as JSON or CSV: "
                <a href="/api/v1/openapi.json" rel="external"><code>"GET /api/v1/usage"</code></a>"."
            </p>
        </div>
    }
    .into_any()
}

fn table(head: &'static str, rows: Vec<(String, Counts)>) -> AnyView {
    let rows = rows.into_iter().map(|(name, counts)| {
        view! {
            <tr>
                <td class="given">{name}</td>
                <td class="r">{format::number(counts.answered())}</td>
                <td class="r">{format::number(counts.success)}</td>
                <td class="r">{format::number(counts.client_errors)}</td>
                <td class="r">{format::number(counts.error)}</td>
                <td class="r">{format::number(counts.refused)}</td>
            </tr>
        }
    });
    view! {
        <TableWrap label=format!("Calls by {head}")>
            <table>
                <thead><tr><th>{head}</th><th class="r">"Calls"</th><th class="r">"Billable"</th><th class="r">"Billable 4xx"</th><th class="r">"5xx"</th><th class="r">"Refused"</th></tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </TableWrap>
    }
    .into_any()
}
