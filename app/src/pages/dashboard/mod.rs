//! What a partner sees: usage, keys, bills, team, settings.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Route;
use leptos_router::{MatchNestedRoutes, path};

/// The routes of this part.
#[component(transparent)]
pub fn DashboardRoutes() -> impl MatchNestedRoutes + Clone {
    view! { <Route path=path!("/dashboard") view=Overview/> }.into_inner()
}

#[component]
fn Overview() -> impl IntoView {
    view! {
        <Title text="Overview"/>
        <main id="main" class="page"><h1>"Overview"</h1></main>
    }
}
