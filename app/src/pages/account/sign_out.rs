//! Signing out.

use crate::error::AppError;
use leptos::prelude::*;

/// Ends the session and goes to the catalogue.
#[server(SignOutRequest)]
pub async fn sign_out() -> Result<(), AppError> {
    use crate::session::server;
    if let Some(cookie) = server::cookie() {
        crate::portal::store()?.end_session(&cookie).await?;
    }
    server::clear_cookie()?;
    leptos_axum::redirect("/");
    Ok(())
}
