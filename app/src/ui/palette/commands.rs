//! What the palette shows once it is open: one line to type in, and what it finds.

use super::entry::{Act, Entry, matching, own};
use super::list::{self, Results, option_id};
use crate::pages::catalogue::palette_index::search_index;
use crate::session::{SignOut, use_session};
use crate::theme::use_theme;
use crate::ui::icon::{Glyph, Icon};
use leptos::ev::{self, KeyboardEvent};
use leptos::html;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::wasm_bindgen::JsCast;
use leptos_router::hooks::use_navigate;

/// The dialog, which is there while `open`.
#[component]
pub fn Commands(open: RwSignal<bool>) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let query = RwSignal::new(String::new());
    let chosen = RwSignal::new(0usize);
    let entries = every_entry(open);
    let found = Memo::new(move |_| entries.with(|entries| matching(entries, &query.read())));
    let choose = choice(open);

    Effect::new(move |_| show(dialog, open.get(), query, chosen));

    let keys = move |event: KeyboardEvent| {
        let count = found.read_untracked().len();
        match event.key().as_str() {
            "ArrowDown" => chosen.update(|at| *at = (*at + 1) % count.max(1)),
            "ArrowUp" => chosen.update(|at| *at = (*at + count.max(1) - 1) % count.max(1)),
            "Enter" => {
                if let Some(entry) = found.read_untracked().get(chosen.get_untracked()) {
                    choose.run(entry.act.clone());
                }
            }
            _ => return,
        }
        event.prevent_default();
        list::keep_in_sight(chosen.get_untracked());
    };
    let typed = move |event: ev::Targeted<ev::Event, web_sys::HtmlInputElement>| {
        query.set(event.target().value());
        chosen.set(0);
    };
    let active = move || (!found.read().is_empty()).then(|| option_id(chosen.get()));
    view! {
        <dialog class="palette" aria-label="Search and commands" node_ref=dialog on:close=move |_| open.set(false) on:mousedown=move |event| close_beside(&event, open)>
            <div class="ask">
                <Icon name=Glyph::Search size=17/>
                <input
                    type="text"
                    role="combobox"
                    aria-label="Search APIs, operations, pages and actions"
                    aria-expanded="true"
                    aria-controls="palette-found"
                    aria-autocomplete="list"
                    aria-activedescendant=active
                    placeholder="Search APIs, operations, pages, actions"
                    autocomplete="off"
                    spellcheck="false"
                    autofocus=true
                    prop:value=query
                    on:input:target=typed
                    on:keydown=keys
                />
            </div>
            <Results found=found chosen=chosen choose=choose/>
            <footer aria-hidden="true">
                <span><kbd>"↑"</kbd>" "<kbd>"↓"</kbd>" to move"</span>
                <span><kbd>"Enter"</kbd>" to open"</span>
                <span><kbd>"Esc"</kbd>" to close"</span>
            </footer>
        </dialog>
    }
}

/// Everything there is to find: the reader's own pages at once, the catalogue after the palette was opened for the first time.
fn every_entry(open: RwSignal<bool>) -> Memo<Vec<Entry>> {
    let session = use_session();
    let index = Action::new(|(): &()| search_index());
    Effect::new(move |_| {
        if open.get() && index.value().read_untracked().is_none() {
            index.dispatch(());
        }
    });
    Memo::new(move |_| {
        let catalogue = index.value().get().and_then(Result::ok).unwrap_or_default();
        // Nobody looks before it opens; reading the session then keeps the server's rendering from waiting for it.
        let actor = if open.get() { session.actor() } else { None };
        own(actor.as_ref()).into_iter().chain(catalogue.into_iter().map(Entry::from)).collect()
    })
}

/// What choosing an entry does.
fn choice(open: RwSignal<bool>) -> Callback<Act> {
    let navigate = use_navigate();
    let theme = use_theme();
    Callback::new(move |act| {
        open.set(false);
        match act {
            Act::Go(href) => navigate(&href, Default::default()),
            Act::Theme(choice) => theme.choose(choice),
            Act::SignOut => sign_out(),
        }
    })
}

/// Presses the button of the account's menu, which posts a plain form.
fn sign_out() {
    let button = document().query_selector(&format!("form[action=\"{}\"] button", SignOut::url()));
    if let Some(button) = button.ok().flatten().and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
        button.click();
    }
}

fn show(dialog: NodeRef<html::Dialog>, open: bool, query: RwSignal<String>, chosen: RwSignal<usize>) {
    let Some(dialog) = dialog.get() else { return };
    if open && !dialog.open() {
        query.set(String::new());
        chosen.set(0);
        // It fails only where the dialog is not in the page any more.
        dialog.show_modal().ok();
    } else if !open && dialog.open() {
        dialog.close();
    }
}

/// A click on the backdrop counts as one on the dialog itself; its own area is covered by its children.
fn close_beside(event: &ev::MouseEvent, open: RwSignal<bool>) {
    if event.target().is_some() && event.target() == event.current_target() {
        open.set(false);
    }
}
