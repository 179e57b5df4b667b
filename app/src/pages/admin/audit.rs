//! The audit log: who did what, to what, when.

use crate::error::AppError;
use crate::pages::admin::feedback::loaded;
use crate::ui::{Empty, Glyph, Moment, Pager, TableWrap, format};
use domain::event::{ByKind, Event};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// One page of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLog {
    pub events: Vec<Event>,
    /// Names of the partners that the events concern.
    pub partners: BTreeMap<Uuid, String>,
    /// Where the page began; `None` for the newest.
    pub before: Option<Uuid>,
    /// Where the next page begins.
    pub next: Option<Uuid>,
}

/// Events before the one with this id, newest first.
#[server]
pub async fn load_audit_log(before: Option<Uuid>) -> Result<AuditLog, AppError> {
    /// Events on one page of the log.
    const PAGE: i64 = 50;
    crate::session::server::require_admin().await?;
    let store = crate::portal::store()?;
    let mut events = store.events(None, before, PAGE + 1).await?;
    let more = events.len() as i64 > PAGE;
    events.truncate(PAGE as usize);
    let mut partners = BTreeMap::new();
    for id in events.iter().filter_map(|event| event.partner_id) {
        if let std::collections::btree_map::Entry::Vacant(unnamed) = partners.entry(id) {
            unnamed.insert(store.partner(id).await?.map(|partner| partner.name).unwrap_or_default());
        }
    }
    Ok(AuditLog { next: events.last().filter(|_| more).map(|event| event.id), events, partners, before })
}

#[component]
pub fn AuditPage() -> impl IntoView {
    let query = use_query_map();
    let before = Memo::new(move |_| query.with(|query| query.get("before").and_then(|id| id.parse().ok())));
    let log = Resource::new_blocking(move || before.get(), load_audit_log);
    view! {
        <Title text="Audit log"/>
        <main id="main">
            <div class="pagehead"><div><h1>"Audit log"</h1><p>"Written in the same transaction as the act, never edited."</p></div></div>
            <section class="card">{loaded(log, 12, |log| view! { <Listed log/> }.into_any())}</section>
        </main>
    }
}

#[component]
fn Listed(log: AuditLog) -> impl IntoView {
    let AuditLog { events, partners, before, next } = log;
    if events.is_empty() {
        return view! { <Empty icon=Glyph::History title="Nothing happened yet" text="Whatever somebody changes appears here within the same second."/> }.into_any();
    }
    let older = next.map(|id| format!("/admin/audit?before={id}"));
    let newest = before.map(|_| "/admin/audit".to_owned());
    view! {
        <TableWrap label="Audit log">
            <table>
                <thead><tr><th scope="col">"When (UTC)"</th><th scope="col">"Who"</th><th scope="col">"Did what"</th><th scope="col">"To what"</th><th scope="col">"Partner"</th></tr></thead>
                <tbody>{events.iter().map(|event| row(event, &partners)).collect_view()}</tbody>
            </table>
        </TableWrap>
        <Pager previous=newest next=older/>
    }
    .into_any()
}

fn row(event: &Event, partners: &BTreeMap<Uuid, String>) -> AnyView {
    let partner = event.partner_id.map(|id| {
        let name = partners.get(&id).cloned().unwrap_or_default();
        view! { <a class="admin-name" href=format!("/admin/partners/{id}")>{name}</a> }
    });
    view! {
        <tr>
            <td class="num"><Moment at=event.at text=format::date_and_time(event.at)/></td>
            <td>{event.by.name.clone()}{kind_of(event.by.kind).map(|kind| view! { " "<span class="tag">{kind}</span> })}</td>
            <td>{words(&event.kind)}</td>
            <td>{event.subject.clone()}{details(&event.detail)}</td>
            <td>{partner}</td>
        </tr>
    }
    .into_any()
}

fn kind_of(kind: ByKind) -> Option<&'static str> {
    match kind {
        ByKind::Person | ByKind::CommandLine => None,
        ByKind::Token => Some("token"),
        ByKind::System => Some("by itself"),
    }
}

/// `product.status_changed` as words: `product: status changed`.
pub fn words(kind: &str) -> String {
    kind.replacen('.', ": ", 1).replace('_', " ")
}

/// What else is known, folded away.
fn details(detail: &serde_json::Value) -> Option<AnyView> {
    let members = detail.as_object().filter(|members| !members.is_empty())?;
    let lines = members.iter().map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        view! { <div><dt>{words(name)}</dt><dd>{value}</dd></div> }
    });
    let list = lines.collect_view();
    Some(view! { <details class="admin-detail xs"><summary>"Details"</summary><dl>{list}</dl></details> }.into_any())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_read_as_words() {
        assert_eq!(words("product.status_changed"), "product: status changed");
        assert_eq!(words("signed_up"), "signed up");
    }
}
