//! The portal's pages and their server functions, rendered by leptos.

use crate::away::{self, Pulse};
use crate::documents::LARGEST;
use crate::problem::{self, NOT_FOUND, Problem};
use crate::render::Renderers;
use app::portal::{Portal, Problems};
use app::returned;
use app::session::server::{Recognised, session_cookie};
use app::shell::shell;
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::any;
use futures::StreamExt;
use leptos::config::LeptosOptions;
use leptos::prelude::*;
use leptos_axum::{AxumRouteListing, LeptosRoutes, generate_route_list};
use percent_encoding::percent_decode_str;
use std::sync::LazyLock;
use tower::ServiceExt;
use tower_http::limit::RequestBodyLimitLayer;

/// The header of a server function's answer that is an error.
const REFUSAL: &str = "serverfnerror";
/// What leptos writes into the address of the page that such an answer leads to: the path of the function, and the error.
const FUNCTION: &str = "__path";
const ERROR: &str = "__err";

/// Every page, every server function, and a page for addresses that nobody knows.
///
/// # Errors
/// Where no thread can be started to render on.
pub fn router(portal: &Portal) -> std::io::Result<Router> {
    let application = application(portal);
    let renderers = Renderers::start(&application)?;
    let pulse = Pulse::new(portal.store.clone(), &portal.assets.css);
    Ok(Router::new()
        // Server functions may take their time: a large document, a slow sender.
        .route("/api/{*function}", any(move |request: Request| application.oneshot(request)))
        .fallback(move |request: Request| async move { renderers.render(request).await })
        .layer(middleware::from_fn_with_state((portal.clone(), pulse.clone()), recognise))
        // The largest form holds a document, written as forms write it: one of 13 MB has room to spare. It is the only
        // limit: axum's own, of 2 MB, would come first.
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(LARGEST))
        .layer(middleware::from_fn_with_state(pulse, away::look))
        .layer(middleware::from_fn_with_state(portal.has_tls(), follow_redirects))
        .layer(middleware::from_fn(keep_private)))
}

/// The application as leptos serves it.
fn application(portal: &Portal) -> Router {
    /// Finding the routes runs the application once, with a switch that is one for the whole process: a page that is
    /// rendered meanwhile would wait for ever (leptos issue 4773).
    static ROUTES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(app::App));
    // Assets have names of their own, so that none of leptos' options is ever read.
    let options = LeptosOptions::builder().output_name("portico").build();
    let context = {
        let portal = portal.clone();
        move || {
            provide_context(portal.clone());
            provide_context(Problems(problem::explained));
        }
    };
    Router::new()
        .leptos_routes_with_context(&options, ROUTES.clone(), context.clone(), shell)
        .fallback(move |request: Request| unknown_page(context.clone(), request))
        .method_not_allowed_fallback(wrong_method)
        .with_state(options)
}

/// The application renders its own "not found"; the status says it too, unless the page set another. Programs are told in
/// their own way.
async fn unknown_page(context: impl Fn() + Clone + Send + Sync + 'static, request: Request) -> Response {
    if is_for_machines(request.uri().path()) {
        let detail =
            "Nothing has this address. Calls go to /gateway/<product>/… and /sandbox/<product>/…; /api/v1/openapi.json lists the rest.";
        return Problem::new(&NOT_FOUND, detail).into_response();
    }
    let render = leptos_axum::handle_response_inner(context, shell, request, |app, chunks, _| {
        Box::pin(async move {
            let page = app.to_html_stream_in_order().collect::<String>().await;
            Box::pin(futures::stream::once(async move { page }).chain(chunks())) as std::pin::Pin<Box<_>>
        })
    });
    let mut response = render.await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}

/// The Allow header, which axum adds, names the methods.
async fn wrong_method(request: Request) -> Response {
    if is_for_machines(request.uri().path()) {
        return Problem::wrong_method(request.method()).into_response();
    }
    StatusCode::METHOD_NOT_ALLOWED.into_response()
}

/// Whether an address is one that programs call; `*` is the server itself (RFC 9110, 7.1).
fn is_for_machines(path: &str) -> bool {
    let inside = |part: &str| path.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    path == "*" || ["/api", "/gateway", "/sandbox", "/v1"].into_iter().any(inside)
}

/// Finds out who asks for a page, so that it can be rendered without waiting. Server functions ask for themselves.
async fn recognise(State((portal, pulse)): State<(Portal, Pulse)>, mut request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        let actor = match session_cookie(request.headers(), portal.has_tls()) {
            Some(cookie) => pulse.answer(portal.store.actor(&cookie, chrono::Utc::now())).await,
            None => Some(Ok(None)),
        };
        let Some(actor) = actor else { return pulse.stand_in(&request) };
        let actor = actor.unwrap_or_else(|error| {
            tracing::warn!(%error, "a page is rendered as for nobody");
            None
        });
        request.extensions_mut().insert(Recognised(actor));
    }
    next.run(request).await
}

