//! Invitations: sent by mail, good for seven days.

use super::Team;
use crate::error::AppError;
use crate::ui::form::after;
use crate::ui::{Note, Refused, Select, Submit, TableWrap, TextInput, Tone, format, refusal, use_toasts};
use domain::access::may_assign;
use domain::account::Role;
use leptos::prelude::*;
use uuid::Uuid;

/// Mails an invitation.
#[server(Invite)]
pub async fn invite(email: String, role: Role) -> Result<(), AppError> {
    let (actor, partner) = crate::session::server::require(domain::access::Action::ManageTeam).await?;
    crate::pages::account::limits::server::invitation(&email).await?;
    let portal = crate::portal::portal()?;
    Ok(portal.store.invite(&actor, partner, &email, role, &portal.site, crate::session::server::now()).await?)
}

/// Makes an invitation that was sent worthless.
#[server(CancelInvitation)]
pub async fn cancel_invitation(id: Uuid) -> Result<(), AppError> {
    let (actor, partner) = crate::session::server::require(domain::access::Action::ManageTeam).await?;
    let by = domain::event::By::person(&actor.person);
    let found = crate::portal::store()?.cancel_invitation(partner, id, &by, crate::session::server::now()).await?;
    found.then_some(()).ok_or_else(|| AppError::NotFound.raise())
}

#[component]
pub fn InviteForm(own: Role, verified: bool, changed: Callback<()>) -> impl IntoView {
    let action = ServerAction::<Invite>::new();
    let toasts = use_toasts();
    after(action, move |()| {
        toasts.say("Invitation sent. It is good for seven days.");
        changed.run(());
    });
    let roles = Role::ALL.into_iter().filter(|role| may_assign(own, *role));
    let options = roles.map(|role| (role.as_str().to_owned(), format!("{}: {}", role.as_str(), role.describe()))).collect();
    if !verified {
        return view! {
            <Note tone=Tone::Warn><span class="grow">"Confirm your own address first: the link is in your mail, and the settings send it again."</span><a class="btn sm" href="/dashboard/settings">"Settings"</a></Note>
        }
        .into_any();
    }
    view! {
        <ActionForm action=action attr:class="form">
            <TextInput label="Email" name="email" kind="email" required=true error=refusal(action, "email")/>
            <Select label="Role" name="role" options value="developer" error=refusal(action, "role")/>
            <Refused action=action fields=&["email", "role"]/>
            <div><Submit pending=action.pending() label="Send invitation" busy="Sending…"/></div>
        </ActionForm>
    }
    .into_any()
}

#[component]
pub fn Invitations(team: Team, changed: Callback<()>) -> impl IntoView {
    let cancel = ServerAction::<CancelInvitation>::new();
    after(cancel, move |()| changed.run(()));
    let manages = team.manages_as.is_some();
    let now = team.now;
    let rows = team.invitations.into_iter().map(move |invitation| {
        let (id, label) = (invitation.id.to_string(), format!("Withdraw the invitation of {}", invitation.email));
        let withdraw = manages.then(|| {
            view! {
                <ActionForm action=cancel>
                    <input type="hidden" name="id" value=id/>
                    <button class="btn sm" aria-label=label>"Withdraw"</button>
                </ActionForm>
            }
        });
        view! {
            <tr>
                <td>{invitation.email.clone()}</td>
                <td>{invitation.role.as_str()}</td>
                <td>"ends " {format::when(invitation.expires_at, now)}</td>
                <td class="r">{withdraw}</td>
            </tr>
        }
    });
    view! {
        <Refused action=cancel fields=&[]/>
        <TableWrap label="Invitations">
            <table>
                <thead><tr><th>"Address"</th><th>"Role"</th><th>"Good until"</th><th><span class="unseen">"Actions"</span></th></tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </TableWrap>
    }
}
