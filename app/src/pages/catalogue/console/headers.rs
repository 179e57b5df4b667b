//! The headers of the request: those of the document, the sandbox's wish, and any other.

use super::Bench;
use super::desk::Desk;
use super::inputs::parameter;
use crate::ui::{Glyph, Icon};
use leptos::prelude::*;
use spec::{Location, Operation};

/// Header parameters, which answer to ask the sandbox for, and free headers.
#[component]
pub fn Headers(bench: Bench, desk: Desk) -> impl IntoView {
    let operation = &bench.piece.operation;
    let fields = operation.parameters_in(Location::Header).map(|p| parameter(p, desk)).collect_view();
    let wishes = wishes(operation).into_iter().map(|(value, words)| view! { <option value=value>{words}</option> }).collect_view();
    view! {
        <div class="stack">
            {fields}
            <div class="field">
                <label class="row between" for="prefer"><span class="mono sm">"Prefer"</span><span class="faint xs">"sandbox only"</span></label>
                <select class="input sm" id="prefer" prop:value=move || desk.prefer.get() on:change:target=move |event| desk.prefer.set(event.target().value())>
                    <option value="">"The usual answer"</option>
                    {wishes}
                </select>
                <span class="hint">"Which of the documented answers the sandbox gives."</span>
            </div>
            <FreeHeaders desk/>
        </div>
    }
}

/// What can be asked of the sandbox: (value of `Prefer`, words).
fn wishes(operation: &Operation) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for response in &operation.responses {
        if response.status.parse::<u16>().is_ok() {
            all.push((format!("code={}", response.status), format!("Status {}", response.status)));
        }
        for example in response.media.iter().flat_map(|media| &media.examples).filter(|example| example.name != "default") {
            let words = if example.summary.is_empty() { example.name.clone() } else { example.summary.clone() };
            all.push((format!("code={}, example={}", response.status, example.name), format!("Status {}: {words}", response.status)));
        }
    }
    all
}

#[component]
fn FreeHeaders(desk: Desk) -> impl IntoView {
    let count = Memo::new(move |_| desk.extra.with(Vec::len));
    let row = move |n: usize| {
        let read = move |pick: fn(&(String, String)) -> &String| {
            move || desk.extra.with(|rows| rows.get(n).map(|row| pick(row).clone()).unwrap_or_default())
        };
        let write = move |change: &dyn Fn(&mut (String, String))| {
            desk.extra.update(|rows| {
                if let Some(row) = rows.get_mut(n) {
                    change(row);
                }
            })
        };
        view! {
            <div class="row">
                <input class="input mono sm" aria-label=format!("Name of header {}", n + 1) placeholder="Name" prop:value=read(|row| &row.0) on:input:target=move |event| write(&|row| row.0 = event.target().value())/>
                <input class="input mono sm" aria-label=format!("Value of header {}", n + 1) placeholder="Value" prop:value=read(|row| &row.1) on:input:target=move |event| write(&|row| row.1 = event.target().value())/>
                <button type="button" class="btn sm quiet icon-only" aria-label=format!("Remove header {}", n + 1) on:click=move |_| desk.extra.update(|rows| drop(rows.remove(n)))><Icon name=Glyph::Trash size=13/></button>
            </div>
        }
    };
    view! {
        <div class="stack">
            <For each=move || 0..count.get() key=|n| *n children=row/>
            <div><button type="button" class="btn sm" on:click=move |_| desk.extra.update(|rows| rows.push((String::new(), String::new())))><Icon name=Glyph::Plus size=13/>"Add a header"</button></div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use spec::{Example, Media, Method, Response, Schema};

    #[test]
    fn every_status_and_named_example_can_be_asked_for() {
        let example = |name: &str, summary: &str| Example { name: name.to_owned(), summary: summary.to_owned(), value: json!({}) };
        let media = Media {
            content_type: "application/json".to_owned(),
            schema: Schema::default(),
            examples: vec![example("default", ""), example("late", "Two days late")],
        };
        let response = |status: &str, media: Vec<Media>| Response {
            status: status.to_owned(),
            description: String::new(),
            headers: Vec::new(),
            media,
        };
        let operation = Operation {
            id: "x".to_owned(),
            method: Method::Get,
            path: "/x".to_owned(),
            summary: String::new(),
            description: String::new(),
            tag: String::new(),
            deprecated: false,
            parameters: Vec::new(),
            body: None,
            responses: vec![response("200", vec![media]), response("4XX", Vec::new())],
            security: Vec::new(),
        };
        let values: Vec<String> = wishes(&operation).into_iter().map(|(value, _)| value).collect();
        assert_eq!(values, ["code=200", "code=200, example=late"]);
    }
}
