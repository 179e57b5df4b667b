//! The admin's first page: revenue, traffic and top products at a glance, and what needs attention.

mod attention;

use crate::error::AppError;
use crate::pages::admin::audit::words;
use crate::pages::admin::feedback::loaded;
use crate::pages::admin::products::{ProductLine, errors};
use crate::pages::admin::revenue::RevenueLine;
use crate::ui::{Card, Chart, ChartData, Empty, Glyph, Kpi, Moment, TableWrap, format};
use attention::{Attention, AttentionCard};
use chrono::{DateTime, Utc};
use domain::event::Event;
use domain::money::{Currency, Money};
use domain::period::Period;
use domain::usage::{Counts, Day};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdminBoard {
    pub attention: Vec<Attention>,
    /// Live calls of every partner: the span, and the one before.
    pub counts: Counts,
    pub before: Counts,
    pub days: Vec<Day>,
    /// Of the running and the last period.
    pub revenue: Vec<RevenueLine>,
    /// Most revenue first.
    pub products: Vec<ProductLine>,
    pub partners: usize,
    /// Partners who pay in the running period.
    pub paying: usize,
    pub events: Vec<Event>,
    pub now: DateTime<Utc>,
}

/// Everything on the page, as of now.
#[server]
pub async fn load_admin_board() -> Result<AdminBoard, AppError> {
    use crate::session::server::{now, require_admin};
    use domain::key::Environment;
    use domain::usage::UsageFilter;
    /// Days of traffic, and products and events; the rest is a page away.
    const DAYS: i64 = 30;
    const TOP: usize = 5;
    require_admin().await?;
    let (store, now) = (crate::portal::store()?, now());
    let from = now - chrono::TimeDelta::days(DAYS);
    let filter = UsageFilter { partner_id: None, environment: Environment::Live, product_id: None, from, to: now };
    let overview = store.overview(&filter).await?;
    let mut products = crate::pages::admin::products::lines(&store, now).await?;
    let partners = store.partner_rows("", now).await?;
    let attention = attention::of(&products, &store.all_plans().await?, store.unsent(attention::MANY).await?.len());
    products.sort_by_key(|line| std::cmp::Reverse((line.revenue_minor, line.calls)));
    Ok(AdminBoard {
        attention,
        counts: overview.counts,
        before: overview.before,
        days: overview.days,
        revenue: crate::pages::admin::revenue::revenue(&store, 2, now).await?.lines,
        products: products.into_iter().take(TOP).collect(),
        paying: partners.iter().filter(|row| row.spend_minor > 0).count(),
        partners: partners.len(),
        events: store.events(None, None, TOP as i64).await?,
        now,
    })
}

#[component]
pub fn OverviewPage() -> impl IntoView {
    let board = Resource::new_blocking(|| (), |()| load_admin_board());
    view! {
        <Title text="Admin"/>
        <main id="main">
            <div class="pagehead"><div><h1>"Overview"</h1><p>"All partners, live calls of the last 30 days."</p></div></div>
            {loaded(board, 10, |board| view! { <Shown board/> }.into_any())}
        </main>
    }
}

#[component]
fn Shown(board: AdminBoard) -> impl IntoView {
    let calls = by_day(&board.days);
    let (products, events) = (top(&board.products), recent(&board.events, board.now));
    view! {
        <div class="stack">
            <AttentionCard attention=board.attention.clone()/>
            {figures(&board)}
            <section class="card"><Chart title="Live calls by day" data=Signal::stored(calls)/></section>
            <div class="two">
                <Card title="Top products" actions=|| view! { <a class="btn sm" href="/admin/products">"All products"</a> }>{products}</Card>
                <Card title="Just happened" actions=|| view! { <a class="btn sm" href="/admin/audit">"Audit log"</a> }>{events}</Card>
            </div>
        </div>
    }
}

fn figures(board: &AdminBoard) -> AnyView {
    let running = Period::month_of(board.now);
    let sum = |period: Period| {
        board.revenue.iter().filter(|line| line.period == period && line.currency == Currency::Usd).map(|line| line.amount_minor).sum()
    };
    let money = |minor: i64| Money::new(minor, Currency::Usd).to_string();
    let (so_far, last) = (sum(running), sum(running.previous()));
    let counts = board.counts;
    let share = |part: i64| if counts.answered() == 0 { "–".to_owned() } else { format::percent(part as f64 / counts.answered() as f64) };
    view! {
        <div class="kpis">
            <Kpi label="Revenue so far" value=money(so_far) detail=format!("{} in {}", money(last), format::month(running.previous().start))/>
            <Kpi label="Live calls" value=format::number(counts.answered()) detail=format::trend(counts.answered(), board.before.answered(), "30 days")/>
            <Kpi label="Errors" value=share(counts.error) detail=format!("{} 5xx, never billed", format::number(counts.error))/>
            <Kpi label="Partners" value=format::number(board.partners as i64) detail=format!("{} of them pay this period", format::number(board.paying as i64))/>
        </div>
    }
    .into_any()
}

fn by_day(days: &[Day]) -> ChartData {
    let midnight = |day: &Day| day.date.and_time(chrono::NaiveTime::MIN).and_utc();
    ChartData::answered_and_errors(
        days.iter().map(|day| format::date(midnight(day))).collect(),
        days.iter().map(|day| day.counts.success as f64).collect(),
        days.iter().map(|day| day.counts.error as f64).collect(),
    )
}

fn top(products: &[ProductLine]) -> AnyView {
    if products.is_empty() {
        return view! { <Empty icon=Glyph::Package title="No products yet" text="The ones that bring most stand here."/> }.into_any();
    }
    let rows = products.iter().map(|line| {
        view! {
            <tr>
                <td><a class="admin-name" href=format!("/admin/products/{}", line.product.id)>{line.product.name.clone()}</a></td>
                <td class="r">{format::number(line.calls)}</td>
                <td class="r">{errors(line)}</td>
                <td class="r">{Money::new(line.revenue_minor, Currency::Usd).to_string()}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    view! {
        <TableWrap label="Top products">
            <table>
                <thead><tr><th scope="col">"Product"</th><th scope="col" class="r">"Live calls, 30 d"</th><th scope="col" class="r">"Errors"</th><th scope="col" class="r">"Revenue this period"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </TableWrap>
    }
    .into_any()
}

fn recent(events: &[Event], now: DateTime<Utc>) -> AnyView {
    if events.is_empty() {
        return view! { <Empty icon=Glyph::History title="Nothing happened yet"/> }.into_any();
    }
    let lines = events.iter().map(|event| {
        view! {
            <li>
                <span class="grow">{words(&event.kind)}" "<b>{event.subject.clone()}</b><span class="block xs faint">{event.by.name.clone()}</span></span>
                <span class="xs faint"><Moment at=event.at text=format::when(event.at, now)/></span>
            </li>
        }
    });
    view! { <ul class="admin-recent sm">{lines.collect_view()}</ul> }.into_any()
}
