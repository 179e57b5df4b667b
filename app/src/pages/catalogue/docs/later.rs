//! An operation that is drawn when the reader comes near it.

use super::{behaviour, load_operation};
use crate::ui::Verb;
use leptos::prelude::*;
use leptos::task::spawn_local;
use spec::Entry;
use std::time::Duration;

/// How long to wait before an operation that did not come is asked for again: the first time, and the last.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// A section of its final place; its text arrives later, and until then a link leads to the page that has it.
#[component]
pub fn Later(id: String, entry: Entry) -> impl IntoView {
    let place = NodeRef::<leptos::html::Section>::new();
    let near = behaviour::comes_near(place);
    let anchor = entry.id.clone();
    let address = format!("/apis/{id}/docs/{anchor}");
    // Not a resource: the server would wait for one, and has nothing to wait for.
    let html = RwSignal::new(None::<String>);
    let name = anchor.clone();
    Effect::new(move |_| {
        if near.get() {
            arrive(id.clone(), name.clone(), html, FIRST_PAUSE);
        }
    });
    let label = if entry.summary.is_empty() { entry.path.clone() } else { entry.summary.clone() };
    let waiting = move || {
        view! {
            <div class="later">
                <h2><a href=address.clone()>{label.clone()}</a></h2>
                <p class="row"><Verb method=entry.method.as_str().to_owned() whole=true/><code>{entry.path.clone()}</code></p>
            </div>
        }
    };
    view! {
        <section class="part" id=anchor data-part="" node_ref=place>
            {move || match html.get() {
                Some(html) => view! { <div class="arrived" inner_html=html></div> }.into_any(),
                None => waiting().into_any(),
            }}
        </section>
    }
}

/// Fetches the drawing, once more after twice the pause where the server is busy or starts anew. Where that fails for good, the link to the
/// operation's own page stays.
fn arrive(product: String, name: String, html: RwSignal<Option<String>>, pause: Duration) {
    spawn_local(async move {
        match load_operation(product.clone(), name.clone()).await {
            // The reader may have left the page meanwhile.
            Ok(parts) => _ = html.try_set(parts.into_iter().next().map(|(_, drawn)| drawn)),
            Err(error) if error.may_pass() && pause <= LONGEST_PAUSE && !html.is_disposed() => {
                set_timeout(move || arrive(product, name, html, pause * 2), pause);
            }
            Err(_) => {}
        }
    });
}
