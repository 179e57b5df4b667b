//! A step that is asked about before it is taken: in place, so that it works without script too.

use leptos::prelude::*;

/// A button that opens what it leads to, and with it the form that takes the step.
#[component]
pub fn AskFirst(
    #[prop(into)] label: String,
    /// Classes beside `btn`.
    #[prop(optional)]
    class: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <details class="ask-first">
            <summary class=format!("btn {class}")>{label}</summary>
            <div class="stack tight">{children()}</div>
        </details>
    }
}
