//! The dialog that shows a new secret, once.

use super::LIST;
use crate::flash::flashed_key;
use crate::ui::route_dialog::RouteDialog;
use crate::ui::{Code, Empty, Glyph, SecretBox};
use leptos::prelude::*;

#[component]
pub fn KeyCreated() -> impl IntoView {
    let flash = Resource::new_blocking(|| (), |()| flashed_key());
    view! {
        <RouteDialog title="Your new key" back=LIST insistent=true>
            <Transition>
                {move || flash.get().map(|answer| match answer.ok().flatten() {
                    Some(flash) => view! { <Shown secret=flash.secret first_call=flash.first_call/> }.into_any(),
                    None => view! {
                        <Empty icon=Glyph::Key title="It was shown before" text="Only a fingerprint of a secret is kept. Rotate the key for a new one."/>
                        <div class="row end"><a class="btn primary" href=LIST>"Done"</a></div>
                    }.into_any(),
                })}
            </Transition>
        </RouteDialog>
    }
}

#[component]
fn Shown(secret: String, first_call: String) -> impl IntoView {
    remember_for_console(secret.clone());
    view! {
        <p class="dim sm">"This is the only time it is shown: only a fingerprint of it is kept. Put it in your secret store now."</p>
        <SecretBox secret=secret/>
        <Code title="Your first call" language="curl" code=first_call/>
        <div class="row end"><a class="btn primary" href=LIST>"I have stored it"</a></div>
    }
}

/// Keeps a test key's secret in this tab, so that the console can use it.
pub fn remember_for_console(secret: String) {
    Effect::new(move || {
        let prefix =
            domain::key::present(&secret).filter(|key| key.environment == domain::key::Environment::Test).map(|key| key.prefix.to_owned());
        let storage = window().session_storage().ok().flatten();
        if let (Some(prefix), Some(storage)) = (prefix, storage) {
            // A full or forbidden storage only means that the console asks for the key.
            storage.set_item(&format!("portico.key.{prefix}"), &secret).ok();
        }
    });
}
