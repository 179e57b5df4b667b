//! Light, dark or the system's choice: kept in a cookie, so that the server renders it and nothing flashes.

use crate::error::AppError;
use crate::ui::icon::{Glyph, Icon};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use serde::{Deserialize, Serialize};

/// What the reader chose.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The value of the cookie and of `data-theme` on `<html>`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme with this name; the system's for any other.
    pub fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.as_str() == name).unwrap_or_default()
    }

    fn label(self) -> (&'static str, Glyph) {
        match self {
            Self::System => ("As the system", Glyph::Monitor),
            Self::Light => ("Light", Glyph::Sun),
            Self::Dark => ("Dark", Glyph::Moon),
        }
    }
}

/// Remembers the choice for a year; the form that posts it works without JavaScript.
#[server]
pub async fn set_theme(theme: Theme) -> Result<(), AppError> {
    let text = format!("theme={}; Path=/; SameSite=Lax; Max-Age=31536000", theme.as_str());
    if let (Some(response), Ok(value)) = (use_context::<leptos_axum::ResponseOptions>(), http::HeaderValue::from_str(&text)) {
        response.append_header(http::header::SET_COOKIE, value);
    }
    Ok(())
}

/// The theme in force, and the way to change it.
#[derive(Clone, Copy)]
pub struct CurrentTheme(RwSignal<Theme>);

impl CurrentTheme {
    /// The theme in force.
    pub fn get(self) -> Theme {
        self.0.get()
    }

    /// Changes it in this window and remembers it.
    pub fn choose(self, theme: Theme) {
        self.0.set(theme);
        if let Some(root) = document().document_element() {
            let shown = root.set_attribute("data-theme", theme.as_str());
            debug_assert!(shown.is_ok(), "a fixed attribute name is always valid");
        }
        leptos::task::spawn_local(async move {
            // Where the server cannot be told, the choice holds in this window.
            set_theme(theme).await.ok();
        });
    }
}

/// Makes the theme known to every page.
pub fn provide_theme() {
    provide_context(CurrentTheme(RwSignal::new(requested())));
}

/// The theme of this window.
pub fn use_theme() -> CurrentTheme {
    expect_context()
}

/// Three buttons to choose from; without a script they post.
#[component]
pub fn ThemeChoice() -> impl IntoView {
    let theme = use_theme();
    let buttons = Theme::ALL.map(|each| {
        let (label, icon) = each.label();
        view! {
            <button
                type="submit"
                name="theme"
                value=each.as_str()
                title=label
                aria-label=label
                aria-pressed=move || if theme.get() == each { "true" } else { "false" }
                on:click=move |event| {
                    event.prevent_default();
                    theme.choose(each);
                }
            >
                <Icon name=icon size=14/>
            </button>
        }
    });
    view! {
        <form method="post" action=SetTheme::url() class="themes">
            <span>"Theme"</span>
            <span class="seg" role="group" aria-label="Theme">{buttons}</span>
        </form>
    }
}

/// The choice that came with the request under way.
#[cfg(feature = "ssr")]
pub fn requested() -> Theme {
    let cookie = use_context::<http::request::Parts>().and_then(|parts| crate::session::server::read_cookie(&parts.headers, "theme"));
    Theme::named(cookie.as_deref().unwrap_or_default())
}

/// The choice that the server rendered this page with.
#[cfg(not(feature = "ssr"))]
fn requested() -> Theme {
    let name = document().document_element().and_then(|root| root.get_attribute("data-theme"));
    Theme::named(name.as_deref().unwrap_or_default())
}
