//! The secret of a token that was just made: it reaches the page through a cookie that scripts cannot read, and is shown once.

use super::new::CreateToken;
use crate::error::AppError;
use crate::ui::{Card, SecretBox};
use leptos::prelude::*;

/// The secret, if this is the first time it is asked for.
#[server]
pub async fn take_fresh_token() -> Result<Option<String>, AppError> {
    crate::session::server::require_admin().await?;
    Ok(server::take())
}

/// Shows the secret that the last form made.
#[component]
pub fn FreshToken(create: ServerAction<CreateToken>) -> impl IntoView {
    let fresh = Resource::new_blocking(move || create.version().get(), |_| take_fresh_token());
    view! {
        <Transition>
            {move || fresh.get().and_then(Result::ok).flatten().map(|secret| view! {
                <Card title="Your new token" class="stack">
                    <p class="sm dim">"This is the only time it is shown: only a fingerprint of it is kept. Put it into your pipeline's secrets as PORTICO_TOKEN now."</p>
                    <SecretBox secret=secret/>
                </Card>
            })}
        </Transition>
    }
}

/// Sending and taking it.
#[cfg(feature = "ssr")]
pub mod server {
    use crate::session::server::{append_cookie, read_cookie};
    use leptos::prelude::use_context;
    use store::Secret;

    const COOKIE: &str = "fresh_token";

    /// Hands the secret to the page, which has five minutes to show it.
    pub fn send(secret: &Secret) {
        append_cookie(&format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age=300", secret.reveal()));
    }

    /// Takes it, once.
    pub(super) fn take() -> Option<String> {
        let parts = use_context::<http::request::Parts>()?;
        let secret = read_cookie(&parts.headers, COOKIE).filter(|secret| secret.starts_with("pt_"))?;
        append_cookie(&format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"));
        Some(secret)
    }
}
