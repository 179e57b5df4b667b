//! The form that offers a plan, or the next version of one.

use crate::error::AppError;
use crate::pages::admin::feedback::after;
use crate::ui::{Card, Note, Refused, Select, Submit, TextInput, refusal};
use domain::money::Currency;
use domain::plan::{Beyond, Plan, PlanTerms};
use domain::{Invalid, typed};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The terms as they are typed: money in major units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanFields {
    pub slug: String,
    pub name: String,
    pub currency: Currency,
    pub price: String,
    pub included: String,
    /// The price of 1000 calls over; empty where the gateway stops.
    #[serde(default)]
    pub overage: String,
    pub rate_per_second: String,
}

/// The fields that say themselves what is wrong with them.
const FIELDS: &[&str] = &["slug", "name", "price_minor", "included", "overage", "rate_per_second"];

impl PlanFields {
    /// Reads numbers and amounts.
    ///
    /// # Errors
    /// [`Invalid`] for the first field that is none.
    #[cfg_attr(not(any(feature = "ssr", test)), expect(dead_code, reason = "read on the server only"))]
    pub fn read(self) -> Result<PlanTerms, Invalid> {
        let beyond = match self.overage.trim() {
            "" => Beyond::Stop,
            price => Beyond::Overage(typed::unit_price("overage", price)?),
        };
        Ok(PlanTerms {
            slug: self.slug,
            name: self.name,
            currency: self.currency,
            price_minor: typed::amount("price_minor", &self.price)?,
            included: typed::whole("included", &self.included)?,
            beyond,
            rate_per_second: typed::whole("rate_per_second", &self.rate_per_second)?,
        })
    }

    /// What the form shows for the next version of a plan.
    pub fn of(plan: &Plan) -> Self {
        let overage = match &plan.beyond {
            Beyond::Stop => String::new(),
            Beyond::Overage(per_1000) => typed::major(*per_1000),
        };
        Self {
            slug: plan.slug.clone(),
            name: plan.name.clone(),
            currency: plan.currency,
            price: typed::major(plan.price_minor.into()),
            included: plan.included.to_string(),
            overage,
            rate_per_second: plan.rate_per_second.to_string(),
        }
    }

    fn blank() -> Self {
        let empty = String::new;
        Self {
            slug: empty(),
            name: empty(),
            currency: Currency::Usd,
            price: empty(),
            included: empty(),
            overage: empty(),
            rate_per_second: empty(),
        }
    }
}

/// Offers a plan, or the next version of the one with this slug.
#[server(OfferPlan)]
pub async fn offer_plan(product: String, plan: PlanFields) -> Result<Plan, AppError> {
    use crate::session::server::{now, require_admin};
    let by = domain::event::By::person(&require_admin().await?.person);
    let offered = crate::portal::store()?.offer_plan(&product, plan.read()?, &by, now()).await?;
    offered.ok_or_else(|| AppError::NotFound.raise())
}

#[component]
pub fn PlanForm(
    product: String,
    /// The plan whose next version it is; `None` for a new plan.
    before: Option<Plan>,
    changed: Callback<()>,
) -> impl IntoView {
    let action = ServerAction::<OfferPlan>::new();
    after(action, changed, |plan| format!("{} is on offer, version {}.", plan.name, plan.version));
    let title = before.as_ref().map_or_else(|| "New plan".to_owned(), |plan| format!("New version of {}", plan.name));
    let fields = before.as_ref().map_or_else(PlanFields::blank, PlanFields::of);
    let back = before.as_ref().map(|_| {
        let href = format!("/admin/products/{product}/plans");
        view! { <a class="btn" href=href>"Cancel"</a> }
    });
    let slug = if before.is_some() {
        view! { <input type="hidden" name="plan[slug]" value=fields.slug.clone()/> }.into_any()
    } else {
        view! { <TextInput label="Id" name="plan[slug]" required=true placeholder="starter" hint="Never changed afterwards." error=refusal(action, "slug")/> }.into_any()
    };
    view! {
        <div id="plan-form"></div>
        <Card title=title class="admin-form">
            <ActionForm action=action attr:class="form">
                <input type="hidden" name="product" value=product/>
                {before.is_some().then(|| view! {
                    <Note><span>"Partners who have the plan keep the version they have, and pay its price. New subscriptions get this one."</span></Note>
                })}
                {slug}
                <Terms fields action/>
                <Refused action=action fields=FIELDS/>
                <div class="row end">{back}<Submit pending=action.pending() label="Offer plan" busy="Offering…"/></div>
            </ActionForm>
        </Card>
    }
}

#[component]
fn Terms(fields: PlanFields, action: ServerAction<OfferPlan>) -> impl IntoView {
    let currencies = Currency::ALL.map(|each| (each.as_str().to_owned(), each.as_str().to_uppercase())).to_vec();
    view! {
        <TextInput label="Name" name="plan[name]" value=fields.name required=true maxlength=80 placeholder="Starter" error=refusal(action, "name")/>
        <div class="two even">
            <TextInput label="Price a month" name="plan[price]" value=fields.price required=true placeholder="49.00" hint="0 for nothing." error=refusal(action, "price_minor")/>
            <Select label="Currency" name="plan[currency]" options=currencies value=fields.currency.as_str()/>
        </div>
        <div class="two even">
            <TextInput label="Calls included a month" name="plan[included]" value=fields.included required=true placeholder="10,000" error=refusal(action, "included")/>
            <TextInput label="Price of 1,000 calls over" name="plan[overage]" value=fields.overage placeholder="3.00"
                hint="Empty: the gateway stops at the included calls." error=refusal(action, "overage")/>
        </div>
        <TextInput label="Calls a second" name="plan[rate_per_second]" value=fields.rate_per_second required=true placeholder="20" error=refusal(action, "rate_per_second")/>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed_starter() -> PlanFields {
        PlanFields {
            slug: "starter".into(),
            name: "Starter".into(),
            currency: Currency::Usd,
            price: "49".into(),
            included: "10,000".into(),
            overage: "3.00".into(),
            rate_per_second: "20".into(),
        }
    }

    #[test]
    fn money_is_typed_in_whole_units_and_kept_in_minor_ones() {
        let terms = typed_starter().read().unwrap();
        assert_eq!((terms.price_minor, terms.included, terms.beyond), (4_900, 10_000, Beyond::Overage(300.into())));
        let stops = PlanFields { overage: " ".into(), ..typed_starter() }.read().unwrap();
        assert_eq!(stops.beyond, Beyond::Stop);
    }

    #[test]
    fn a_refusal_names_a_field_that_the_form_shows() {
        let wrong = [
            PlanFields { price: "49.999".into(), ..typed_starter() },
            PlanFields { included: "many".into(), ..typed_starter() },
            PlanFields { overage: "x".into(), ..typed_starter() },
            PlanFields { rate_per_second: String::new(), ..typed_starter() },
        ];
        for fields in wrong {
            let refused = fields.clone().read().unwrap_err();
            assert!(FIELDS.contains(&refused.field.as_str()), "{fields:?}: {refused:?}");
        }
    }
}
