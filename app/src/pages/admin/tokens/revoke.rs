//! The dialog that revokes a token, and says what will stop.

use super::{LIST, Publishing, Shared, TokenLine};
use crate::error::AppError;
use crate::pages::admin::feedback::{after, loaded};
use crate::ui::route_dialog::RouteDialog;
use crate::ui::{KeepOrRevoke, Note, Tone, format};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use uuid::Uuid;

/// Makes a token stop working at once.
#[server(RevokeToken)]
pub async fn revoke_token(id: Uuid) -> Result<(), AppError> {
    use crate::session::server::{now, require_admin};
    let by = domain::event::By::person(&require_admin().await?.person);
    if !crate::portal::store()?.revoke_token(id, &by, now()).await? {
        return Err(AppError::NotFound.raise());
    }
    leptos_axum::redirect(LIST);
    Ok(())
}

#[component]
pub fn RevokeTokenDialog() -> impl IntoView {
    let Shared { publishing, changed } = expect_context();
    let revoke = ServerAction::<RevokeToken>::new();
    after(revoke, changed, |()| "Token revoked. Whoever uses it is refused from now on.".to_owned());
    let params = use_params_map();
    // An id that is none names no token: the nil one is never given out.
    let id = Memo::new(move |_| params.with(|params| params.get("id").and_then(|id| id.parse::<Uuid>().ok())).unwrap_or_default());
    view! {
        <RouteDialog title="Revoke token" back=LIST>
            {loaded(publishing, 3, move |Publishing { tokens, now, .. }| {
                match tokens.into_iter().find(|token| token.id == id.get_untracked() && token.works(now)) {
                    Some(token) => view! { <RevokeForm token now action=revoke/> }.into_any(),
                    None => nothing_to_revoke(),
                }
            })}
        </RouteDialog>
    }
}

fn nothing_to_revoke() -> AnyView {
    view! {
        <Note><span>"No token that works has this address. It may have been revoked meanwhile, or it has expired."</span></Note>
        <div class="row end"><a class="btn" href=LIST>"See all tokens"</a></div>
    }
    .into_any()
}

#[component]
fn RevokeForm(token: TokenLine, now: DateTime<Utc>, action: ServerAction<RevokeToken>) -> impl IntoView {
    let (stops, used) = (stops(&token.allows), format::last_use(token.last_used_at, now));
    let TokenLine { id, name, .. } = token;
    let shown = name.clone();
    let warning = format!(" stops at once. {stops} {used} This cannot be undone.");
    view! {
        <Note tone=Tone::Warn><span><b>{shown}</b>{warning}</span></Note>
        <ActionForm action=action attr:class="form">
            <KeepOrRevoke action id name back=LIST/>
        </ActionForm>
    }
}

/// What stops with a token.
fn stops(allows: &str) -> &'static str {
    match allows {
        "publish" => "Pipelines that use it cannot publish any more.",
        "usage" => "Programs that use it cannot read usage any more.",
        "gateway" => "The gateway that uses it can neither verify keys nor report calls any more.",
        _ => "Whoever uses it is refused.",
    }
}