/// A form that was posted without JavaScript goes back to its page, which shows what was wrong: browsers follow no 422. What an address says
/// of that by itself is nothing that we said.
async fn follow_redirects(State(has_tls): State<bool>, request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return match own_address(request.uri()) {
            Some(own) if !returned::server::is_in_address(request.headers()) => Redirect::to(&own).into_response(),
            _ => next.run(request).await,
        };
    }
    let wants_page = returned::server::wants_page(request.headers());
    let mut response = next.run(request).await;
    if wants_page && response.headers().contains_key(header::LOCATION) {
        *response.status_mut() = StatusCode::SEE_OTHER;
        if response.headers().contains_key(REFUSAL) {
            send_error_apart(response.headers_mut(), has_tls);
        }
    }
    response
}

/// Leptos writes what was wrong into the address of the page. It goes there in a cookie, where one can hold it.
fn send_error_apart(headers: &mut HeaderMap, has_tls: bool) {
    let written = headers.get(header::LOCATION).and_then(|address| error_in(address.to_str().ok()?));
    let Some((page, function, error)) = written else { return };
    let (cookie, is_held) = returned::server::refusal(&function, &error, has_tls);
    headers.extend(HeaderValue::from_str(&cookie).ok().map(|cookie| (header::SET_COOKIE, cookie)));
    if let (true, Ok(page)) = (is_held, HeaderValue::from_str(&page)) {
        headers.insert(header::LOCATION, page);
    }
}

/// The address without what leptos wrote into it, the path of the function that refused, and its error.
fn error_in(address: &str) -> Option<(String, String, String)> {
    let (page, query) = address.split_once('?')?;
    let (written, own) = parted(query);
    let value = |name: &str| {
        let last = written.iter().rev().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
        Some(percent_decode_str(last).decode_utf8().ok()?.into_owned())
    };
    Some((with_query(page, &own), value(FUNCTION)?, value(ERROR)?))
}

/// The address of a page without what only leptos writes into one; `None` where there is nothing of that.
fn own_address(address: &Uri) -> Option<String> {
    let (written, own) = parted(address.query()?);
    // With one slash: two begin the name of a server.
    let page = format!("/{}", address.path().trim_start_matches(['/', '\\']));
    (!written.is_empty()).then(|| with_query(&page, &own))
}

/// What leptos writes into a query, and the rest of it.
fn parted(query: &str) -> (Vec<&str>, Vec<&str>) {
    query.split('&').partition(|pair| {
        let name = percent_decode_str(pair.split('=').next().unwrap_or_default()).decode_utf8_lossy();
        name == FUNCTION || name == ERROR
    })
}

fn with_query(page: &str, query: &[&str]) -> String {
    if query.is_empty() { page.to_owned() } else { format!("{page}?{}", query.join("&")) }
}

/// Pages show who is signed in: no cache in between may keep them.
async fn keep_private(request: Request, next: Next) -> Response {
    let mut response: Response<Body> = next.run(request).await;
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_a_refused_form_keeps_its_address() {
        let found = |page: &str, error: &str| Some((page.to_owned(), "/api/sign_in1".to_owned(), error.to_owned()));
        let written = "__path=%2Fapi%2Fsign_in1&__err=eyJ9_w%3D%3D";
        assert_eq!(error_in(&format!("http://a.example/sign-in?{written}")), found("http://a.example/sign-in", "eyJ9_w=="));
        let asked = "http://a.example/sign-in?next=%2Fdashboard";
        assert_eq!(error_in(&format!("{asked}&{written}")), found(asked, "eyJ9_w=="));
        assert_eq!(error_in(&format!("{asked}&__path=x&__err=y&{written}")), found(asked, "eyJ9_w=="), "the last one counts");
        for none in ["/dashboard", asked, "/sign-in?__path=%2Fapi%2Fsign_in1", "/sign-in?__path=x&__err=%ff"] {
            assert_eq!(error_in(none), None, "{none}");
        }
    }

    #[test]
    fn what_an_address_says_by_itself_is_dropped() {
        let own = |address: &str| own_address(&address.parse().unwrap());
        assert_eq!(own("/sign-in?__err=x&next=%2Fa&__path=y").as_deref(), Some("/sign-in?next=%2Fa"));
        assert_eq!(own("/?%5f_err=x").as_deref(), Some("/"));
        assert_eq!(own("//evil.example/?__err=x").as_deref(), Some("/evil.example/"));
        assert_eq!((own("/sign-in?next=%2Fa"), own("/sign-in")), (None, None));
    }
}
