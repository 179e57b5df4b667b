//! The last calls of this browser, to be put on the desk again.

use super::desk::Desk;
use super::wire::Answer;
use crate::ui::{Glyph, Icon, Pill, Tone, format};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use serde::{Deserialize, Serialize};
use spec::Operation;
use spec::request::Draft;

/// Calls that are kept for each product.
const KEPT: usize = 20;

/// One call: what was sent, without its key, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Sent {
    operation: String,
    label: String,
    draft: Draft,
    status: u16,
    latency_ms: f64,
}

fn place(product: &str) -> String {
    format!("portico.history.{product}")
}

fn read(product: &str) -> Vec<Sent> {
    let text = window().local_storage().ok().flatten().and_then(|storage| storage.get_item(&place(product)).ok().flatten());
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// Puts a call in front of the others, and lets the oldest go.
pub fn remember(product: &str, operation: &Operation, draft: &Draft, answer: &Answer) {
    let sent = Sent {
        operation: operation.id.clone(),
        label: operation.label().to_owned(),
        draft: draft.clone(),
        status: answer.status,
        latency_ms: answer.latency_ms,
    };
    let all = pushed(read(product), sent);
    if let (Ok(Some(storage)), Ok(text)) = (window().local_storage(), serde_json::to_string(&all)) {
        // A full storage only means a shorter history.
        storage.set_item(&place(product), &text).ok();
    }
}

fn pushed(mut all: Vec<Sent>, sent: Sent) -> Vec<Sent> {
    all.retain(|other| other.draft != sent.draft);
    all.insert(0, sent);
    all.truncate(KEPT);
    all
}

/// The calls behind a button; choosing one puts it on the desk.
#[component]
pub fn HistoryMenu(product: String, desk: Desk, restored: RwSignal<Option<Draft>>) -> impl IntoView {
    let calls = RwSignal::new(Vec::<Sent>::new());
    let from = product.clone();
    Effect::new(move |_| {
        desk.sent.track();
        calls.set(read(&from));
    });
    let menu = NodeRef::<leptos::html::Details>::new();
    let navigate = use_navigate();
    let put = move |sent: Sent| {
        if let Some(menu) = menu.get_untracked() {
            menu.set_open(false);
        }
        if desk.piece().operation.id == sent.operation {
            desk.draft.set(sent.draft);
        } else {
            restored.set(Some(sent.draft));
            let target = format!("/apis/{product}/console?operation={}", spec::request::percent(&sent.operation));
            navigate(&target, NavigateOptions { scroll: false, ..NavigateOptions::default() });
        }
    };
    let rows = move || {
        let put = put.clone();
        calls.get().into_iter().map(move |sent| row(sent, put.clone())).collect_view()
    };
    view! {
        <details class="history" node_ref=menu>
            <summary class="btn sm quiet"><Icon name=Glyph::History size=13/>"History"</summary>
            <div class="history-list">
                <Show when=move || calls.with(Vec::is_empty)><p class="dim sm">"Calls that you send appear here. They stay in this browser."</p></Show>
                {rows}
            </div>
        </details>
    }
}

fn row(sent: Sent, put: impl Fn(Sent) + 'static) -> impl IntoView {
    let shown = sent.clone();
    view! {
        <button type="button" class="history-row" on:click=move |_| put(sent.clone())>
            <Pill tone=Tone::of_status(shown.status)>{shown.status.to_string()}</Pill>
            <span class="grow clip">{shown.label}</span>
            <span class="faint xs num">{format::ms(shown.latency_ms)}</span>
        </button>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spec::Method;
    use std::collections::BTreeMap;

    fn sent(path: &str, status: u16) -> Sent {
        let draft = Draft {
            method: Method::Get,
            path: path.to_owned(),
            path_values: BTreeMap::new(),
            query: BTreeMap::new(),
            headers: BTreeMap::new(),
            cookies: BTreeMap::new(),
            content_type: String::new(),
            body: String::new(),
        };
        Sent { operation: path.to_owned(), label: path.to_owned(), draft, status, latency_ms: 1.0 }
    }

    #[test]
    fn the_newest_comes_first_the_same_only_once_and_the_oldest_goes() {
        let all = (0..KEPT + 5).fold(Vec::new(), |all, n| pushed(all, sent(&format!("/{n}"), 200)));
        assert_eq!((all.len(), all[0].operation.as_str()), (KEPT, "/24"));
        let again = pushed(all, sent("/10", 404));
        assert_eq!((again.len(), again[0].status), (KEPT, 404));
        assert_eq!(again.iter().filter(|s| s.operation == "/10").count(), 1);
    }
}
