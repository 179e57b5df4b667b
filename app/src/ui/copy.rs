//! Copying text, and showing a secret once.

use super::icon::{Glyph, Icon};
use super::toast::use_toasts;
use leptos::prelude::*;
use std::time::Duration;

/// How long the button says "Copied".
const SAID_FOR: Duration = Duration::from_secs(2);

/// A button that copies `text` and says so for two seconds.
#[component]
pub fn Copy(
    #[prop(into)] text: Signal<String>,
    /// What is copied, for screen readers: `the key`. Without it the button just says "Copy".
    #[prop(optional, into)]
    what: Option<String>,
    /// The icon alone.
    #[prop(optional)]
    bare: bool,
    /// Classes beside `btn`; `sm quiet` unless told.
    #[prop(default = "sm quiet")]
    class: &'static str,
) -> impl IntoView {
    let done = RwSignal::new(false);
    let toasts = use_toasts();
    let copy = move |_| {
        if write(&text.get_untracked()) {
            done.set(true);
            set_timeout(move || _ = done.try_set(false), SAID_FOR);
        } else {
            toasts.say("Copying is not allowed here. Select the text and press Ctrl C.");
        }
    };
    let name = what.map_or_else(|| "Copy".to_owned(), |what| format!("Copy {what}"));
    let icon = move || if done.get() { Glyph::Check } else { Glyph::Copy };
    let word = move || if done.get() { "Copied" } else { "Copy" };
    view! {
        <button
            type="button"
            class=format!("btn copy {class}{}", if bare { " icon-only" } else { "" })
            class:done=done
            aria-label=move || if done.get() { "Copied".to_owned() } else { name.clone() }
            on:click=copy
        >
            {move || view! { <Icon name=icon() size=13/> }}
            {(!bare).then_some(word)}
        </button>
    }
}

/// A secret that is shown once, cut short to one line; selecting it takes all of it.
#[component]
pub fn SecretBox(#[prop(into)] secret: Signal<String>) -> impl IntoView {
    view! {
        <div class="secret">
            <output aria-label="The secret">{secret}</output>
            <Copy text=secret what="the secret" class="sm primary"/>
        </div>
    }
}

/// Hands the text to the clipboard; false where the browser keeps it away, which it does outside of https and localhost.
fn write(text: &str) -> bool {
    let window = window();
    if !window.is_secure_context() {
        return false;
    }
    // The promise fails only where the reader forbade it, and then the browser said so itself.
    let promise = window.navigator().clipboard().write_text(text);
    leptos::task::spawn_local(async move {
        wasm_bindgen_futures::JsFuture::from(promise).await.ok();
    });
    true
}
