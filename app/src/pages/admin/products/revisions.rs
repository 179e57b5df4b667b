//! The revisions of a product: what changed with each, and its document.

use crate::ui::{Card, Empty, Glyph, Icon, Moment, Pill, Tone, format};
use chrono::{DateTime, Utc};
use domain::product::{Revision, RevisionChange};
use leptos::prelude::*;

/// Changes that are shown before the rest folds away.
const IN_VIEW: usize = 4;

#[component]
pub fn RevisionsCard(revisions: Vec<Revision>, now: DateTime<Utc>) -> impl IntoView {
    if revisions.is_empty() {
        return view! { <Card title="Revisions"><Empty icon=Glyph::Document title="No revision yet" text="Every document that is accepted is kept here, with what it changed."/></Card> }
            .into_any();
    }
    let rows = revisions.iter().enumerate().map(|(place, revision)| view! { <li>{item(revision, place == 0, now)}</li> });
    let rows = rows.collect_view();
    view! { <Card title="Revisions"><ol class="admin-revisions">{rows}</ol></Card> }.into_any()
}

fn item(revision: &Revision, in_force: bool, now: DateTime<Utc>) -> AnyView {
    let href = format!("/admin/products/{}/revisions/{}/document", revision.product_id, revision.number);
    let label = format!("Download revision {}", revision.number);
    let breaking = revision.changes.iter().filter(|change| change.breaking).count();
    view! {
        <div class="row wrap between">
            <span class="row tight wrap">
                <b>{format!("Revision {}", revision.number)}</b>
                <span class="mono xs faint">{format!("v{}", revision.version)}</span>
                {in_force.then(|| view! { <Pill tone=Tone::Good>"In force"</Pill> })}
                {(breaking > 0).then(|| view! { <Pill tone=Tone::Bad>{format!("{breaking} breaking")}</Pill> })}
            </span>
            <span class="row tight xs faint">
                <Moment at=revision.created_at text=format::when(revision.created_at, now)/>
                <span>{format!("by {}, {}", revision.created_by, format::count(revision.operations, "operation"))}</span>
                <a class="btn sm icon-only quiet" href=href rel="external" download="" aria-label=label><Icon name=Glyph::Download size=14/></a>
            </span>
        </div>
        {changes(revision)}
    }
    .into_any()
}

fn changes(revision: &Revision) -> AnyView {
    let changes = &revision.changes;
    if revision.number == 1 {
        return view! { <p class="sm faint">"The first document."</p> }.into_any();
    }
    if changes.is_empty() {
        return view! { <p class="sm faint">"No change that readers would notice."</p> }.into_any();
    }
    let (first, rest) = changes.split_at(changes.len().min(IN_VIEW));
    let list = |changes: &[RevisionChange]| view! { <ul class="sm">{changes.iter().map(sentence).collect_view()}</ul> };
    let more =
        (!rest.is_empty()).then(|| view! { <details><summary class="sm">{format!("{} more", rest.len())}</summary>{list(rest)}</details> });
    view! { {list(first)}{more} }.into_any()
}

fn sentence(change: &RevisionChange) -> AnyView {
    let operation = change.operation.clone().map(|operation| view! { <code>{operation}</code>" " });
    view! { <li>{change.breaking.then(|| view! { <b class="bad">"Breaking: "</b> })}{operation}{change.summary.clone()}</li> }.into_any()
}
