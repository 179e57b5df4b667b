//! Finding an API and reading about it.

pub mod search;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Route;
use leptos_router::{MatchNestedRoutes, path};

/// The routes of this part.
#[component(transparent)]
pub fn CatalogueRoutes() -> impl MatchNestedRoutes + Clone {
    view! { <Route path=path!("/") view=Catalogue/> }.into_inner()
}

#[component]
fn Catalogue() -> impl IntoView {
    view! {
        <Title text="Catalogue"/>
        <main id="main" class="page"><h1>"Catalogue"</h1></main>
    }
}
