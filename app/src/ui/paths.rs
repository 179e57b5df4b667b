//! Where the built site's icons and chart library are: the page carries both paths for its browser half.

use leptos::prelude::*;

/// The hashed paths of the files that components refer to; empty where one was not built.
#[derive(Debug, Clone, Default)]
pub struct Paths {
    pub icons: String,
    pub charts: String,
}

/// Makes the paths known to every component.
pub fn provide_paths() {
    provide_context(of_this_page());
}

/// The paths of the page under way.
pub fn use_paths() -> Paths {
    use_context().unwrap_or_default()
}

#[cfg(feature = "ssr")]
fn of_this_page() -> Paths {
    let assets = use_context::<crate::portal::Portal>().map(|portal| portal.assets).unwrap_or_default();
    Paths { icons: assets.icons, charts: assets.charts }
}

#[cfg(not(feature = "ssr"))]
fn of_this_page() -> Paths {
    Paths { icons: told("icons"), charts: told("charts") }
}

/// What the page says in `<meta name="…">`.
#[cfg(not(feature = "ssr"))]
fn told(name: &str) -> String {
    let meta = document().query_selector(&format!("meta[name={name}]")).ok().flatten();
    meta.and_then(|meta| meta.get_attribute("content")).unwrap_or_default()
}
