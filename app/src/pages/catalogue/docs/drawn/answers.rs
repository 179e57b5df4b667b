//! The answers of an operation, behind one switch, and the example of the good one.

use super::sample::CopyButton;
use super::schema::{Row, Tree};
use crate::pages::catalogue::docs::sample::colored;
use crate::ui::{Pill, Tone};
use leptos::prelude::*;
use spec::highlight::Syntax;
use spec::validate::Purpose;
use spec::{Media, Operation, Response, Schemas, sample};

/// Every answer: what it means, its headers, its shape and an example.
pub fn view(operation: &Operation, schemas: &Schemas, product: &str) -> impl IntoView + use<> {
    let first = sample::success(operation).map(|response| response.status.clone());
    let panels = operation.responses.iter().map(|response| {
        let id = format!("{}-answer-{}", operation.id, response.status);
        let chosen = Some(&response.status) == first.as_ref();
        view! {
            <input type="radio" class="unseen" id=id.clone() name=format!("{}-answers", operation.id) checked=chosen/>
            <label for=id>{response.status.clone()}</label>
            <div class="panel">{panel(response, schemas, product, chosen)}</div>
        }
    });
    let panels = panels.collect_view();
    view! {
        <fieldset class="switch answers">
            <legend><h3>"Response"</h3></legend>
            {panels}
        </fieldset>
    }
}

fn panel(response: &Response, schemas: &Schemas, product: &str, has_example: bool) -> impl IntoView + use<> {
    let tree = Tree::new(product, schemas, Purpose::Answer);
    let headers: Vec<AnyView> = response
        .headers
        .iter()
        .map(|h| {
            let row = Row {
                name: &h.name,
                required: h.required,
                deprecated: false,
                description: &h.description,
                schema: &h.schema,
                example: h.example.as_ref(),
            };
            tree.row(&row, &[])
        })
        .collect();
    let headers = (!headers.is_empty()).then(
        || view! { <details class="more"><summary class="xs">"Headers"</summary><div class="prop-children">{headers}</div></details> },
    );
    let media = response.media.iter().map(|media| body(media, &tree)).collect_view();
    let nothing = response.media.is_empty().then(|| view! { <p class="dim sm">"No body."</p> });
    // The good answer's example stands in the column of code.
    let example = example(response, schemas).filter(|_| !has_example).map(|text| {
        view! { <details class="more"><summary class="xs">"Example"</summary>{example_block("Example", &text)}</details> }
    });
    view! {
        <div class="prose dim" inner_html=response.description.clone()></div>
        {headers}
        {media}
        {nothing}
        {example}
    }
}

/// One representation: its content type where it is not the usual one, and its rows.
pub fn body(media: &Media, tree: &Tree<'_>) -> impl IntoView + use<> {
    let content_type =
        (media.content_type != "application/json").then(|| view! { <p class="xs faint mono">{media.content_type.clone()}</p> });
    view! { {content_type}<div class="rows">{tree.value(&media.schema)}</div> }
}

/// The body of an answer as text: given, else made up.
fn example(response: &Response, schemas: &Schemas) -> Option<String> {
    let (content_type, value) = sample::answer(response, schemas)?;
    Some(spec::request::written(content_type, &value))
}

/// The example of the good answer, for the column of code.
pub fn good_example(operation: &Operation, schemas: &Schemas) -> Option<impl IntoView + use<>> {
    let response = sample::success(operation)?;
    let text = example(response, schemas)?;
    let tone = if response.status.starts_with('2') { Tone::Good } else { Tone::Warn };
    let status = response.status.clone();
    Some(view! {
        <div class="code">
            <header><Pill tone=tone>{status}</Pill><span class="grow">"Example"</span><CopyButton/></header>
            <pre tabindex="0">{colored(&text, Syntax::Json)}</pre>
        </div>
    })
}

/// JSON in a block that copies it.
pub fn example_block(title: &str, text: &str) -> impl IntoView + use<> {
    let title = title.to_owned();
    view! {
        <div class="code">
            <header><span class="grow">{title}</span><CopyButton/></header>
            <pre tabindex="0">{colored(text, Syntax::Json)}</pre>
        </div>
    }
}
