//! A dialog that is a page of its own: it has an address, works before the page answers, and goes back when it is closed.

use super::icon::{Glyph, Icon};
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};

/// Where the focus goes back to when a page's last dialog is closed: the link that opened the first one.
#[derive(Clone, Copy)]
pub struct Opener(StoredValue<Option<String>>);

/// Makes the dialogs over a page give the focus back.
pub fn provide_opener() -> Opener {
    let opener = Opener(StoredValue::new(None));
    provide_context(opener);
    opener
}

impl Opener {
    /// A dialog has the address of the link that opened it; one that follows another dialog has no link.
    fn remember(self, address: &str) {
        if link_to(address).is_some() {
            self.0.set_value(Some(address.to_owned()));
        }
    }

    /// Gives the focus back, unless another dialog is there or the reader has put it somewhere. What opened a dialog may be gone
    /// afterwards: then the page has it.
    pub fn give_focus_back(self) {
        request_animation_frame(move || {
            let Some(address) = self.0.get_value() else { return };
            let is_lost = document().active_element().is_none_or(|it| it.tag_name() == "BODY");
            if !is_lost || matches!(document().query_selector("dialog[open]"), Ok(Some(_))) {
                return;
            }
            let target = link_to(&address).or_else(|| document().get_element_by_id("main"));
            if let Some(target) = target.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
                if target.id() == "main" {
                    target.set_tab_index(-1);
                }
                // An element that cannot take the focus leaves it where it is.
                target.focus().ok();
            }
        });
    }
}

/// The link of the page that leads to an address.
fn link_to(address: &str) -> Option<web_sys::Element> {
    document().query_selector(&format!("main a[href=\"{address}\"]")).ok().flatten()
}

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
    let (opener, address) = (use_context::<Opener>(), use_location().pathname.get_untracked());
    Effect::new(move |_| {
        if let Some(dialog) = element.get() {
            if let Some(opener) = opener {
                opener.remember(&address);
                on_cleanup(move || opener.give_focus_back());
            }
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
