//! Every call that is kept, filtered and paged, and those that come while somebody looks.

mod address;
mod details;
mod filters;
mod follow;
mod log;
mod offered;
#[cfg(test)]
mod scene;

use crate::error::AppError;
use crate::ui::{Retry, Skeleton};
use address::Asked;
pub use address::alone;
use domain::usage::{Call, CallFilter, Rest};
use filters::Filters;
use follow::{FollowSwitch, Following};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use log::Listed;
#[cfg(feature = "ssr")]
pub use offered::server::products as product_names;
use offered::{Offered, load_offered};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Calls on one page of the list.
const PAGE: i64 = 50;
/// Where the page is.
const HERE: &str = "/dashboard/requests";

/// One page of calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Requests {
    pub calls: Vec<Call>,
    /// There are older ones.
    pub more: bool,
    /// What was not searched, where that would take long.
    pub rest: Option<Rest>,
    /// Calls wait outside of the log, and come into it later.
    pub waiting: bool,
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
    Ok(Requests { calls, more, rest, waiting: server::is_waiting(&store) })
}

/// Whether calls wait outside of the log at the moment: for whoever follows it, since no stream tells of that.
#[server]
pub async fn load_waiting() -> Result<bool, AppError> {
    crate::session::server::require(domain::access::Action::ReadPartner).await?;
    Ok(server::is_waiting(&crate::portal::store()?))
}

#[cfg(feature = "ssr")]
mod server {
    use store::Store;

    /// Without the Redis that nodes share, calls wait on this node's disk.
    pub(super) fn is_waiting(store: &Store) -> bool {
        store.fleet().is_some_and(|fleet| !fleet.is_connected())
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
    let offered = Resource::new_blocking(|| (), |()| load_offered());
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
                <Answer offered requests wanted/>
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

/// The filter over the calls. Its fields are drawn once, so that they keep the focus while the calls below them change.
#[component]
fn Answer(offered: Resource<Result<Offered, AppError>>, requests: Resource<Result<Requests, AppError>>, wanted: Wanted) -> impl IntoView {
    let Wanted { asked, following, .. } = wanted;
    let filters = move || {
        let offered = offered.get().and_then(Result::ok);
        offered.map(|offered| view! { <header><Filters asked offered following/></header> })
    };
    let again = Callback::new(move |()| {
        offered.refetch();
        requests.refetch();
    });
    let list = move || {
        let filter = asked.with_untracked(|asked| asked.filter.clone());
        offered.get().zip(requests.get()).map(|answers| match answers {
            (Ok(offered), Ok(requests)) => view! { <Listed requests offered filter wanted/> }.into_any(),
            (Err(error), _) | (_, Err(error)) => view! { <Retry error on_retry=again/> }.into_any(),
        })
    };
    view! { <section class="card">{filters}{list}</section> }
}
