//! `GET /api/v1/usage`: sums of calls, for programs and for spreadsheets.

mod days;
mod question;
mod report;

use super::reading;
use super::token::Reader;
use crate::problem::{BAD_REQUEST, Problem};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::report::ROWS_MAX;
use question::Shape;
use store::Store;

/// Answers with one line for each group, as JSON or CSV.
///
/// A key reads its own partner's calls, in its environment and of its products; a token for usage reads those of all.
/// `from` and `to` are RFC 3339 or dates, in UTC, `to` excluded; without them the last 30 days. Hours are counted whole: `from` goes
/// back to the start of its hour, `to` on to the end of its own.
/// `group_by` lists `day`, `hour`, `product`, `key`, `operation`, `status`, `source` or `partner`; each line has its latencies.
/// `days=N` gives daily totals with `byApi` instead.
///
/// # Errors
/// 400 for a parameter that cannot be read, a range that is too long, or more than 10,000 lines; 401; 403.
pub async fn read(
    reader: Reader,
    State(store): State<Store>,
    pairs: Result<Query<Vec<(String, String)>>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let unread =
        |_: QueryRejection| Problem::new(&BAD_REQUEST, "The query cannot be read. Send it as name=value, with & between the parameters.");
    let Query(pairs) = pairs.map_err(unread)?;
    let asked: question::Asked = reading::query(pairs)?;
    let question = asked.read(&reader, wants_csv(&headers), chrono::Utc::now())?;
    let rows = store.usage_report(&question.filter, ROWS_MAX + 1).await?;
    if rows.len() > ROWS_MAX {
        let detail = format!("The answer has more than {ROWS_MAX} lines. Ask for a shorter range or for fewer groups.");
        return Err(Problem::new(&BAD_REQUEST, detail).with("parameter", "group_by"));
    }
    let mut response = match (question.shape, question.csv) {
        (Shape::Days, false) => axum::Json(days::Days::of(&question.filter, rows)).into_response(),
        (Shape::Days, true) => csv(days::Days::of(&question.filter, rows).csv()?),
        (Shape::Report, false) => axum::Json(report::Report::of(&question.filter, rows)).into_response(),
        (Shape::Report, true) => csv(report::Report::of(&question.filter, rows).csv()?),
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept, authorization"));
    Ok(response)
}

fn wants_csv(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|text| text.contains("text/csv"))
}

fn csv(table: Vec<u8>) -> Response {
    const NAMED: HeaderValue = HeaderValue::from_static("attachment; filename=\"usage.csv\"");
    ([(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")), (header::CONTENT_DISPOSITION, NAMED)], table)
        .into_response()
}
