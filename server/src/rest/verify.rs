//! `POST /v1/keys/verify`: another gateway asks whether a key opens a product.

use super::reading::{self, Object};
use super::token::OtherGateway;
use crate::gateway::Gateway;
use crate::gateway::arrival::Arrival;
use crate::gateway::keys::{self, Denied};
use crate::problem::{BAD_REQUEST, Problem};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use domain::account::Partner;
use domain::key::{Environment, Scope, present};
use domain::usage::Source;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use store::KeyRecord;
use uuid::Uuid;

/// What is asked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    /// The whole text that the caller sent.
    key: String,
    /// The product that the call is for; without it, only the key itself is looked at.
    product: Option<String>,
    /// Where the call came from; a key that has a list of addresses opens nothing without it.
    address: Option<IpAddr>,
}

/// What is known of the key.
#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// Whether the call may go on.
    valid: bool,
    /// Why it may not: the last part of a problem's type, such as `quota-exceeded`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// A sentence for the caller.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", flatten)]
    about: Option<About>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct About {
    /// What `POST /v1/usage` names the key by.
    key_id: Uuid,
    partner: Named,
    /// The products that the key may call; null for every product.
    products: Option<Vec<String>>,
    environment: Environment,
    expires_at: Option<DateTime<Utc>>,
    /// The plan for the product; null without a product, and for test keys, which need none.
    plan: Option<PlanLine>,
    /// Calls left in the running month; null where there is no end.
    remaining: Option<i64>,
}

#[derive(Serialize)]
struct Named {
    id: Uuid,
    name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlanLine {
    id: Uuid,
    name: String,
    /// Calls a month; null where there is no end.
    quota: Option<i64>,
    rate_per_second: i64,
}

/// Says whether a key may call a product, without counting anything: whoever lets the call through reports it.
///
/// # Errors
/// 400 for a body that cannot be read, 401 and 403 for the token of the gateway that asks, 413, 503.
pub async fn verify(
    _: OtherGateway,
    State(gateway): State<Gateway>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Answer>, Problem> {
    let body = body.map_err(|error| Problem::unread(&error, super::LARGEST_BODY))?;
    answer(&gateway, &read(&headers, &body)?, Utc::now()).await.map(Json)
}

/// The question in a body.
fn read(headers: &HeaderMap, body: &[u8]) -> Result<Question, Problem> {
    const SAMPLE: &str = r#"{"key": "sk_…", "product": "…", "address": "…"}"#;
    let bad = |why: &str| Problem::new(&BAD_REQUEST, format!("{why} Send {SAMPLE}."));
    let kind = reading::media_type(headers);
    if kind != "application/json" && !(kind.starts_with("application/") && kind.ends_with("+json")) {
        return Err(bad("The header Content-Type has to be application/json."));
    }
    let Object(question) = reading::json::<Object<Question>>(body).map_err(|why| bad(&why))?;
    if question.product.as_deref().is_some_and(|product| product.contains(char::is_control)) {
        return Err(bad("product: send no control characters."));
    }
    Ok(question)
}

async fn answer(gateway: &Gateway, question: &Question, now: DateTime<Utc>) -> Result<Answer, Problem> {
    let Some(presented) = present(&question.key) else { return Ok(refused(&keys::unknown(), None)) };
    let record = match keys::check(&gateway.known, &presented, presented.environment, now).await {
        Ok(record) => record,
        Err(Denied::Unanswered(problem)) => return Err(problem),
        Err(Denied::Stranger(problem)) => return Ok(refused(&problem, None)),
        Err(Denied::Known(record, problem)) => return Ok(refused(&problem, Some(about(gateway, &record).await?))),
    };
    let mut about = about(gateway, &record).await?;
    if let Err(problem) = keys::check_partner(&record).and_then(|()| keys::check_place(&record.key, question.address)) {
        return Ok(refused(&problem, Some(about)));
    }
    let Some(product) = &question.product else { return Ok(Answer { valid: true, about: Some(about), ..Answer::default() }) };
    let arrival = Arrival { address: question.address, ..Arrival::asked(record.key.environment, product, Source::External, now) };
    match may_call(gateway, &record, &arrival, &mut about).await {
        Ok(()) => Ok(Answer { valid: true, about: Some(about), ..Answer::default() }),
        Err(problem) if problem.status().is_server_error() => Err(problem),
        Err(problem) => Ok(refused(&problem, Some(about))),
    }
}

/// Asks what the gateway asks before a call, and fills in the plan and what is left of it.
async fn may_call(gateway: &Gateway, record: &KeyRecord, arrival: &Arrival, about: &mut About) -> Result<(), Problem> {
    let product = &arrival.product;
    let route = gateway.known.route(product).await?;
    gateway.admitted(arrival, record, route).await?;
    let Some(entitlement) = gateway.known.entitlement(record.key.partner_id, product).await?.filter(|_| arrival.door == Environment::Live)
    else {
        // Without a plan the terms say no to a live key.
        return gateway.terms(arrival, record).await.map(drop);
    };
    let plan = &entitlement.plan;
    about.plan = Some(PlanLine { id: plan.id, name: plan.name.clone(), quota: plan.quota(), rate_per_second: plan.rate_per_second });
    gateway.terms(arrival, record).await?;
    let Some(quota) = plan.quota() else { return Ok(()) };
    let period = domain::period::Period::month_of(arrival.at);
    let used = gateway.known.store.billable_calls(record.key.partner_id, product, period).await?;
    about.remaining = Some((quota - used).max(0));
    if used >= quota { Err(crate::gateway::permit::used_up(quota, arrival)) } else { Ok(()) }
}

async fn about(gateway: &Gateway, record: &KeyRecord) -> Result<About, Problem> {
    let key = &record.key;
    let name = gateway.known.store.partner(key.partner_id).await?.map(|Partner { name, .. }| name).unwrap_or_default();
    let products = match &key.scope {
        Scope::All => None,
        Scope::Only(products) => Some(products.clone()),
    };
    Ok(About {
        key_id: key.id,
        partner: Named { id: key.partner_id, name },
        products,
        environment: key.environment,
        expires_at: key.expires_at,
        plan: None,
        remaining: None,
    })
}

fn refused(problem: &Problem, about: Option<About>) -> Answer {
    Answer { valid: false, reason: Some(problem.slug().to_owned()), detail: Some(problem.detail().to_owned()), about }
}
