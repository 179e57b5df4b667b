//! Calls that come while somebody looks: a switch in the address, and the stream behind it.

use super::address::{self, Asked};
use super::log::Log;
use super::{load_requests, load_waiting};
use crate::error::AppError;
use crate::live::{Told, on_calls};
use crate::ui::{Pill, Tone};
use domain::usage::CallFilter;
use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use std::time::Duration;

/// How long a stream that ended is left alone.
const PAUSE: Duration = Duration::from_secs(3);
/// How often somebody who follows is told whether calls wait.
const EVERY: Duration = Duration::from_secs(10);
/// Without script the page is loaded again. As text: with script, the browser keeps no elements in there for hydration to find.
const WITHOUT_SCRIPT: &str = "<meta http-equiv=\"refresh\" content=\"5\">";

/// How the following goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Asked for, and not under way yet.
    Beginning,
    Live,
    /// The stream ended; it is tried again.
    Lost,
    /// Whoever looks may not any more.
    Over,
}

/// Whether the page follows its log, and how that goes.
#[derive(Clone, Copy)]
pub struct Following {
    on: Memo<bool>,
    /// Only what has no end can be followed, from its newest part; and only a filter that can be used.
    offered: Memo<bool>,
    state: RwSignal<State>,
}

impl Following {
    pub fn new(query: Memo<ParamsMap>, asked: Memo<Asked>) -> Self {
        let goes_on = |filter: &CallFilter| filter.before.is_none() && filter.to.is_none() && filter.id.is_none();
        let offered = Memo::new(move |_| asked.with(|asked| !asked.is_wrong() && goes_on(&asked.filter)));
        let on = Memo::new(move |_| offered.get() && query.with(|query| query.get("live").is_some()));
        Self { on, offered, state: RwSignal::new(State::Beginning) }
    }

    pub fn is_on(self) -> bool {
        self.on.get()
    }
}

/// A link that reads as a switch: it works without script, and the address says whether it is on.
#[component]
pub fn FollowSwitch(following: Following, filter: Memo<CallFilter>) -> impl IntoView {
    let Following { on, offered, state } = following;
    let href = move || filter.with(|filter| address::following(filter, !on.get()));
    let said = move || match state.get() {
        State::Beginning => view! { <Pill>"following"</Pill> }.into_any(),
        State::Live => view! { <Pill tone=Tone::Good>"live"</Pill> }.into_any(),
        State::Lost => view! { <Pill tone=Tone::Warn>"connecting again"</Pill> }.into_any(),
        State::Over => view! { <Pill tone=Tone::Warn>"stopped: sign in again"</Pill> }.into_any(),
    };
    let refresh = move || on.get().then(|| view! { <noscript inner_html=WITHOUT_SCRIPT></noscript> });
    view! {
        <Show when=move || offered.get()>
            <div class="row follow">
                <span role="status">{move || on.get().then(said)}</span>
                <a class="btn sm toggle" role="switch" data-noscroll="" aria-checked=move || if on.get() { "true" } else { "false" } href=href on:keydown=press>
                    "Follow live"
                </a>
                {refresh}
            </div>
        </Show>
    }
}

/// A switch answers to the space bar too.
fn press(event: leptos::ev::KeyboardEvent) {
    use wasm_bindgen::JsCast;
    let Some(link) = event.current_target().and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) else { return };
    if event.key() == " " {
        event.prevent_default();
        link.click();
    }
}

/// Brings what comes into the log, for as long as the page follows and the log is shown.
pub fn follow(following: Following, filter: CallFilter, log: Log) {
    let state = following.state;
    let tries = RwSignal::new(0_u32);
    Effect::new(move |_| {
        tries.track();
        state.set(State::Beginning);
        if !following.on.get() {
            return;
        }
        let asked = filter.clone();
        let told = Callback::new(move |told| match told {
            Told::Open => {
                // What was written before the stream began is in the list; what comes from now on, in the stream.
                state.set(State::Live);
                let asked = asked.clone();
                leptos::task::spawn_local(async move {
                    if let Ok(requests) = load_requests(asked).await {
                        log.renew(&requests);
                    }
                });
            }
            Told::Call(line) if asked.from.is_none_or(|from| line.at >= from) => log.add(*line),
            Told::Call(_) => {}
            Told::Ended => {
                state.set(State::Lost);
                leptos::task::spawn_local(again(state, tries));
            }
        });
        on_calls(&address::stream(&filter), told);
        watch_waiting(state, log);
    });
}

/// While the stream goes on, the log learns whether calls wait.
fn watch_waiting(state: RwSignal<State>, log: Log) {
    let ask = move || {
        if state.try_get_untracked() == Some(State::Live) {
            leptos::task::spawn_local(async move {
                if let Ok(waiting) = load_waiting().await {
                    log.wait(waiting);
                }
            });
        }
    };
    if let Ok(interval) = set_interval_with_handle(ask, EVERY) {
        on_cleanup(move || interval.clear());
    }
}

/// Tries again after a while, unless the reader was signed out meanwhile.
async fn again(state: RwSignal<State>, tries: RwSignal<u32>) {
    if let Err(AppError::SignedOut | AppError::Forbidden) = load_waiting().await {
        state.try_set(State::Over);
        return;
    }
    let once_more = move || {
        tries.try_update(|n| *n += 1);
    };
    set_timeout(once_more, PAUSE);
}
