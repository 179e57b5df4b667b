//! What a plan holds, in the same words on every page.

use super::format::{count, number};
use domain::plan::Plan;

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
        format!("{} for each key", pace(plan)),
    ]
}

/// The cells of a table of plans: the calls it holds, what comes after, how many a second.
pub fn cells(plan: &Plan) -> [String; 3] {
    let beyond = plan.overage_label().map(|price| format!("{price} for 1,000"));
    [number(plan.included), beyond.unwrap_or_else(|| "Stops".to_owned()), number(plan.rate_per_second)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::money::Currency;
    use domain::plan::{Beyond, PlanStatus};

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
        assert_eq!(
            facts(&runs_on),
            ["10,000 calls a month included", "$3.00 for each 1,000 calls beyond", "20 calls a second for each key"]
        );
        let stops = plan(Beyond::Stop);
        assert_eq!(terms(&stops), "10,000 calls a month, then it stops");
        assert_eq!(cells(&stops), ["10,000", "Stops", "20"]);
        assert_eq!(facts(&stops)[1], "Stops at the limit, never a bill");
    }
}
