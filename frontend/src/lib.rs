//! The browser's entry point: takes over the server-rendered page.

mod lost_piece;

use leptos::mount::hydrate_from_async;
use leptos::tachys::dom::body;

/// Asynchronous, because the code of a lazy page must have arrived before its part of the document is taken over.
#[wasm_bindgen::prelude::wasm_bindgen]
pub async fn hydrate() {
    app::prepare_browser();
    lost_piece::watch();
    hydrate_from_async(body(), app::App).await.forget();
    app::mark_hydrated();
    lost_piece::has_started();
}
