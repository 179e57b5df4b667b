//! Billing: what the running period costs so far, the plans behind it, and the invoices of closed periods.

mod invoice;
mod plans;
mod preview;

pub use invoice::InvoicePage;

use crate::error::AppError;
use crate::ui::{Card, Empty, Glyph, Moment, Retry, Skeleton, TableWrap, format, invoice_state};
use chrono::{DateTime, Utc};
use domain::invoice::{Invoice, Preview};
use domain::plan::Plan;
use domain::subscription::Subscription;
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};

/// What the billing page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Billing {
    /// One for each currency.
    pub previews: Vec<Preview>,
    pub subscriptions: Vec<Subscription>,
    /// What each of their products offers, cheapest first.
    pub offered: Vec<Plan>,
    pub invoices: Vec<Invoice>,
    pub may_manage_plans: bool,
    pub now: DateTime<Utc>,
}

/// The bills of the reader's organisation.
#[server]
pub async fn load_billing() -> Result<Billing, AppError> {
    use crate::session::server::{now, require};
    use domain::access::{Action, may};
    let (actor, partner) = require(Action::ReadPartner).await?;
    let (store, now) = (crate::portal::store()?, now());
    let subscriptions = store.subscriptions(partner).await?;
    let mut offered = store.all_plans().await?;
    offered.retain(|plan| subscriptions.iter().any(|it| it.product_id == plan.product_id));
    Ok(Billing {
        previews: store.preview(partner, now).await?,
        subscriptions,
        offered,
        invoices: store.invoices(partner).await?,
        may_manage_plans: may(&actor, Action::ManagePlans, Some(partner)),
        now,
    })
}

#[component]
pub fn BillingPage() -> impl IntoView {
    let billing = Resource::new_blocking(|| (), |()| load_billing());
    let changed = Callback::new(move |()| billing.refetch());
    view! {
        <Title text="Billing"/>
        <main id="main">
            <div class="pagehead">
                <h1>"Billing"</h1>
                <p class="dim">"Every amount is priced from the calls that were counted, and says how."</p>
            </div>
            <Transition fallback=|| view! { <Skeleton rows=8/> }>
                {move || billing.get().map(|answer| match answer {
                    Ok(billing) => view! { <Cards billing changed/> }.into_any(),
                    Err(error) => view! { <Retry error on_retry=changed/> }.into_any(),
                })}
            </Transition>
        </main>
    }
}

#[component]
fn Cards(billing: Billing, changed: Callback<()>) -> impl IntoView {
    let Billing { previews, subscriptions, offered, invoices, may_manage_plans, now } = billing;
    view! {
        <div class="stack">
            <div class="two">
                <div class="stack">{previews.into_iter().map(|preview| view! { <preview::PreviewCard preview/> }).collect_view()}</div>
                <plans::PlansCard subscriptions offered may_manage=may_manage_plans now changed/>
            </div>
            <Card title="Invoices">{invoice_list(&invoices)}</Card>
        </div>
    }
}

fn invoice_list(invoices: &[Invoice]) -> AnyView {
    if invoices.is_empty() {
        return view! { <Empty icon=Glyph::Receipt title="No invoices yet" text="One appears here when a month with a plan is over."/> }
            .into_any();
    }
    let rows = invoices.iter().map(invoice_row).collect_view();
    view! {
        <TableWrap label="Invoices">
            <table>
                <thead><tr><th>"Period"</th><th>"State"</th><th>"Issued (UTC)"</th><th class="r">"Total"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </TableWrap>
    }
    .into_any()
}

fn invoice_row(invoice: &Invoice) -> AnyView {
    let href = format!("/dashboard/billing/{}", invoice.id);
    view! {
        <tr>
            <td><a href=href><b>{format::month(invoice.period.start)}</b></a><div class="xs faint mono">{invoice.number.clone()}</div></td>
            <td>{invoice_state(invoice)}</td>
            <td><Moment at=invoice.issued_at text=format::full_date(invoice.issued_at)/></td>
            <td class="r">{invoice.total().to_string()}</td>
        </tr>
    }
    .into_any()
}
