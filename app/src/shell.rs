//! The document around the application, and the policy that says what it may load.

use crate::App;
use crate::portal::{Assets, Portal};
use crate::theme;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::MetaTags;

/// The sign of the portal, drawn in the page itself: a browser that finds no icon asks for `/favicon.ico` and logs that it is missing.
const ICON: &str = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='%23b4400f'>\
                    <path d='M12 2 2 7.4V9h20V7.4zM4.5 10.5h2.6V19H4.5zm6.2 0h2.6V19h-2.6zm6.2 0h2.6V19h-2.6zM2 20.4h20V22H2z'/></svg>";

/// The HTML document; the server calls it for every page.
pub fn shell() -> impl IntoView {
    let assets = use_context::<Portal>().map(|portal| portal.assets).unwrap_or_default();
    set_policy();
    announce_lazy_pages(&assets);
    let start = format!("import init, {{ hydrate }} from '{}'; await init({{ module_or_path: '{}' }}); hydrate();", assets.js, assets.wasm);
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme::requested().as_str()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                {assets.fonts.into_iter().map(|font| view! { <link rel="preload" r#as="font" r#type="font/woff2" crossorigin="anonymous" href=font/> }).collect_view()}
                <link rel="icon" r#type="image/svg+xml" href=ICON/>
                <link rel="stylesheet" href=assets.css/>
                <link rel="modulepreload" href=assets.js/>
                <link rel="modulepreload" href=assets.split/>
                <link rel="preload" r#as="fetch" crossorigin="anonymous" href=assets.wasm/>
                <meta name="icons" content=assets.icons/>
                <meta name="charts" content=assets.charts/>
                <script type="module" nonce=use_nonce()>{start}</script>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// Lets leptos preload the pieces of the lazy page that it renders; they lie beside the loader.
fn announce_lazy_pages(assets: &Assets) {
    let Some((folder, loader)) = assets.split.rsplit_once('/') else { return };
    let pieces = ArcStoredValue::new((folder.to_owned(), assets.lazy.clone(), loader.to_owned()));
    provide_context(leptos::WasmSplitManifest(pieces));
}

/// Content-Security-Policy with this page's nonce: scripts of ours only, no inline styles, no frames.
fn set_policy() {
    let (Some(response), Some(nonce)) = (use_context::<leptos_axum::ResponseOptions>(), use_nonce()) else { return };
    let policy = format!(
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; \
         connect-src 'self'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'; object-src 'none'"
    );
    if let Ok(value) = http::HeaderValue::from_str(&policy) {
        response.insert_header(http::header::CONTENT_SECURITY_POLICY, value);
    }
}
