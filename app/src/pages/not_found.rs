//! The page for addresses that lead nowhere.

use crate::ui::{Empty, Glyph};
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
        <main id="main" class="page centred">
            <h1 class="unseen">"Nothing here"</h1>
            <Empty icon=Glyph::MapPin title="Nothing here" text="No page has this address. It may have moved, or the link was cut short.">
                <div class="row tight wrap">
                    <a class="btn" href="/">"All APIs"</a>
                    <a class="btn quiet" href="/status">"Status"</a>
                </div>
            </Empty>
        </main>
    }
}
