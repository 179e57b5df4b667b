//! The bar at the top of every page, and on a phone the drawer behind its button.

use super::drawer::{close_on_arrival, is_current};
use super::icon::{Glyph, Icon};
use super::menu::AccountMenu;
use super::palette::use_palette;
use crate::brand::use_brand;
use crate::session::use_session;
use domain::access::Actor;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// Pages that the header names.
const SITE: [(&str, &str); 4] = [("/", "APIs"), ("/pricing", "Pricing"), ("/changelog", "Changelog"), ("/status", "Status")];

/// The header.
#[component]
pub fn Header() -> impl IntoView {
    let session = use_session();
    view! {
        <header class="bar">
            <button type="button" class="btn icon-only quiet burger to-menu" aria-label="Menu" popovertarget="menu">
                <Icon name=Glyph::Menu size=18/>
            </button>
            <button type="button" class="btn icon-only quiet burger to-side" aria-label="Menu" popovertarget="side">
                <Icon name=Glyph::Menu size=18/>
            </button>
            <BrandLink/>
            <nav class="wide" aria-label="Site">{site_links()}</nav>
            <span class="grow"></span>
            <SearchLink/>
            {move || who(session.actor())}
        </header>
        <MenuDrawer/>
    }
}

/// The links to the site's own pages.
pub(super) fn site_links() -> AnyView {
    SITE.map(|(href, label)| {
        let current = if href == "/" { in_catalogue() } else { is_current(href.to_owned(), false) };
        view! { <a href=href aria-current=move || current.get().then_some("page")>{label}</a> }
    })
    .into_any()
}

fn in_catalogue() -> Memo<bool> {
    let path = use_location().pathname;
    Memo::new(move |_| path.with(|path| path == "/" || path == "/apis" || path.starts_with("/apis/")))
}

/// The sign and the name of the instance; the name comes from its settings.
#[component]
fn BrandLink() -> impl IntoView {
    let brand = use_brand();
    view! {
        <a class="brand" href="/">
            <svg width="22" height="22" viewBox="0 0 24 24" fill="currentColor" aria-hidden="true">
                <path d="M12 2 2 7.4V9h20V7.4z"></path>
                <path d="M4.5 10.5h2.6V19H4.5zm6.2 0h2.6V19h-2.6zm6.2 0h2.6V19h-2.6zM2 20.4h20V22H2z"></path>
            </svg>
            <Transition>{move || brand.name()}</Transition>
            <span class="faint wide">"Developers"</span>
        </a>
    }
}

/// Opens the palette; before the page answers it leads to the catalogue, which has a search of its own.
#[component]
fn SearchLink() -> impl IntoView {
    let palette = use_palette();
    let open = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        palette.open();
    };
    view! {
        <a class="searchbox" href="/?q=" aria-haspopup="dialog" on:click=open>
            <Icon name=Glyph::Search size=15/>
            <span class="grow">"Search APIs, operations, docs"</span>
            <kbd aria-hidden="true">"Ctrl K"</kbd>
        </a>
    }
}

/// What stands at the right: the way in, or whose dashboard this is.
fn who(actor: Option<Actor>) -> AnyView {
    match actor {
        Some(actor) => {
            let (home, label) = home_of(&actor);
            view! {
                <span class="who">
                    <a class="btn quiet wide" href=home>
                        <Icon name=Glyph::Dashboard/>
                        {label}
                    </a>
                    <AccountMenu actor=actor/>
                </span>
            }
            .into_any()
        }
        None => view! {
            <span class="who">
                <a class="btn quiet wide" href="/sign-in">"Sign in"</a>
                <a class="btn primary" href="/sign-up">"Get a key"</a>
            </span>
        }
        .into_any(),
    }
}

/// Where somebody's own pages begin: those of their organisation, or of the platform where they run it and belong to none.
pub(super) fn home_of(actor: &Actor) -> (&'static str, &'static str) {
    if actor.membership.is_none() && actor.person.platform_admin { ("/admin", "Admin") } else { ("/dashboard", "Dashboard") }
}

/// The site's links on a phone, for pages without side navigation.
#[component]
fn MenuDrawer() -> impl IntoView {
    let session = use_session();
    close_on_arrival("menu");
    let way_in = move || match session.actor() {
        Some(actor) => {
            let (home, label) = home_of(&actor);
            view! { <a href=home>{label}</a> }.into_any()
        }
        None => view! { <a href="/sign-in">"Sign in"</a> }.into_any(),
    };
    view! {
        <div id="menu" popover="auto" class="drawer">
            <nav class="navlist" aria-label="Menu">
                {site_links()}
                {way_in}
            </nav>
        </div>
    }
}
