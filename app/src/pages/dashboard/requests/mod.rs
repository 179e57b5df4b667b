//! Every call that is kept, filtered and paged, and those that come while somebody looks.

mod address;
mod details;
mod filters;
mod follow;
mod log;

use crate::error::AppError;
use crate::ui::{Retry, Skeleton};
use address::Asked;
pub use address::alone;
use domain::usage::{Call, CallFilter, Rest};
use filters::{Filters, Offered};
use follow::{FollowSwitch, Following};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use log::Listed;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Calls on one page of the list.
const PAGE: i64 = 50;
/// Where the page is.
const HERE: &str = "/dashboard/requests";

/// One page of calls, and the names for its filters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Requests {
    pub calls: Vec<Call>,
    pub products: BTreeMap<String, String>,
    /// (id, name and prefix).
    pub keys: Vec<(Uuid, String)>,
    /// Ids of what was called lately.
    pub operations: Vec<String>,
    /// There are older ones.
    pub more: bool,
    /// What was not searched, where that would take long.
    pub rest: Option<Rest>,
}

/// The calls of the reader's organisation, newest first.
#[server]
pub async fn load_requests(filter: CallFilter) -> Result<Requests, AppError> {
    let (_, partner) = crate::session::server::require(domain::access::Action::ReadPartner).await?;
    let store = crate::portal::store()?;
    let found = store.search_calls(partner, &CallFilter { limit: PAGE + 1, ..filter }).await?;
    let (mut calls, rest) = (found.calls, found.rest);
    let more = calls.len() as i64 > PAGE;
    calls.truncate(PAGE as usize);
    Ok(Requests {
        calls,
        products: store.catalogue(Some(partner)).await?.into_iter().map(|product| (product.id, product.name)).collect(),
        keys: store.keys(partner).await?.into_iter().map(|key| (key.id, format!("{} ({}_…)", key.name, key.prefix))).collect(),
        operations: server::operations(&store, partner).await?,
        more,
        rest,
    })
}

#[cfg(feature = "ssr")]
mod server {
    use crate::error::AppError;
    use chrono::TimeDelta;
    use domain::key::Environment;
    use domain::usage::UsageFilter;
    use std::collections::BTreeSet;
    use store::Store;
    use uuid::Uuid;

    /// What the partner called in the last month, in alphabetical order.
    pub(super) async fn operations(store: &Store, partner: Uuid) -> Result<Vec<String>, AppError> {
        let to = crate::session::server::now();
        let from = to - TimeDelta::days(31);
        let mut called = BTreeSet::new();
        for environment in [Environment::Live, Environment::Test] {
            let filter = UsageFilter { partner_id: Some(partner), environment, product_id: None, from, to };
            called.extend(store.by_operation(&filter).await?.into_iter().map(|(operation, _)| operation));
        }
        called.remove("");
        Ok(called.into_iter().collect())
    }
}

#[component]
pub fn RequestsPage() -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| query.with(Asked::of));
    let filter = Memo::new(move |_| asked.with(|asked| asked.filter.clone()));
    let open = Memo::new(move |_| query.with(|query| query.get("open").and_then(|id| id.parse().ok())));
    let following = Following::new(query, asked);
    let wanted = Wanted { asked, open, following };
    let requests = Resource::new_blocking(move || filter.get(), load_requests);
    view! {
        <Title text="Requests"/>
        <main id="main">
            <div class="pagehead">
                <div>
                    <h1>"Requests"</h1>
                    <p class="dim">"Single calls, newest first, for as long as they are kept. Bodies and query strings never are."</p>
                </div>
                <FollowSwitch following filter/>
            </div>
            <Transition fallback=|| view! { <Skeleton rows=10/> }>
                <Answer requests wanted/>
            </Transition>
        </main>
    }
}

/// What the address wants to be shown.
#[derive(Clone, Copy)]
pub struct Wanted {
    pub asked: Memo<Asked>,
    /// The call whose details are open.
    pub open: Memo<Option<Uuid>>,
    pub following: Following,
}

/// The filter over the calls. What its fields offer is the same for most answers: then they stay as they are, and the focus in them.
#[component]
fn Answer(requests: Resource<Result<Requests, AppError>>, wanted: Wanted) -> impl IntoView {
    let Wanted { asked, following, .. } = wanted;
    let offered = Memo::new(move |before: Option<&Option<Offered>>| match requests.get() {
        Some(Ok(requests)) => Some(Offered::from(requests)),
        _ => before.cloned().flatten(),
    });
    let filters = move || offered.get().map(|offered| view! { <header><Filters asked offered following/></header> });
    let list = move || {
        requests.get().map(|answer| match answer {
            Ok(requests) => view! { <Listed requests filter=asked.with_untracked(|asked| asked.filter.clone()) wanted/> }.into_any(),
            Err(error) => view! { <Retry error on_retry=Callback::new(move |()| requests.refetch())/> }.into_any(),
        })
    };
    view! { <section class="card">{filters}{list}</section> }
}
