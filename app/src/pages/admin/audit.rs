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

/// What was done, in words that the thing it was done to follows: `rotated key` of `key.rotated`. A kind that is newer than this list
/// reads `key: scope changed`.
pub fn words(kind: &str) -> String {
    let done = match kind {
        "admin.created" => "made admin",
        "allowance.changed" => "set the allowance without Redis to",
        "invitation.cancelled" => "withdrew the invitation of",
        "invoice.issued" => "issued invoice",
        "invoice.paid" => "marked as paid invoice",
        "key.created" => "made key",
        "key.edited" => "edited key",
        "key.revoked" => "revoked key",
        "key.rotated" => "rotated key",
        "member.invited" => "invited",
        "member.joined" => "let join",
        "member.removed" => "removed from the team",
        "member.role_changed" => "changed the role of",
        "partner.renamed" => "renamed the organisation to",
        "partner.resumed" => "resumed partner",
        "partner.suspended" => "suspended partner",
        "person.address_changed" => "changed their address to",
        "person.claim_forgotten" => "forgot the unconfirmed address",
        "person.confirmed" => "confirmed the address",
        "person.password_changed" => "changed the password of",
        "person.password_reset" => "reset the password of",
        "person.signed_up" => "signed up with",
        "plan.archived" => "archived plan",
        "plan.offered" => "offered plan",
        "product.changed" => "edited product",
        "product.created" => "made product",
        "product.partners_changed" => "chose who sees",
        "product.published" => "published a document of",
        "product.refused" => "was refused a document of",
        "product.status_changed" => "changed the status of",
        "product.upstream_changed" => "changed the upstream of",
        "settings.changed" => "changed the branding of",
        "subscription.cancelled" => "cancelled the plan",
        "subscription.changed" => "changed to the plan",
        "subscription.created" => "subscribed to",
        "subscription.ended" => "ended the plan",
        "subscription.kept" => "kept the plan",
        "token.created" => "made token",
        "token.revoked" => "revoked token",
        newer => return label(&newer.replacen('.', ": ", 1)),
    };
    done.to_owned()
}

/// A name of the machines' as words.
fn label(name: &str) -> String {
    name.replace('_', " ")
}

/// What else is known, folded away.
fn details(detail: &serde_json::Value) -> Option<AnyView> {
    let members = detail.as_object().filter(|members| !members.is_empty())?;
    let lines = members.iter().map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        view! { <div><dt>{label(name)}</dt><dd>{value}</dd></div> }
    });
    let list = lines.collect_view();
    Some(view! { <details class="admin-detail xs"><summary>"Details"</summary><dl>{list}</dl></details> }.into_any())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_read_as_what_was_done() {
        assert_eq!(words("key.rotated"), "rotated key");
        assert_eq!(words("coupon.not_yet_known"), "coupon: not yet known");
        assert_eq!(label("next_plan"), "next plan");
    }
}
