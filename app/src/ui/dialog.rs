//! A dialog over the page, on the browser's own `<dialog>`: it traps the focus and gives it back.

use super::icon::{Glyph, Icon};
use leptos::html;
use leptos::prelude::*;

/// Shows its children while `open` is true; Escape, the cross and a click beside it set `open` to false.
#[component]
pub fn Dialog(
    open: RwSignal<bool>,
    #[prop(into)] title: String,
    /// Forty-four rem wide instead of thirty-two.
    #[prop(optional)]
    broad: bool,
    /// What was said once and cannot be said again, such as a new secret: only its own button closes it.
    #[prop(optional)]
    insistent: bool,
    children: Children,
) -> impl IntoView {
    let element = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let (Some(dialog), open) = (element.get(), open.get()) else { return };
        if open && !dialog.open() {
            // It fails only where the dialog is not in the page any more.
            dialog.show_modal().ok();
        } else if !open && dialog.open() {
            dialog.close();
        }
    });
    let beside = move |event: leptos::ev::MouseEvent| {
        if !insistent && element.get_untracked().is_some_and(|dialog| is_backdrop(&event, &dialog)) {
            open.set(false);
        }
    };
    let cancel = move |event: leptos::ev::Event| {
        if insistent {
            event.prevent_default();
        }
    };
    view! {
        <dialog
            class=if broad { "dialog broad" } else { "dialog" }
            aria-label=title.clone()
            node_ref=element
            on:mousedown=beside
            on:cancel=cancel
            on:close=move |_| open.set(false)
        >
            <header>
                <h2>{title.clone()}</h2>
                {(!insistent)
                    .then(|| {
                        view! {
                            <button type="button" class="btn quiet icon-only" aria-label="Close" on:click=move |_| open.set(false)>
                                <Icon name=Glyph::Close/>
                            </button>
                        }
                    })}
            </header>
            {children()}
        </dialog>
    }
}

/// Whether a click hit the backdrop, which counts as the dialog itself but lies outside of its box.
fn is_backdrop(event: &leptos::ev::MouseEvent, dialog: &web_sys::HtmlDialogElement) -> bool {
    let on_itself = event.target().is_some_and(|target| target == *AsRef::<web_sys::EventTarget>::as_ref(dialog));
    let area = dialog.get_bounding_client_rect();
    let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
    let inside = (area.left()..=area.right()).contains(&x) && (area.top()..=area.bottom()).contains(&y);
    on_itself && !inside
}
