//! The command palette: Ctrl K anywhere, a few letters, Enter.
//!
//! Its code is fetched when somebody opens it first; what stays in the first download are the keys that open it.

mod commands;
pub mod entry;
mod fuzzy;
mod list;

use commands::Commands;
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// Opens the palette from anywhere.
#[derive(Clone, Copy)]
pub struct OpenPalette(RwSignal<bool>);

impl OpenPalette {
    pub fn open(self) {
        self.0.set(true);
    }
}

/// Makes the palette available to every component.
pub fn provide_palette() {
    provide_context(OpenPalette(RwSignal::new(false)));
}

/// The palette of this window.
pub fn use_palette() -> OpenPalette {
    expect_context()
}

/// How the fetched dialog is drawn.
type Draw = fn(RwSignal<bool>) -> AnyView;

/// Fetches the code of the dialog.
#[lazy(palette)]
fn dialog() -> Draw {
    |open| view! { <Commands open=open/> }.into_any()
}

/// Where the palette appears; the frame holds it once.
#[component]
pub fn Palette() -> impl IntoView {
    let OpenPalette(open) = use_palette();
    let fetched = RwSignal::new(None::<Draw>);
    listen_for_shortcuts(open);
    Effect::new(move |asked: Option<bool>| {
        let asked = asked.unwrap_or_default();
        if open.get() && !asked {
            leptos::task::spawn_local(async move { fetched.set(Some(dialog().await)) });
        }
        asked || open.get()
    });
    move || fetched.get().map(|draw| draw(open))
}

/// Ctrl K (or ⌘ K) opens the palette anywhere. `/` goes to the page's own search where it has one (an input with `data-search`), else
/// opens it too.
fn listen_for_shortcuts(open: RwSignal<bool>) {
    Effect::new(move |_| {
        let listener = window_event_listener(ev::keydown, move |event| {
            let with_command = event.ctrl_key() || event.meta_key();
            match event.key().as_str() {
                "k" | "K" if with_command => open.update(|open| *open = !*open),
                "/" if !with_command && !event.alt_key() && !is_typing() => focus_search_or(open),
                _ => return,
            }
            event.prevent_default();
        });
        on_cleanup(move || listener.remove());
    });
}

fn focus_search_or(open: RwSignal<bool>) {
    let own = document().query_selector("[data-search]").ok().flatten();
    match own.and_then(|own| own.dyn_into::<web_sys::HtmlElement>().ok()) {
        // An element that cannot take the focus keeps it where it is.
        Some(own) => _ = own.focus().ok(),
        None => open.set(true),
    }
}

/// Whether a letter belongs to a field or a dialog.
fn is_typing() -> bool {
    let focused = document().active_element();
    focused.is_some_and(|it| it.matches("input, textarea, select, [contenteditable], dialog *").unwrap_or(false))
}
