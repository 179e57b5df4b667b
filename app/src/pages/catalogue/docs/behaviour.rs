//! What the documentation does in the browser: it works without, and this makes it handy.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::closure::Closure;
use leptos::web_sys::{
    Element, Event, HtmlDocument, HtmlElement, HtmlInputElement, IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit,
    MouseEvent,
};
use std::time::Duration;

/// How long a button says that it copied.
const COPIED: Duration = Duration::from_secs(2);
/// How far outside the window a part counts as near.
const NEAR: &str = "1200px 0px";
/// The strip of the window in which a part counts as the one being read: below the header, above the middle.
const READING: &str = "-15% 0px -70% 0px";

/// Watches elements until it is dropped.
struct Watch {
    observer: IntersectionObserver,
    _seen: Closure<dyn FnMut(Vec<IntersectionObserverEntry>)>,
}

impl Watch {
    /// Calls `seen` with each element that comes into the window, widened or narrowed by `margin`.
    fn new(margin: &str, mut seen: impl FnMut(Element) + 'static) -> Option<Self> {
        let seen = Closure::<dyn FnMut(Vec<IntersectionObserverEntry>)>::new(move |entries: Vec<IntersectionObserverEntry>| {
            entries.iter().filter(|entry| entry.is_intersecting()).for_each(|entry| seen(entry.target()));
        });
        let options = IntersectionObserverInit::new();
        options.set_root_margin(margin);
        let observer = IntersectionObserver::new_with_options(seen.as_ref().unchecked_ref(), &options).ok()?;
        Some(Self { observer, _seen: seen })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Turns true once the element is near the window, and stays so.
pub fn comes_near(place: NodeRef<leptos::html::Section>) -> ReadSignal<bool> {
    let (near, set_near) = signal(false);
    Effect::new(move |_| {
        let Some(element) = place.get() else { return };
        if let Some(watch) = Watch::new(NEAR, move |_| set_near.set(true)) {
            watch.observer.observe(&element);
            StoredValue::new_local(watch);
        }
    });
    near
}

/// Keeps the id of the part that is being read.
pub fn follow_scroll(body: NodeRef<leptos::html::Div>, current: RwSignal<String>) {
    Effect::new(move |_| {
        let Some(body) = body.get() else { return };
        let Some(watch) = Watch::new(READING, move |element| current.set(element.id())) else { return };
        let parts = body.query_selector_all("[data-part]").ok();
        let nodes = parts.iter().flat_map(|list| (0..list.length()).filter_map(|n| list.get(n)));
        nodes.filter_map(|node| node.dyn_into::<Element>().ok()).for_each(|element| watch.observer.observe(&element));
        StoredValue::new_local(watch);
    });
}

/// Scrolls the sidebar, and only the sidebar, to the marked link.
pub fn keep_in_view(list: NodeRef<leptos::html::Nav>, current: RwSignal<String>) {
    Effect::new(move |_| {
        current.track();
        let Some(list) = list.get() else { return };
        request_animation_frame(move || {
            let marked = list.query_selector("[aria-current]").ok().flatten();
            let (Some(marked), Some(frame)) = (marked, list.closest("aside").ok().flatten()) else { return };
            let (link, around) = (marked.get_bounding_client_rect(), frame.get_bounding_client_rect());
            if link.top() < around.top() || link.bottom() > around.bottom() {
                let by = link.top() - around.top() - around.height() / 3.0;
                #[expect(clippy::cast_possible_truncation, reason = "pixels")]
                frame.set_scroll_top(frame.scroll_top() + by as i32);
            }
        });
    });
}

/// Puts the cursor into a field when its key is pressed outside of any other field.
pub fn focus_on_key(field: NodeRef<leptos::html::Input>, key: &'static str) {
    Effect::new(move |_| {
        let listener = window_event_listener(leptos::ev::keydown, move |event| {
            let plain = !event.ctrl_key() && !event.meta_key() && !event.alt_key();
            if plain
                && event.key() == key
                && !is_typing()
                && let Some(field) = field.get_untracked()
            {
                event.prevent_default();
                let focused = field.focus();
                debug_assert!(focused.is_ok(), "an input takes the focus");
            }
        });
        on_cleanup(move || listener.remove());
    });
}

fn is_typing() -> bool {
    let active = document().active_element();
    active.is_some_and(|element| matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"))
}

/// Answers a click anywhere in the drawn text.
pub fn answer_click(event: MouseEvent) {
    copy(&event);
    jump(event);
}

/// The part of a page that a link leads to: named by the link, or the end of its address.
fn anchor_of(link: &Element) -> Option<String> {
    let named = link.get_attribute("data-anchor");
    named.or_else(|| link.get_attribute("href")?.split_once('#').map(|(_, anchor)| anchor.to_owned()))
}

/// A link whose part is on this page scrolls to it; any other goes its way.
pub fn jump(event: MouseEvent) {
    let Some(link) = target(&event).and_then(|element| element.closest("a").ok().flatten()) else { return };
    let Some(anchor) = anchor_of(&link) else { return };
    let Some(part) = document().get_element_by_id(&anchor) else { return };
    if event.ctrl_key() || event.meta_key() || event.shift_key() {
        return;
    }
    event.prevent_default();
    leave_drawer(&link);
    part.scroll_into_view();
    if let Ok(history) = window().history() {
        let kept = history.replace_state_with_url(&leptos::wasm_bindgen::JsValue::NULL, "", Some(&format!("#{anchor}")));
        debug_assert!(kept.is_ok(), "a fragment of this page's address");
    }
}

/// On a phone the link lies in a drawer over the text that it leads to.
fn leave_drawer(link: &Element) {
    let drawer = link.closest("[popover]").ok().flatten().and_then(|it| it.dyn_into::<HtmlElement>().ok());
    if let Some(drawer) = drawer {
        // One that is closed already, as on a wide screen, says so with an error.
        drawer.hide_popover().ok();
    }
}

/// Buttons with `data-copy` copy that text, or the code shown in their block where it is empty.
fn copy(event: &MouseEvent) {
    let Some(button) = target(event).and_then(|element| element.closest("[data-copy]").ok().flatten()) else { return };
    let given = button.get_attribute("data-copy").filter(|text| !text.is_empty());
    let Some(text) = given.or_else(|| shown_code(&button)) else { return };
    drop(window().navigator().clipboard().write_text(&text));
    set(&button, "data-copied", "");
    set_timeout(
        move || {
            let removed = button.remove_attribute("data-copied");
            debug_assert!(removed.is_ok(), "a fixed attribute name is always valid");
        },
        COPIED,
    );
}

fn shown_code(button: &Element) -> Option<String> {
    let blocks = button.closest(".code").ok().flatten()?.query_selector_all("pre").ok()?;
    let elements = (0..blocks.length()).filter_map(|n| blocks.get(n)?.dyn_into::<HtmlElement>().ok());
    elements.into_iter().find(|block| block.offset_parent().is_some())?.text_content()
}

/// A language chosen once is chosen in every block, and remembered for a year.
pub fn choose_language(event: Event) {
    let Some(input) = event.target().and_then(|t| t.dyn_into::<HtmlInputElement>().ok()) else { return };
    let Some(language) = input.get_attribute("data-language") else { return };
    if let Some(document) = document().dyn_ref::<HtmlDocument>() {
        let kept = document.set_cookie(&format!("language={language}; Path=/; SameSite=Lax; Max-Age=31536000"));
        debug_assert!(kept.is_ok(), "the page's origin takes cookies");
    }
    let Ok(same) = document().query_selector_all(&format!("input[data-language='{language}']")) else { return };
    let inputs = (0..same.length()).filter_map(|n| same.get(n)?.dyn_into::<HtmlInputElement>().ok());
    inputs.for_each(|input| input.set_checked(true));
}

fn target(event: &MouseEvent) -> Option<Element> {
    event.target()?.dyn_into::<Element>().ok()
}

fn set(element: &Element, name: &str, value: &str) {
    let done = element.set_attribute(name, value);
    debug_assert!(done.is_ok(), "a fixed attribute name is always valid");
}
