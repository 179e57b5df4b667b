//! How the gateway reaches a product.

use crate::db::{Tx, cut, known, on_pool, on_tx};
use crate::events::record;
use crate::product_edits::product_name;
use crate::products::StoredProduct;
use crate::{Change, Result, Secret, Store};
use chrono::{DateTime, Utc};
use domain::Invalid;
use domain::event::By;
use domain::product::{Product, SocketMetering, Upstream, absolute_url};
use serde_json::json;
use sqlx::FromRow;
use sqlx::types::Json;

/// The longest wait for an upstream's answer, in milliseconds.
const TIMEOUT_MAX: i64 = 300_000;
/// The largest bodies that may be allowed, in bytes.
const BYTES_MAX: i64 = 1 << 30;
/// The most origins of one product.
const ORIGINS_MAX: usize = 50;

/// Everything the gateway needs to send a call on.
#[derive(Debug, Clone)]
pub struct Route {
    pub product: Product,
    pub upstream: Upstream,
    /// The value of `upstream.secret_header`.
    pub secret: Option<Secret>,
}

#[derive(FromRow)]
struct UpstreamRow {
    secret_header: Option<String>,
    secret_value: Option<String>,
    timeout_ms: i64,
    max_request_bytes: i64,
    max_response_bytes: i64,
    cors_origins: Json<Vec<String>>,
    allow_private: bool,
    socket_metering: String,
}

#[derive(FromRow)]
struct RouteRow {
    #[sqlx(flatten)]
    product: StoredProduct,
    #[sqlx(flatten)]
    upstream: UpstreamRow,
}

impl RouteRow {
    fn into_route(self) -> Result<Route> {
        let product = Product::try_from(self.product)?;
        let upstream = Upstream {
            product_id: product.id.clone(),
            secret_header: self.upstream.secret_header,
            secret_header_set: self.upstream.secret_value.is_some(),
            timeout_ms: self.upstream.timeout_ms,
            max_request_bytes: self.upstream.max_request_bytes,
            max_response_bytes: self.upstream.max_response_bytes,
            cors_origins: self.upstream.cors_origins.0,
            allow_private: self.upstream.allow_private,
            socket_metering: known("products", "socket_metering", &self.upstream.socket_metering, SocketMetering::parse)?,
        };
        Ok(Route { product, upstream, secret: self.upstream.secret_value.map(Secret::new) })
    }
}

impl Store {
    /// Where a product's calls go, with the secret that they carry.
    ///
    /// # Errors
    /// What the database said, or [`crate::Error::Corrupt`].
    pub async fn route(&self, product: &str) -> Result<Option<Route>> {
        const SQL: &str = "select * from products where id = $1";
        let row: Option<RouteRow> = on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(product).fetch_optional(pool).await?);
        row.map(RouteRow::into_route).transpose()
    }

    /// The settings without the secret's value.
    ///
    /// # Errors
    /// What the database said, or [`crate::Error::Corrupt`].
    pub async fn upstream(&self, product: &str) -> Result<Option<Upstream>> {
        Ok(self.route(product).await?.map(|route| route.upstream))
    }

    /// Replaces the settings; `secret` of `None` keeps the stored value, an empty one removes it. False where there is no such product.
    ///
    /// # Errors
    /// `Invalid` for the first field that is out of range.
    pub async fn set_upstream(&self, upstream: Upstream, secret: Option<&str>, by: &By, now: DateTime<Utc>) -> Result<bool> {
        let upstream = check(upstream)?;
        let secret = secret.map(header_value).transpose()?;
        let mut tx = self.begin_write().await?;
        let Some(name) = product_name(&mut tx, &upstream.product_id).await? else { return Ok(false) };
        write(&mut tx, &upstream, secret, now).await?;
        let detail = json!({ "product": upstream.product_id, "secret_changed": secret.is_some() });
        record(&mut tx, by, None, "product.upstream_changed", &name, detail, now).await?;
        tx.announce(Change::Product(upstream.product_id));
        tx.commit().await?;
        Ok(true)
    }
}

