//! Light, dark or the system's choice: kept in a cookie, so that the server renders it and nothing flashes.

use crate::error::AppError;
use leptos::prelude::*;
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

/// The choice that came with the request under way.
#[cfg(feature = "ssr")]
pub fn requested() -> Theme {
    let cookie = use_context::<http::request::Parts>().and_then(|parts| crate::session::server::read_cookie(&parts.headers, "theme"));
    Theme::ALL.into_iter().find(|theme| cookie.as_deref() == Some(theme.as_str())).unwrap_or_default()
}
