//! Documentation drawn to HTML by the server.

mod answers;
mod inputs;
mod operation;
pub mod prose;
pub mod reader;
mod sample;
mod schema;
#[cfg(test)]
mod tests;

use super::{Outline, Parts};
use domain::product::Product;
use leptos::prelude::*;
use reader::Reader;
use sample::SampleBlock;
use spec::Api;

/// Operations are drawn with the page until their HTML is this long; the rest arrive when the reader comes near.
const OPENING_BYTES: usize = 300_000;

/// What the sidebar shows.
pub fn outline(product: Product, api: &Api) -> Outline {
    let index = api.index();
    let mut groups = index.groups;
    groups.iter_mut().for_each(|group| group.description.clear());
    Outline {
        id: product.id,
        name: product.name,
        version: product.version,
        icon: product.icon,
        description: product.description,
        sections: prose::split(&api.description).1.into_iter().map(|section| (section.anchor, section.title)).collect(),
        groups,
        schemas: index.schemas,
    }
}

/// The introduction, and as many operations as fit.
pub fn opening(api: &Api, reader: &Reader) -> Parts {
    let mut parts = vec![("introduction".to_owned(), html(|| prose::introduction(api), &reader.product))];
    let mut length = 0;
    for entry in api.index().groups.iter().flat_map(|group| &group.entries) {
        if length > OPENING_BYTES {
            break;
        }
        if let Some(drawn) = operation(api, &entry.id, reader) {
            length += drawn.len();
            parts.push((entry.id.clone(), drawn));
        }
    }
    parts
}

/// One operation or webhook; `None` where the document has no such id.
pub fn operation(api: &Api, id: &str, reader: &Reader) -> Option<String> {
    let operation = api.operation(id)?;
    Some(html(|| operation::view(api, operation, reader), &reader.product))
}

/// One named schema.
pub fn schema(api: &Api, name: &str, product: &str) -> Option<String> {
    let named = api.schemas.get(name)?;
    Some(html(|| schema::page(api, name, named, product), product))
}

/// The call that is tried first: its label and its samples.
pub fn first_call(api: &Api, reader: &Reader) -> Option<(String, String)> {
    let first = reader::first_call(api)?;
    let samples = reader.samples(first, &api.schemas);
    Some((first.label().to_owned(), html(|| view! { <SampleBlock samples name="first"/> }, &reader.product)))
}

/// The HTML of a view; outside of a page too, where nobody said yet where the icons are.
fn html<V: IntoView>(view: impl FnOnce() -> V, product: &str) -> String {
    if use_context::<crate::ui::paths::Paths>().is_none() {
        crate::ui::paths::provide_paths();
    }
    // The marks that hydration would look for: nobody hydrates this.
    let drawn = view().into_view().to_html().replace("<!>", "");
    prose::anchored(&drawn, product)
}