/// A secret without a header to carry it is dropped.
async fn write(tx: &mut Tx, upstream: &Upstream, secret: Option<&str>, now: DateTime<Utc>) -> Result<()> {
    const SQL: &str = "update products set secret_header = $2, \
         secret_value = case when $2 is null then null when $3 then $4 else secret_value end, timeout_ms = $5, \
         max_request_bytes = $6, max_response_bytes = $7, cors_origins = $8, allow_private = $9, updated_at = $10, socket_metering = $11 where id = $1";
    on_tx!(tx, |conn| sqlx::query(SQL)
        .bind(&upstream.product_id)
        .bind(&upstream.secret_header)
        .bind(secret.is_some())
        .bind(secret.filter(|value| !value.is_empty()))
        .bind(upstream.timeout_ms)
        .bind(upstream.max_request_bytes)
        .bind(upstream.max_response_bytes)
        .bind(Json(&upstream.cors_origins))
        .bind(upstream.allow_private)
        .bind(cut(now))
        .bind(upstream.socket_metering.as_str())
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}

fn check(upstream: Upstream) -> Result<Upstream, Invalid> {
    let range = |field, value: i64, most: i64| {
        if (1..=most).contains(&value) { Ok(()) } else { Err(Invalid::new(field, format!("Choose between 1 and {most}."))) }
    };
    range("timeout_ms", upstream.timeout_ms, TIMEOUT_MAX)?;
    range("max_request_bytes", upstream.max_request_bytes, BYTES_MAX)?;
    range("max_response_bytes", upstream.max_response_bytes, BYTES_MAX)?;
    Ok(Upstream {
        secret_header: header_name(upstream.secret_header)?,
        cors_origins: upstream.cors_origins.iter().map(|text| origin(text)).collect::<Result<Vec<_>, _>>().and_then(few)?,
        ..upstream
    })
}

/// A field name (RFC 9110, 5.1) that the gateway does not set itself.
fn header_name(name: Option<String>) -> Result<Option<String>, Invalid> {
    const TAKEN: [&str; 15] = [
        "host",
        "connection",
        "content-length",
        "transfer-encoding",
        "upgrade",
        "keep-alive",
        "te",
        "trailer",
        "expect",
        "proxy-connection",
        "traceparent",
        "tracestate",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-request-id",
    ];
    let Some(name) = name.map(|name| name.trim().to_ascii_lowercase()).filter(|name| !name.is_empty()) else { return Ok(None) };
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if name.len() <= 100 && name.bytes().all(token) && !TAKEN.contains(&name.as_str()) {
        Ok(Some(name))
    } else {
        Err(Invalid::new(
            "secret_header",
            "Use the name of a request header that the gateway does not write itself, such as x-upstream-key.",
        ))
    }
}

fn header_value(value: &str) -> Result<&str, Invalid> {
    let value = value.trim();
    if value.len() <= 4_096 && value.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        Ok(value)
    } else {
        Err(Invalid::new("secret", "Use at most 4,096 letters, digits and signs on one line, as a header can carry them."))
    }
}

/// `*`, or a scheme and a host without a path (RFC 6454, 6.2).
fn origin(text: &str) -> Result<String, Invalid> {
    let text = text.trim().trim_end_matches('/').to_ascii_lowercase();
    let bare = text.splitn(4, '/').count() == 3 && !text.contains(['?', '#']);
    if text == "*" || (bare && absolute_url("cors_origins", &text).is_ok()) {
        Ok(text)
    } else {
        Err(Invalid::new("cors_origins", "Give each origin as https://app.example.com, without a path, or * for every one."))
    }
}

fn few(origins: Vec<String>) -> Result<Vec<String>, Invalid> {
    if origins.len() <= ORIGINS_MAX {
        Ok(origins)
    } else {
        Err(Invalid::new("cors_origins", format!("Use at most {ORIGINS_MAX} origins.")))
    }
}
