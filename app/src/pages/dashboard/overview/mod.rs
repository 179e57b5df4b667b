//! The dashboard's first page: calls, answers, latency and spend, which move while calls arrive.

mod board;
mod figures;
mod first_steps;
mod quota;
mod range;
mod recent;

use crate::live::on_metered;
use crate::pages::dashboard::settings::Resend;
use crate::session::use_session;
use crate::ui::{Retry, Segments, Skeleton};
use board::{Board, load_board};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
pub use range::{Range, environments, ranges};
pub use recent::{call_cells, called, unaddressed};

/// The overview page.
#[component]
pub fn OverviewPage() -> impl IntoView {
    let query = use_query_map();
    let range = Memo::new(move |_| query.with(|query| Range::parse(&query.get("range").unwrap_or_default())));
    let environment = Memo::new(move |_| query.with(|query| query.get("env").unwrap_or_default()));
    let first = Resource::new_blocking(move || (range.get(), environment.get()), |(range, environment)| load_board(range, environment));
    let fresh = first_steps::fresh_key();
    view! {
        <Title text="Overview"/>
        <main id="main">
            <Transition fallback=|| view! { <Skeleton rows=10/> }>
                {move || first.get().map(|answer| match answer {
                    Ok(board) => view! { <Shown board range=range.get_untracked() fresh/> }.into_any(),
                    Err(error) => view! { <h1>"Overview"</h1><Retry error on_retry=Callback::new(move |()| first.refetch())/> }.into_any(),
                })}
            </Transition>
        </main>
    }
}

/// The page for one range; new numbers replace the old ones in place.
#[component]
fn Shown(board: Board, range: Range, fresh: first_steps::Fresh) -> impl IntoView {
    let environment = board.environment;
    let current = RwSignal::new(board);
    on_metered(Callback::new(move |()| {
        leptos::task::spawn_local(async move {
            // A refresh that fails leaves the numbers that are there; the next call brings the next one.
            if let Ok(next) = load_board(range, environment.as_str().to_owned()).await {
                current.try_set(next);
            }
        });
    }));
    let subtitle = move || current.with(|board| format!("{} of {}. Counted to the last call.", board.traffic(), board.partner));
    let starting = Memo::new(move |_| current.with(|board| !board.steps.done()));
    let quiet = Memo::new(move |_| current.with(Board::is_quiet));
    let session = use_session();
    let unconfirmed = Memo::new(move |_| session.actor().is_some_and(|actor| actor.person.verified_at.is_none()));
    view! {
        <div class="pagehead">
            <div><h1>"Overview"</h1><p class="dim">{subtitle}</p></div>
            <div class="row wrap">
                <Segments label="Environment" items=environments("/dashboard", range) current=Signal::derive(move || environment.as_str().to_owned())/>
                <Segments label="Range" items=ranges("/dashboard", environment) current=Signal::derive(move || range.as_str().to_owned())/>
            </div>
        </div>
        <div class="stack">
            <Show when=move || unconfirmed.get()><Resend/></Show>
            <Show when=move || starting.get()><first_steps::FirstSteps board=current fresh/></Show>
            <Show when=move || !(starting.get() && quiet.get()) fallback=first_steps::no_calls_yet>
                <figures::Figures board=current/>
                <div class="two">
                    <figures::CallsByDay board=current/>
                    <quota::QuotaCard board=current/>
                </div>
                <figures::ByProduct board=current/>
                <recent::RecentCalls board=current/>
            </Show>
        </div>
    }
}
