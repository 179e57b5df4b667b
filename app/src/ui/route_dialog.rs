//! A dialog that is a page of its own: it has an address, works before the page answers, and goes back when it is closed.

use super::icon::{Glyph, Icon};
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

/// Rendered open by the server; in the browser it becomes modal. Escape and the cross lead to `back`.
#[component]
pub fn RouteDialog(
    #[prop(into)] title: String,
    back: &'static str,
    /// What was said once and cannot be said again, such as a new secret: only its own button closes it.
    #[prop(optional)]
    insistent: bool,
    children: Children,
) -> impl IntoView {
    let label = title.clone();
    let element = NodeRef::<html::Dialog>::new();
    let navigate = use_navigate();
    Effect::new(move |_| {
        if let Some(dialog) = element.get() {
            // A dialog that is open cannot be made modal; taking the attribute away closes it without a word.
            dialog.set_open(false);
            // It fails only where the dialog is not in the page any more.
            dialog.show_modal().ok();
            if let Some(field) = first_field(&dialog) {
                field.focus().ok();
            }
        }
    });
    let cancel = move |event: leptos::ev::Event| {
        event.prevent_default();
        if !insistent {
            navigate(back, NavigateOptions::default());
        }
    };
    view! {
        <dialog class="dialog" open aria-label=label node_ref=element on:cancel=cancel>
            <div class="dialog-head">
                <h2>{title}</h2>
                {(!insistent).then(|| view! { <a class="btn quiet icon-only" href=back aria-label="Close"><Icon name=Glyph::Close/></a> })}
            </div>
            {children()}
        </dialog>
    }
}

/// Where typing begins; without a field, the browser gives the focus to the first link or button.
fn first_field(dialog: &web_sys::HtmlDialogElement) -> Option<web_sys::HtmlElement> {
    let field = dialog.query_selector("form :is(input:not([type=hidden]), select, textarea)");
    field.ok().flatten()?.dyn_into().ok()
}
