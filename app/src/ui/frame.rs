//! What surrounds every page.

use leptos::prelude::*;

/// Header, page and footer.
#[component]
pub fn Frame(children: Children) -> impl IntoView {
    view! {
        <a class="skip" href="#main">"Skip to the page"</a>
        {children()}
    }
}
