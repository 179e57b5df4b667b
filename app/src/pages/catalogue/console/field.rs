//! One field of a form made from a schema.

use super::compound::{At, array, choice_of_shapes, object};
use super::desk::Desk;
use super::inputs::plain;
use super::lens::Lens;
use leptos::prelude::*;
use serde_json::Value;
use spec::request::typed;
use spec::{Kind, Schema};

/// Fields inside fields; what is deeper is written as JSON. A shape that is a choice of itself would never end.
const MAX_DEPTH: u8 = 16;

/// What is written around a field.
#[derive(Debug, Clone, Default)]
pub struct Labels {
    /// Unique in the form.
    pub id: String,
    pub name: String,
    pub required: bool,
    /// Sanitised HTML; empty: that of the schema.
    pub description: String,
    pub example: String,
}

/// A field for any schema. `pointer` is its place in the body; `None` inside a parameter, whose problems its outermost field shows.
#[component]
pub fn Field(
    desk: Desk,
    schema: Schema,
    lens: Lens,
    labels: Labels,
    #[prop(into)] problem: Signal<Option<String>>,
    #[prop(optional)] pointer: Option<String>,
    /// Fields around this one.
    #[prop(optional)]
    depth: u8,
) -> impl IntoView {
    let piece = desk.piece();
    let shown = schema.merged(&piece.schemas);
    let type_label = schema.type_label();
    let place = At { desk, lens, pointer, depth };
    match &shown.kind {
        _ if depth > MAX_DEPTH => labelled(labels, &shown, type_label, problem, |labels| json(lens, labels)),
        _ if !shown.choices.is_empty() => {
            labelled(labels, &shown, type_label, problem, |labels| choice(lens, labels, shown.choices.clone()))
        }
        Kind::Boolean => {
            let choices = vec![Value::Bool(true), Value::Bool(false)];
            labelled(labels, &shown, type_label, problem, |labels| choice(lens, labels, choices))
        }
        Kind::Object { properties, .. } if !properties.is_empty() => object(place, labels, &shown, properties, problem),
        Kind::Array(items) => array(place, labels, &shown, items, problem),
        Kind::OneOf { options, discriminator } | Kind::AnyOf { options, discriminator } => {
            choice_of_shapes(place, labels, options, discriminator.as_ref(), problem)
        }
        Kind::String | Kind::Integer | Kind::Number => {
            labelled(labels, &shown, type_label, problem, |labels| text(desk, lens, labels, shown.clone(), problem))
        }
        _ => labelled(labels, &shown, type_label, problem, |labels| json(lens, labels)),
    }
}

/// Name, type, input, description and problem, one under the other.
fn labelled(
    labels: Labels,
    shown: &Schema,
    kind: String,
    problem: Signal<Option<String>>,
    input: impl FnOnce(&Labels) -> AnyView,
) -> AnyView {
    let input = input(&labels);
    let Labels { id, name, required, description, .. } = labels;
    let (hint, error) = (format!("{id}-hint"), format!("{id}-error"));
    let description = if description.is_empty() { shown.description.clone() } else { description };
    let kind = shown.format.as_ref().map_or(kind.clone(), |format| format!("{kind} · {format}"));
    view! {
        <div class="field" class:bad=move || problem.get().is_some()>
            <label class="row between" for=id>
                <span class="mono sm">{name}{required.then(|| view! { <span class="req xs">" required"</span> })}</span>
                <span class="faint xs">{kind}</span>
            </label>
            {input}
            <div class="hint prose" id=hint inner_html=description></div>
            <span class="err" id=error role="status">{move || problem.get()}</span>
        </div>
    }
    .into_any()
}

/// Text and numbers. What was typed stays as it was typed while it means the same.
fn text(desk: Desk, lens: Lens, labels: &Labels, schema: Schema, problem: Signal<Option<String>>) -> AnyView {
    let written = RwSignal::new(None::<String>);
    let piece = desk.piece();
    let read = move |text: &str| if text.is_empty() { None } else { Some(typed(text, &schema, &piece.schemas)) };
    let described = format!("{0}-hint {0}-error", labels.id);
    let (again, required) = (read.clone(), labels.required);
    let value = move || {
        let current = lens.get();
        match written.get() {
            Some(text) if again(&text) == current => text,
            _ => current.as_ref().map(plain).unwrap_or_default(),
        }
    };
    let start = lens.get_untracked().as_ref().map(plain).unwrap_or_default();
    let change = move |text: String| {
        written.set(Some(text.clone()));
        lens.set(read(&text));
    };
    view! {
        <input
            class="input mono sm"
            id=labels.id.clone()
            placeholder=labels.example.clone()
            autocomplete="off"
            spellcheck="false"
            aria-required=required.to_string()
            aria-invalid=move || problem.get().is_some().to_string()
            aria-describedby=described
            value=start
            prop:value=value
            on:input:target=move |event| change(event.target().value())
        />
    }
    .into_any()
}

/// One of some values; optional ones can be left out.
fn choice(lens: Lens, labels: &Labels, choices: Vec<Value>) -> AnyView {
    let current = lens.get_untracked();
    let has_choice = current.is_some();
    let nothing = (!labels.required || !has_choice).then(|| view! { <option value="" selected=!has_choice>"Not sent"</option> });
    let options = choices.iter().enumerate().map(|(n, value)| {
        view! { <option value=n.to_string() selected=current.as_ref() == Some(value)>{plain(value)}</option> }
    });
    let options = options.collect_view();
    let listed = choices.clone();
    let chosen = move || {
        let current = lens.get();
        current.and_then(|value| listed.iter().position(|c| *c == value)).map(|n| n.to_string()).unwrap_or_default()
    };
    let pick = move |text: String| lens.set(text.parse::<usize>().ok().and_then(|n| choices.get(n).cloned()));
    view! {
        <select class="input sm" id=labels.id.clone() aria-describedby=format!("{0}-hint {0}-error", labels.id) prop:value=chosen on:change:target=move |event| pick(event.target().value())>
            {nothing}
            {options}
        </select>
    }
    .into_any()
}

/// Any other value, as JSON.
fn json(lens: Lens, labels: &Labels) -> AnyView {
    let start = lens.get_untracked().map(|value| serde_json::to_string(&value).unwrap_or_default()).unwrap_or_default();
    let read = move |text: String| {
        let text = text.trim();
        lens.set(if text.is_empty() { None } else { Some(serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))) });
    };
    view! {
        <input class="input mono sm" id=labels.id.clone() placeholder="JSON" autocomplete="off" value=start on:change:target=move |event| read(event.target().value())/>
    }
    .into_any()
}
