//! `price(plan, usage) -> lines`: the one place where calls become money.

use crate::money::{Currency, Money, grouped, to_minor};
use crate::period::Period;
use crate::plan::{Beyond, Plan};
use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The shortest span that says how fast calls go.
const SHORTEST_PACE: TimeDelta = TimeDelta::days(1);

/// One line of an invoice, with what explains it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub product_id: String,
    /// `Shipment Tracking, Starter`.
    pub title: String,
    /// `12,431 calls, 10,000 included` of a base line, `2,431 calls over at $3.00 for 1,000` of the line after it.
    pub explanation: String,
    pub kind: LineKind,
    pub amount_minor: i64,
}

/// What a line charges for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    Base,
    Overage,
    /// A correction: bills are corrected by entries, never by edits.
    Adjustment,
}

/// What a product cost for a period under a plan, given its billable calls: a base line, then one for calls over.
pub fn price(product_name: &str, plan: &Plan, billable: i64) -> Vec<Line> {
    let title = format!("{product_name}, {}", plan.name);
    let line = |kind, explanation, amount_minor| Line {
        product_id: plan.product_id.clone(),
        title: title.clone(),
        explanation,
        kind,
        amount_minor,
    };
    let mut lines = vec![line(LineKind::Base, base_explanation(plan, billable), plan.price_minor)];
    let over = (billable - plan.included).max(0);
    if let Beyond::Overage(per_1000) = &plan.beyond
        && over > 0
    {
        let amount = to_minor(*per_1000 * Decimal::from(over) / Decimal::from(1000));
        let explanation = format!("{} calls over at {} for 1,000", grouped(over.unsigned_abs()), unit_price(*per_1000, plan.currency));
        lines.push(line(LineKind::Overage, explanation, amount));
    }
    lines
}

/// The sum of lines, in minor units.
pub fn total(lines: &[Line]) -> i64 {
    lines.iter().map(|line| line.amount_minor).sum()
}

/// What calls cost by the end of `period`, which begins where they began, if they go on at their pace until then. A pace is taken
/// over a day at least: the first minutes of trying an API out are no habit.
pub fn projected(plan: &Plan, billable: i64, period: Period, now: DateTime<Utc>) -> i64 {
    let whole = (period.end - period.start).num_seconds();
    let passed = (now - period.start).num_seconds().max(SHORTEST_PACE.num_seconds()).min(whole);
    let calls = if passed <= 0 { billable } else { (billable as f64 * whole as f64 / passed as f64).round() as i64 };
    let calls = plan.quota().map_or(calls, |quota| calls.min(quota)).max(billable);
    total(&price("", plan, calls))
}

/// A price for 1000 calls given in minor units, as people read it: `$3.00`, or `$0.0125` where cents are split.
pub fn unit_price(per_1000: Decimal, currency: Currency) -> String {
    if per_1000.is_integer() {
        return Money::new(to_minor(per_1000), currency).to_string();
    }
    let sign = Money::new(0, currency).to_string().replace("0.00", "");
    format!("{sign}{}", (per_1000 / Decimal::from(100)).normalize())
}

fn base_explanation(plan: &Plan, billable: i64) -> String {
    let calls = grouped(billable.max(0).unsigned_abs());
    let included = grouped(plan.included.unsigned_abs());
    match plan.beyond {
        Beyond::Stop => format!("{calls} calls of {included}"),
        Beyond::Overage(_) => format!("{calls} calls, {included} included"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::PlanStatus;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn plan(price_minor: i64, included: i64, beyond: Beyond) -> Plan {
        Plan {
            id: Uuid::nil(),
            product_id: "shipment-tracking".into(),
            slug: "starter".into(),
            name: "Starter".into(),
            currency: Currency::Usd,
            price_minor,
            included,
            beyond,
            rate_per_second: 20,
            status: PlanStatus::Offered,
            version: 1,
        }
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_example_of_the_product_page_adds_up() {
        let lines = price("Shipment Tracking", &plan(4_900, 10_000, Beyond::Overage(Decimal::from(300))), 12_431);
        assert_eq!(lines[1].explanation, "2,431 calls over at $3.00 for 1,000");
        assert_eq!((lines[0].amount_minor, lines[1].amount_minor, total(&lines)), (4_900, 729, 5_629));
    }

    #[test]
    fn a_free_plan_costs_nothing_and_says_its_quota() {
        let lines = price("Address Validation", &plan(0, 500, Beyond::Stop), 212);
        assert_eq!((lines.len(), total(&lines)), (1, 0));
        assert_eq!(lines[0].explanation, "212 calls of 500");
    }

    #[test]
    fn the_boundary_call_is_included() {
        let starter = plan(4_900, 10_000, Beyond::Overage(Decimal::from(300)));
        assert_eq!(price("x", &starter, 10_000).len(), 1);
        assert_eq!(total(&price("x", &starter, 10_001)), 4_900);
        assert_eq!(total(&price("x", &starter, 10_002)), 4_901);
    }

    #[test]
    fn unit_prices_may_split_cents() {
        assert_eq!(unit_price(Decimal::new(125, 2), Currency::Usd), "$0.0125");
        assert_eq!(unit_price(Decimal::from(150), Currency::Eur), "€1.50");
    }

    #[test]
    fn a_projection_follows_the_pace_and_stops_at_a_quota() {
        let starter = plan(4_900, 10_000, Beyond::Overage(Decimal::from(300)));
        let (november, half) = (Period::month_of(at("2026-11-01T00:00:00Z")), at("2026-11-16T00:00:00Z"));
        assert_eq!(projected(&starter, 10_000, november, half), 4_900 + 3_000);
        assert_eq!(projected(&plan(0, 500, Beyond::Stop), 400, november, half), 0);
        assert_eq!(projected(&starter, 0, november, november.start), 4_900);
    }

    #[test]
    fn the_first_minutes_are_no_pace() {
        let starter = plan(4_900, 10_000, Beyond::Overage(Decimal::from(300)));
        let since = |start: &str| Period { start: at(start), end: at("2026-12-01T00:00:00Z") };
        assert_eq!(projected(&starter, 25, since("2026-11-01T00:00:00Z"), at("2026-11-01T00:03:00Z")), 4_900);
        assert_eq!(projected(&starter, 25, since("2026-11-25T01:00:00Z"), at("2026-11-25T01:03:00Z")), 4_900);
        // On the last evening nothing more is to come than what was called.
        assert_eq!(projected(&starter, 10_002, since("2026-11-30T23:50:00Z"), at("2026-11-30T23:59:00Z")), 4_901);
    }

    proptest! {
        #[test]
        fn more_calls_never_cost_less(calls in 0i64..10_000_000, more in 0i64..10_000, per in 0i64..1_000_000) {
            let plan = plan(4_900, 10_000, Beyond::Overage(Decimal::new(per, 3)));
            prop_assert!(total(&price("x", &plan, calls + more)) >= total(&price("x", &plan, calls)));
        }
    }
}
