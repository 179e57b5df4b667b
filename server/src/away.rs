//! What people see while the database is away: one page for every address, at once, that says what goes on without it.
//!
//! Rendering the page that was asked for would wait for each of its parts, and take a reader whose session nobody can look up for a
//! stranger who has to sign in.

use crate::plain::{self, card};
use app::error::AppError;
use app::returned::server::wants_page;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use leptos::server_fn::error::FromServerFnError;
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// How long an answer of the database, or none, is taken to hold.
const FRESH: Duration = Duration::from_secs(1);
/// How long the database may take to say a word.
const PATIENCE: Duration = Duration::from_secs(3);
/// Seconds until the page asks again by itself.
const AGAIN: u16 = 15;

/// Whether the database answers, found out once a second at most, and for everybody who asks.
#[derive(Clone)]
pub struct Pulse {
    store: Store,
    css: Arc<str>,
    felt: Arc<Mutex<Option<(Instant, bool)>>>,
}

impl Pulse {
    /// `css` is the address of the stylesheet.
    pub fn new(store: Store, css: &str) -> Self {
        Self { store, css: css.into(), felt: Arc::default() }
    }

    async fn beats(&self) -> bool {
        let mut felt = self.felt.lock().await;
        let before = *felt;
        if let Some((at, beats)) = before
            && at.elapsed() < FRESH
        {
            return beats;
        }
        let beats = matches!(timeout(PATIENCE, self.store.ping()).await, Ok(Ok(())));
        if !beats && before.is_none_or(|(_, beats)| beats) {
            tracing::error!("the database does not answer; pages say so");
        }
        *felt = Some((Instant::now(), beats));
        beats
    }

    /// What `asked` answers; nothing where the database does not, or not in time.
    pub async fn answer<T>(&self, asked: impl Future<Output = store::Result<T>>) -> Option<store::Result<T>> {
        match timeout(PATIENCE, asked).await {
            Ok(Err(error)) if error.is_away() => None,
            Ok(answer) => Some(answer),
            Err(_) => None,
        }
    }

    /// The answer to a request while the database is away.
    pub fn stand_in(&self, request: &Request) -> Response {
        let mut response = if is_read_by_people(request) { self.page(request) } else { AppError::Away.ser().into_response() };
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(AGAIN));
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    fn page(&self, request: &Request) -> Response {
        let reads = request.method().is_safe();
        let refresh = if reads { format!("<meta http-equiv=\"refresh\" content=\"{AGAIN}\">") } else { String::new() };
        let main = main(reads, request.uri().path().starts_with("/admin"), self.store.fleet().is_some());
        plain::page(&self.css, request.headers(), "The database does not answer", &refresh, &main)
    }
}

/// Answers in the place of a page or a function that would wait for the database.
pub async fn look(State(pulse): State<Pulse>, request: Request, next: Next) -> Response {
    if pulse.beats().await { next.run(request).await } else { pulse.stand_in(&request) }
}

/// A page, or a form that was posted without script; anything else is a function that a page called.
fn is_read_by_people(request: &Request) -> bool {
    !request.uri().path().starts_with("/api/") || wants_page(request.headers())
}

fn main(reads: bool, in_admin: bool, shares_redis: bool) -> String {
    let calls = if shares_redis {
        "Calls with keys that were in use go on for five minutes. Each of them is counted, and will stand here and on the bill."
    } else {
        "Calls with keys that were in use are let through for five minutes more. Each waits for its end until it can be counted, so they are slow, and none is lost."
    };
    let others =
        "Other calls are answered with 503 and cost nothing: send them again after the seconds that <code>Retry-After</code> names.";
    let to_do = if reads {
        format!(
            "Wait. This page asks again every {AGAIN} seconds and leads on as soon as it can; you stay signed in.</p>\
                 <p><a class=\"btn\" href=\"\">Ask again now</a>"
        )
    } else {
        "What you sent was not saved. Go back, wait a moment, and send it again; you stay signed in.".to_owned()
    };
    let partners = card("What goes on", &format!("{calls}</p><p>{others}")) + &card("What you can do", &to_do);
    let operators = card(
        "If you run this portal",
        "See why the database does not answer: <code>DATABASE_URL</code> names it, and the log says what was last heard of it. Nothing else \
         has to be done. The portal goes on by itself once the database is back, and <code>/readyz</code> is 200 then.",
    );
    let cards = if in_admin { operators + &partners } else { partners + &operators };
    format!(
        "<main id=\"main\" class=\"page narrow away\"><div class=\"pagehead\"><h1>The database does not answer</h1>\
         <p>So there is nothing to show here at the moment. Nothing is lost.</p></div><div class=\"stack\">{cards}</div></main>"
    )
}
