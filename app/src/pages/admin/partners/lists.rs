//! What a partner has: plans, keys, members and invoices, each in its card.

use crate::pages::admin::products::capital;
use crate::ui::{Card, Empty, Glyph, Moment, Pill, TableWrap, Tone, format, invoice_state, key_state, subscription_state};
use chrono::{DateTime, Utc};
use domain::account::Member;
use domain::invoice::Invoice;
use domain::key::{Key, Scope};
use domain::subscription::Subscription;
use leptos::prelude::*;

#[component]
pub fn PlanCard(subscriptions: Vec<Subscription>) -> impl IntoView {
    if subscriptions.is_empty() {
        return view! { <Card title="Plans"><Empty icon=Glyph::Package title="No plans" text="A plan appears here when the partner subscribes to a product."/></Card> }
            .into_any();
    }
    let rows = subscriptions.iter().map(|it| {
        let href = format!("/admin/products/{}", it.product_id);
        view! {
            <tr>
                <td><a class="admin-name" href=href>{it.product_name.clone()}</a></td>
                <td>{it.plan.name.clone()}</td>
                <td>{subscription_state(it)}</td>
                <td><Moment at=it.started_at text=format::full_date(it.started_at)/></td>
                <td class="r">{it.plan.price().to_string()}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    view! {
        <Card title="Plans">
            <TableWrap label="Plans">
                <table>
                    <thead><tr><th scope="col">"Product"</th><th scope="col">"Plan"</th><th scope="col">"State"</th><th scope="col">"Since (UTC)"</th><th scope="col" class="r">"A month"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </TableWrap>
        </Card>
    }
    .into_any()
}

#[component]
pub fn KeyCard(keys: Vec<Key>, now: DateTime<Utc>) -> impl IntoView {
    if keys.is_empty() {
        return view! { <Card title="Keys"><Empty icon=Glyph::Key title="No keys" text="A key appears here when somebody of the partner makes one."/></Card> }.into_any();
    }
    let rows = keys.iter().map(|key| {
        let last_used = match key.last_used_at {
            Some(at) => view! { <Moment at=at text=format::when(at, now)/> }.into_any(),
            None => "never".into_any(),
        };
        view! {
            <tr>
                <td><b>{key.name.clone()}</b><div class="mono xs faint">{key.prefix.clone()}</div></td>
                <td>{key_state(key, now)}</td>
                <td class="sm">{scope(&key.scope)}</td>
                <td>{last_used}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    view! {
        <Card title="Keys">
            <TableWrap label="Keys">
                <table>
                    <thead><tr><th scope="col">"Key"</th><th scope="col">"State"</th><th scope="col">"May call"</th><th scope="col">"Last used (UTC)"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </TableWrap>
        </Card>
    }
    .into_any()
}

fn scope(scope: &Scope) -> String {
    match scope {
        Scope::All => "all APIs".to_owned(),
        Scope::Only(products) => products.join(", "),
    }
}

#[component]
pub fn MemberCard(members: Vec<Member>) -> impl IntoView {
    let rows = members.iter().map(|member| {
        view! {
            <tr>
                <td><b>{member.name.clone()}</b><div class="xs faint">{member.email.clone()}</div></td>
                <td>{capital(member.role.as_str())}</td>
                <td>{confirmed(member.verified)}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    view! {
        <Card title="Members">
            <TableWrap label="Members">
                <table>
                    <thead><tr><th scope="col">"Member"</th><th scope="col">"Role"</th><th scope="col">"Address"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </TableWrap>
        </Card>
    }
}

fn confirmed(verified: bool) -> AnyView {
    let (tone, text) = if verified { (Tone::Good, "Confirmed") } else { (Tone::Warn, "Not confirmed") };
    view! { <Pill tone=tone>{text}</Pill> }.into_any()
}

#[component]
pub fn InvoiceCard(invoices: Vec<Invoice>) -> impl IntoView {
    if invoices.is_empty() {
        return view! { <Card title="Invoices"><Empty icon=Glyph::Receipt title="No invoices yet" text="One appears here when a month with a plan is over."/></Card> }.into_any();
    }
    let rows = invoices.iter().map(|invoice| {
        view! {
            <tr>
                <td><b>{format::month(invoice.period.start)}</b><div class="mono xs faint">{invoice.number.clone()}</div></td>
                <td>{invoice_state(invoice)}</td>
                <td class="r">{invoice.total().to_string()}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    view! {
        <Card title="Invoices">
            <TableWrap label="Invoices">
                <table>
                    <thead><tr><th scope="col">"Period"</th><th scope="col">"State"</th><th scope="col" class="r">"Total"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </TableWrap>
        </Card>
    }
    .into_any()
}
