//! A piece of WASM that cannot be fetched: the network changed, or a newer portal has it under another name. A piece is waited for without
//! a way to fail, so that this is a panic; the browser then loads the wanted address as a whole, which needs nothing of this page.

use leptos::prelude::window;
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::closure::Closure;
use leptos::web_sys::{Element, Event, HtmlAnchorElement, MouseEvent};
use std::cell::RefCell;
use std::panic::{set_hook, take_hook};
use std::sync::atomic::{AtomicBool, Ordering};

/// What the panic's message names.
const ERROR: &str = "SplitLoaderError";
/// Stands in the tab's storage from loading a page again until one has started.
const AGAIN: &str = "portico.loaded-again";

/// Set once this page is being left: every part that waits for the piece panics.
static LEAVING: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// Where the last click on a link was, and what it asked for.
    static WANTED: RefCell<Option<[String; 2]>> = const { RefCell::new(None) };
}

/// Loads the wanted address once a piece is lost. The panic hook that is set already hears of it first.
pub fn watch() {
    let log = take_hook();
    set_hook(Box::new(move |info| {
        log(info);
        if info.to_string().contains(ERROR) && !LEAVING.swap(true, Ordering::Relaxed) {
            load();
        }
    }));
    listen("click", |event| {
        if let Some(address) = asked_for(&event) {
            WANTED.set(Some(address));
        }
    });
    // The address is the wanted one by then.
    listen("popstate", |_| WANTED.set(None));
}

/// The page has started with all of its pieces: another one may be loaded again.
pub fn has_started() {
    if let Ok(Some(storage)) = window().session_storage() {
        storage.remove_item(AGAIN).ok();
    }
}

fn load() {
    let location = window().location();
    // The address changes once the new page is there: a click on a page before this one is over.
    let elsewhere = WANTED.take().filter(|[from, to]| from != to && location.href().is_ok_and(|here| here == *from));
    // One that was clicked cannot come round by itself; this page could for ever.
    match elsewhere {
        Some([_, address]) => location.set_href(&address).ok(),
        None if is_first() => location.reload().ok(),
        None => None,
    };
}

/// Whether no page was loaded again since one started. Without a storage nobody can tell.
fn is_first() -> bool {
    let Ok(Some(storage)) = window().session_storage() else { return false };
    storage.get_item(AGAIN).is_ok_and(|mark| mark.is_none()) && storage.set_item(AGAIN, "").is_ok()
}

/// Where a click was, and the address of the portal that it wants in this tab.
fn asked_for(event: &Event) -> Option<[String; 2]> {
    let click = event.dyn_ref::<MouseEvent>()?;
    let is_plain = click.button() == 0 && !(click.ctrl_key() || click.meta_key() || click.shift_key() || click.alt_key());
    let link = event.target()?.dyn_ref::<Element>()?.closest("a[href]").ok()??;
    let link = link.dyn_into::<HtmlAnchorElement>().ok()?;
    let is_page = link.target().is_empty() && !link.has_attribute("download");
    let is_ours = window().location().origin().is_ok_and(|origin| origin == link.origin());
    let here = window().location().href().ok()?;
    (is_plain && is_page && is_ours).then(|| [here, link.href()])
}

/// Hears an event before the page does, as long as the page lives.
fn listen(event: &str, hear: impl FnMut(Event) + 'static) {
    let hear = Closure::<dyn FnMut(Event)>::new(hear);
    let heard = window().add_event_listener_with_callback_and_bool(event, hear.as_ref().unchecked_ref(), true);
    debug_assert!(heard.is_ok(), "a window takes listeners");
    hear.forget();
}
