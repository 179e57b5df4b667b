//! The plans of a product side by side, and subscribing to one.

use super::product::{framed, load_product_head, use_product_id};
use crate::error::AppError;
use crate::ui::plan_words::{before_change, facts, planned, terms};
use crate::ui::{AskFirst, Empty, Glyph, Icon, Note, Pill, Submit, Tone, format};
use chrono::{DateTime, Utc};
use domain::period::Period;
use domain::plan::Plan;
use domain::subscription::{ChangeTiming, Subscription, SubscriptionStatus, change_timing};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The plans of a product, as one visitor may take them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Cheapest first.
    pub plans: Vec<Plan>,
    pub may: MayChoose,
    /// The plan that the visitor's organisation has.
    pub current: Option<Subscription>,
    pub now: DateTime<Utc>,
    /// Takes no new subscriptions.
    pub retired: bool,
}

/// Whether the visitor may take a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MayChoose {
    SignedOut,
    /// Their role does not allow it.
    No,
    Yes,
}

/// The plans on offer, and where the visitor stands.
#[server]
pub async fn load_offer(product: String) -> Result<Offer, AppError> {
    use crate::session::server;
    use domain::access::{Action, may};
    let store = crate::portal::store()?;
    let actor = server::actor().await?;
    let partner = server::partner().await?;
    let found = super::source::visible_to(partner, &product).await?;
    let allowed = match &actor {
        None => MayChoose::SignedOut,
        Some(actor) if partner.is_some() && may(actor, Action::ManagePlans, partner) => MayChoose::Yes,
        Some(_) => MayChoose::No,
    };
    let subscriptions = match partner {
        Some(partner) => store.subscriptions(partner).await?,
        None => Vec::new(),
    };
    let current = subscriptions.into_iter().find(|s| s.product_id == product);
    let retired = found.status == domain::product::Status::Deprecated;
    Ok(Offer { plans: store.plans(&product).await?, may: allowed, current, retired, now: server::now() })
}

/// Subscribes to a plan, or changes to it where there is a subscription already; answers with what was done, in words.
#[server]
pub async fn subscribe_to(product: String, plan: uuid::Uuid) -> Result<String, AppError> {
    use crate::session::server;
    use domain::access::Action;
    let (actor, partner) = server::require(Action::ManagePlans).await?;
    let store = crate::portal::store()?;
    let (by, now) = (domain::event::By::person(&actor.person), server::now());
    let taken = match store.subscriptions(partner).await?.into_iter().find(|s| s.product_id == product) {
        Some(current) => store.change_plan(partner, current.id, plan, &by, now).await?,
        None => Some(store.subscribe(partner, &product, plan, &by, now).await?),
    };
    let taken = taken.ok_or_else(|| AppError::NotFound.raise())?;
    leptos_axum::redirect(&format!("/apis/{product}/plans"));
    Ok(crate::ui::plan_words::after_change(&taken, now))
}

/// Takes a planned change or cancellation back.
#[server]
pub async fn keep_subscription(subscription: uuid::Uuid) -> Result<(), AppError> {
    use crate::session::server;
    let (actor, partner) = server::require(domain::access::Action::ManagePlans).await?;
    let by = domain::event::By::person(&actor.person);
    let kept = crate::portal::store()?.keep_subscription(partner, subscription, &by, server::now()).await?;
    kept.map(|_| ()).ok_or_else(|| AppError::NotFound.raise())
}

/// The page at `/apis/:id/plans`.
#[component]
pub fn Plans() -> impl IntoView {
    let id = use_product_id();
    let subscribe = ServerAction::<SubscribeTo>::new();
    let keep = ServerAction::<KeepSubscription>::new();
    let changed = move || (id.get(), subscribe.version().get(), keep.version().get());
    let loaded =
        Resource::new_blocking(changed, |(id, ..)| async move { Ok((load_product_head(id.clone()).await?, load_offer(id).await?)) });
    framed(loaded, move |id, offer| view! { <SideBySide product=id.to_owned() offer subscribe keep/> }.into_any())
}

#[component]
fn SideBySide(product: String, offer: Offer, subscribe: ServerAction<SubscribeTo>, keep: ServerAction<KeepSubscription>) -> impl IntoView {
    if offer.plans.is_empty() {
        return view! { <Empty icon=Glyph::Package title="No plan yet" text="Plans appear here once the owner of this API offers one."/> }
            .into_any();
    }
    let said = move || {
        let kept = keep.value().get().map(|answer| answer.map(|()| "The plan stays as it is.".to_owned()));
        let answers = [subscribe.value().get(), kept];
        let last = answers.into_iter().flatten().max_by_key(Result::is_err)?;
        Some(match last {
            Ok(said) => view! { <Note tone=Tone::Good>{said}</Note> }.into_any(),
            Err(error) => view! { <Note tone=Tone::Bad>{error.to_string()}</Note> }.into_any(),
        })
    };
    let ahead = offer.current.as_ref().and_then(|current| ahead(current, &offer, keep));
    let cards = offer.plans.iter().map(|plan| {
        let step = step(&product, &offer, plan, subscribe);
        let is_current = offer.current.as_ref().is_some_and(|s| s.plan.slug == plan.slug);
        view! { <PlanCard plan=plan.clone() is_current>{step}</PlanCard> }
    });
    let cards = cards.collect_view();
    let note = match offer.may {
        MayChoose::No => Some("Your role does not allow choosing a plan. An owner, admin or billing member of your organisation can."),
        MayChoose::SignedOut => Some("Test calls are free and need no plan: sign up and a test key is ready at once."),
        MayChoose::Yes => None,
    };
    view! {
        <div class="stack" role="status">{said}{ahead}</div>
        <div class="plans">{cards}</div>
        {note.map(|words| view! { <p class="dim sm">{words}</p> })}
        <p class="dim sm">"A month is a calendar month in UTC. A dearer plan starts at once and is charged for the whole running month; a cheaper one starts with the next."</p>
    }
    .into_any()
}

