//! Members: their roles, and who leaves.

use super::Team;
use crate::error::AppError;
use crate::ui::form::after;
use crate::ui::{AskFirst, Moment, Pill, Refused, Submit, TableWrap, Tone, format};
use domain::access::may_assign;
use domain::account::{Member, Role};
use leptos::prelude::*;
use uuid::Uuid;

/// Gives a member another role.
#[server(SetRole)]
pub async fn set_role(person: Uuid, role: Role) -> Result<(), AppError> {
    let (actor, partner) = crate::session::server::require(domain::access::Action::ManageTeam).await?;
    let found = crate::portal::store()?.set_role(&actor, partner, person, role, crate::session::server::now()).await?;
    found.then_some(()).ok_or_else(|| AppError::NotFound.raise())
}

/// Takes a member out of the organisation; everybody may leave by themselves.
#[server(RemoveMember)]
pub async fn remove_member(person: Uuid) -> Result<(), AppError> {
    use crate::session::server::{now, require};
    use domain::access::Action;
    let (actor, partner) = require(Action::ReadPartner).await?;
    if actor.person.id != person {
        require(Action::ManageTeam).await?;
    }
    let found = crate::portal::store()?.remove_member(&actor, partner, person, now()).await?;
    found.then_some(()).ok_or_else(|| AppError::NotFound.raise())
}

#[component]
pub fn Members(team: Team, changed: Callback<()>) -> impl IntoView {
    let set_role = ServerAction::<SetRole>::new();
    let remove = ServerAction::<RemoveMember>::new();
    after(set_role, move |()| changed.run(()));
    after(remove, move |()| changed.run(()));
    let Team { members, me, manages_as: own, now, .. } = team;
    let rows = members.into_iter().map(move |member| {
        let mine = member.person_id == me;
        view! { <MemberRow member mine own now set_role remove/> }
    });
    view! {
        <Refused action=set_role fields=&[]/>
        <Refused action=remove fields=&[]/>
        <TableWrap label="Members">
            <table>
                <thead><tr><th>"Member"</th><th>"Role"</th><th>"Since"</th><th><span class="unseen">"Actions"</span></th></tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </TableWrap>
    }
}

#[component]
fn MemberRow(
    member: Member,
    mine: bool,
    own: Option<Role>,
    now: chrono::DateTime<chrono::Utc>,
    set_role: ServerAction<SetRole>,
    remove: ServerAction<RemoveMember>,
) -> impl IntoView {
    let may_change = own.is_some_and(|own| may_assign(own, member.role));
    let role = match own.filter(|_| may_change && !mine) {
        Some(own) => view! { <RolePicker member=member.clone() own set_role/> }.into_any(),
        None => view! { <span title=member.role.describe()>{member.role.as_str()}</span> }.into_any(),
    };
    let leave = (mine || may_change).then(|| leaving(&member, mine, remove));
    view! {
        <tr>
            <td>
                <b>{member.name.clone()}</b>{mine.then_some(" (you)")}
                <div class="xs faint">{member.email.clone()} " " {(!member.verified).then(|| view! { <Pill tone=Tone::Warn>"Not confirmed"</Pill> })}</div>
            </td>
            <td>{role}</td>
            <td><Moment at=member.since text=format::when(member.since, now)/></td>
            <td class="r">{leave}</td>
        </tr>
    }
}

/// What leaving means, or removing somebody, and the button that does it.
fn leaving(member: &Member, mine: bool, remove: ServerAction<RemoveMember>) -> AnyView {
    let (label, busy) = if mine { ("Leave", "Leaving…") } else { ("Remove", "Removing…") };
    let name = if mine { "Leave this organisation".to_owned() } else { format!("Remove {}", member.name) };
    let words = if mine {
        "You lose access to this organisation at once. Only a new invitation brings you back.".to_owned()
    } else {
        format!("{} loses access to this organisation at once. The organisation's keys keep working.", member.name)
    };
    let person = member.person_id.to_string();
    view! {
        <AskFirst label name=name.clone() class="sm danger">
            <p class="xs">{words}</p>
            <ActionForm action=remove>
                <input type="hidden" name="person" value=person/>
                <Submit class="sm danger" pending=remove.pending() label=name busy/>
            </ActionForm>
        </AskFirst>
    }
    .into_any()
}

/// Sends the choice as soon as it is made; without script, with the button.
#[component]
fn RolePicker(member: Member, own: Role, set_role: ServerAction<SetRole>) -> impl IntoView {
    let person = member.person_id;
    let options = Role::ALL.into_iter().filter(move |role| may_assign(own, *role)).map(move |role| {
        view! { <option value=role.as_str() selected=role == member.role>{role.as_str()}</option> }
    });
    let pick = move |value: String| {
        if let Some(role) = Role::parse(&value) {
            set_role.dispatch(SetRole { person, role });
        }
    };
    view! {
        <ActionForm action=set_role attr:class="row tight">
            <input type="hidden" name="person" value=person.to_string()/>
            <select class="input sm" name="role" aria-label=format!("Role of {}", member.name) on:change:target=move |event| pick(event.target().value())>
                {options.collect_view()}
            </select>
            <noscript><button class="btn sm">"Save"</button></noscript>
        </ActionForm>
    }
}
