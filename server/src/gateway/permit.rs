//! The permit: without one, nothing is sent.

use super::Gateway;
use super::arrival::{Arrival, kept};
use super::keys;
use super::known::Document;
use super::limits::{self, Limits};
use super::meter::{NoPlace, PARTNER_PLACES};
use super::places::Place;
use super::quota::Reservation;
use super::rate::{Pacer, seconds};
use super::record::OpenCall;
use super::socket::PARTNER_SOCKETS;
use super::way::{Address, Way};
use crate::problem::{
    NOT_FOUND, NOT_SUBSCRIBED, OVERLOADED, PAYMENT_REQUIRED, Problem, QUOTA_EXCEEDED, RATE_LIMITED, SCOPE, TOO_MANY_OPEN,
};
use axum::http::HeaderValue;
use domain::key::Environment;
use domain::period::Period;
use domain::plan::Plan;
use domain::product::Visibility;
use domain::rate::Verdict;
use domain::subscription::SubscriptionStatus;
use domain::usage::{CLIENT_LEFT, Call, Outcome};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use store::KeyRecord;
use uuid::Uuid;

/// Calls a second that a test key may make on each product.
const TEST_RATE: i64 = 20;

/// The longest name of an operation that usage is kept apart by, in bytes; documents give them shorter ones.
pub const OPERATION_KEPT: usize = 500;

/// Leave to send one call, which is open from now on.
pub struct Permit {
    pub route: Arc<Way>,
    pub document: Option<Arc<Document>>,
    pub open: OpenCall,
    /// For a WebSocket, which holds it as long as it is open.
    pub place: Option<Place>,
    /// `RateLimit` and `RateLimit-Policy` for the answer.
    pub limits: Limits,
}

/// How much the caller may call.
#[derive(Clone)]
pub struct Terms {
    pub per_second: i64,
    quota: Option<i64>,
    /// Both, as answers say them.
    policy: HeaderValue,
}

impl Terms {
    /// Those of a plan.
    pub fn of(plan: &Plan) -> Self {
        let (per_second, quota) = (plan.rate_per_second, plan.quota());
        Self { per_second, quota, policy: limits::policy(per_second, quota) }
    }
}

impl Gateway {
    /// Asks every rule, cheapest first, and reserves what the call will use.
    ///
    /// # Errors
    /// The first rule that says no.
    pub async fn permit(&self, arrival: &Arrival, caller: &KeyRecord, route: Option<Arc<Way>>, is_socket: bool) -> Result<Permit, Problem> {
        let route = self.admitted(arrival, caller, route).await?;
        let place = is_socket.then(|| self.socket_place(caller.key.partner_id)).transpose()?;
        let terms = self.terms(arrival, caller).await?;
        let pace = self.rates.take(Pacer::of(&caller.key), &arrival.product, terms.per_second, arrival.started).await;
        if !pace.allowed {
            return Err(too_fast(&terms, &pace, arrival.door));
        }
        let reservation = self.reserve(arrival, caller, &terms).await?;
        let slot = self.meter.slot(caller.key.partner_id).map_err(no_place)?;
        let document = match self.known.document(&route).await {
            // There it names the operation, and nothing else.
            Err(_) if !matches!(route.address(arrival.door), Address::BuiltIn) => None,
            read => read?,
        };
        let limits = left_of(&terms, &pace, reservation.as_ref(), arrival);
        let call = Box::new(call(arrival, caller, operation(document.as_deref(), arrival)));
        let open = OpenCall::new(slot, call, reservation, arrival.started);
        Ok(Permit { route, document, open, place, limits })
    }

    /// A place for one more WebSocket of a partner.
    ///
    /// # Errors
    /// 429.
    fn socket_place(&self, partner: Uuid) -> Result<Place, Problem> {
        self.sockets.place(partner).ok_or_else(|| {
            let detail = format!("{PARTNER_SOCKETS} WebSockets of your organisation are open. Close some of them, then try again.");
            Problem::new(&TOO_MANY_OPEN, detail).with("maxOpen", PARTNER_SOCKETS).retry_after(1)
        })
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
            return Ok(Terms { per_second: TEST_RATE, quota: None, policy: limits::policy(TEST_RATE, None) });
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
            SubscriptionStatus::Active => Ok(entitlement.terms.clone()),
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

fn no_place(why: NoPlace) -> Problem {
    let problem = match why {
        NoPlace::Full => {
            Problem::new(&OVERLOADED, "More calls are under way, or wait to be written, than can be counted. Try again in a second.")
        }
        NoPlace::Share => {
            let detail = format!("{PARTNER_PLACES} calls of your organisation are under way. Let some of them end, then try again.");
            Problem::new(&TOO_MANY_OPEN, detail).with("maxOpen", PARTNER_PLACES)
        }
    };
    problem.retry_after(1)
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

/// What is allowed, and what of it is left.
fn left_of(terms: &Terms, pace: &Verdict, reservation: Option<&Reservation>, arrival: &Arrival) -> Limits {
    let month = reservation.and_then(|reservation| reservation.remaining);
    let second = (pace.remaining, seconds(pace.reset_after));
    limits::of(terms.policy.clone(), second, month.map(|left| (left, until_next_month(arrival))))
}

fn too_fast(terms: &Terms, pace: &Verdict, door: Environment) -> Problem {
    let wait = seconds(pace.retry_after).max(1);
    let per_second = terms.per_second;
    let who = match door {
        Environment::Live => "The plan allows all your keys together",
        Environment::Test => "A test key may make",
    };
    let detail = format!("{who} {per_second} calls a second on this product. Wait as long as Retry-After says.");
    with_headers(Problem::new(&RATE_LIMITED, detail), limits::of(terms.policy.clone(), (0, wait), None)).retry_after(wait)
}

/// 429 until the next month.
pub fn used_up(quota: i64, arrival: &Arrival) -> Problem {
    let wait = until_next_month(arrival);
    let detail =
        format!("The plan's {quota} calls of this month are used up. Choose a larger plan at /apis/{}/plans, or wait.", arrival.product);
    with_headers(Problem::new(&QUOTA_EXCEEDED, detail), limits::used_up(quota, wait)).retry_after(wait)
}

fn with_headers(problem: Problem, limits: Limits) -> Problem {
    limits.into_iter().fold(problem, |problem, (name, value)| problem.header(name, value))
}

fn until_next_month(arrival: &Arrival) -> u64 {
    let left = Period::month_of(arrival.at).end - arrival.at;
    u64::try_from(left.num_seconds()).unwrap_or(0) + 1
}
