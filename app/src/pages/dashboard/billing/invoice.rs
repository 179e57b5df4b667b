//! One invoice, ready to be printed.

use super::preview::bill_line;
use crate::error::AppError;
use crate::ui::{Glyph, Icon, Moment, Retry, Skeleton, format, invoice_state};
use domain::invoice::Invoice;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use uuid::Uuid;

/// One invoice of the reader's organisation, and the organisation's name.
#[server]
pub async fn load_invoice(id: Uuid) -> Result<(Invoice, String), AppError> {
    let (actor, partner) = crate::session::server::require(domain::access::Action::ReadPartner).await?;
    let invoice = crate::portal::store()?.invoice(partner, id).await?.ok_or_else(|| AppError::NotFound.raise())?;
    Ok((invoice, actor.membership.map(|membership| membership.partner.name).unwrap_or_default()))
}

#[component]
pub fn InvoicePage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").and_then(|id| id.parse::<Uuid>().ok())).unwrap_or_default());
    let invoice = Resource::new_blocking(move || id.get(), load_invoice);
    view! {
        <main id="main">
            <Transition fallback=|| view! { <Skeleton rows=6/> }>
                {move || invoice.get().map(|answer| match answer {
                    Ok((invoice, partner)) => view! { <Sheet invoice partner/> }.into_any(),
                    Err(error) => view! { <Title text="Invoice"/><h1>"Invoice"</h1><Retry error on_retry=Callback::new(move |()| invoice.refetch())/> }.into_any(),
                })}
            </Transition>
        </main>
    }
}

#[component]
fn Sheet(invoice: Invoice, partner: String) -> impl IntoView {
    let last_day = invoice.period.end - chrono::TimeDelta::days(1);
    let print = move |_| {
        // It fails only where the browser forbids printing, and then the browser says so.
        window().print().ok();
    };
    view! {
        <Title text=format!("Invoice {}", invoice.number)/>
        <div class="pagehead">
            <div>
                <h1>"Invoice " {invoice.number.clone()}</h1>
                <p class="dim">{partner} ", " {format::full_date(invoice.period.start)} " to " {format::full_date(last_day)}</p>
            </div>
            <span class="row">
                <a class="btn" href="/dashboard/billing"><Icon name=Glyph::ArrowLeft/>"Billing"</a>
                <button class="btn" on:click=print><Icon name=Glyph::Printer/>"Print"</button>
            </span>
        </div>
        <section class="card invoice">
            <header>
                <span>"Issued " <Moment at=invoice.issued_at text=format::full_date(invoice.issued_at)/></span>
                {invoice_state(&invoice)}
            </header>
            {invoice.lines.iter().cloned().map(|line| bill_line(line, invoice.currency)).collect_view()}
            <div class="line total"><span>"Total"</span><span class="num">{invoice.total().to_string()}</span></div>
        </section>
    }
}
