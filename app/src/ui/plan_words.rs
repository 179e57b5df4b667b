//! What a plan holds, in the same words on every page.

use super::format::{count, date, number};
use chrono::{DateTime, Utc};
use domain::period::Period;
use domain::plan::Plan;
use domain::subscription::{ChangeTiming, Subscription, change_timing};

/// What a month of a plan holds, in one sentence: `10,000 calls included, then $3.00 for 1,000`.
pub fn terms(plan: &Plan) -> String {
    let calls = count(plan.included, "call");
    match plan.overage_label() {
        Some(price) => format!("{calls} included, then {price} for 1,000"),
        None => format!("{calls} a month, then it stops"),
    }
}

/// How fast it may be called: `20 calls a second`.
pub fn pace(plan: &Plan) -> String {
    format!("{} a second", count(plan.rate_per_second, "call"))
}

/// What a card lists: the calls it holds, what comes after, how fast.
pub fn facts(plan: &Plan) -> [String; 3] {
    let beyond = plan.overage_label().map(|price| format!("{price} for each 1,000 calls beyond"));
    [
        format!("{} a month included", count(plan.included, "call")),
        beyond.unwrap_or_else(|| "Stops at the limit, never a bill".to_owned()),
        pace(plan),
    ]
}

/// The cells of a table of plans: the calls it holds, what comes after, how many a second.
pub fn cells(plan: &Plan) -> [String; 3] {
    let beyond = plan.overage_label().map(|price| format!("{price} for 1,000"));
    [number(plan.included), beyond.unwrap_or_else(|| "Stops".to_owned()), number(plan.rate_per_second)]
}

/// What a change is, what it will cost and from when, before it is made.
pub fn before_change(from: &Plan, to: &Plan, now: DateTime<Utc>) -> String {
    let change = format!("From {} to {}, {} a month.", from.name, to.name, to.price().short());
    match change_timing(from, to) {
        ChangeTiming::Now => format!("{change} It starts at once and is charged for this whole month."),
        ChangeTiming::NextPeriod => {
            let next = date(Period::month_of(now).end);
            format!("{change} It starts on {next}; until then {} goes on, at {}.", from.name, from.price().short())
        }
    }
}

/// What a subscription costs, and from when, after it was made or changed.
pub fn after_change(subscription: &Subscription, now: DateTime<Utc>) -> String {
    let Subscription { product_name, plan, next_plan, .. } = subscription;
    match next_plan {
        Some(next) => {
            format!("{product_name} changes to {} on {}: {} a month.", next.name, date(Period::month_of(now).end), next.price().short())
        }
        None => format!("{product_name} is on {}: {} a month.", plan.name, plan.price().short()),
    }
}

/// What is going to happen to a subscription, where something is planned.
pub fn planned(subscription: &Subscription, now: DateTime<Utc>) -> Option<String> {
    let starts = date(Period::month_of(now).end);
    let change = subscription.next_plan.as_ref().map(|plan| format!("Changes to {} on {starts}.", plan.name));
    let end = subscription.ends_at.map(|at| format!("Ends on {}. Until then it works as before.", date(at)));
    end.or(change)
}

/// What a cancellation ends and when, before it is made.
pub fn before_cancelling(subscription: &Subscription, now: DateTime<Utc>) -> String {
    let Subscription { product_name, plan, .. } = subscription;
    if plan.is_free() {
        return format!("{} and live calls to {product_name} end at once.", plan.name);
    }
    let end = date(Period::month_of(now).end);
    format!("{} and live calls to {product_name} end on {end}. This month is billed as planned.", plan.name)
}

/// What a cancellation ended, or when it will.
pub fn after_cancelling(subscription: &Subscription, now: DateTime<Utc>) -> String {
    let Subscription { product_name, plan, .. } = subscription;
    match subscription.ends_at.filter(|at| *at > now) {
        Some(at) => format!("{product_name} stays on {} until {}, then it ends.", plan.name, date(at)),
        None => format!("{} ended: live calls to {product_name} are refused from now on.", plan.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::money::Currency;
    use domain::plan::{Beyond, PlanStatus};
    use domain::subscription::SubscriptionStatus;

    fn plan(beyond: Beyond) -> Plan {
        Plan {
            id: uuid::Uuid::nil(),
            product_id: "rates".to_owned(),
            slug: "starter".to_owned(),
            name: "Starter".to_owned(),
            currency: Currency::Usd,
            price_minor: 4_900,
            included: 10_000,
            beyond,
            rate_per_second: 20,
            status: PlanStatus::Offered,
            version: 1,
        }
    }

    #[test]
    fn the_words_say_what_happens_beyond_the_included_calls() {
        let runs_on = plan(Beyond::Overage(300.into()));
        assert_eq!(terms(&runs_on), "10,000 calls included, then $3.00 for 1,000");
        assert_eq!(cells(&runs_on), ["10,000", "$3.00 for 1,000", "20"]);
        assert_eq!(facts(&runs_on), ["10,000 calls a month included", "$3.00 for each 1,000 calls beyond", "20 calls a second"]);
        let stops = plan(Beyond::Stop);
        assert_eq!(terms(&stops), "10,000 calls a month, then it stops");
        assert_eq!(cells(&stops), ["10,000", "Stops", "20"]);
        assert_eq!(facts(&stops)[1], "Stops at the limit, never a bill");
    }
    #[test]
    fn a_change_names_amounts_and_dates() {
        let now = "2026-11-25T01:40:00Z".parse().unwrap();
        let starter = plan(Beyond::Overage(300.into()));
        let dear = Plan { name: "Enterprise".to_owned(), price_minor: 29_900, ..plan(Beyond::Overage(150.into())) };
        let dearer = "From Starter to Enterprise, $299 a month. It starts at once and is charged for this whole month.";
        assert_eq!(before_change(&starter, &dear, now), dearer);
        let cheaper = "From Enterprise to Starter, $49 a month. It starts on Dec 1; until then Enterprise goes on, at $299.";
        assert_eq!(before_change(&dear, &starter, now), cheaper);
        let subscription = Subscription {
            id: uuid::Uuid::nil(),
            partner_id: uuid::Uuid::nil(),
            product_id: "rates".to_owned(),
            product_name: "Rates".to_owned(),
            plan: starter.clone(),
            status: SubscriptionStatus::Active,
            started_at: now,
            next_plan: None,
            ends_at: None,
        };
        assert_eq!(after_change(&subscription, now), "Rates is on Starter: $49 a month.");
        let planned = Subscription { plan: dear, next_plan: Some(starter), ..subscription.clone() };
        assert_eq!(after_change(&planned, now), "Rates changes to Starter on Dec 1: $49 a month.");
        assert_eq!(super::planned(&planned, now).as_deref(), Some("Changes to Starter on Dec 1."));
        assert_eq!(super::planned(&subscription, now), None);
        assert_eq!(before_cancelling(&subscription, now), "Starter and live calls to Rates end on Dec 1. This month is billed as planned.");
        let ending = Subscription { ends_at: Some(Period::month_of(now).end), ..subscription };
        assert_eq!(after_cancelling(&ending, now), "Rates stays on Starter until Dec 1, then it ends.");
        assert_eq!(super::planned(&ending, now).as_deref(), Some("Ends on Dec 1. Until then it works as before."));
    }
}
