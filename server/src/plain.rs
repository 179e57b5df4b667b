//! Pages that are written without the application: a stylesheet and a few words, for which nobody else has to be asked.

use app::session::server::read_cookie;
use app::theme::Theme;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};

/// They have no script and no form.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; script-src 'none'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
);

/// A page in the theme that the reader chose. `head` comes into its head and `body` is all of its body, both as markup.
pub fn page(css: &str, headers: &HeaderMap, title: &str, head: &str, body: &str) -> Response {
    let theme = Theme::named(&read_cookie(headers, "theme").unwrap_or_default()).as_str();
    let text = format!(
        "<!DOCTYPE html><html lang=\"en\" data-theme=\"{theme}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">\
         {head}<title>{title}</title><link rel=\"icon\" href=\"data:,\"><link rel=\"stylesheet\" href=\"{css}\">\
         </head><body>{body}</body></html>"
    );
    ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(text)).into_response()
}

/// A card with a title; `text` is markup that begins inside of a paragraph.
pub fn card(title: &str, text: &str) -> String {
    format!("<section class=\"card\"><header><h2>{title}</h2></header><p>{text}</p></section>")
}
