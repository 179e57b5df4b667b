//! The browser's entry point: takes over the server-rendered page.

#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    app::prepare_browser();
    leptos::mount::hydrate_body(app::App);
}
