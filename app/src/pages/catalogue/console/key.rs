//! Which key a call is sent with. Its secret stays in this browser: the portal keeps only a hash.

use super::Bench;
use super::desk::Desk;
use crate::error::AppError;
use crate::pages::catalogue::product::Standing;
use crate::ui::{Glyph, Icon, Note, Tone};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A new key: its prefix for the list, its secret for this browser.
#[derive(Clone, Serialize, Deserialize)]
pub struct Made {
    pub prefix: String,
    pub secret: String,
}

/// Makes a test key for every product, named after the console.
#[server]
pub async fn make_console_key() -> Result<Made, AppError> {
    use crate::session::server;
    use domain::access::Action;
    let (actor, partner) = server::require(Action::ManageKeys).await?;
    let new = store::NewKey::new("Console", domain::key::Environment::Test);
    let made = crate::portal::store()?
        .create_key(partner, new, actor.person.verified_at.is_some(), &domain::event::By::person(&actor.person), server::now())
        .await?;
    Ok(Made { prefix: made.key.prefix, secret: made.secret.reveal().to_owned() })
}

/// Where this browser keeps the secret of a key until it is closed.
fn place(prefix: &str) -> String {
    format!("portico.key.{prefix}")
}

fn known_secret(prefix: &str) -> Option<String> {
    window().session_storage().ok()??.get_item(&place(prefix)).ok()?
}

fn keep_secret(prefix: &str, secret: &str) {
    if let Ok(Some(storage)) = window().session_storage() {
        // A full or forbidden storage only means that the secret is asked for again.
        storage.set_item(&place(prefix), secret).ok();
    }
}

/// The visitor's test keys; asks for the secret of the chosen one where this browser does not know it.
#[component]
pub fn KeyPicker(bench: Bench, desk: Desk) -> impl IntoView {
    if bench.standing == Standing::SignedOut {
        return view! { <SignedOut product=bench.product operation=bench.piece.operation.id/> }.into_any();
    }
    let keys = RwSignal::new(bench.keys);
    choose_known(keys, desk);
    Effect::new(move |_| desk.secret.set(known_secret(&desk.key.get()).unwrap_or_default()));
    let make = Action::new(|(): &()| make_console_key());
    Effect::new(move |_| {
        let Some(made) = make.value().get() else { return };
        if let Ok(made) = made {
            keep_secret(&made.prefix, &made.secret);
            keys.update(|keys| keys.insert(0, (made.prefix.clone(), "Console".to_owned())));
            desk.key.set(made.prefix);
        }
        desk.making.set(false);
    });
    let begin = move |_| {
        desk.making.set(true);
        make.dispatch(());
    };
    let refused = move || make.value().get().and_then(Result::err).map(|error| view! { <p class="err xs">{error.to_string()}</p> });
    let may_make = bench.may_make_key;
    let making = desk.making;
    view! {
        <div class="keypicker">
            <div class="row wrap">
                <span class="pill info">"Sandbox"</span>
                <Show when=move || !keys.with(Vec::is_empty)>
                    <label class="row">
                        <Icon name=Glyph::Key size=13/>
                        <select class="input sm" aria-label="Test key" prop:value=move || desk.key.get() on:change:target=move |e| desk.key.set(e.target().value())>
                            {move || keys.get().into_iter().map(|(prefix, name)| {
                                let value = prefix.clone();
                                view! { <option value=value>{format!("{prefix} · {name}")}</option> }
                            }).collect_view()}
                        </select>
                    </label>
                </Show>
                <Show when=move || may_make && (keys.with(Vec::is_empty) || desk.secret.with(String::is_empty))>
                    <button type="button" class="btn sm" prop:disabled=move || making.get() on:click=begin>
                        {move || if making.get() { "Making a key…" } else { "Make a test key for this console" }}
                    </button>
                </Show>
            </div>
            <Show when=move || !keys.with(Vec::is_empty) && desk.secret.with(String::is_empty)><SecretInput desk/></Show>
            {refused}
        </div>
    }
    .into_any()
}

/// Prefers a key whose secret this browser knows: then Send works at once.
fn choose_known(keys: RwSignal<Vec<(String, String)>>, desk: Desk) {
    Effect::new(move |_| {
        let known = keys.with_untracked(|keys| keys.iter().find(|(prefix, _)| known_secret(prefix).is_some()).cloned());
        if let Some((prefix, _)) = known {
            desk.key.set(prefix);
        }
    });
}

/// Asks for the secret of a key made elsewhere.
#[component]
fn SecretInput(desk: Desk) -> impl IntoView {
    let wrong = RwSignal::new(false);
    let typed = move |text: String| {
        let text = text.trim();
        let prefix = desk.key.get_untracked();
        let fits = domain::key::present(text).is_some_and(|key| key.prefix == prefix);
        wrong.set(!text.is_empty() && !fits);
        if fits {
            keep_secret(&prefix, text);
            desk.secret.set(text.to_owned());
        }
    };
    view! {
        <div class="field" class:bad=wrong>
            <input
                class="input mono sm"
                type="password"
                autocomplete="off"
                aria-label=move || format!("Secret of {}", desk.key.get())
                aria-invalid=move || wrong.get().to_string()
                aria-describedby="secret-hint"
                placeholder=move || format!("{}_…", desk.key.get())
                on:input:target=move |event| typed(event.target().value())
            />
            <span class="hint" id="secret-hint">
                {move || if wrong.get() {
                    format!("This is not the text of {}.", desk.key.get())
                } else {
                    "Paste the whole key. It stays in this browser until you close it.".to_owned()
                }}
            </span>
        </div>
    }
}

#[component]
fn SignedOut(product: String, operation: String) -> impl IntoView {
    let back = format!("/apis/{product}/console?operation={}", spec::request::percent(&operation));
    let next = spec::request::percent(&back);
    view! {
        <Note tone=Tone::Info icon=Glyph::Key>
            <span class="grow">"Sign up and a test key is ready at once: then Send works. The form and the code work now."</span>
            <a class="btn sm" href=format!("/sign-up?next={next}")>"Get a key"</a>
            <a class="btn sm quiet" href=format!("/sign-in?next={next}")>"Sign in"</a>
        </Note>
    }
}
