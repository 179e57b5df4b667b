//! What a new partner does first; each step notices by itself that it is done.

use super::board::{Board, Steps};
use crate::error::AppError;
use crate::flash::{Flash, flashed_key};
use crate::pages::account::limits::safe_next;
use crate::pages::dashboard::keys::remember_for_console;
use crate::ui::{Code, Empty, Glyph, Icon, SecretBox};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// The test key that was just made; asked for where the page begins, outside of whatever it waits for.
pub type Fresh = Resource<Result<Option<Flash>, AppError>>;

/// Asks for it.
pub fn fresh_key() -> Fresh {
    Resource::new_blocking(|| (), |()| flashed_key())
}

/// The steps, and the test key that was just made.
#[component]
pub fn FirstSteps(board: RwSignal<Board>, fresh: Fresh) -> impl IntoView {
    let steps = Memo::new(move |_| board.with(|board| board.steps));
    let done = move || {
        let Steps { test_key, test_call, subscribed, live_key, live_call } = steps.get();
        [true, test_key, test_call, subscribed, live_key && live_call]
    };
    let row = move |at: usize, title: &'static str, text: &'static str, href: &'static str, label: &'static str| {
        let is_done = move || done()[at];
        let is_next = move || done().iter().position(|done| !done) == Some(at);
        view! {
            <li class:done=is_done class:now=is_next aria-current=move || is_next().then_some("step")>
                <span class="mark">{move || is_done().then(|| view! { <Icon name=Glyph::Check size=12/> })}</span>
                <div class="grow"><div>{title}</div><div class="why">{text}</div></div>
                {move || is_next().then(|| view! { <a class="btn primary sm" href=href>{label}</a> })}
            </li>
        }
    };
    view! {
        <div class="two">
            <section class="card" aria-label="First steps">
                <header><h2>{move || board.with(|board| format!("Welcome, {}", board.person))}</h2></header>
                <ol class="steps">
                    {row(0, "Account made", "", "", "")}
                    {row(1, "Take a test key", "It calls the sandbox and is never billed.", "/dashboard/keys/new", "New key")}
                    {row(2, "Make a call in the sandbox", "From the console, or paste the line into a terminal. This page notices.", "/apis", "Open an API")}
                    {row(3, "Choose a plan", "Free to begin with.", "/pricing", "Compare plans")}
                    {row(4, "Take a live key and call", "The same calls under /gateway, counted to the last one.", "/dashboard/keys/new", "New live key")}
                </ol>
            </section>
            <FreshKey fresh has_key=Memo::new(move |_| steps.get().test_key)/>
        </div>
    }
}

/// The test key that signing up made, shown once; after that, where to get a secret again.
#[component]
fn FreshKey(fresh: Fresh, has_key: Memo<bool>) -> impl IntoView {
    view! {
        <Transition>
            {move || fresh.get().and_then(Result::ok).map(|flash| match flash {
                Some(flash) => shown_now(flash),
                None if has_key.get() => shown_before(),
                None => ().into_any(),
            })}
        </Transition>
    }
}

fn shown_now(flash: Flash) -> AnyView {
    let Flash { secret, first_call } = flash;
    remember_for_console(secret.clone());
    view! {
        <section class="card stack" aria-label="Your test key">
            <h2>"Your test key"</h2>
            <p class="sm dim">"This is the only time it is shown. Keep it, or make another one later."</p>
            <SecretBox secret/>
            <Code title="In a terminal" language="curl" code=first_call/>
            {back_to_work()}
        </section>
    }
    .into_any()
}

fn shown_before() -> AnyView {
    view! {
        <section class="card stack" aria-label="Your test key">
            <h2>"Your test key"</h2>
            <p class="sm dim">"Its secret was shown once, and only a fingerprint of it is kept. Rotate the key for a new secret, or make another key."</p>
            <a class="btn" href="/dashboard/keys">"Open your keys"</a>
            {back_to_work()}
        </section>
    }
    .into_any()
}

/// The way to the page that the reader signed up from.
fn back_to_work() -> Option<impl IntoView> {
    let next = use_query_map().with_untracked(|query| query.get("next"))?;
    let next = (safe_next(&next) == next).then_some(next)?;
    Some(view! { <a class="btn" href=next>"Go on where you were"</a> })
}

/// What stands in place of the numbers.
pub fn no_calls_yet() -> AnyView {
    view! { <div class="card"><Empty icon=Glyph::Chart title="No calls yet" text="The first one appears here within a second."/></div> }
        .into_any()
}
