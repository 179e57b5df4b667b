//! The lines that the palette found, as a listbox whose focus stays in the input above it.

use super::entry::{Act, Entry};
use crate::ui::badge::Verb;
use crate::ui::icon::Icon;
use leptos::prelude::*;

/// The id that the input names as its active descendant.
pub fn option_id(at: usize) -> String {
    format!("palette-{at}")
}

/// Scrolls the chosen line into view.
pub fn keep_in_sight(at: usize) {
    request_animation_frame(move || {
        if let Some(option) = document().get_element_by_id(&option_id(at)) {
            let how = web_sys::ScrollIntoViewOptions::new();
            how.set_block(web_sys::ScrollLogicalPosition::Nearest);
            option.scroll_into_view_with_scroll_into_view_options(&how);
        }
    });
}

/// The lines, by group.
#[component]
pub fn Results(found: Memo<Vec<Entry>>, chosen: RwSignal<usize>, choose: Callback<Act>) -> impl IntoView {
    let groups = move || {
        let found = found.read();
        let numbered: Vec<(usize, &Entry)> = found.iter().enumerate().collect();
        let groups = numbered.chunk_by(|(_, a), (_, b)| a.group == b.group);
        groups.map(|lines| group(lines, chosen, choose)).collect_view()
    };
    let nothing = move || found.read().is_empty().then(|| view! { <p class="nothing">"Nothing has this name. Try fewer letters."</p> });
    view! {
        <div class="found">
            <div id="palette-found" role="listbox" aria-label="Found">{groups}</div>
            <div role="status">{nothing}</div>
        </div>
    }
}

fn group(lines: &[(usize, &Entry)], chosen: RwSignal<usize>, choose: Callback<Act>) -> AnyView {
    let title = lines.first().map(|(_, entry)| entry.group.title()).unwrap_or_default();
    let options = lines.iter().map(|(at, entry)| line(*at, (*entry).clone(), chosen, choose)).collect_view();
    view! {
        <div role="group" aria-label=title>
            <span aria-hidden="true">{title}</span>
            {options}
        </div>
    }
    .into_any()
}

fn line(at: usize, entry: Entry, chosen: RwSignal<usize>, choose: Callback<Act>) -> AnyView {
    let Entry { icon, title, detail, method, act, .. } = entry;
    let mark = match method {
        Some(method) => view! { <Verb method=method/> }.into_any(),
        None => view! { <Icon name=icon size=15/> }.into_any(),
    };
    view! {
        <div
            role="option"
            id=option_id(at)
            aria-selected=move || if chosen.get() == at { "true" } else { "false" }
            on:mousemove=move |_| chosen.set(at)
            on:click=move |_| choose.run(act.clone())
        >
            {mark}
            <span class="clip">{title}</span>
            <span class="detail clip">{detail}</span>
        </div>
    }
    .into_any()
}
