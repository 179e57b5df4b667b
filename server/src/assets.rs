//! The built site, carried inside the binary and served compressed.

use app::portal::Assets;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};
use std::collections::{BTreeMap, HashMap};

/// What `cargo xtask` put together. A debug build reads the folder at run time.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../target/site"]
struct Site;

/// The names of the site's files change with their content.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

#[derive(serde::Deserialize)]
struct Manifest {
    files: BTreeMap<String, String>,
    #[serde(default)]
    lazy: HashMap<String, Vec<String>>,
}

/// The paths of the site's files; empty where the site was not built yet.
pub fn assets() -> Assets {
    let manifest = Site::get("manifest.json").and_then(|file| serde_json::from_slice::<Manifest>(&file.data).ok());
    let Some(Manifest { files, lazy }) = manifest else { return Assets::default() };
    let path = |name: &str| files.get(name).cloned().unwrap_or_default();
    Assets {
        css: path("style.css"),
        js: path("portico.js"),
        wasm: path("portico.wasm"),
        split: path("split.js"),
        lazy,
        icons: path("icons.svg"),
        charts: path("charts.mjs"),
        fonts: ["geist.woff2", "geist-mono.woff2"].into_iter().filter_map(|name| files.get(name).cloned()).collect(),
    }
}

/// `GET /pkg/…`: a file under a name that changes with its content.
pub async fn file(uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    for (encoding, suffix) in [("br", ".br"), ("gzip", ".gz")] {
        if accepts(&headers, encoding)
            && let Some(file) = Site::get(&format!("{path}{suffix}"))
        {
            return answer(path, file, Some(encoding));
        }
    }
    match Site::get(path) {
        Some(file) => answer(path, file, None),
        None => (StatusCode::NOT_FOUND, "There is no such file.\n").into_response(),
    }
}

fn answer(path: &str, file: EmbeddedFile, encoding: Option<&'static str>) -> Response {
    let mut response = Body::from(file.data).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    headers.insert(header::CACHE_CONTROL, FOREVER);
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

/// Whether `Accept-Encoding` names the encoding without refusing it (RFC 9110, 12.5.3).
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let lists = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|entry| {
        let (name, weight) = entry.split_once(';').unwrap_or((entry, ""));
        let weight = weight.trim().trim_start_matches("q=").trim();
        name.trim().eq_ignore_ascii_case(encoding) && !matches!(weight, "0" | "0." | "0.0" | "0.00" | "0.000")
    })
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" | "webmanifest" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_is_taken_unless_it_is_refused() {
        let sent = |value: &'static str| HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]);
        assert!(accepts(&sent("gzip, deflate, br;q=0.5"), "br"));
        assert!(accepts(&sent("GZIP"), "gzip"));
        assert!(!accepts(&sent("br;q=0, gzip"), "br"));
        assert!(!accepts(&sent("brotli"), "br"));
        assert!(!accepts(&HeaderMap::new(), "gzip"));
    }
}
