//! The quiet end of every page.

use crate::brand::use_brand;
use leptos::prelude::*;

/// Who runs this, and where machines find the same things.
#[component]
pub fn Footer() -> impl IntoView {
    let brand = use_brand();
    view! {
        <footer class="sitefoot">
            <span><Transition>{move || brand.name()}</Transition> " Developers, on Portico"</span>
            <nav aria-label="More">
                <a href="/pricing">"Pricing"</a>
                <a href="/changelog">"Changelog"</a>
                <a href="/status">"Status"</a>
            </nav>
        </footer>
    }
}
