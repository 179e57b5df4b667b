//! The quiet end of every page.

use crate::brand::use_brand;
use leptos::prelude::*;

/// Who runs this, and where machines find the same things.
#[component]
pub fn Footer() -> impl IntoView {
    let brand = use_brand();
    view! {
        <footer class="sitefoot">
            // One text: a second one beside it would melt into the first in the server's HTML, and hydration would miss it.
            <span>
                <Transition>{move || format!("{} Developers, on Portico", brand.name())}</Transition>
            </span>
            <nav aria-label="More">
                <a href="/pricing">"Pricing"</a>
                <a href="/changelog">"Changelog"</a>
                <a href="/status">"Status"</a>
            </nav>
        </footer>
    }
}
