//! The running period as it stands.

use crate::ui::{Empty, Glyph, Pill, Tone, format};
use domain::invoice::Preview;
use domain::money::Money;
use domain::price::Line;
use leptos::prelude::*;

#[component]
pub fn PreviewCard(preview: Preview) -> impl IntoView {
    let Preview { period, currency, lines, total_minor, projected_minor } = preview;
    let last_day = period.end - chrono::TimeDelta::days(1);
    let body = if lines.is_empty() {
        view! {
            <Empty icon=Glyph::Bill title="Nothing to pay" text="Subscribe to a plan, and what it costs adds up here as calls are counted.">
                <a class="btn" href="/pricing">"Compare plans"</a>
            </Empty>
        }
        .into_any()
    } else {
        view! {
            {lines.into_iter().map(|line| bill_line(line, currency)).collect_view()}
            <div class="line total"><span>"So far"</span><span class="num">{Money::new(total_minor, currency).to_string()}</span></div>
            <div class="line faint"><span>{format!("By {}, at this pace", format::date(last_day))}</span><span class="num">"about " {Money::new(projected_minor, currency).to_string()}</span></div>
        }
        .into_any()
    };
    view! {
        <section class="card" aria-label="This period">
            <header>
                <h2>{format!("This period, {} to {}", format::date(period.start), format::date(last_day))}</h2>
                <Pill tone=Tone::Info>"In progress"</Pill>
            </header>
            {body}
        </section>
    }
}

/// One line: what it is for, how it came about, how much.
pub fn bill_line(line: Line, currency: domain::money::Currency) -> AnyView {
    view! {
        <div class="line">
            <span>{line.title}<span class="block xs faint">{line.explanation}</span></span>
            <span class="num">{Money::new(line.amount_minor, currency).to_string()}</span>
        </div>
    }
    .into_any()
}
