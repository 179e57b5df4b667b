//! Documents that are fetched: from a product's own address, on a schedule and on demand.

use crate::gateway::Gateway;
use crate::gateway::proxy::{Client, chain};
use crate::sandbox::guard;
use app::portal::{Refetch, Refetched};
use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use chrono::Utc;
use domain::event::By;
use std::sync::Arc;
use std::time::Duration;
use store::Store;

/// The largest document that is taken, in bytes.
pub(crate) const LARGEST: usize = 20 << 20;
/// Until the whole document is here.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often an address may point to another one.
const REDIRECTS: usize = 3;

/// What is behind an address.
enum Fetched {
    NotModified,
    Document { text: String, etag: Option<String> },
}

/// The act behind "Fetch now".
pub fn refetch(store: Store, gateway: Gateway) -> Refetch {
    Arc::new(move |product, by| {
        let (store, gateway) = (store.clone(), gateway.clone());
        Box::pin(async move { refetch_one(&store, &gateway, &product, &by).await })
    })
}

/// Fetches every document that has an address; what goes wrong is logged, and the others go on.
pub async fn refetch_all(store: &Store, gateway: &Gateway) {
    let products = match store.fetched_products().await {
        Ok(products) => products,
        Err(error) => return tracing::error!(%error, "the documents' addresses could not be read"),
    };
    for product in products {
        match refetch_one(store, gateway, &product, &By::system()).await {
            Ok(outcome) => tracing::info!(product, ?outcome, "document fetched"),
            Err(error) => tracing::warn!(product, error, "a document could not be fetched"),
        }
    }
}

async fn refetch_one(store: &Store, gateway: &Gateway, product: &str, by: &By) -> Result<Refetched, String> {
    let broken = |error: store::Error| error.to_string();
    let known = store.fetched_document(product).await.map_err(broken)?;
    let Some((url, etag)) = known else { return Err("This product has no address to fetch its document from.".to_owned()) };
    let allow_private = store.upstream(product).await.map_err(broken)?.is_some_and(|upstream| upstream.allow_private);
    let client = if allow_private { &gateway.open } else { &gateway.guarded };
    let fetch = follow(client, &url, etag.as_deref(), allow_private);
    match tokio::time::timeout(PATIENCE, fetch).await.map_err(|_| format!("{url} took longer than {} s.", PATIENCE.as_secs()))?? {
        Fetched::NotModified => {
            store.note_fetch(product, etag.as_deref(), Utc::now()).await.map_err(broken)?;
            Ok(Refetched::NotModified)
        }
        Fetched::Document { text, etag } => {
            let outcome = store.publish(product, &text, by, Utc::now()).await.map_err(broken)?;
            store.note_fetch(product, etag.as_deref(), Utc::now()).await.map_err(broken)?;
            Ok(Refetched::Fetched(outcome))
        }
    }
}

/// Gets the document; every address on the way is guarded like the first.
async fn follow(client: &Client, url: &str, etag: Option<&str>, allow_private: bool) -> Result<Fetched, String> {
    let mut target: Uri = url.parse().map_err(|error| format!("{url} is no address: {error}."))?;
    for _ in 0..=REDIRECTS {
        if !allow_private {
            guard::check_literal(&target)?;
        }
        let response =
            client.fetch(request(&target, etag)).await.map_err(|error| format!("{target} did not answer: {}.", chain(&error)))?;
        match response.status() {
            StatusCode::NOT_MODIFIED => return Ok(Fetched::NotModified),
            StatusCode::OK => return read(&target, response).await,
            status if status.is_redirection() => target = next(&target, &response)?,
            status => return Err(format!("{target} answered {status}.")),
        }
    }
    Err(format!("{url} points on and on to other addresses."))
}

fn request(target: &Uri, etag: Option<&str>) -> Request<Body> {
    let mut request = Request::new(Body::empty());
    (*request.method_mut(), *request.uri_mut()) = (Method::GET, target.clone());
    let headers = request.headers_mut();
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/yaml, application/json, */*;q=0.5"));
    headers.insert(header::USER_AGENT, HeaderValue::from_static(concat!("portico/", env!("CARGO_PKG_VERSION"))));
    headers.extend(etag.and_then(|etag| etag.parse().ok()).map(|etag| (header::IF_NONE_MATCH, etag)));
    request
}

async fn read(target: &Uri, response: Response<Body>) -> Result<Fetched, String> {
    let etag = response.headers().get(header::ETAG).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let bytes = axum::body::to_bytes(response.into_body(), LARGEST).await;
    let bytes = bytes.map_err(|_| format!("{target} broke off, or sent more than {LARGEST} bytes."))?;
    let text = String::from_utf8(bytes.into()).map_err(|_| format!("{target} sent something that is no UTF-8 text."))?;
    Ok(Fetched::Document { text, etag })
}

/// Where a redirect leads: an absolute address, or a path at the same origin.
fn next(from: &Uri, response: &Response<Body>) -> Result<Uri, String> {
    let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let unusable = || format!("{from} points to `{location}`, which is no address.");
    let absolute = if location.starts_with('/') && !location.starts_with("//") {
        let (scheme, host) = (from.scheme_str().unwrap_or("https"), from.authority().ok_or_else(unusable)?);
        format!("{scheme}://{host}{location}")
    } else {
        location.to_owned()
    };
    let target = domain::product::absolute_url("location", &absolute).map_err(|_| unusable())?;
    target.parse().map_err(|_| unusable())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redirected(from: &str, location: &str) -> Result<String, String> {
        let response = Response::builder().header("location", location).body(Body::empty()).unwrap();
        next(&from.parse().unwrap(), &response).map(|uri| uri.to_string())
    }

    #[test]
    fn redirects_are_resolved() {
        let from = "https://docs.example:8443/a/openapi.yaml";
        assert_eq!(redirected(from, "/b.yaml").unwrap(), "https://docs.example:8443/b.yaml");
        assert_eq!(redirected(from, "http://other.example/c.yaml").unwrap(), "http://other.example/c.yaml");
        for bad in ["", "file:///etc/passwd", "//evil.example/x", "b.yaml", "https://u:p@evil.example/"] {
            assert!(redirected(from, bad).is_err(), "{bad}");
        }
    }
}
