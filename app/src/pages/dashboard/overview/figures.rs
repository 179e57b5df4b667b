//! The four numbers at the top, the chart of calls, and the calls of each product.

use super::board::Board;
use crate::ui::{Card, Chart, ChartData, Kpi, Sparkline, TableWrap, format};
use domain::key::Environment;
use domain::money::Money;
use domain::usage::Counts;
use leptos::prelude::*;

/// Calls, share answered well, latency and spend.
#[component]
pub fn Figures(board: RwSignal<Board>) -> impl IntoView {
    let read = move |text: fn(&Board) -> String| Signal::derive(move || board.with(text));
    let curve = move |value: fn(&Counts) -> f64| {
        Signal::derive(move || board.with(|board| columns(board).into_iter().map(|(_, counts)| value(&counts)).collect::<Vec<_>>()))
    };
    let live = Memo::new(move |_| board.with(|board| board.environment == Environment::Live));
    view! {
        <div class="kpis">
            <Kpi label="Calls" value=read(|b| format::number(b.overview.counts.answered())) detail=read(trend)>
                <Sparkline points=curve(|counts| counts.answered() as f64) series=2/>
            </Kpi>
            <Kpi label="Answered well" value=read(answered_well) detail=read(errors)>
                <Sparkline points=curve(well) series=3/>
            </Kpi>
            <Kpi label="Latency p95" value=read(p95) detail=read(other_percentiles)/>
            <Show when=move || live.get() fallback=move || view! { <Kpi label="Refused" value=read(|b| format::number(b.overview.counts.refused)) detail=read(|_| "by the sandbox, never billed".to_owned())/> }>
                <Kpi label="Spend so far" value=read(spend) detail=read(projection)/>
            </Show>
        </div>
    }
}

/// Calls over time, answered and failed.
#[component]
pub fn CallsByDay(board: RwSignal<Board>) -> impl IntoView {
    let hourly = board.with_untracked(|board| !board.overview.hours.is_empty());
    let data = Signal::derive(move || {
        board.with(|board| {
            let columns = columns(board);
            let failed = |counts: &Counts| counts.failed() as f64;
            ChartData::answered_and_errors(
                columns.iter().map(|(name, _)| name.clone()).collect(),
                columns.iter().map(|(_, counts)| counts.answered() as f64 - failed(counts)).collect(),
                columns.iter().map(|(_, counts)| failed(counts)).collect(),
            )
        })
    });
    let (title, head) = if hourly { ("Calls by hour", "Hour (UTC)") } else { ("Calls by day", "Day (UTC)") };
    view! { <section class="card"><Chart title=title data=data columns=head/></section> }
}

/// Calls of each product in the range.
#[component]
pub fn ByProduct(board: RwSignal<Board>) -> impl IntoView {
    let rows = move || {
        board.with(|board| board.overview.by_product.iter().map(|(id, counts)| product_row(board.name(id), *counts)).collect_view())
    };
    let any = Memo::new(move |_| board.with(|board| !board.overview.by_product.is_empty()));
    view! {
        <Show when=move || any.get()>
            <Card title="By API">
                <TableWrap label="Calls by API">
                    <table>
                        <thead><tr><th>"API"</th><th class="r">"Calls"</th><th class="r">"Answered well"</th><th class="r">"4xx"</th><th class="r">"5xx"</th><th class="r">"Refused"</th></tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                </TableWrap>
            </Card>
        </Show>
    }
}

fn product_row(name: String, counts: Counts) -> AnyView {
    view! {
        <tr>
            <td class="given">{name}</td>
            <td class="r">{format::number(counts.answered())}</td>
            <td class="r">{share(counts)}</td>
            <td class="r">{format::number(counts.client_errors)}</td>
            <td class="r">{format::number(counts.error)}</td>
            <td class="r">{format::number(counts.refused)}</td>
        </tr>
    }
    .into_any()
}

/// What the chart and the curves draw: hours for short ranges, days for long ones.
fn columns(board: &Board) -> Vec<(String, Counts)> {
    if board.overview.hours.is_empty() {
        let midday = |day: &domain::usage::Day| day.date.and_time(chrono::NaiveTime::MIN).and_utc();
        return board.overview.days.iter().map(|day| (format::date(midday(day)), day.counts)).collect();
    }
    board.overview.hours.iter().map(|(at, counts)| (format::time(*at)[..5].to_owned(), *counts)).collect()
}

fn trend(board: &Board) -> String {
    format::trend(board.overview.counts.answered(), board.overview.before.answered(), "span")
}

fn well(counts: &Counts) -> f64 {
    if counts.answered() == 0 { 1.0 } else { 1.0 - counts.failed() as f64 / counts.answered() as f64 }
}

fn share(counts: Counts) -> String {
    if counts.answered() == 0 { "–".to_owned() } else { format::percent(well(&counts)) }
}

fn answered_well(board: &Board) -> String {
    share(board.overview.counts)
}

fn errors(board: &Board) -> String {
    let counts = board.overview.counts;
    if counts.failed() == 0 {
        return "no errors".to_owned();
    }
    format!("{}, {} of them ours", format::count(counts.failed(), "error"), format::number(counts.error))
}

fn p95(board: &Board) -> String {
    board.overview.latency.map_or_else(|| "–".to_owned(), |latency| format::ms(latency.p95_ms))
}

fn other_percentiles(board: &Board) -> String {
    let Some(latency) = board.overview.latency else { return "no call answered yet".to_owned() };
    format!("p50 {}, p99 {}", format::ms(latency.p50_ms), format::ms(latency.p99_ms))
}

fn spend(board: &Board) -> String {
    let sums = board.previews.iter().map(|preview| Money::new(preview.total_minor, preview.currency).to_string());
    sums.collect::<Vec<_>>().join(" + ")
}

fn projection(board: &Board) -> String {
    let sums = board.previews.iter().map(|preview| {
        let last_day = preview.period.end - chrono::TimeDelta::days(1);
        format!("about {} by {}", Money::new(preview.projected_minor, preview.currency), format::date(last_day))
    });
    sums.collect::<Vec<_>>().join(", ")
}
