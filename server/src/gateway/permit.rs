//! The permit: without one, nothing is sent.

use super::Gateway;
use super::arrival::{Arrival, kept};
use super::keys;
use super::known::Document;
use super::meter::{NoPlace, PARTNER_PLACES};
use super::quota::Reservation;
use super::rate::{Pacer, seconds};
use super::record::OpenCall;
use super::way::Way;
use crate::metrics::TurnedAway;
use crate::problem::{
    NOT_FOUND, NOT_SUBSCRIBED, PAYMENT_REQUIRED, Problem, QUOTA_EXCEEDED, RATE_LIMITED, SCOPE, TOO_MANY_OPEN, UNAVAILABLE,
};
use axum::http::{HeaderName, HeaderValue};
use domain::key::Environment;
use domain::period::Period;
use domain::product::Visibility;
use domain::rate::Verdict;
use domain::subscription::SubscriptionStatus;
use domain::usage::{CLIENT_LEFT, Call, Outcome};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use store::KeyRecord;

/// Calls a second that a test key may make on each product.
const TEST_RATE: i64 = 20;

/// The longest name of an operation that usage is kept apart by, in bytes; documents give them shorter ones.
pub const OPERATION_KEPT: usize = 500;

/// The window of a quota as headers give it, in seconds: thirty days.
const MONTH: u64 = 2_592_000;

const LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What is allowed and what of it is left, as an answer says it.
pub type Limits = [(HeaderName, HeaderValue); 2];

/// Leave to send one call, which is open from now on.
pub struct Permit {
    pub route: Arc<Way>,
    pub document: Option<Arc<Document>>,
    pub open: OpenCall,
    /// `RateLimit` and `RateLimit-Policy` for the answer.
    pub limits: Limits,
}

/// How much the caller may call.
pub struct Terms {
    pub per_second: i64,
    quota: Option<i64>,
}

impl Gateway {
    /// Asks every rule, cheapest first, and reserves what the call will use.
    ///
    /// # Errors
    /// The first rule that says no.
    pub async fn permit(&self, arrival: &Arrival, caller: &KeyRecord, route: Option<Arc<Way>>) -> Result<Permit, Problem> {
        let route = self.admitted(arrival, caller, route).await?;
        let terms = self.terms(arrival, caller).await?;
        let pace = self.rates.take(Pacer::of(&caller.key), &arrival.product, terms.per_second, arrival.started).await;
        if !pace.allowed {
            return Err(too_fast(&terms, &pace, arrival.door));
        }
        let reservation = self.reserve(arrival, caller, &terms).await?;
        let slot = self.meter.slot(caller.key.partner_id).map_err(|why| self.no_place(why))?;
        let document = self.known.document(&route).await?;
        let limits = limits(&terms, &pace, reservation.as_ref(), arrival);
        let call = Box::new(call(arrival, caller, operation(document.as_deref(), arrival)));
        let open = OpenCall::new(slot, call, reservation, arrival.started);
        Ok(Permit { route, document, open, limits })
    }

    fn no_place(&self, why: NoPlace) -> Problem {
        match why {
            NoPlace::Full => {
                self.meter.metrics().turned_away(TurnedAway::Overload);
                Problem::new(&UNAVAILABLE, "More calls are under way than can be counted. Try again in a second.").retry_after(1)
            }
            NoPlace::Share => {
                let detail = format!("{PARTNER_PLACES} calls of your organisation are under way. Let some of them end, then try again.");
                Problem::new(&TOO_MANY_OPEN, detail).with("maxOpen", PARTNER_PLACES).retry_after(1)
            }
        }
    }

