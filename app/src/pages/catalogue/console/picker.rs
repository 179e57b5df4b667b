//! Choosing the operation that lies on the desk.

use crate::ui::{Glyph, Icon, Verb};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use spec::{Group, Operation};

/// The operation in the console, and a list of all behind it. Without JavaScript the list is links.
#[component]
pub fn OperationPicker(product: String, groups: Vec<Group>, current: Operation) -> impl IntoView {
    let navigate = use_navigate();
    let address = format!("/apis/{product}/console");
    let chosen = current.id.clone();
    let go = move |id: String| {
        let target = format!("{address}?operation={}", spec::request::percent(&id));
        navigate(&target, NavigateOptions { scroll: false, ..NavigateOptions::default() });
    };
    let groups = groups.into_iter().map(|group| {
        let title = if group.tag.is_empty() { "Operations".to_owned() } else { group.tag };
        let options = group.entries.into_iter().map(|entry| {
            let words = if entry.summary.is_empty() { entry.path.clone() } else { entry.summary.clone() };
            view! { <option value=entry.id.clone() selected=entry.id == chosen>{format!("{} {} · {words}", entry.method, entry.path)}</option> }
        });
        view! { <optgroup label=title>{options.collect_view()}</optgroup> }
    });
    let groups = groups.collect_view();
    view! {
        <label class="picker grow">
            <Verb method=current.method.as_str()/>
            <span class="mono sm clip">{current.path.clone()}</span>
            <span class="grow"></span>
            <span class="faint sm clip">{current.summary.clone()}</span>
            <Icon name=Glyph::ChevronUpDown size=14/>
            <select aria-label="Operation" on:change:target=move |event| go(event.target().value())>{groups}</select>
        </label>
    }
}
