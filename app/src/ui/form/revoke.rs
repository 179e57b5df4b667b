//! The end of a form that ends something for good.

use super::{Refused, Submit};
use crate::error::AppError;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use uuid::Uuid;

/// Names what is to be revoked; the way back, and the button that means it.
#[component]
pub fn KeepOrRevoke<S>(action: ServerAction<S>, id: Uuid, #[prop(into)] name: String, back: &'static str) -> impl IntoView
where
    S: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
    S::Output: Clone + Send + Sync + 'static,
{
    view! {
        <input type="hidden" name="id" value=id.to_string()/>
        <Refused action=action fields=&[]/>
        <div class="row end">
            <a class="btn" href=back>"Keep it"</a>
            <Submit class="danger" pending=action.pending() label=format!("Revoke {name}") busy="Revoking…"/>
        </div>
    }
}
