//! The plans of an organisation: changed, cancelled, kept.

use crate::error::AppError;
use crate::pages::catalogue::KeepSubscription;
use crate::ui::form::after;
use crate::ui::plan_words::{pace, terms};
use crate::ui::{Card, Empty, Glyph, Note, Refused, Submit, Tone, format, subscription_state, use_toasts};
use chrono::{DateTime, Utc};
use domain::plan::Plan;
use domain::subscription::{ChangeTiming, Subscription, SubscriptionStatus, change_timing};
use leptos::prelude::*;
use uuid::Uuid;

/// Moves a subscription to another plan, at once or with the next period.
#[server(ChangePlan)]
pub async fn change_plan(subscription: Uuid, plan: Uuid) -> Result<(), AppError> {
    use crate::session::server::{now, require};
    let (actor, partner) = require(domain::access::Action::ManagePlans).await?;
    let by = domain::event::By::person(&actor.person);
    let changed = crate::portal::store()?.change_plan(partner, subscription, plan, &by, now()).await?;
    changed.map(|_| ()).ok_or_else(|| AppError::NotFound.raise())
}

/// Ends a subscription: a free one at once, a paid one with its period.
#[server(CancelSubscription)]
pub async fn cancel_subscription(subscription: Uuid) -> Result<(), AppError> {
    use crate::session::server::{now, require};
    let (actor, partner) = require(domain::access::Action::ManagePlans).await?;
    let by = domain::event::By::person(&actor.person);
    let cancelled = crate::portal::store()?.cancel_subscription(partner, subscription, &by, now()).await?;
    cancelled.map(|_| ()).ok_or_else(|| AppError::NotFound.raise())
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
    let tell = move |said: &'static str| {
        toasts.say(said);
        changed.run(());
    };
    after(acts.change, move |()| tell("Plan changed."));
    after(acts.cancel, move |()| tell("Plan cancelled."));
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
    let manage = may_manage.then(|| view! { <Manage subscription=subscription.clone() others planned=planned.is_some() acts/> });
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

fn planned(subscription: &Subscription, now: DateTime<Utc>) -> Option<String> {
    let next_period = domain::period::Period::month_of(now).end;
    let change = subscription.next_plan.as_ref().map(|plan| format!("Changes to {} on {}.", plan.name, format::date(next_period)));
    let end = subscription.ends_at.map(|at| format!("Ends on {}. Until then it works as before.", format::date(at)));
    end.or(change)
}

#[component]
fn Manage(subscription: Subscription, others: Vec<Plan>, planned: bool, acts: Acts) -> impl IntoView {
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
    let cancelling = if subscription.plan.price_minor == 0 {
        format!("Live calls to {} stop at once.", subscription.product_name)
    } else {
        format!("Live calls to {} go on until the period ends.", subscription.product_name)
    };
    view! {
        <details class="manage">
            <summary class="btn sm">"Change or cancel"</summary>
            <div class="stack">
                <ChangeForm subscription=subscription.clone() others acts/>
                <ActionForm action=acts.cancel attr:class="row between">
                    <input type="hidden" name="subscription" value=id/>
                    <span class="xs dim">{cancelling}</span>
                    <Submit class="sm danger" pending=acts.cancel.pending() label="Cancel plan" busy="Cancelling…"/>
                </ActionForm>
            </div>
        </details>
    }
    .into_any()
}

#[component]
fn ChangeForm(subscription: Subscription, others: Vec<Plan>, acts: Acts) -> impl IntoView {
    let own = subscription.plan;
    let options = others.iter().map(|plan| view! { <option value=plan.id.to_string()>{choice(&own, plan)}</option> }).collect_view();
    view! {
        <ActionForm action=acts.change attr:class="row">
            <input type="hidden" name="subscription" value=subscription.id.to_string()/>
            <select class="input sm" name="plan" aria-label="Another plan">{options}</select>
            <Submit class="sm" pending=acts.change.pending() label="Change" busy="Changing…"/>
        </ActionForm>
    }
}

/// `Enterprise, $299 a month, from now on`.
fn choice(from: &Plan, to: &Plan) -> String {
    let when = match change_timing(from, to) {
        ChangeTiming::Now => "from now on",
        ChangeTiming::NextPeriod => "with the next period",
    };
    format!("{}, {} a month, {when}", to.name, to.price().short())
}
