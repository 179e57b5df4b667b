//! What an admin sees: products, partners, revenue, audit.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Route;
use leptos_router::path;

/// The routes of this part.
#[component(transparent)]
pub fn AdminRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    view! { <Route path=path!("/admin") view=Admin/> }.into_inner()
}

#[component]
fn Admin() -> impl IntoView {
    view! {
        <Title text="Admin"/>
        <main id="main" class="page"><h1>"Admin"</h1></main>
    }
}
