//! One question for every page and endpoint: may this actor do this?

use crate::account::{Membership, Person, Role};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Who is asking: a signed-in person, and the partner they act for at the moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    pub person: Person,
    /// The partner chosen in the header; absent for somebody without an organisation.
    pub membership: Option<Membership>,
    /// Every partner the person belongs to, for the switcher.
    pub memberships: Vec<Membership>,
    pub session_id: Uuid,
}

/// What somebody wants to do. An action on a partner's things is asked for that partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// See usage, keys (never secrets), plans, invoices and the team.
    ReadPartner,
    /// Create, rotate, rename, re-scope and revoke keys.
    ManageKeys,
    /// Subscribe, change and cancel plans.
    ManagePlans,
    /// Invite, change roles, remove.
    ManageTeam,
    /// Rename the organisation, hand it over.
    ManagePartner,
    /// Everything under `/admin`.
    Administer,
}

impl Action {
    pub const ALL: [Self; 6] =
        [Self::ReadPartner, Self::ManageKeys, Self::ManagePlans, Self::ManageTeam, Self::ManagePartner, Self::Administer];
}

/// Whether `actor` may do `action` on things of `partner` (`None`: on the platform itself).
///
/// A platform admin may administer, and may read any partner; it takes a membership to act for one.
pub fn may(actor: &Actor, action: Action, partner: Option<Uuid>) -> bool {
    if action == Action::Administer {
        return actor.person.platform_admin;
    }
    let role = partner.and_then(|id| actor.memberships.iter().find(|m| m.partner.id == id)).map(|m| m.role);
    match role {
        Some(role) => role_may(role, action),
        None => action == Action::ReadPartner && partner.is_some() && actor.person.platform_admin,
    }
}

/// Whether a role allows an action within its own partner.
pub fn role_may(role: Role, action: Action) -> bool {
    match action {
        Action::ReadPartner => true,
        Action::ManageKeys => matches!(role, Role::Owner | Role::Admin | Role::Developer),
        Action::ManagePlans => matches!(role, Role::Owner | Role::Admin | Role::Billing),
        Action::ManageTeam => matches!(role, Role::Owner | Role::Admin),
        Action::ManagePartner => role == Role::Owner,
        Action::Administer => false,
    }
}

/// Whether somebody with role `own` may give or take the role `other`: nobody hands out more than they hold.
pub fn may_assign(own: Role, other: Role) -> bool {
    match own {
        Role::Owner => true,
        Role::Admin => other != Role::Owner,
        Role::Developer | Role::Billing | Role::Viewer => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{Partner, PartnerStatus};
    use chrono::DateTime;

    fn actor(role: Option<Role>, platform_admin: bool) -> (Actor, Uuid) {
        let at = DateTime::UNIX_EPOCH;
        let partner = Partner { id: Uuid::from_u128(1), name: "Northwind".into(), status: PartnerStatus::Active, created_at: at };
        let membership = role.map(|role| Membership { partner, role });
        let person = Person {
            id: Uuid::from_u128(2),
            email: "a@b.example".into(),
            name: "Ana".into(),
            platform_admin,
            verified_at: None,
            created_at: at,
        };
        let memberships = membership.clone().into_iter().collect();
        (Actor { person, membership, memberships, session_id: Uuid::from_u128(3) }, Uuid::from_u128(1))
    }

    #[test]
    fn a_stranger_may_nothing() {
        let (stranger, _) = actor(Some(Role::Owner), false);
        for action in Action::ALL {
            assert!(!may(&stranger, action, Some(Uuid::from_u128(99))), "{action:?}");
            assert!(!may(&stranger, action, None), "{action:?}");
        }
    }

    #[test]
    fn a_platform_admin_reads_but_does_not_act_for_a_partner() {
        let (admin, partner) = actor(None, true);
        assert!(may(&admin, Action::Administer, None));
        assert!(may(&admin, Action::ReadPartner, Some(partner)));
        assert!(!may(&admin, Action::ManageKeys, Some(partner)));
    }

    #[test]
    fn roles_hold_what_the_team_page_says() {
        let allowed = |role| Action::ALL.into_iter().filter(|&a| role_may(role, a)).count();
        assert_eq!(Role::ALL.map(allowed), [5, 4, 2, 2, 1]);
    }

    #[test]
    fn nobody_hands_out_more_than_they_hold() {
        assert!(!may_assign(Role::Admin, Role::Owner));
        assert!(may_assign(Role::Owner, Role::Owner));
        assert!(!may_assign(Role::Developer, Role::Viewer));
    }
}
