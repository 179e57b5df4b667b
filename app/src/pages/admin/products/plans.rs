//! The plans of a product: what is on offer, the next version of one, the end of one.

use super::frame::{ProductFrame, product_in_address};
use super::plan_form::PlanForm;
use crate::error::AppError;
use crate::pages::admin::feedback::{after, loaded, refetch};
use crate::ui::plan_words::cells;
use crate::ui::{AskFirst, Card, Empty, Glyph, Refused, Submit, TableWrap};
use domain::plan::Plan;
use domain::product::Product;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A product and the plans it offers, cheapest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductPlans {
    pub product: Product,
    pub plans: Vec<Plan>,
}

/// The plans on offer.
#[server]
pub async fn load_plans(id: String) -> Result<ProductPlans, AppError> {
    crate::session::server::require_admin().await?;
    let store = crate::portal::store()?;
    let product = store.product(&id).await?.ok_or_else(|| AppError::NotFound.raise())?;
    Ok(ProductPlans { product, plans: store.plans(&id).await? })
}

/// Takes a plan off the offer.
#[server(ArchivePlan)]
pub async fn archive_plan(plan: Uuid) -> Result<(), AppError> {
    use crate::session::server::{now, require_admin};
    let by = domain::event::By::person(&require_admin().await?.person);
    if !crate::portal::store()?.archive_plan(plan, &by, now()).await? {
        return Err(AppError::NotFound.raise());
    }
    Ok(())
}

#[component]
pub fn PlansPage() -> impl IntoView {
    let id = product_in_address();
    let plans = Resource::new_blocking(move || id.get(), load_plans);
    let changed = refetch(plans);
    view! {
        <main id="main">
            {loaded(plans, 8, move |plans| view! { <Shown plans changed/> }.into_any())}
        </main>
    }
}

#[component]
fn Shown(plans: ProductPlans, changed: Callback<()>) -> impl IntoView {
    let ProductPlans { product, plans } = plans;
    let archive = ServerAction::<ArchivePlan>::new();
    after(archive, changed, |()| "The plan is off the offer. Partners who have it keep it.".to_owned());
    let (id, query) = (product.id.clone(), use_query_map());
    let offered = plans.clone();
    let form = move || {
        let slug = query.with(|query| query.get("version").unwrap_or_default());
        let before = offered.iter().find(|plan| plan.slug == slug).cloned();
        view! { <PlanForm product=id.clone() before changed/> }
    };
    view! {
        <ProductFrame product tab="plans">
            <Card title="On offer">
                <Refused action=archive fields=&[]/>
                {list(&plans, archive)}
            </Card>
            {form}
        </ProductFrame>
    }
}

fn list(plans: &[Plan], archive: ServerAction<ArchivePlan>) -> AnyView {
    if plans.is_empty() {
        return view! { <Empty icon=Glyph::Tag title="No plan on offer" text="Without one nobody can call this product live. Offer the first one below."/> }.into_any();
    }
    let rows = plans.iter().map(|plan| row(plan, archive)).collect_view();
    view! {
        <TableWrap label="Plans on offer">
            <table>
                <thead><tr>
                    <th scope="col">"Plan"</th><th scope="col" class="r">"A month"</th><th scope="col" class="r">"Calls included"</th>
                    <th scope="col" class="r">"Beyond"</th><th scope="col" class="r">"A second"</th><th scope="col"><span class="unseen">"Actions"</span></th>
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </TableWrap>
    }
    .into_any()
}

fn row(plan: &Plan, archive: ServerAction<ArchivePlan>) -> AnyView {
    let [included, beyond, pace] = cells(plan);
    let next = format!("/admin/products/{}/plans?version={}#plan-form", plan.product_id, plan.slug);
    let id = plan.id.to_string();
    let (renew, end) = (format!("New version of {}", plan.name), format!("Archive {}", plan.name));
    let words = format!("{} is archived: nobody can choose it any more; partners who have it keep it.", plan.name);
    view! {
        <tr>
            <td><b>{plan.name.clone()}</b>" "<span class="mono xs faint">{format!("{} v{}", plan.slug, plan.version)}</span></td>
            <td class="r">{plan.price().to_string()}</td>
            <td class="r">{included}</td>
            <td class="r">{beyond}</td>
            <td class="r">{pace}</td>
            <td class="r">
                <div class="row tight end">
                    <a class="btn sm" href=next aria-label=renew>"New version"</a>
                    <AskFirst label="Archive" name=end.clone() class="sm quiet danger">
                        <p class="xs">{words}</p>
                        <ActionForm action=archive>
                            <input type="hidden" name="plan" value=id/>
                            <Submit class="sm danger" pending=archive.pending() label=end busy="Archiving…"/>
                        </ActionForm>
                    </AskFirst>
                </div>
            </td>
        </tr>
    }
    .into_any()
}
