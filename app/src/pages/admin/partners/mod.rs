//! Partners: the list, and everything about one.

mod detail;
mod lists;
mod standing;

pub use detail::PartnerPage;

use crate::error::AppError;
use crate::pages::admin::feedback::loaded;
use crate::ui::query::with_query;
use crate::ui::{Ask, Empty, Glyph, Icon, Pager, Pill, TableWrap, Tone, format};
use domain::account::{Partner, PartnerStatus};
use domain::money::{Currency, Money};
use domain::subscription::Subscription;
use domain::usage::Counts;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};

/// Partners on one page of the list.
const PAGE: usize = 50;

/// A partner with its figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerLine {
    pub partner: Partner,
    pub owner_email: String,
    /// Whether an owner confirmed their address.
    pub confirmed: bool,
    pub subscriptions: Vec<Subscription>,
    /// Live calls of the running period.
    pub counts: Counts,
    /// So far in the running period, in minor units of USD.
    pub spend_minor: i64,
}

#[cfg(feature = "ssr")]
impl From<store::PartnerRow> for PartnerLine {
    fn from(row: store::PartnerRow) -> Self {
        let store::PartnerRow { partner, owner_email, confirmed, subscriptions, counts, spend_minor } = row;
        Self { partner, owner_email, confirmed, subscriptions, counts, spend_minor }
    }
}

/// One page of partners.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerList {
    pub lines: Vec<PartnerLine>,
    /// How many match the search.
    pub found: usize,
    pub page: usize,
    pub search: String,
}

/// Partners whose name or owner matches; an empty search matches all.
#[server]
pub async fn load_partners(search: String, page: usize) -> Result<PartnerList, AppError> {
    use crate::session::server::{now, require_admin};
    require_admin().await?;
    let rows = crate::portal::store()?.partner_rows(&search, now()).await?;
    let found = rows.len();
    let lines = rows.into_iter().skip(page.saturating_mul(PAGE)).take(PAGE).map(PartnerLine::from).collect();
    Ok(PartnerList { lines, found, page, search })
}

#[component]
pub fn PartnersPage() -> impl IntoView {
    let query = use_query_map();
    let value = move |name: &str| query.with(|query| query.get(name).unwrap_or_default());
    let asked = Memo::new(move |_| (value("q"), value("page").parse().unwrap_or_default()));
    let partners = Resource::new_blocking(move || asked.get(), |(search, page)| load_partners(search, page));
    view! {
        <Title text="Partners"/>
        <main id="main">
            <div class="pagehead"><div><h1>"Partners"</h1><p>"Organisations that call your APIs, with their running period."</p></div></div>
            <section class="card">
                <header>
                    <Ask action="/admin/partners" class="row tight admin-search" role="search">
                        <input class="input sm" type="search" name="q" value=asked.get_untracked().0 placeholder="Name or owner's address" aria-label="Find a partner by name or owner's address"/>
                        <button class="btn sm"><Icon name=Glyph::Search size=13/>"Search"</button>
                    </Ask>
                </header>
                {loaded(partners, 8, |list| view! { <Listed list/> }.into_any())}
            </section>
        </main>
    }
}

#[component]
fn Listed(list: PartnerList) -> impl IntoView {
    let PartnerList { lines, found, page, search } = list;
    if lines.is_empty() {
        let (title, text) = if search.is_empty() {
            ("No partners yet", "An organisation appears here when somebody signs up.")
        } else {
            ("Nobody matches", "Names and owners' addresses are searched. Try fewer letters.")
        };
        return view! { <Empty icon=Glyph::Building title=title text=text/> }.into_any();
    }
    let from = page * PAGE + 1;
    let shown = format!("{from} to {} of {}", from + lines.len() - 1, format::count(found as i64, "partner"));
    let previous = page.checked_sub(1).map(|page| address(&search, page));
    let next = (from + lines.len() <= found).then(|| address(&search, page + 1));
    view! {
        <TableWrap label="Partners" facts=true>
            <table>
                <thead><tr>
                    <th scope="col">"Partner"</th><th scope="col">"State"</th><th scope="col">"Plans"</th><th scope="col" class="r">"Live calls"</th>
                    <th scope="col" class="r">"Failed"</th><th scope="col" class="r">"Spend so far"</th>
                </tr></thead>
                <tbody>{lines.iter().map(row).collect_view()}</tbody>
            </table>
        </TableWrap>
        <Pager shown=shown previous=previous next=next/>
    }
    .into_any()
}

fn address(search: &str, page: usize) -> String {
    let (search, page) = ((!search.is_empty()).then(|| search.to_owned()), (page > 0).then(|| page.to_string()));
    with_query("/admin/partners", [("q", search), ("page", page)])
}

fn row(line: &PartnerLine) -> AnyView {
    let href = format!("/admin/partners/{}", line.partner.id);
    let plans = line.subscriptions.iter().map(|it| format!("{} {}", it.product_name, it.plan.name)).collect::<Vec<_>>();
    let plans = if plans.is_empty() { "–".to_owned() } else { plans.join(", ") };
    view! {
        <tr>
            <td class="name"><a class="admin-name" href=href><b>{line.partner.name.clone()}</b></a><div class="xs faint">{line.owner_email.clone()}</div></td>
            <td class="state">{standing(line)}</td>
            <td class="sm" data-label="Plans">{plans}</td>
            <td class="r" data-label="Live calls">{format::number(line.counts.answered())}</td>
            <td class="r" data-label="Failed">{failed(line.counts)}</td>
            <td class="r" data-label="Spend so far">{Money::new(line.spend_minor, Currency::Usd).to_string()}</td>
        </tr>
    }
    .into_any()
}

/// The share of calls that a partner would call failed.
fn failed(counts: Counts) -> String {
    if counts.answered() == 0 { "–".to_owned() } else { format::percent(counts.failed() as f64 / counts.answered() as f64) }
}

/// Whether its keys work, and whether anybody proved to be who signed up.
fn standing(line: &PartnerLine) -> AnyView {
    let unconfirmed = (!line.confirmed).then(|| view! { <Pill tone=Tone::Warn>"Not confirmed"</Pill> });
    view! { <span class="row tight wrap">{status(line.partner.status)}{unconfirmed}</span> }.into_any()
}

fn status(status: PartnerStatus) -> AnyView {
    match status {
        PartnerStatus::Active => view! { <Pill tone=Tone::Good>"Active"</Pill> }.into_any(),
        PartnerStatus::Suspended => view! { <Pill tone=Tone::Bad>"Suspended"</Pill> }.into_any(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_of_a_search_keep_what_was_typed() {
        assert_eq!(address("", 0), "/admin/partners");
        assert_eq!(address("", 2), "/admin/partners?page=2");
        assert!(address("a&b=c", 1).contains("q=a%26b%3Dc"), "{}", address("a&b=c", 1));
    }
}
