//! `GET /admin/products/{id}/revisions/{number}/document`: the text of a revision, as admins published it.

use app::portal::Portal;
use app::session::server::session_cookie;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use domain::access::{Action, may};
use store::Store;

/// Answers with a file that browsers keep; 401 without a session, 403 for whoever is no admin, 404 for what is not there.
pub async fn document(State(portal): State<Portal>, Path((product, number)): Path<(String, i64)>, headers: HeaderMap) -> Response {
    match text(&portal.store, session_cookie(&headers, portal.has_tls()).as_deref(), &product, number).await {
        Ok(Ok(text)) => file(&product, number, text),
        Ok(Err(status)) => status.into_response(),
        Err(error) => {
            tracing::error!(%error, "a revision could not be read");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

async fn text(store: &Store, cookie: Option<&str>, product: &str, number: i64) -> store::Result<Result<String, StatusCode>> {
    let Some(cookie) = cookie else { return Ok(Err(StatusCode::UNAUTHORIZED)) };
    let Some(actor) = store.actor(cookie, Utc::now()).await? else { return Ok(Err(StatusCode::UNAUTHORIZED)) };
    if !may(&actor, Action::Administer, None) {
        return Ok(Err(StatusCode::FORBIDDEN));
    }
    Ok(store.document(product, number).await?.ok_or(StatusCode::NOT_FOUND))
}

fn file(product: &str, number: i64, text: String) -> Response {
    let (kind, ending) = if text.trim_start().starts_with('{') { ("application/json", "json") } else { ("application/yaml", "yaml") };
    // A product's id holds nothing that a header cannot carry.
    let name = format!("attachment; filename=\"{product}-{number}.{ending}\"");
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    (headers, text).into_response()
}