/// What is planned for a subscription, and the button that takes it back; or what it waits for.
fn ahead(subscription: &Subscription, offer: &Offer, keep: ServerAction<KeepSubscription>) -> Option<AnyView> {
    let own = &subscription.plan.name;
    if let Some(words) = planned(subscription, offer.now) {
        let (id, label) = (subscription.id.to_string(), format!("Keep {own}"));
        let form = (offer.may == MayChoose::Yes).then(|| {
            view! {
                <ActionForm action=keep>
                    <input type="hidden" name="subscription" value=id/>
                    <Submit class="sm" pending=keep.pending() label busy="Saving…"/>
                </ActionForm>
            }
        });
        return Some(view! { <Note tone=Tone::Info><span class="grow">{words}</span>{form}</Note> }.into_any());
    }
    let waits = format!("{own} waits for approval.");
    (subscription.status == SubscriptionStatus::Requested).then(|| view! { <Note tone=Tone::Info><span>{waits}</span></Note> }.into_any())
}

/// The button of a plan, or what stands in its place. A change is asked about first.
fn step(product: &str, offer: &Offer, plan: &Plan, subscribe: ServerAction<SubscribeTo>) -> AnyView {
    if offer.current.as_ref().is_some_and(|s| s.plan.slug == plan.slug) {
        return view! { <a class="btn" href="/dashboard/billing">"Manage"</a> }.into_any();
    }
    if offer.current.as_ref().and_then(|s| s.next_plan.as_ref()).is_some_and(|next| next.slug == plan.slug) {
        let starts = format!("Starts {}", format::date(Period::month_of(offer.now).end));
        return view! { <p class="sm dim">{starts}</p> }.into_any();
    }
    match (offer.may, offer.retired) {
        (_, true) | (MayChoose::No, _) => ().into_any(),
        (MayChoose::SignedOut, _) => {
            view! { <a class="btn" href=format!("/sign-up?next=/apis/{product}/plans")>"Sign up for "{plan.name.clone()}</a> }.into_any()
        }
        (MayChoose::Yes, _) => match offer.current.as_ref().map(|s| &s.plan) {
            None => {
                let class = if plan.slug == "starter" { "primary" } else { "" };
                take(product, plan, button_label(None, plan), class, subscribe)
            }
            Some(from) => {
                let words = before_change(from, plan, offer.now);
                let form = take(product, plan, format!("Change from {} to {}", from.name, plan.name), "", subscribe);
                view! { <AskFirst label=button_label(Some(from), plan)><p class="sm">{words}</p>{form}</AskFirst> }.into_any()
            }
        },
    }
}

/// The form that takes a plan.
fn take(product: &str, plan: &Plan, label: String, class: &'static str, subscribe: ServerAction<SubscribeTo>) -> AnyView {
    let (product, id) = (product.to_owned(), plan.id.to_string());
    view! {
        <ActionForm action=subscribe>
            <input type="hidden" name="product" value=product/>
            <input type="hidden" name="plan" value=id/>
            <Submit class=class pending=subscribe.pending() label busy="Saving…"/>
        </ActionForm>
    }
    .into_any()
}

/// What choosing a plan does, seen from the one that is there.
fn button_label(current: Option<&Plan>, plan: &Plan) -> String {
    match current.map(|from| change_timing(from, plan)) {
        None => format!("Subscribe to {}", plan.name),
        Some(ChangeTiming::Now) => format!("Change to {} now", plan.name),
        Some(ChangeTiming::NextPeriod) => format!("Change to {} next month", plan.name),
    }
}

/// One plan: price, what it holds, what comes after.
#[component]
pub fn PlanCard(plan: Plan, #[prop(optional)] is_current: bool, children: Children) -> impl IntoView {
    let facts = facts(&plan).map(|fact| view! { <li><Icon name=Glyph::Check size=15/>{fact}</li> });
    view! {
        <section class="card plan" class:current=is_current aria-label=plan.name.clone()>
            <div class="row between">
                <h2>{plan.name.clone()}</h2>
                {is_current.then(|| view! { <Pill tone=Tone::Good>"Your plan"</Pill> })}
            </div>
            <div class="price"><b class="num">{plan.price().short()}</b><span class="faint sm">" a month"</span></div>
            <p class="unseen">{terms(&plan)}</p>
            <ul class="plain facts">{facts.into_iter().collect_view()}</ul>
            <div class="step">{children()}</div>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::money::Currency;
    use domain::plan::{Beyond, PlanStatus};

    fn plan(name: &str, price_minor: i64) -> Plan {
        Plan {
            id: uuid::Uuid::from_u128(1),
            product_id: "rates".to_owned(),
            slug: name.to_lowercase(),
            name: name.to_owned(),
            currency: Currency::Usd,
            price_minor,
            included: 500,
            beyond: Beyond::Stop,
            rate_per_second: 2,
            status: PlanStatus::Offered,
            version: 1,
        }
    }

    #[test]
    fn the_button_says_when_a_change_happens() {
        let (free, starter) = (plan("Free", 0), plan("Starter", 4_900));
        assert_eq!(button_label(None, &starter), "Subscribe to Starter");
        assert_eq!(button_label(Some(&free), &starter), "Change to Starter now");
        assert_eq!(button_label(Some(&starter), &free), "Change to Free next month");
    }
}
