//! The page for addresses that lead nowhere.

use leptos::prelude::*;
use leptos_meta::Title;

/// Says so, with status 404.
#[component]
pub fn NotFound() -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
    view! {
        <Title text="Nothing here"/>
        <main id="main" class="page">
            <h1>"Nothing here"</h1>
            <p>"No page has this address. " <a href="/apis">"All APIs"</a></p>
        </main>
    }
}
