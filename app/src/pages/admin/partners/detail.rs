//! One partner: figures, plans, keys, members and invoices.

use super::lists::{InvoiceCard, KeyCard, MemberCard, PlanCard};
use super::standing::StandingCard;
use super::{PartnerLine, failed, standing};
use crate::error::AppError;
use crate::pages::admin::feedback::{loaded, refetch};
use crate::pages::admin::products::Back;
use crate::ui::{Kpi, format};
use chrono::{DateTime, Utc};
use domain::account::Member;
use domain::invoice::Invoice;
use domain::key::{Key, KeyStatus};
use domain::money::{Currency, Money};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Everything about one partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerFile {
    pub line: PartnerLine,
    pub members: Vec<Member>,
    pub keys: Vec<Key>,
    pub invoices: Vec<Invoice>,
    pub now: DateTime<Utc>,
}

/// The partner with this id.
#[server]
pub async fn load_partner(id: Uuid) -> Result<PartnerFile, AppError> {
    use crate::session::server::{now, require_admin};
    require_admin().await?;
    let now = now();
    let detail = crate::portal::store()?.partner_detail(id, now).await?.ok_or_else(|| AppError::NotFound.raise())?;
    let store::PartnerDetail { row, members, keys, invoices } = detail;
    Ok(PartnerFile { line: row.into(), members, keys, invoices, now })
}

#[component]
pub fn PartnerPage() -> impl IntoView {
    let params = use_params_map();
    // An id that is none names no partner: the nil one is never given out.
    let id = Memo::new(move |_| params.with(|params| params.get("id").and_then(|id| id.parse::<Uuid>().ok())).unwrap_or_default());
    let partner = Resource::new_blocking(move || id.get(), load_partner);
    let changed = refetch(partner);
    view! {
        <main id="main">
            <Back href="/admin/partners" label="Partners"/>
            {loaded(partner, 10, move |file| view! { <Shown file changed/> }.into_any())}
        </main>
    }
}

#[component]
fn Shown(file: PartnerFile, changed: Callback<()>) -> impl IntoView {
    let PartnerFile { line, members, keys, invoices, now } = file;
    let name = line.partner.name.clone();
    let since = format!("{}, since {}", line.owner_email, format::full_date(line.partner.created_at));
    let working = keys.iter().filter(|key| matches!(key.status(now), KeyStatus::Active | KeyStatus::Rotating)).count();
    view! {
        <Title text=name.clone()/>
        <div class="pagehead">
            <div><h1>{name}</h1><p>{since}</p></div>
            {standing(&line)}
        </div>
        <div class="stack">
            {figures(&line, working)}
            <PlanCard subscriptions=line.subscriptions.clone()/>
            <KeyCard keys now/>
            <div class="two even">
                <MemberCard members/>
                <InvoiceCard invoices/>
            </div>
            <StandingCard partner=line.partner working changed/>
        </div>
    }
}

fn figures(line: &PartnerLine, working: usize) -> AnyView {
    let counts = line.counts;
    let spend = Money::new(line.spend_minor, Currency::Usd).to_string();
    view! {
        <div class="kpis">
            <Kpi label="Live calls" value=format::number(counts.answered()) detail="this period"/>
            <Kpi label="Failed" value=failed(counts) detail=format!("{} 4xx, {} 5xx", format::number(counts.client_errors), format::number(counts.error))/>
            <Kpi label="Refused" value=format::number(counts.refused) detail="by the gateway, never billed"/>
            <Kpi label="Spend so far" value=spend detail=format::count(working as i64, "working key")/>
        </div>
    }
    .into_any()
}