    /// The route, if the key may take it at all.
    ///
    /// # Errors
    /// 400, 403 or 404; 503 where the database does not answer.
    pub async fn admitted(&self, arrival: &Arrival, caller: &KeyRecord, route: Option<Arc<Way>>) -> Result<Arc<Way>, Problem> {
        let product = &arrival.product;
        arrival.check_path()?;
        keys::check_partner(caller)?;
        keys::check_place(&caller.key, arrival.address)?;
        let Some(route) = route else { return Err(unknown_product(product)) };
        // Before anything is said about it: who may not see a product does not learn that it is there.
        let is_open = route.product.visibility == Visibility::Public && arrival.door == Environment::Live;
        if !is_open && !self.known.is_visible(caller.key.partner_id, product).await? {
            return Err(unknown_product(product));
        }
        arrival.shown.get_or_init(|| ());
        if !caller.key.scope.covers(product) {
            let detail = format!("The key {} does not cover `{product}`. Add the product to it on the keys page.", caller.key.prefix);
            return Err(Problem::new(&SCOPE, detail));
        }
        Ok(route)
    }

    /// How much a key may call of a product.
    ///
    /// # Errors
    /// 402 or 403 where it may not; 503 where the database does not answer.
    pub async fn terms(&self, arrival: &Arrival, caller: &KeyRecord) -> Result<Terms, Problem> {
        if arrival.door == Environment::Test {
            return Ok(Terms { per_second: TEST_RATE, quota: None });
        }
        let product = &arrival.product;
        let Some(entitlement) = self.known.entitlement(caller.key.partner_id, product).await? else {
            return Err(Problem::new(
                &NOT_SUBSCRIBED,
                format!("Your organisation has no plan for `{product}`. Choose one at /apis/{product}/plans."),
            ));
        };
        let waits = |detail: &str| Err(Problem::new(&PAYMENT_REQUIRED, detail));
        match entitlement.status {
            SubscriptionStatus::Active => Ok(Terms { per_second: entitlement.plan.rate_per_second, quota: entitlement.plan.quota() }),
            SubscriptionStatus::Requested => waits("The plan was asked for, and an admin has yet to agree."),
            SubscriptionStatus::PastDue => waits("A payment is missing. Settle it on the billing page, and calls go on at once."),
            SubscriptionStatus::Cancelled => waits("The subscription has ended. Choose a plan on the product's page."),
        }
    }

    /// Takes one call of the quota.
    ///
    /// # Errors
    /// 429 where none is left; 503 where the database does not answer.
    pub async fn reserve(&self, arrival: &Arrival, caller: &KeyRecord, terms: &Terms) -> Result<Option<Reservation>, Problem> {
        if arrival.door == Environment::Test {
            return Ok(None);
        }
        let reserved = self.quotas.reserve(caller.key.partner_id, &arrival.product, terms.quota, arrival.at).await?;
        reserved.map(Some).ok_or_else(|| used_up(terms.quota.unwrap_or_default(), arrival))
    }
}

/// 404 for a product that is not there, or that the caller may not see.
pub fn unknown_product(product: &str) -> Problem {
    Problem::new(&NOT_FOUND, format!("There is no product `{product}`. The catalogue at /apis lists every id."))
}

/// The operation of the document that a call matches, or nothing.
pub fn operation(document: Option<&Document>, arrival: &Arrival) -> String {
    let matched = document.and_then(|document| {
        let method = spec::Method::from_str(arrival.method.as_str()).ok()?;
        document.published.api.operations.get(document.matcher.operation_index(method, &arrival.path)?)
    });
    matched.map(|operation| kept(&operation.id, OPERATION_KEPT).to_owned()).unwrap_or_default()
}

/// The call as it stands before it was answered.
pub fn call(arrival: &Arrival, caller: &KeyRecord, operation: String) -> Call {
    Call {
        id: arrival.id,
        at: arrival.at,
        partner_id: caller.key.partner_id,
        product_id: arrival.product.clone(),
        key_id: caller.key.id,
        environment: caller.key.environment,
        source: arrival.source,
        method: arrival.method_kept().to_owned(),
        path: arrival.path_kept(),
        operation,
        status: CLIENT_LEFT,
        outcome: Outcome::Refused,
        latency: Duration::ZERO,
        bytes_in: 0,
        bytes_out: 0,
    }
}

