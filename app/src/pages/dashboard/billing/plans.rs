//! The plans of an organisation: changed, cancelled, kept.

use crate::error::AppError;
use crate::pages::catalogue::KeepSubscription;
use crate::ui::form::after;
use crate::ui::plan_words::{before_cancelling, before_change, pace, planned, terms};
use crate::ui::{AskFirst, Card, Empty, Glyph, Note, Refused, Submit, Tone, subscription_state, use_toasts};
use chrono::{DateTime, Utc};
use domain::plan::Plan;
use domain::subscription::{Subscription, SubscriptionStatus};
use leptos::prelude::*;
use uuid::Uuid;

/// Moves a subscription to another plan, at once or with the next period; answers with what was done, in words.
#[server(ChangePlan)]
pub async fn change_plan(subscription: Uuid, plan: Uuid) -> Result<String, AppError> {
    use crate::session::server::{now, require};
    use crate::ui::plan_words::after_change;
    let (actor, partner) = require(domain::access::Action::ManagePlans).await?;
    let by = domain::event::By::person(&actor.person);
    let now = now();
    let changed = crate::portal::store()?.change_plan(partner, subscription, plan, &by, now).await?;
    changed.map(|changed| after_change(&changed, now)).ok_or_else(|| AppError::NotFound.raise())
}

/// Ends a subscription: a free one at once, a paid one with its period; answers with what was done, in words.
#[server(CancelSubscription)]
pub async fn cancel_subscription(subscription: Uuid) -> Result<String, AppError> {
    use crate::session::server::{now, require};
    use crate::ui::plan_words::after_cancelling;
    let (actor, partner) = require(domain::access::Action::ManagePlans).await?;
    let by = domain::event::By::person(&actor.person);
    let now = now();
    let cancelled = crate::portal::store()?.cancel_subscription(partner, subscription, &by, now).await?;
    cancelled.map(|cancelled| after_cancelling(&cancelled, now)).ok_or_else(|| AppError::NotFound.raise())
}

#[component]
pub fn PlansCard(
    subscriptions: Vec<Subscription>,
    offered: Vec<Plan>,
    may_manage: bool,
    now: DateTime<Utc>,
    changed: Callback<()>,
) -> impl IntoView {
    let acts = Acts { change: ServerAction::new(), cancel: ServerAction::new(), keep: ServerAction::new() };
    let toasts = use_toasts();
    let tell = move |said: &str| {
        toasts.say(said);
        changed.run(());
    };
    after(acts.change, move |said| tell(said));
    after(acts.cancel, move |said| tell(said));
    after(acts.keep, move |()| tell("The plan stays as it is."));
    let body = if subscriptions.is_empty() {
        view! { <Empty icon=Glyph::Package title="No plans yet" text="An API you subscribe to appears here."><a class="btn" href="/apis">"Find an API"</a></Empty> }
            .into_any()
    } else {
        let row = |subscription: Subscription| {
            let others = offered.iter().filter(|plan| plan.product_id == subscription.product_id && plan.id != subscription.plan.id);
            let others = others.cloned().collect();
            view! { <PlanRow subscription others may_manage now acts/> }
        };
        subscriptions.into_iter().map(row).collect_view().into_any()
    };
    view! {
        <Card title="Plans">
            <Refused action=acts.change fields=&[]/>
            <Refused action=acts.cancel fields=&[]/>
            <Refused action=acts.keep fields=&[]/>
            {body}
        </Card>
    }
}

#[derive(Clone, Copy)]
struct Acts {
    change: ServerAction<ChangePlan>,
    cancel: ServerAction<CancelSubscription>,
    keep: ServerAction<KeepSubscription>,
}

#[component]
fn PlanRow(subscription: Subscription, others: Vec<Plan>, may_manage: bool, now: DateTime<Utc>, acts: Acts) -> impl IntoView {
    let plan = subscription.plan.clone();
    let planned = planned(&subscription, now);
    let state = (subscription.status != SubscriptionStatus::Active).then(|| subscription_state(&subscription));
    let manage = may_manage.then(|| view! { <Manage subscription=subscription.clone() others planned=planned.is_some() now acts/> });
    view! {
        <div class="plan-row">
            <div class="row between">
                <span><a href=format!("/apis/{}/plans", subscription.product_id)><b>{subscription.product_name.clone()}</b></a>" "<span class="faint">{plan.name.clone()}</span></span>
                <span class="num">{plan.price().short()}<span class="faint xs">" a month"</span></span>
            </div>
            <p class="xs faint">{format!("{}, {}", terms(&plan), pace(&plan))}</p>
            {state}
            {planned.map(|text| view! { <Note tone=Tone::Warn><span>{text}</span></Note> })}
            {manage}
        </div>
    }
}

#[component]
fn Manage(subscription: Subscription, others: Vec<Plan>, planned: bool, now: DateTime<Utc>, acts: Acts) -> impl IntoView {
    let id = subscription.id.to_string();
    if planned {
        return view! {
            <ActionForm action=acts.keep>
                <input type="hidden" name="subscription" value=id/>
                <Submit class="sm" pending=acts.keep.pending() label=format!("Keep {}", subscription.plan.name) busy="Saving…"/>
            </ActionForm>
        }
        .into_any();
    }
    let (own, cancelling) = (subscription.plan.name.clone(), before_cancelling(&subscription, now));
    let changes = others.iter().map(|plan| change_to(&subscription, plan, now, acts)).collect_view();
    view! {
        <details class="manage" name="manage">
            <summary class="btn sm">"Change or cancel"</summary>
            <div class="stack tight">
                {changes}
                <AskFirst label="Cancel plan" class="sm danger">
                    <p class="xs">{cancelling}</p>
                    <ActionForm action=acts.cancel>
                        <input type="hidden" name="subscription" value=id/>
                        <Submit class="sm danger" pending=acts.cancel.pending() label=format!("Cancel {own}") busy="Cancelling…"/>
                    </ActionForm>
                </AskFirst>
            </div>
        </details>
    }
    .into_any()
}

/// Another plan: what changing to it means, and the button that does it.
fn change_to(subscription: &Subscription, plan: &Plan, now: DateTime<Utc>, acts: Acts) -> AnyView {
    let own = &subscription.plan;
    let (words, label) = (before_change(own, plan, now), format!("Change from {} to {}", own.name, plan.name));
    let (subscription, id) = (subscription.id.to_string(), plan.id.to_string());
    view! {
        <AskFirst label=format!("Change to {}", choice(plan)) class="sm">
            <p class="xs">{words}</p>
            <ActionForm action=acts.change>
                <input type="hidden" name="subscription" value=subscription/>
                <input type="hidden" name="plan" value=id/>
                <Submit class="sm" pending=acts.change.pending() label busy="Changing…"/>
            </ActionForm>
        </AskFirst>
    }
    .into_any()
}

/// `Enterprise, $299 a month`.
fn choice(plan: &Plan) -> String {
    format!("{}, {} a month", plan.name, plan.price().short())
}
