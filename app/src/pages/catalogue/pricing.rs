//! The plans of every product on one page.

use super::trouble::Failed;
use crate::error::AppError;
use crate::ui::plan_words::{cells, terms};
use crate::ui::{Empty, Glyph, Skeleton, TableWrap};
use domain::plan::Plan;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use serde::{Deserialize, Serialize};

/// A product's name with its plans, cheapest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Priced {
    pub id: String,
    pub name: String,
    pub plans: Vec<Plan>,
}

/// Every product that the visitor may see and that has a plan, by name.
#[server]
pub async fn price_list() -> Result<Vec<Priced>, AppError> {
    let store = crate::portal::store()?;
    let plans = store.all_plans().await?;
    let of = |id: &str| plans.iter().filter(|plan| plan.product_id == id).cloned().collect();
    let products = store.catalogue(crate::session::server::partner().await?).await?;
    let mut list: Vec<Priced> = products.into_iter().map(|p| Priced { plans: of(&p.id), id: p.id, name: p.name }).collect();
    list.retain(|priced| !priced.plans.is_empty());
    list.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(list)
}

/// The page at `/pricing`.
#[component]
pub fn Pricing() -> impl IntoView {
    let list = Resource::new_blocking(|| (), |()| price_list());
    view! {
        <Title text="Pricing"/>
        <Meta name="description" content="What each API costs: a free plan to build with, paid plans for production."/>
        <main id="main" class="page">
            <div class="pagehead"><div>
                <h1>"Pricing"</h1>
                <p class="dim">"Each API has its own plan, so you pay for what you use. Calls in the sandbox are always free."</p>
            </div></div>
            <Suspense fallback=|| view! { <Skeleton rows=6/> }>
                {move || Suspend::new(async move {
                    match list.await {
                        Ok(list) => view! { <PriceList list/> }.into_any(),
                        Err(error) => view! { <Failed error/> }.into_any(),
                    }
                })}
            </Suspense>
        </main>
    }
}

#[component]
fn PriceList(list: Vec<Priced>) -> impl IntoView {
    if list.is_empty() {
        return view! { <Empty icon=Glyph::Package title="No plan yet" text="Plans appear here once an API offers one."/> }.into_any();
    }
    let cards = list.into_iter().map(|priced| {
        let address = format!("/apis/{}/plans", priced.id);
        let rows = priced.plans.into_iter().map(row).collect_view();
        view! {
            <section class="card">
                <header><h2>{priced.name.clone()}</h2><a class="btn sm" href=address aria-label=format!("Choose a plan for {}", priced.name)>"Choose a plan"</a></header>
                <TableWrap label=format!("Plans of {}", priced.name)>
                    <table>
                        <thead><tr><th scope="col">"Plan"</th><th scope="col" class="r">"A month"</th><th scope="col" class="r">"Calls included"</th><th scope="col">"Beyond"</th><th scope="col" class="r">"Calls a second"</th></tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                </TableWrap>
            </section>
        }
    });
    view! { <div class="stack">{cards.collect_view()}</div> }.into_any()
}

fn row(plan: Plan) -> impl IntoView {
    let [included, beyond, pace] = cells(&plan);
    view! {
        <tr title=terms(&plan)>
            <th scope="row">{plan.name.clone()}</th>
            <td class="r">{plan.price().short()}</td>
            <td class="r">{included}</td>
            <td>{beyond}</td>
            <td class="r">{pace}</td>
        </tr>
    }
}