/// The headers of draft-ietf-httpapi-ratelimit-headers: what is allowed, and what of it is left.
fn limits(terms: &Terms, pace: &Verdict, reservation: Option<&Reservation>, arrival: &Arrival) -> Limits {
    let month = reservation.and_then(|reservation| reservation.remaining);
    limit_headers(terms, pace.remaining, seconds(pace.reset_after), month.map(|left| (left, until_next_month(arrival))))
}

fn limit_headers(terms: &Terms, left: u64, reset: u64, month: Option<(i64, u64)>) -> Limits {
    let whole = |number: i64| u64::try_from(number).unwrap_or(0);
    let (mut policy, mut limit) = (String::with_capacity(64), String::with_capacity(64));
    add_item(&mut policy, "second", [("q", whole(terms.per_second)), ("w", 1)]);
    add_item(&mut limit, "second", [("r", left), ("t", reset)]);
    if let (Some(quota), Some((left, reset))) = (terms.quota, month) {
        add_item(&mut policy, "month", [("q", whole(quota)), ("w", MONTH)]);
        add_item(&mut limit, "month", [("r", whole(left)), ("t", reset)]);
    }
    limits_of(policy, limit)
}

fn limits_of(policy: String, limit: String) -> Limits {
    // Letters and digits: each makes a value.
    let value = |text: String| HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""));
    [(POLICY, value(policy)), (LIMIT, value(limit))]
}

/// An item of a structured field's list, with its parameters (RFC 9651, 3.1).
fn add_item(list: &mut String, name: &str, parameters: [(&str, u64); 2]) {
    let mut digits = itoa::Buffer::new();
    list.extend([if list.is_empty() { "\"" } else { ", \"" }, name, "\""]);
    for (key, value) in parameters {
        list.extend([";", key, "=", digits.format(value)]);
    }
}

fn too_fast(terms: &Terms, pace: &Verdict, door: Environment) -> Problem {
    let wait = seconds(pace.retry_after).max(1);
    let per_second = terms.per_second;
    let who = match door {
        Environment::Live => "The plan allows all your keys together",
        Environment::Test => "A test key may make",
    };
    let detail = format!("{who} {per_second} calls a second on this product. Wait as long as Retry-After says.");
    with_headers(Problem::new(&RATE_LIMITED, detail), limit_headers(terms, 0, wait, None)).retry_after(wait)
}

/// 429 until the next month.
pub fn used_up(quota: i64, arrival: &Arrival) -> Problem {
    let wait = until_next_month(arrival);
    let detail =
        format!("The plan's {quota} calls of this month are used up. Choose a larger plan at /apis/{}/plans, or wait.", arrival.product);
    let limits = limits_of(format!("\"month\";q={quota};w={MONTH}"), format!("\"month\";r=0;t={wait}"));
    with_headers(Problem::new(&QUOTA_EXCEEDED, detail), limits).retry_after(wait)
}

fn with_headers(problem: Problem, limits: Limits) -> Problem {
    limits.into_iter().fold(problem, |problem, (name, value)| problem.header(name, value))
}

fn until_next_month(arrival: &Arrival) -> u64 {
    let left = Period::month_of(arrival.at).end - arrival.at;
    u64::try_from(left.num_seconds()).unwrap_or(0) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_read_as_the_draft_says() {
        let terms = Terms { per_second: 2, quota: Some(500) };
        let headers = limit_headers(&terms, 1, 1, Some((499, 86_400)));
        assert_eq!(headers[0].1, "\"second\";q=2;w=1, \"month\";q=500;w=2592000");
        assert_eq!(headers[1].1, "\"second\";r=1;t=1, \"month\";r=499;t=86400");
        let paid = limit_headers(&Terms { per_second: 20, quota: None }, 19, 1, None);
        assert_eq!(paid[1].1, "\"second\";r=19;t=1");
    }
}
