//! The secret of a token that was just made: it reaches the page through a cookie that scripts cannot read, and is shown once.

use super::new::CreateToken;
use crate::error::AppError;
use crate::ui::{Card, SecretBox};
use leptos::html;
use leptos::prelude::*;

/// The secret, if this is the first time it is asked for.
#[server]
pub async fn take_fresh_token() -> Result<Option<String>, AppError> {
    crate::session::server::require_admin().await?;
    crate::flash::server::take(crate::flash::server::TOKEN)
}

/// Shows the secret that the last form made, and takes the focus to it: the form may be far below.
#[component]
pub fn FreshToken(create: ServerAction<CreateToken>) -> impl IntoView {
    let fresh = Resource::new_blocking(move || create.version().get(), |_| take_fresh_token());
    let shown = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        if let Some(card) = shown.get() {
            // A card that is gone again has nothing to show.
            card.focus().ok();
        }
    });
    view! {
        <Transition>
            {move || fresh.get().and_then(Result::ok).flatten().map(|secret| view! {
                <div tabindex="-1" role="group" aria-label="Your new token" node_ref=shown>
                    <Card title="Your new token" class="stack">
                        <p class="sm dim">"This is the only time it is shown: only a fingerprint of it is kept. Store it now, in a pipeline as its secret PORTICO_TOKEN."</p>
                        <SecretBox secret=secret/>
                    </Card>
                </div>
            })}
        </Transition>
    }
}
