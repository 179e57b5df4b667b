//! Tables in their card, and the links between their pages.

use leptos::prelude::*;

/// Lets a wide table scroll inside its card; keyboard users can scroll it too.
#[component]
pub fn TableWrap(
    /// What the table lists, for screen readers.
    #[prop(into)]
    label: String,
    /// On a phone each row becomes a few lines of facts, so that nothing of it is beyond the edge: first its cells of the classes `name` and
    /// `state`, then the others, each with its `data-label` and `data-unit`.
    #[prop(optional)]
    facts: bool,
    children: Children,
) -> impl IntoView {
    let class = if facts { "tablewrap facts" } else { "tablewrap" };
    view! {
        <div class=class role="region" tabindex="0" aria-label=label>
            {children()}
        </div>
    }
}

/// Links to the pages around this one; `shown` says which rows these are, such as `1 to 50 of 1,203`.
#[component]
pub fn Pager(
    #[prop(optional_no_strip, into)] shown: Option<String>,
    #[prop(optional_no_strip, into)] previous: Option<String>,
    #[prop(optional_no_strip, into)] next: Option<String>,
) -> impl IntoView {
    let link = |href: Option<String>, rel: &'static str, text: &'static str| {
        href.map(|href| view! { <a class="btn sm" href=href rel=rel>{text}</a> })
    };
    view! {
        <nav class="pager" aria-label="Pages">
            <span>{shown}</span>
            <span class="row tight">
                {link(previous, "prev", "Newer")}
                {link(next, "next", "Older")}
            </span>
        </nav>
    }
}
