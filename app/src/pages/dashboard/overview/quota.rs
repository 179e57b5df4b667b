//! How much of each plan the running period has used.

use super::board::{Board, Quota};
use crate::ui::{Card, Empty, Glyph, QuotaMeter, format};
use domain::money::Money;
use domain::period::Period;
use domain::price::{LineKind, price};
use leptos::prelude::*;

#[component]
pub fn QuotaCard(board: RwSignal<Board>) -> impl IntoView {
    let renews = board.with_untracked(|board| format::count(Period::month_of(board.now).days_left(board.now), "day"));
    let count = Memo::new(move |_| board.with(|board| board.quotas.len()));
    let rows = move || (0..count.get()).map(|at| view! { <QuotaRow board at/> }).collect_view();
    view! {
        <Card title="Quota" actions=move || view! { <span class="xs faint">"renews in " {renews}</span> }>
            <div class="stack">
                {rows}
                <Show when=move || count.get() == 0>
                    <Empty icon=Glyph::Gauge title="No plan yet" text="What a plan includes, and how much is used, stands here."/>
                </Show>
                <a class="btn" href="/pricing">"Compare plans"</a>
            </div>
        </Card>
    }
}

#[component]
fn QuotaRow(board: RwSignal<Board>, at: usize) -> impl IntoView {
    let read = move |text: fn(&Quota) -> String| move || board.with(|board| board.quotas.get(at).map(text).unwrap_or_default());
    let used = Signal::derive(move || board.with(|board| board.quotas.get(at).map_or(0, |quota| quota.used)));
    let limit = Signal::derive(move || board.with(|board| board.quotas.get(at).map_or(1, |quota| quota.plan.included)));
    let label = board.with_untracked(|board| board.quotas.get(at).map(|quota| format!("{} calls", quota.product)).unwrap_or_default());
    view! {
        <div class="quota">
            <div class="row between sm">
                <span><b>{read(|quota| quota.product.clone())}</b>" "<span class="faint">{read(|quota| quota.plan.name.clone())}</span></span>
                <span class="num">{read(|quota| format!("{} / {}", format::number(quota.used), format::number(quota.plan.included)))}</span>
            </div>
            <QuotaMeter used=used limit=limit label=label/>
            <p class="xs faint">{read(beyond)}</p>
        </div>
    }
}

/// `2,431 calls over at $3.00 for 1,000: $7.29 so far.`
fn beyond(quota: &Quota) -> String {
    if quota.used < quota.plan.included {
        return String::new();
    }
    let overage = price(&quota.product, &quota.plan, quota.used).into_iter().find(|line| line.kind == LineKind::Overage);
    match overage {
        Some(line) => format!("{}: {} so far.", line.explanation, Money::new(line.amount_minor, quota.plan.currency)),
        None if quota.plan.quota().is_some() => "Used up: live calls are refused until the period renews.".to_owned(),
        None => String::new(),
    }
}
