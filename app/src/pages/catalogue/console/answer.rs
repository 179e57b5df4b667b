//! What came back: status, time, size, and the answer read against the document.

use super::Bench;
use super::cause::{Advice, advice};
use super::checks::checks;
use super::desk::Desk;
use super::wire::{Answer, Outcome};
use crate::pages::catalogue::docs::sample::colored;
use crate::ui::tabs::Choice;
use crate::ui::{Copy, Empty, Glyph, Icon, Note, Pill, Tabs, Tone, format};
use leptos::prelude::*;
use serde_json::Value;
use spec::highlight::Syntax;

/// The right half of the console.
#[component]
pub fn AnswerPane(bench: Bench, desk: Desk) -> impl IntoView {
    let current = RwSignal::new("body".to_owned());
    let name = bench.name;
    let pane = move || {
        match desk.outcome.get() {
        None => view! {
            <Empty icon=Glyph::Send title="The answer appears here" text="Send the call with the button. It goes to the sandbox and is never billed.">
                <p class="xs faint by-key"><kbd>"Ctrl Enter"</kbd>" sends it too."</p>
            </Empty>
        }
        .into_any(),
        Some(outcome) => {
            let advice = advice(&outcome, &name, said(&outcome).as_deref()).map(advice_note);
            let answer = match outcome {
                Outcome::Answered(answer) => Some(view! { <Shown answer desk current/> }),
                _ => None,
            };
            view! { {advice}{answer} }.into_any()
        }
    }
    };
    view! { <div class="stack answer" class:waiting=move || desk.sending.get()>{pane}</div> }
}

/// The half that holds the answer.
pub const PANE: &str = "answer";

/// Brings the answer in view where it lies below the window, as on a phone. It jumps: nothing moves for those who bear no motion.
pub fn bring_in_view() {
    request_animation_frame(|| {
        let Some(pane) = document().get_element_by_id(PANE) else { return };
        let height = window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or(f64::MAX);
        // Less than its first lines is no answer to somebody who waits for one.
        if pane.get_bounding_client_rect().top() > height - FIRST_LINES {
            pane.scroll_into_view();
        }
    });
}

/// Status and first lines of an answer, in CSS pixels.
const FIRST_LINES: f64 = 160.0;

/// What the answer's own problem document says (RFC 9457).
fn said(outcome: &Outcome) -> Option<String> {
    let Outcome::Answered(answer) = outcome else { return None };
    let text = |name: &str| answer.body.get(name).and_then(Value::as_str).map(str::to_owned);
    text("detail").or_else(|| text("title")).or_else(|| text("message"))
}

fn advice_note(advice: Advice) -> impl IntoView {
    view! {
        <Note tone=Tone::Warn>
            <div class="grow"><b>{advice.problem}</b><p>{advice.fix}</p></div>
            {advice.link.map(|(address, words)| view! { <a class="btn sm" href=address>{words}</a> })}
        </Note>
    }
}

#[component]
fn Shown(answer: Answer, desk: Desk, current: RwSignal<String>) -> impl IntoView {
    let piece = desk.piece();
    let text = answer.text();
    let size = format::bytes(text.len() as u64);
    let found = checks(&piece.operation, &piece.schemas, &answer);
    let failed = found.iter().filter(|check| !check.kept).count();
    let tally = if failed == 0 { format!("{} passed", found.len()) } else { format!("{failed} failed") };
    let items = vec![
        Choice::new("body", "Body", "#answer-body"),
        Choice::new("headers", "Headers", "#answer-headers").counting(answer.headers.len().to_string()),
        Choice::new("timing", "Timing", "#answer-timing"),
        Choice::new("checks", "Checks", "#answer-checks").counting(tally),
    ];
    let rows = found.into_iter().map(|check| {
        let (tone, word) = if check.kept { (Tone::Good, "Passed") } else { (Tone::Bad, "Failed") };
        view! { <li><Pill tone=tone>{word}</Pill><span>{check.said}</span></li> }
    });
    let rows = rows.collect_view();
    let headers = answer.headers.clone();
    let hidden = move |name: &'static str| move || current.with(|c| c != name);
    view! {
        <div class="row wrap" role="status">
            <Pill tone=Tone::of_status(answer.status)>{status_words(answer.status)}</Pill>
            <span class="sm dim num">{format::ms(answer.latency_ms)}</span>
            <span class="sm dim num">{size}</span>
        </div>
        <Tabs label="Answer" items current on_pick=Callback::new(move |picked| current.set(picked))/>
        <div hidden=hidden("body")><BodyText answer=answer.clone() text/></div>
        <div hidden=hidden("headers")><HeaderTable headers/></div>
        <div hidden=hidden("timing")><Timing answer/></div>
        <div class="stack tight" hidden=hidden("checks")><p class="dim sm">"The answer, compared with what the document promises."</p><ul class="plain changes">{rows}</ul></div>
        <Note icon=Glyph::Flask>"This answer came from the sandbox. It is never billed."</Note>
    }
}

#[component]
fn BodyText(answer: Answer, text: String) -> impl IntoView {
    if text.is_empty() {
        return view! { <p class="dim sm">"No body."</p> }.into_any();
    }
    let is_json = !matches!(answer.body, Value::String(_));
    let code = if is_json { colored(&text, Syntax::Json).into_any() } else { text.clone().into_any() };
    view! {
        <div class="code">
            <header><span class="grow">{answer.header("content-type").map(str::to_owned)}</span><Copy text=Signal::stored(text) what="the body" bare=true/></header>
            <pre tabindex="0" role="region" aria-label="Body of the answer">{code}</pre>
        </div>
    }
    .into_any()
}

#[component]
fn HeaderTable(headers: Vec<(String, String)>) -> impl IntoView {
    let rows =
        headers.into_iter().map(|(name, value)| view! { <tr><th scope="row" class="mono">{name}</th><td class="mono">{value}</td></tr> });
    view! { <table class="plain-table"><tbody>{rows.collect_view()}</tbody></table> }
}

#[component]
fn Timing(answer: Answer) -> impl IntoView {
    let around = (answer.total_ms - answer.latency_ms).max(0.0);
    let whole = answer.total_ms.max(0.1);
    view! {
        <div class="stack">
            <p class="line"><span>"The sandbox"</span><span class="num">{format::ms(answer.latency_ms)}</span></p>
            <meter min="0" max=whole value=answer.latency_ms aria-label="Time in the sandbox"></meter>
            <p class="line"><span>"The way there and back"</span><span class="num">{format::ms(around)}</span></p>
            <meter min="0" max=whole value=around aria-label="Time on the way"></meter>
            <p class="line total"><span>"From this browser"</span><span class="num">{format::ms(answer.total_ms)}</span></p>
            <p class="dim xs row"><Icon name=Glyph::Clock size=13/>"Your own servers have another way to us than this browser."</p>
        </div>
    }
}

/// `200 OK`; the number alone where the status has no usual name.
fn status_words(status: u16) -> String {
    let words = match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No content",
        301 | 302 | 303 | 307 | 308 => "Redirect",
        304 => "Not modified",
        400 => "Bad request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not found",
        405 => "Method not allowed",
        406 => "Not acceptable",
        408 => "Body too slow",
        409 => "Conflict",
        410 => "Gone",
        413 => "Too large",
        415 => "Unsupported media type",
        422 => "Unprocessable",
        429 => "Too many requests",
        500 => "Server error",
        502 => "Bad gateway",
        503 => "Unavailable",
        504 => "Timed out",
        _ => return status.to_string(),
    };
    format!("{status} {words}")
}
