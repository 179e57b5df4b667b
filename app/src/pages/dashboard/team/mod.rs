//! The team of an organisation: who is in it, who is invited, and with which role.

mod invite;
mod members;

use crate::error::AppError;
use crate::ui::{Card, Retry, Skeleton};
use chrono::{DateTime, Utc};
use domain::account::{Invitation, Member, Role};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What the page shows, and what its reader may change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    pub members: Vec<Member>,
    pub invitations: Vec<Invitation>,
    /// The reader.
    pub me: Uuid,
    /// The reader's own role, where it allows changing the team.
    pub manages_as: Option<Role>,
    /// Whether the reader confirmed their address: invitations wait for it.
    pub verified: bool,
    pub now: DateTime<Utc>,
}

/// Members and open invitations of the reader's organisation.
#[server]
pub async fn load_team() -> Result<Team, AppError> {
    use crate::session::server::{now, require};
    use domain::access::{Action, may};
    let (actor, partner) = require(Action::ReadPartner).await?;
    let (store, now) = (crate::portal::store()?, now());
    let role = actor.membership.as_ref().map(|m| m.role);
    Ok(Team {
        members: store.members(partner).await?,
        invitations: store.invitations(partner, now).await?,
        me: actor.person.id,
        manages_as: role.filter(|_| may(&actor, Action::ManageTeam, Some(partner))),
        verified: actor.person.verified_at.is_some(),
        now,
    })
}

/// The team page.
#[component]
pub fn TeamPage() -> impl IntoView {
    let team = Resource::new_blocking(|| (), |()| load_team());
    let changed = Callback::new(move |()| team.refetch());
    view! {
        <Title text="Team"/>
        <main id="main">
            <div class="pagehead">
                <h1>"Team"</h1>
                <p class="dim">"Everybody works with their own sign-in and just the role they need."</p>
            </div>
            <Transition fallback=|| view! { <Skeleton rows=4/> }>
                {move || team.get().map(|team| match team {
                    Ok(team) => view! { <TeamCards team changed/> }.into_any(),
                    Err(error) => view! { <Retry error on_retry=changed/> }.into_any(),
                })}
            </Transition>
        </main>
    }
}

#[component]
fn TeamCards(team: Team, changed: Callback<()>) -> impl IntoView {
    let (verified, invited) = (team.verified, team.clone());
    let form = team.manages_as.map(|own| view! { <Card title="Invite a colleague"><invite::InviteForm own verified changed/></Card> });
    let invitations =
        (!team.invitations.is_empty()).then(|| view! { <Card title="Invited"><invite::Invitations team=invited changed/></Card> });
    view! {
        <div class="stack">
            <Card title="Members"><members::Members team changed/></Card>
            {invitations}
            {form}
        </div>
    }
}
