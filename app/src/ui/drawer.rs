//! Navigation at the side, which becomes a drawer on a phone: a popover, so that it opens without script.

use super::header::site_links;
use super::icon::{Glyph, Icon};
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use wasm_bindgen::JsCast;

/// A link of a navigation list, marked where it leads to the page in view or, unless `exact`, to one below it.
#[component]
pub fn NavLink(
    #[prop(into)] href: String,
    #[prop(into)] label: String,
    #[prop(optional)] icon: Option<Glyph>,
    #[prop(optional)] exact: bool,
) -> impl IntoView {
    let current = is_current(href.clone(), exact);
    view! {
        <a href=href aria-current=move || current.get().then_some("page")>
            {icon.map(|name| view! { <Icon name=name size=15/> })}
            <span>{label}</span>
        </a>
    }
}

/// Whether the page in view is `href` or lies below it.
pub(super) fn is_current(href: String, exact: bool) -> Memo<bool> {
    let path = use_location().pathname;
    Memo::new(move |_| {
        let path = path.read();
        let below = || path.strip_prefix(href.as_str()).is_some_and(|rest| rest.starts_with('/'));
        *path == href || (!exact && below())
    })
}

/// The side navigation of a page; at most one on a page. Its children are lists of links.
#[component]
pub fn SideNav(
    /// What it navigates, for screen readers: `Dashboard`.
    #[prop(into)]
    label: String,
    children: Children,
) -> impl IntoView {
    close_on_arrival("side");
    view! {
        <aside id="side" popover="auto" class="sidenav drawer" aria-label=label.clone()>
            <nav class="navlist" aria-label=label.clone()>
                {children()}
            </nav>
            <nav class="navlist phone-only" aria-label="Site">
                {site_links()}
            </nav>
        </aside>
    }
}

/// Side navigation and page, for the dashboard and for admins. The page brings its own `<main id="main">`.
#[component]
pub fn Shell(
    /// What the navigation is of: `Dashboard`.
    #[prop(into)]
    label: String,
    /// The links: `nav=|| view! { <NavLink …/> }`.
    #[prop(into)]
    nav: ViewFnOnce,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="shell">
            <SideNav label=label>{nav.run()}</SideNav>
            {children()}
        </div>
    }
}

/// Closes the popover with this id once a link in it has led somewhere.
pub(super) fn close_on_arrival(id: &'static str) {
    let path = use_location().pathname;
    Effect::new(move |before: Option<()>| {
        path.track();
        let popover = before.and_then(|()| document().get_element_by_id(id));
        if let Some(popover) = popover.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
            // A popover that is closed already says so with an error.
            popover.hide_popover().ok();
        }
    });
}
