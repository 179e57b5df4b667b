//! Accepting an invitation, as somebody who is signed in or as somebody new.

use super::sheet::{Sheet, query, refresh_session_after};
use crate::error::AppError;
use crate::session::use_session;
use crate::ui::{Note, Refused, Submit, TextInput, Tone, refusal};
use domain::account::password_hint;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What an invitation says before it is accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    pub email: String,
    pub partner: String,
    pub role: String,
}

/// The invitation behind a link; `None` when it is used up or too old.
#[server]
pub async fn load_offer(token: String) -> Result<Option<Offer>, AppError> {
    let link = crate::portal::store()?.link(&token, crate::session::server::now()).await?;
    let link = link.filter(|link| link.kind == store::LinkKind::Invitation);
    Ok(link.map(|link| Offer {
        email: link.email,
        partner: link.partner_name.unwrap_or_default(),
        role: link.role.map(|role| role.as_str().to_owned()).unwrap_or_default(),
    }))
}

/// Joins as the signed-in person.
#[server(JoinRequest)]
pub async fn join(token: String) -> Result<(), AppError> {
    let actor = crate::session::server::signed_in().await?;
    let store = crate::portal::store()?;
    let partner = store.accept_invitation(&token, actor.person.id, crate::session::server::now()).await?.ok_or_else(no_good)?;
    store.switch_partner(&actor, partner).await?;
    leptos_axum::redirect("/dashboard");
    Ok(())
}

/// Makes an account for the invited address and joins.
#[server(JoinAsNewRequest)]
pub async fn join_as_new(token: String, name: String, password: String) -> Result<(), AppError> {
    super::limits::server::mail().await?;
    let person = crate::portal::store()?.accept_invitation_as_new(&token, &name, &password, crate::session::server::now()).await?;
    super::limits::server::enter(person.ok_or_else(no_good)?.id).await?;
    leptos_axum::redirect("/dashboard");
    Ok(())
}

#[cfg(feature = "ssr")]
fn no_good() -> AppError {
    AppError::invalid("token", "This invitation was used, withdrawn or is too old. Ask for a new one.")
}

#[component]
pub fn Join() -> impl IntoView {
    let token = query("token");
    let offer = Resource::new_blocking(move || token.get(), load_offer);
    view! {
        <Suspense>
            {move || offer.get().map(|offer| match offer {
                Ok(Some(offer)) => view! { <Invited offer token=token.get_untracked()/> }.into_any(),
                Ok(None) => view! {
                    <Sheet title="This invitation is over" sentence="It was used, withdrawn, or is older than seven days. Ask whoever sent it for a new one.">
                        <a class="btn" href="/">"All APIs"</a>
                    </Sheet>
                }.into_any(),
                Err(error) => view! { <Sheet title="Not now" sentence=error.to_string()>""</Sheet> }.into_any(),
            })}
        </Suspense>
    }
}

#[component]
fn Invited(offer: Offer, token: String) -> impl IntoView {
    let session = use_session();
    let sentence = format!("{} invites {} as {}.", offer.partner, offer.email, offer.role);
    let title = format!("Join {}", offer.partner);
    view! {
        <Sheet title sentence>
            {move || match session.actor() {
                Some(actor) if actor.person.email == offer.email => view! { <JoinHere token=token.clone()/> }.into_any(),
                Some(actor) => view! {
                    <Note tone=Tone::Warn>{format!("You are signed in as {}. Sign out, then open the link again.", actor.person.email)}</Note>
                }.into_any(),
                None => view! { <JoinAsNew token=token.clone()/> }.into_any(),
            }}
        </Sheet>
    }
}

#[component]
fn JoinHere(token: String) -> impl IntoView {
    let action = ServerAction::<JoinRequest>::new();
    refresh_session_after(action);
    view! {
        <ActionForm action=action attr:class="form">
            <input type="hidden" name="token" value=token/>
            <Refused action=action fields=&[]/>
            <Submit pending=action.pending() label="Join" busy="Joining…"/>
        </ActionForm>
    }
}

#[component]
fn JoinAsNew(token: String) -> impl IntoView {
    let action = ServerAction::<JoinAsNewRequest>::new();
    refresh_session_after(action);
    let back = format!("/sign-in?next=/join%3Ftoken%3D{token}");
    view! {
        <ActionForm action=action attr:class="form">
            <input type="hidden" name="token" value=token/>
            <TextInput label="Your name" name="name" autocomplete="name" required=true error=refusal(action, "name")/>
            <TextInput label="Password" name="password" hint=password_hint("A sentence works well.") kind="password" autocomplete="new-password" required=true error=refusal(action, "password")/>
            <Refused action=action fields=&["name", "password"]/>
            <Submit pending=action.pending() label="Make account and join" busy="Joining…"/>
        </ActionForm>
        <p class="sm dim">"Have an account with this address? " <a href=back>"Sign in to join"</a></p>
    }
}
