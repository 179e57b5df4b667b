//! The sidebar of the documentation: every operation and schema, a filter, and where the reader is.

use super::{Outline, behaviour};
use crate::pages::catalogue::card::ProductIcon;
use crate::ui::Verb;
use crate::ui::{Glyph, Icon};
use leptos::prelude::*;
use spec::{Entry, Group};

/// From this many links on, those outside of the window are left to be laid out when they come near.
const MANY: usize = 100;

/// Everything in the document, with the part in view marked.
#[component]
pub fn Sidebar(outline: Outline, current: RwSignal<String>) -> impl IntoView {
    let words = RwSignal::new(String::new());
    let filter = NodeRef::<leptos::html::Input>::new();
    let list = NodeRef::<leptos::html::Nav>::new();
    behaviour::focus_on_key(filter, "f");
    behaviour::keep_in_view(list, current);
    let id = outline.id.clone();
    let list_class = if outline.entries().count() > MANY { "navlist long" } else { "navlist" };
    let sections = sections(&outline, current);
    let schemas = (!outline.schemas.is_empty()).then(|| schemas(&id, outline.schemas, words, current));
    let groups = outline.groups.into_iter().map(|group| view! { <GroupLinks id=id.clone() group words current/> }).collect_view();
    view! {
        <button type="button" class="btn phone-only contents-switch" popovertarget="contents"><Icon name=Glyph::List size=15/>"Contents"</button>
        <aside class="sidenav drawer" id="contents" popover="auto" aria-label="Contents">
                <a class="row docs-name" href=format!("/apis/{id}")>
                    <ProductIcon name=outline.icon/>
                    <span class="grow"><b>{outline.name}</b><span class="xs faint mono block">{format!("v{}", outline.version)}</span></span>
                </a>
                <label class="searchbox">
                    <Icon name=Glyph::Filter size=15/>
                    <input node_ref=filter type="search" placeholder="Filter" aria-label="Filter operations and schemas" autocomplete="off" bind:value=words/>
                    <kbd aria-hidden="true">"F"</kbd>
                </label>
                <nav class=list_class aria-label="Documentation" node_ref=list on:click=behaviour::jump>
                    {sections}
                    {groups}
                    {schemas}
                </nav>
        </aside>
    }
}

/// The parts of the introduction, and the product's other pages.
fn sections(outline: &Outline, current: RwSignal<String>) -> impl IntoView + use<> {
    let id = &outline.id;
    let headings = outline.sections.iter().map(|(anchor, words)| {
        let (address, words) = (format!("/apis/{id}/docs#{anchor}"), words.clone());
        view! { <NavLink address anchor=anchor.clone() current><Icon name=Glyph::Book size=15/><span>{words}</span></NavLink> }
    });
    view! {
        <NavLink address=format!("/apis/{id}/docs#introduction") anchor="introduction".to_owned() current><Icon name=Glyph::Book size=15/><span>"Introduction"</span></NavLink>
        {headings.collect_view()}
        <a href=format!("/apis/{id}/console")><Icon name=Glyph::Terminal size=15/><span>"Console"</span></a>
        <a href=format!("/apis/{id}/changelog")><Icon name=Glyph::History size=15/><span>"Changelog"</span></a>
    }
}

#[component]
fn NavLink(address: String, anchor: String, current: RwSignal<String>, children: Children) -> impl IntoView {
    let target = anchor.clone();
    view! { <a href=address data-anchor=anchor aria-current=move || current.with(|c| *c == target).then_some("true")>{children()}</a> }
}

#[component]
fn GroupLinks(id: String, group: Group, words: RwSignal<String>, current: RwSignal<String>) -> impl IntoView {
    let title = if group.tag.is_empty() { "Operations".to_owned() } else { group.tag };
    let texts: Vec<String> = group.entries.iter().map(searched).collect();
    let is_empty = move || words.with(|words| !texts.iter().any(|text| fits(text, words)));
    let links = group.entries.into_iter().map(|entry| view! { <OperationLink id=id.clone() entry words current/> }).collect_view();
    view! { <div hidden=is_empty><h2>{title}</h2>{links}</div> }
}

#[component]
fn OperationLink(id: String, entry: Entry, words: RwSignal<String>, current: RwSignal<String>) -> impl IntoView {
    let text = searched(&entry);
    let hidden = move || words.with(|words| !fits(&text, words));
    let label = if entry.summary.is_empty() { entry.path } else { entry.summary };
    let (anchor, deprecated) = (entry.id, entry.deprecated);
    let target = anchor.clone();
    view! {
        <a
            href=format!("/apis/{id}/docs/{anchor}")
            data-anchor=anchor
            hidden=hidden
            class:deprecated=deprecated
            aria-current=move || current.with(|c| *c == target).then_some("true")
        >
            <Verb method=entry.method.as_str().to_owned()/>
            <span>{label}</span>
        </a>
    }
}

fn schemas(id: &str, names: Vec<String>, words: RwSignal<String>, current: RwSignal<String>) -> impl IntoView + use<> {
    let links = names.into_iter().map(|name| {
        let text = name.to_lowercase();
        let hidden = move || words.with(|words| !fits(&text, words));
        let address = format!("/apis/{id}/schemas/{}", spec::request::percent(&name));
        let target = name.clone();
        view! {
            <a href=address hidden=hidden aria-current=move || current.with(|c| *c == target).then_some("true")>
                <span class="verb faint" aria-hidden="true">"{ }"</span>
                <span>{name}</span>
            </a>
        }
    });
    view! { <h2>"Schemas"</h2>{links.collect_view()} }
}

/// The text of an entry that the filter looks at.
fn searched(entry: &Entry) -> String {
    format!("{} {} {}", entry.method, entry.path, entry.summary).to_lowercase()
}

/// Whether every word is somewhere in the text.
fn fits(text: &str, words: &str) -> bool {
    words.split_whitespace().all(|word| text.contains(&word.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_wants_every_word() {
        let text = "get /shipments/{number} track a shipment";
        assert!(fits(text, "") && fits(text, "  ") && fits(text, "GET ship") && fits(text, "track number"));
        assert!(!fits(text, "post ship"));
    }
}
