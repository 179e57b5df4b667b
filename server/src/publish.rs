//! `portico publish`: a document becomes a revision, here in the database or at a portal elsewhere.

use crate::cli::Stop;
use crate::config::{PlaceFlags, ServeFlags, Settings};
use crate::gateway::proxy::{Client, chain};
use crate::sandbox::guard::Resolver;
use crate::serve::open_store;
use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, Uri, header};
use chrono::Utc;
use clap::Args;
use domain::event::By;
use domain::product::{RefusedDocument, Revision, RevisionChange};
use serde::Deserialize;
use std::path::PathBuf;
use store::PublishOutcome;

/// The largest answer that is read, in bytes.
const ANSWER: usize = 16 << 20;

/// What the command line says.
#[derive(Args)]
pub struct Publish {
    /// OpenAPI document in YAML or JSON
    file: PathBuf,
    /// Id of the product that it describes
    #[arg(long, value_name = "ID")]
    product: String,
    /// Portal to publish at, over HTTP [default: the database of this machine]
    #[arg(long, env = "PORTICO_SERVER", value_name = "URL", requires = "token")]
    server: Option<String>,
    /// Token of an admin, for --server
    #[arg(long, env = "PORTICO_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    token: Option<String>,
    #[command(flatten)]
    place: PlaceFlags,
}

/// What is in force after publishing.
#[derive(Deserialize)]
struct InForce {
    number: i64,
    version: String,
    changed: bool,
    changes: Vec<RevisionChange>,
}

/// The parts of a problem (RFC 9457) that are shown.
#[derive(Deserialize)]
struct Refusal {
    detail: String,
    pointer: Option<String>,
}

/// Publishes and says what changed.
///
/// # Errors
/// One sentence: the place in a broken document, or what could not be reached.
pub async fn publish(form: Publish) -> Result<(), Stop> {
    let document =
        std::fs::read_to_string(&form.file).map_err(|error| Stop::Failed(format!("{} cannot be read: {error}.", form.file.display())))?;
    let in_force = match (&form.server, &form.token) {
        (Some(server), Some(token)) => over_http(server, token, &form.product, document).await?,
        _ => here(&form, &document).await?,
    };
    println!("{}", summary(&form.product, &in_force));
    Ok(())
}

fn summary(product: &str, in_force: &InForce) -> String {
    let InForce { number, version, changed, changes } = in_force;
    if !changed {
        return format!("{product} is at revision {number} ({version}) already: nothing changed.");
    }
    let line = |change: &RevisionChange| format!("\n  {}{}", if change.breaking { "breaking: " } else { "" }, change.summary);
    let lines: String = changes.iter().map(line).collect();
    format!("{product} is at revision {number} ({version}) now.{lines}")
}

async fn here(form: &Publish, document: &str) -> Result<InForce, Stop> {
    let settings = Settings::read(&form.place, &ServeFlags::default()).map_err(Stop::Usage)?;
    let store = open_store(&settings).await?;
    let outcome = store.publish(&form.product, document, &By::command_line(), Utc::now()).await?;
    store.close().await;
    match outcome {
        PublishOutcome::Accepted(revision) => Ok(in_force(revision, true)),
        PublishOutcome::Unchanged(revision) => Ok(in_force(revision, false)),
        PublishOutcome::Refused(RefusedDocument { message, pointer, .. }) => Err(refused(&message, Some(&pointer))),
        PublishOutcome::UnknownProduct => {
            Err(Stop::Failed(format!("There is no product `{}`. An admin makes it first, under Products.", form.product)))
        }
    }
}

fn in_force(revision: Revision, changed: bool) -> InForce {
    InForce { number: revision.number, version: revision.version, changed, changes: revision.changes }
}

async fn over_http(server: &str, token: &str, product: &str, document: String) -> Result<InForce, Stop> {
    let request = request(server, token, product, document).map_err(Stop::Usage)?;
    let client =
        Client::new(Resolver::open()).map_err(|error| Stop::Failed(format!("The system's certificates cannot be read: {error}.")))?;
    let answer = client.fetch(request).await.map_err(|error| Stop::Failed(format!("{server} did not answer: {}.", chain(&error))))?;
    let status = answer.status();
    let body =
        axum::body::to_bytes(answer.into_body(), ANSWER).await.map_err(|error| Stop::Failed(format!("{server} broke off: {error}.")))?;
    if status.is_success() {
        return serde_json::from_slice(&body)
            .map_err(|error| Stop::Failed(format!("{server} gave an answer that is none of a portal: {error}.")));
    }
    match serde_json::from_slice::<Refusal>(&body) {
        Ok(refusal) => Err(refused(&refusal.detail, refusal.pointer.as_deref())),
        Err(_) => Err(Stop::Failed(format!("{server} answered {status}."))),
    }
}

fn request(server: &str, token: &str, product: &str, document: String) -> Result<Request<Body>, String> {
    let server = domain::product::absolute_url("server", server).map_err(|_| format!("--server is `{server}`; use an absolute URL."))?;
    let product = domain::product::id(product).map_err(|invalid| format!("--product is `{product}`. {}", invalid.message))?;
    let target: Uri = format!("{}/api/v1/products/{product}/document", server.trim_end_matches('/'))
        .parse()
        .map_err(|error| format!("--server is `{server}`: {error}."))?;
    let bearer = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| "--token is no token; copy it again.".to_owned())?;
    let mut request = Request::new(Body::from(document));
    (*request.method_mut(), *request.uri_mut()) = (Method::PUT, target);
    request.headers_mut().insert(header::AUTHORIZATION, bearer);
    request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/yaml"));
    Ok(request)
}

fn refused(message: &str, pointer: Option<&str>) -> Stop {
    let place = pointer.map(|pointer| format!("{pointer}: ")).unwrap_or_default();
    Stop::Failed(format!("Not published. {place}{message}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_names_what_breaks() {
        let change =
            |breaking, summary: &str| RevisionChange { breaking, kind: "changed".to_owned(), operation: None, summary: summary.to_owned() };
        let changes = vec![change(true, "GET /a is gone"), change(false, "GET /b is new")];
        let said = summary("rates", &InForce { number: 4, version: "2.0.0".to_owned(), changed: true, changes });
        assert_eq!(said, "rates is at revision 4 (2.0.0) now.\n  breaking: GET /a is gone\n  GET /b is new");
    }

    #[test]
    fn a_request_goes_to_the_product_s_own_place() {
        let made = request("https://portal.example/", "pt_x", "rates", String::new()).unwrap();
        assert_eq!(made.uri(), "https://portal.example/api/v1/products/rates/document");
        for (server, product) in [("portal.example", "rates"), ("https://portal.example", "../rates"), ("https://portal.example", "Rates")]
        {
            assert!(request(server, "pt_x", product, String::new()).is_err(), "{server} {product}");
        }
    }
}
