//! The parameters and the body of the draft, as forms made from their schemas.

use super::Bench;
use super::desk::Desk;
use super::field::{Field, Labels};
use super::lens::Lens;
use leptos::prelude::*;
use serde_json::Value;
use spec::request::{Place, written};
use spec::{Body, Location, Media, Parameter, sample};
use std::sync::Arc;

/// Path, query and cookie parameters.
#[component]
pub fn Parameters(bench: Bench, desk: Desk) -> impl IntoView {
    let operation = &bench.piece.operation;
    let places = [Location::Path, Location::Query, Location::Cookie];
    let mut fields = places.into_iter().flat_map(|place| operation.parameters_in(place)).map(|p| parameter(p, desk)).peekable();
    if fields.peek().is_none() {
        return view! { <p class="dim sm">"This call takes no parameters."</p> }.into_any();
    }
    view! { <div class="stack">{fields.collect_view()}</div> }.into_any()
}

/// The field of one parameter.
pub fn parameter(parameter: &Parameter, desk: Desk) -> AnyView {
    let (location, name) = (parameter.location, parameter.name.clone());
    let (read, written) = (name.clone(), name.clone());
    let lens = Lens::new(
        move || desk.draft.with(|draft| draft.values(location).get(&read).cloned()),
        move |value| {
            desk.draft.update(|draft| {
                let values = draft.values_mut(location);
                match value {
                    Some(value) => drop(values.insert(written.clone(), value)),
                    None => drop(values.remove(&written)),
                }
            })
        },
    );
    let place = Place::Parameter(location, name.clone());
    let problem = Signal::derive(move || desk.problems.with(|all| all.iter().find(|p| p.place == place).map(|p| p.message.clone())));
    let labels = Labels {
        id: format!("{}-{name}", location.as_str()),
        name,
        required: parameter.required,
        description: parameter.description.clone(),
        example: parameter.example.as_ref().map(plain).unwrap_or_default(),
    };
    view! { <Field desk schema=parameter.schema.clone() lens labels problem/> }.into_any()
}

/// The body: a form where it is JSON, text in any case; both show the same draft.
#[component]
pub fn BodyInput(bench: Bench, desk: Desk) -> impl IntoView {
    let Some(body) = bench.piece.operation.body.clone() else { return ().into_any() };
    let media = Arc::new(body.media.clone());
    let chosen = Memo::new(move |_| {
        let wanted = desk.draft.with(|draft| draft.content_type.clone());
        media.iter().find(|m| m.content_type == wanted).or(media.first()).cloned()
    });
    let raw = RwSignal::new(false);
    let is_json = move || chosen.with(|media| media.as_ref().is_some_and(Media::is_json));
    let shows_form = move || is_json() && !raw.get();
    let whole = move || {
        let found = desk.problems.with(|all| all.iter().find(|p| p.place == Place::Body(String::new())).map(|p| p.message.clone()));
        found.map(|message| view! { <p class="err sm" role="alert">{message}</p> })
    };
    view! {
        <div class="stack">
            <div class="row between wrap">
                <MediaPicker body=body.clone() desk/>
                <div class="row">
                    <ExamplePicker chosen desk/>
                    <Show when=is_json>
                        <button type="button" class="btn sm quiet" aria-pressed=move || raw.get().to_string() on:click=move |_| raw.update(|r| *r = !*r)>
                            {move || if raw.get() { "Form" } else { "Raw JSON" }}
                        </button>
                    </Show>
                </div>
            </div>
            {whole}
            <Show when=shows_form fallback=move || view! { <RawBody desk/> }>
                {move || chosen.get().map(|media| view! { <BodyForm media desk/> })}
            </Show>
        </div>
    }
    .into_any()
}

#[component]
fn BodyForm(media: Media, desk: Desk) -> impl IntoView {
    let content_type = media.content_type.clone();
    let lens = Lens::new(
        move || desk.draft.with(|draft| serde_json::from_str(&draft.body).ok()),
        move |value: Option<Value>| {
            let text = value.map(|value| written(&content_type, &value)).unwrap_or_default();
            desk.draft.update(|draft| draft.body = text);
        },
    );
    let labels = Labels { id: "body".to_owned(), required: true, ..Labels::default() };
    view! { <Field desk schema=media.schema lens labels problem=Signal::derive(|| None::<String>) pointer=String::new()/> }
}

#[component]
fn RawBody(desk: Desk) -> impl IntoView {
    let listed = move || {
        let inside = |place: &Place| matches!(place, Place::Body(pointer) if !pointer.is_empty());
        let found = desk.problems.with(|all| all.iter().filter(|p| inside(&p.place)).map(|p| p.message.clone()).collect::<Vec<_>>());
        found.into_iter().map(|message| view! { <li>{message}</li> }).collect_view()
    };
    view! {
        <div class="field">
            <textarea
                class="input mono sm raw"
                rows="14"
                spellcheck="false"
                aria-label="Body"
                aria-describedby="body-problems"
                prop:value=move || desk.draft.with(|draft| draft.body.clone())
                on:input:target=move |event| desk.draft.update(|draft| draft.body = event.target().value())
            >
                {desk.draft.with_untracked(|draft| draft.body.clone())}
            </textarea>
            <ul class="err xs plain" id="body-problems">{listed}</ul>
        </div>
    }
}

/// The content types that the operation takes, where there is a choice.
#[component]
fn MediaPicker(body: Body, desk: Desk) -> impl IntoView {
    if body.media.len() < 2 {
        let only = body.media.first().map(|media| media.content_type.clone());
        return view! { <span class="mono xs faint">{only}</span> }.into_any();
    }
    let current = desk.draft.with_untracked(|draft| draft.content_type.clone());
    let options = body.media.iter().map(|media| {
        let content_type = media.content_type.clone();
        view! { <option value=content_type.clone() selected=content_type == current>{content_type.clone()}</option> }
    });
    let options = options.collect_view();
    let choose = move |content_type: String| {
        let piece = desk.piece();
        let Some(media) = body.media.iter().find(|media| media.content_type == content_type) else { return };
        let value = sample::media(spec::validate::Purpose::Request, media, &piece.schemas);
        desk.draft.update(|draft| {
            draft.body = written(&content_type, &value);
            draft.content_type = content_type;
        });
    };
    view! { <select class="input sm" aria-label="Content type" on:change:target=move |event| choose(event.target().value())>{options}</select> }.into_any()
}

/// Fills the body from one of the author's examples.
#[component]
fn ExamplePicker(chosen: Memo<Option<Media>>, desk: Desk) -> impl IntoView {
    let examples = move || chosen.get().map(|media| media.examples).unwrap_or_default();
    let fill = move |name: String| {
        let Some(example) = examples().into_iter().find(|example| example.name == name) else { return };
        desk.draft.update(|draft| draft.body = written(&draft.content_type, &example.value));
    };
    view! {
        <Show when=move || { examples().len() > 1 }>
            <select class="input sm" aria-label="Example" on:change:target=move |event| fill(event.target().value())>
                {move || examples().into_iter().map(|example| {
                    let words = if example.summary.is_empty() { example.name.clone() } else { example.summary };
                    view! { <option value=example.name>{words}</option> }
                }).collect_view()}
            </select>
        </Show>
    }
}

/// A value as it stands in an input.
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
