//! An operation that is drawn when the reader comes near it.

use super::{behaviour, load_operation};
use crate::ui::Verb;
use leptos::prelude::*;
use spec::Entry;

/// A section of its final place; its text arrives later, and until then a link leads to the page that has it.
#[component]
pub fn Later(id: String, entry: Entry) -> impl IntoView {
    let place = NodeRef::<leptos::html::Section>::new();
    let near = behaviour::comes_near(place);
    let anchor = entry.id.clone();
    let (product, name) = (id.clone(), anchor.clone());
    let part = LocalResource::new(move || {
        let (product, name) = (product.clone(), name.clone());
        let wanted = near.get();
        async move { if wanted { load_operation(product, name).await.ok().and_then(|parts| parts.into_iter().next()) } else { None } }
    });
    let html = move || part.get().flatten().map(|(_, html)| html);
    let address = format!("/apis/{id}/docs/{anchor}");
    let label = if entry.summary.is_empty() { entry.path.clone() } else { entry.summary.clone() };
    let waiting = move || {
        view! {
            <div class="later">
                <h2><a href=address.clone()>{label.clone()}</a></h2>
                <p class="row"><Verb method=entry.method.as_str().to_owned()/><code>{entry.path.clone()}</code></p>
            </div>
        }
    };
    view! {
        <section class="part" id=anchor data-part="" node_ref=place>
            {move || match html() {
                Some(html) => view! { <div class="arrived" inner_html=html></div> }.into_any(),
                None => waiting().into_any(),
            }}
        </section>
    }
}
