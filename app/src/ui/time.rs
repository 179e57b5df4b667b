//! A moment on the page: words for people, machine time in the markup, local time on hover.

use super::format::{machine, stamp};
use chrono::{DateTime, Utc};
use leptos::prelude::*;

/// `text` as written by [`super::format`]; hovering shows the reader's own clock.
#[component]
pub fn Moment(at: DateTime<Utc>, #[prop(into)] text: Signal<String>) -> impl IntoView {
    let title = RwSignal::new(stamp(at));
    // Only where somebody looks: the reader's zone is unknown while the page is rendered.
    let show_local = move |_| title.set(local(at));
    view! {
        <time datetime=machine(at) title=title on:mouseenter=show_local>
            {text}
        </time>
    }
}

fn local(at: DateTime<Utc>) -> String {
    let date = js_sys::Date::new(&(at.timestamp_millis() as f64).into());
    format!("{} on your clock, {}", String::from(date.to_locale_string("en", &wasm_bindgen::JsValue::UNDEFINED)), stamp(at))
}
