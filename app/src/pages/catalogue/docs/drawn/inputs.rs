//! What an operation takes: parameters by place, and the body.

use super::answers::{body as media_body, example_block};
use super::schema::{Row, Tree};
use leptos::prelude::*;
use spec::validate::Purpose;
use spec::{Body, Location, Operation, Parameter, Schemas};

const PLACES: [(Location, &str); 4] =
    [(Location::Path, "Path"), (Location::Query, "Query"), (Location::Header, "Headers"), (Location::Cookie, "Cookies")];

/// The parameters, a heading for each place that has some.
pub fn parameters(operation: &Operation, schemas: &Schemas, product: &str) -> impl IntoView + use<> {
    let tree = Tree::new(product, schemas, Purpose::Request);
    let places = PLACES.into_iter().filter_map(|(location, title)| {
        let rows: Vec<AnyView> = operation.parameters_in(location).map(|p| parameter(p, &tree)).collect();
        (!rows.is_empty()).then(|| view! { <section><h3>{title}</h3><div class="rows">{rows}</div></section> })
    });
    places.collect_view()
}

fn parameter(parameter: &Parameter, tree: &Tree<'_>) -> AnyView {
    let row = Row {
        name: &parameter.name,
        required: parameter.required,
        deprecated: parameter.deprecated,
        description: &parameter.description,
        schema: &parameter.schema,
        example: parameter.example.as_ref(),
    };
    tree.row(&row, &[])
}

/// The body in each of its representations, with the author's examples.
pub fn body(body: &Body, schemas: &Schemas, product: &str) -> impl IntoView + use<> {
    let tree = Tree::new(product, schemas, Purpose::Request);
    let media = body.media.iter().map(|media| {
        let examples = media.examples.iter().map(|example| {
            let label = if example.summary.is_empty() { example.name.clone() } else { example.summary.clone() };
            let text = spec::request::written(&media.content_type, &example.value);
            view! { <details class="more"><summary class="xs">"Example: "{label.clone()}</summary>{example_block(&label, &text)}</details> }
        });
        view! { {media_body(media, &tree)}{examples.collect_view()} }
    });
    let media = media.collect_view();
    view! {
        <section>
            <h3>"Body" {body.required.then(|| view! { <span class="req">"required"</span> })}</h3>
            <div class="prose dim" inner_html=body.description.clone()></div>
            {media}
        </section>
    }
}
