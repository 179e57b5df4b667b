//! The console: a call put together from the document, sent to the sandbox, and its answer read against the document.

mod answer;
mod cause;
mod checks;
mod code;
mod compound;
mod desk;
mod field;
mod headers;
mod history;
mod inputs;
mod key;
mod lens;
mod picker;
mod ticks;
mod wire;

use super::product::{Standing, use_product_id};
use super::trouble::Trouble;
use crate::error::AppError;
use crate::ui::{Glyph, Icon, Note, Skeleton, Tabs, Tone, tabs::Choice};
use desk::Desk;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};
use spec::Group;
use spec::request::Draft;
use spec::snippet::Language;

crate::lazy_pages! { console: console_page => Console }

/// As text: with JavaScript on, the browser keeps no elements inside `<noscript>` for hydration to find.
const WITHOUT_SCRIPT: &str = "<p class=note>Sending a call needs JavaScript. The code below makes the same call from anywhere.</p>";

/// What the console needs: the operation on the desk, the others by name, and who asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bench {
    pub product: String,
    pub name: String,
    /// The sandbox's address for this product.
    pub base: String,
    pub groups: Vec<Group>,
    pub piece: spec::Piece,
    pub standing: Standing,
    /// Takes no calls from here.
    pub retired: bool,
    /// The visitor's test keys that work for this product: (prefix, name).
    pub keys: Vec<(String, String)>,
    /// Whether they may make one.
    pub may_make_key: bool,
    pub language: Language,
}

/// Puts an operation on the desk: the one that was asked for, else the one to try first.
#[server]
pub async fn load_bench(id: String, operation: Option<String>) -> Result<Bench, AppError> {
    use super::docs::drawn::reader;
    let head = super::product::load_product_head(id.clone()).await?;
    let published = super::source::published(&id).await?;
    let api = &published.api;
    let wanted = operation.filter(|id| api.operations.iter().any(|o| o.id == *id));
    let wanted = wanted.or_else(|| reader::first_call(api).map(|o| o.id.clone()));
    let piece = wanted.and_then(|id| api.piece(&id)).ok_or_else(|| AppError::NotFound.raise())?;
    let mut groups = api.index().groups;
    groups.iter_mut().for_each(|group| group.description.clear());
    groups.retain(|group| group.tag != spec::piece::WEBHOOKS);
    let reader = reader::asking(&id).await?;
    let (keys, may_make_key) = super::source::test_keys(&id).await?;
    Ok(Bench {
        product: id,
        name: head.card.name,
        base: reader.base,
        groups,
        piece,
        standing: head.standing,
        retired: head.card.status == domain::product::Status::Deprecated,
        keys,
        may_make_key,
        language: reader.language,
    })
}

/// The page at `/apis/:id/console`.
#[component]
fn Console() -> impl IntoView {
    let (id, query) = (use_product_id(), use_query_map());
    let wanted = Memo::new(move |_| query.with(|query| query.get("operation")));
    let loaded = Resource::new_blocking(move || (id.get(), wanted.get()), |(id, wanted)| load_bench(id, wanted));
    // A call from the history that waits for its operation to arrive.
    let restored = RwSignal::new(None::<Draft>);
    let loading = || view! { <main id="main" class="page"><Skeleton rows=12/></main> };
    view! {
        <Transition fallback=loading>
            {move || Suspend::new(async move {
                match loaded.await {
                    Ok(bench) => view! { <Workbench bench restored/> }.into_any(),
                    Err(error) => view! { <Trouble error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Workbench(bench: Bench, restored: RwSignal<Option<Draft>>) -> impl IntoView {
    let retired = bench.retired;
    let desk = Desk::new(&bench, restored.try_update(Option::take).flatten());
    // Wherever the focus is: after a click on a heading it is nowhere.
    Effect::new(move |_| {
        let listener = window_event_listener(leptos::ev::keydown, move |event| {
            if !retired && event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
                event.prevent_default();
                desk.send();
            }
        });
        on_cleanup(move || listener.remove());
    });
    let home = format!("/apis/{}", bench.product);
    let docs = format!("/apis/{}/docs/{}", bench.product, bench.piece.operation.id);
    view! {
        <Title text=format!("{} console", bench.name)/>
        <main id="main" class="split console">
            <section class="stack" aria-label="Request">
                <div class="row between wrap">
                    <h1 class="console-name"><a href=home>{bench.name.clone()}</a><span class="faint">" console"</span></h1>
                    <div class="row">
                        <history::HistoryMenu product=bench.product.clone() desk restored/>
                        <a class="btn sm quiet" href=docs><Icon name=Glyph::Book size=13/>"Documentation"</a>
                    </div>
                </div>
                <div class="row sendbar">
                    <picker::OperationPicker product=bench.product.clone() groups=bench.groups.clone() current=bench.piece.operation.clone()/>
                    <SendButton desk retired=bench.retired/>
                </div>
                {bench.retired.then(|| view! { <Note tone=Tone::Warn><span>"This API is retired: the sandbox answers no calls to it. The code below still shows how partners who subscribed call it."</span></Note> })}
                {(!bench.retired).then(|| view! { <key::KeyPicker bench=bench.clone() desk/> })}
                <noscript inner_html=WITHOUT_SCRIPT></noscript>
                <RequestTabs bench=bench.clone() desk/>
            </section>
            <section class="stack" id=answer::PANE aria-label="Answer"><answer::AnswerPane bench desk/></section>
        </main>
    }
}

#[component]
fn SendButton(desk: Desk, retired: bool) -> impl IntoView {
    let label = move || if desk.sending.get() { "Sending…" } else { "Send" };
    view! {
        <button type="button" class="btn primary send" disabled=retired prop:disabled=move || retired || desk.is_busy() on:click=move |_| desk.send()>
            <Icon name=Glyph::Send size=15/>
            <span>{label}</span>
            <kbd aria-hidden="true">"Ctrl ↵"</kbd>
        </button>
    }
}

/// Parameters, headers, body and code; a problem elsewhere shows as a number on its tab.
#[component]
fn RequestTabs(bench: Bench, desk: Desk) -> impl IntoView {
    let has_body = bench.piece.operation.body.is_some();
    let params = bench.piece.operation.parameters.iter().filter(|p| p.location != spec::Location::Header).count();
    let starts = if has_body && params == 0 { "body" } else { "params" };
    let current = RwSignal::new(starts.to_owned());
    let mut items =
        vec![Choice::new("params", "Params", "#params").counting(params.to_string()), Choice::new("headers", "Headers", "#headers")];
    if has_body {
        items.push(Choice::new("body", "Body", "#body"));
    }
    items.push(Choice::new("code", "Code", "#code"));
    let shown = move |name: &'static str| move || current.with(|c| c != name);
    let only_code = move || current.with(|c| c == "code");
    view! {
        <Tabs label="Request" items current on_pick=Callback::new(move |picked| current.set(picked))/>
        <div hidden=shown("params")><inputs::Parameters bench=bench.clone() desk/></div>
        <div hidden=shown("headers")><headers::Headers bench=bench.clone() desk/></div>
        <div hidden=shown("body")><inputs::BodyInput bench=bench.clone() desk/></div>
        <p class="dim sm" hidden=move || !only_code()>"Exactly the request above, letter by letter. Where it says "<code>"…"</code>" your secret goes."</p>
        <code::CodeSample bench desk/>
    }
}
