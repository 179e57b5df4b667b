//! A fresh secret on its way to the next page: carried by a cookie that scripts cannot read, shown once, then gone.

use crate::error::AppError;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A secret that was just made, and a call to try it with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    pub secret: String,
    /// A curl command.
    pub first_call: String,
}

impl std::fmt::Debug for Flash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Flash(…)")
    }
}

/// The secret that was just made for the reader, if this is the first time it is asked for.
#[server]
pub async fn flashed_key() -> Result<Option<Flash>, AppError> {
    let (_, partner) = crate::session::server::require(domain::access::Action::ManageKeys).await?;
    match server::take(server::KEY)? {
        Some(secret) => Ok(Some(Flash { first_call: server::first_call(&secret, partner).await?, secret })),
        None => Ok(None),
    }
}

/// Sending, taking and explaining it.
#[cfg(feature = "ssr")]
pub mod server {
    use crate::error::AppError;
    use crate::portal::portal;
    use crate::session::server::{take_cookie, write_cookie};
    use domain::key::{Environment, present};
    use domain::subscription::SubscriptionStatus;
    use spec::model::{Method, Operation};
    use store::Secret;
    use uuid::Uuid;

    /// The cookie that carries a partner's key.
    pub const KEY: &str = "fresh_key";
    /// The cookie that carries an admin's token.
    pub const TOKEN: &str = "fresh_token";
    /// How long the next page has to show the secret, in seconds.
    const AGE: i64 = 300;

    /// Hands a secret to the next page.
    pub fn send(cookie: &str, secret: &Secret) -> Result<(), AppError> {
        write_cookie(cookie, secret.reveal(), AGE)
    }

    /// Takes it, once.
    pub fn take(cookie: &str) -> Result<Option<String>, AppError> {
        // A cookie holds what anybody put there: only what may be a secret is shown.
        Ok(take_cookie(cookie)?.filter(|text| present(text).is_some() || text.starts_with(store::TOKEN_PREFIX)))
    }

    /// A curl command for the first simple operation that this key may call, of an API with a plan in force where there is one.
    pub(super) async fn first_call(secret: &str, partner: Uuid) -> Result<String, AppError> {
        let portal = portal()?;
        let Some(key) = present(secret) else { return Ok(String::new()) };
        let record = portal.store.key_record(key.prefix).await?.filter(|record| record.key.partner_id == partner);
        let Some(record) = record else { return Ok(String::new()) };
        let products = portal.store.catalogue(Some(partner)).await?;
        let covered: Vec<_> = products.into_iter().filter(|product| record.key.scope.covers(&product.id)).collect();
        let plans = portal.store.subscriptions(partner).await?;
        let has_plan = |id: &str| plans.iter().any(|plan| plan.product_id == id && plan.status == SubscriptionStatus::Active);
        let Some(product) = covered.iter().find(|product| has_plan(&product.id)).or(covered.first()) else { return Ok(String::new()) };
        let published = portal.store.published(&product.id).await?;
        let path = published.and_then(|published| simplest(&published.api.operations).map(|operation| operation.path.clone()));
        let side = if key.environment == Environment::Test { "sandbox" } else { "gateway" };
        let path = path.unwrap_or_default();
        Ok(format!("curl {}/{side}/{}{path} \\\n  -H \"Authorization: Bearer {secret}\"", portal.site, product.id))
    }

    /// The first operation that can be called with nothing but its address.
    fn simplest(operations: &[Operation]) -> Option<&Operation> {
        operations.iter().find(|o| o.method == Method::Get && !o.path.contains('{') && o.parameters.iter().all(|p| !p.required))
    }
}
