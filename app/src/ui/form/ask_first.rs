//! A step that is asked about before it is taken: in place, so that it works without script too.

use leptos::html;
use leptos::prelude::*;

/// A button that opens what it leads to, and with it the form that takes the step. A page asks one thing at a time: opening another closes
/// it. Sending the form closes it too: the page may put another thing in its place, about which nobody was asked.
#[component]
pub fn AskFirst(
    #[prop(into)] label: String,
    /// The label with what it is about, where a page has several.
    #[prop(optional, into)]
    name: Option<String>,
    /// Classes beside `btn`.
    #[prop(optional)]
    class: &'static str,
    children: Children,
) -> impl IntoView {
    let (details, summary) = (NodeRef::<html::Details>::new(), NodeRef::<html::Summary>::new());
    let close = move |_| {
        if let Some((details, summary)) = details.get_untracked().zip(summary.get_untracked()) {
            details.set_open(false);
            // A button that cannot take the focus leaves it where it is.
            summary.focus().ok();
        }
    };
    view! {
        <details class="ask-first" name="question" node_ref=details on:submit=close>
            <summary class=format!("btn {class}") aria-label=name node_ref=summary>{label}</summary>
            <div class="stack tight">{children()}</div>
        </details>
    }
}
