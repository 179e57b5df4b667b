//! Coming in: sign up, sign in, reset, confirm, join.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Route;
use leptos_router::{MatchNestedRoutes, path};

/// The routes of this part.
#[component(transparent)]
pub fn AccountRoutes() -> impl MatchNestedRoutes + Clone {
    view! { <Route path=path!("/sign-in") view=SignIn/> }.into_inner()
}

#[component]
fn SignIn() -> impl IntoView {
    view! {
        <Title text="SignIn"/>
        <main id="main" class="page"><h1>"SignIn"</h1></main>
    }
}
