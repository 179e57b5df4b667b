//! What a person sees: one application, rendered by the server and taken over in the browser.

pub mod brand;
pub mod error;
pub mod flash;
pub mod lazy;
pub mod live;
pub mod page_data;
pub mod pages;
#[cfg(feature = "ssr")]
pub mod portal;
pub mod returned;
pub mod session;
#[cfg(feature = "ssr")]
pub mod shell;
pub mod theme;
pub mod ui;

use crate::pages::{
    account::AccountRoutes, admin::AdminRoutes, catalogue::CatalogueRoutes, dashboard::DashboardRoutes, not_found::NotFound,
};
use crate::ui::frame::Frame;
use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::components::{Router, Routes};

/// The whole application: frame, session and routes.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    ui::paths::provide_paths();
    theme::provide_theme();
    brand::provide_brand();
    session::provide_session();
    returned::provide_returned();
    view! {
        <Router>
            <Frame>
                <Routes fallback=NotFound>
                    <CatalogueRoutes/>
                    <AccountRoutes/>
                    <DashboardRoutes/>
                    <AdminRoutes/>
                </Routes>
            </Frame>
        </Router>
    }
}

/// Sets `data-hydrated` on `<html>`, so that tests and styles know that the page answers, its lazy part included.
pub fn mark_hydrated() {
    if let Some(root) = document().document_element() {
        let marked = root.set_attribute("data-hydrated", "");
        debug_assert!(marked.is_ok(), "a fixed attribute name is always valid");
    }
}

/// What the browser needs before the application starts: panics that reach the console as text.
#[cfg(feature = "hydrate")]
pub fn prepare_browser() {
    console_error_panic_hook::set_once();
}
