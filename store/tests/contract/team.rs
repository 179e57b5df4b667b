//! Teams: invitations, roles, and an owner who stays.

use crate::databases::both;
use crate::portal::{PASSWORD, SITE, actor, by, confirmed, field, newest_mail, noon, sign_up, token};
use chrono::TimeDelta;
use domain::access::Actor;
use domain::account::{Person, Role};
use store::{LinkKind, Store};
use uuid::Uuid;

/// A confirmed owner in a session, and their partner.
async fn owner(store: &Store) -> (Actor, Uuid) {
    let ana = confirmed(store, "ana@x.example", noon()).await;
    let actor = actor(store, ana.id, noon()).await;
    let partner = actor.membership.clone().unwrap().partner.id;
    (actor, partner)
}

/// Invites and joins a new person.
async fn member(store: &Store, inviter: &Actor, partner: Uuid, email: &str, role: Role) -> Person {
    store.invite(inviter, partner, email, role, SITE, noon()).await.unwrap();
    let token = token(&newest_mail(store, email).await);
    store.accept_invitation_as_new(&token, "Guest", PASSWORD, noon()).await.unwrap().unwrap()
}

async fn roles(store: &Store, partner: Uuid) -> Vec<(String, Role)> {
    store.members(partner).await.unwrap().into_iter().map(|m| (m.email, m.role)).collect()
}

#[tokio::test]
async fn somebody_new_joins_through_the_mail() {
    both(async |store| {
        let (ana, partner) = owner(&store).await;
        store.invite(&ana, partner, "Ben@x.example", Role::Developer, SITE, noon()).await.unwrap();
        let token = token(&newest_mail(&store, "ben@x.example").await);
        let link = store.link(&token, noon()).await.unwrap().unwrap();
        assert_eq!((link.kind, link.role), (LinkKind::Invitation, Some(Role::Developer)));
        assert_eq!(link.partner_name.as_deref(), Some("The company of ana@x.example"));
        assert_eq!(store.invitations(partner, noon()).await.unwrap()[0].email, "ben@x.example");
        assert!(store.invitations(partner, noon() + TimeDelta::days(7)).await.unwrap().is_empty());

        assert_eq!(field(store.accept_invitation_as_new(&token, "Ben", "short", noon()).await), "password");
        assert_eq!(store.accept_invitation_as_new("guess", "Ben", PASSWORD, noon()).await.unwrap(), None);
        let ben = store.accept_invitation_as_new(&token, "Ben", PASSWORD, noon()).await.unwrap().unwrap();
        assert_eq!((ben.name.as_str(), ben.verified_at), ("Ben", Some(noon())));
        assert_eq!(store.accept_invitation_as_new(&token, "Eve", PASSWORD, noon()).await.unwrap(), None, "used up");
        assert!(store.invitations(partner, noon()).await.unwrap().is_empty());
        let expected = [("ana@x.example".to_owned(), Role::Owner), ("ben@x.example".to_owned(), Role::Developer)];
        assert_eq!(roles(&store, partner).await, expected);
        assert_eq!(actor(&store, ben.id, noon()).await.membership.unwrap().partner.id, partner);
    })
    .await;
}

#[tokio::test]
async fn only_the_invited_address_joins() {
    both(async |store| {
        let (ana, partner) = owner(&store).await;
        let eve = confirmed(&store, "eve@x.example", noon()).await;
        let ben = sign_up(&store, "ben@x.example", noon()).await;
        store.invite(&ana, partner, "ben@x.example", Role::Billing, SITE, noon() + TimeDelta::minutes(1)).await.unwrap();
        let invitation = token(&newest_mail(&store, "ben@x.example").await);
        assert_eq!(store.accept_invitation(&invitation, eve.id, noon()).await.unwrap(), None);
        assert_eq!(store.accept_invitation(&invitation, ben.id, noon()).await.unwrap(), Some(partner), "a refusal does not use it up");
        assert!(store.person(ben.id).await.unwrap().unwrap().verified_at.is_some(), "the mail reached the address");
        assert_eq!(field(store.invite(&ana, partner, "ben@x.example", Role::Admin, SITE, noon()).await), "email");

        store.invite(&ana, partner, "eve@x.example", Role::Viewer, SITE, noon()).await.unwrap();
        let invitation = token(&newest_mail(&store, "eve@x.example").await);
        assert_eq!(field(store.accept_invitation_as_new(&invitation, "Eve", PASSWORD, noon()).await), "email");
        assert_eq!(store.accept_invitation(&invitation, eve.id, noon()).await.unwrap(), Some(partner));
    })
    .await;
}

#[tokio::test]
async fn nobody_invites_beyond_their_own_role_or_unconfirmed() {
    both(async |store| {
        let (ana, partner) = owner(&store).await;
        let invite = async |who: &Actor, role| store.invite(who, partner, "new@x.example", role, SITE, noon()).await;
        let admin = member(&store, &ana, partner, "admin@x.example", Role::Admin).await;
        let viewer = member(&store, &ana, partner, "viewer@x.example", Role::Viewer).await;
        let (admin, viewer) = (actor(&store, admin.id, noon()).await, actor(&store, viewer.id, noon()).await);
        assert_eq!(field(invite(&admin, Role::Owner).await), "role");
        assert_eq!(field(invite(&viewer, Role::Viewer).await), "role");
        invite(&admin, Role::Admin).await.unwrap();

        let stranger = confirmed(&store, "stranger@x.example", noon()).await;
        assert_eq!(field(invite(&actor(&store, stranger.id, noon()).await, Role::Viewer).await), "role");
        let unconfirmed = sign_up(&store, "fresh@x.example", noon()).await;
        let fresh = actor(&store, unconfirmed.id, noon()).await;
        let own = fresh.membership.clone().unwrap().partner.id;
        assert_eq!(field(store.invite(&fresh, own, "new@x.example", Role::Viewer, SITE, noon()).await), "email");
    })
    .await;
}

#[tokio::test]
async fn an_invitation_is_replaced_and_cancelled() {
    both(async |store| {
        let (ana, partner) = owner(&store).await;
        store.invite(&ana, partner, "ben@x.example", Role::Viewer, SITE, noon()).await.unwrap();
        let first = token(&newest_mail(&store, "ben@x.example").await);
        store.invite(&ana, partner, "ben@x.example", Role::Admin, SITE, noon() + TimeDelta::minutes(1)).await.unwrap();
        assert_eq!(store.link(&first, noon()).await.unwrap(), None);
        let waiting = store.invitations(partner, noon()).await.unwrap();
        assert_eq!(waiting.iter().map(|i| i.role).collect::<Vec<_>>(), [Role::Admin]);

        let stranger = Uuid::new_v4();
        assert!(!store.cancel_invitation(stranger, waiting[0].id, &by(), noon()).await.unwrap(), "another partner's");
        assert!(store.cancel_invitation(partner, waiting[0].id, &by(), noon()).await.unwrap());
        assert!(!store.cancel_invitation(partner, waiting[0].id, &by(), noon()).await.unwrap());
        let second = token(&newest_mail(&store, "ben@x.example").await);
        assert_eq!(store.accept_invitation_as_new(&second, "Ben", PASSWORD, noon()).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn roles_change_within_what_the_actor_holds() {
    both(async |store| {
        let (ana, partner) = owner(&store).await;
        let admin = member(&store, &ana, partner, "admin@x.example", Role::Admin).await;
        let dev = member(&store, &ana, partner, "dev@x.example", Role::Developer).await;
        let admin = actor(&store, admin.id, noon()).await;
        assert!(store.set_role(&admin, partner, dev.id, Role::Billing, noon()).await.unwrap());
        assert_eq!(field(store.set_role(&admin, partner, dev.id, Role::Owner, noon()).await), "role");
        assert_eq!(field(store.set_role(&admin, partner, ana.person.id, Role::Viewer, noon()).await), "role");
        assert_eq!(field(store.remove_member(&admin, partner, ana.person.id, noon()).await), "role");
        assert!(!store.set_role(&ana, partner, Uuid::new_v4(), Role::Admin, noon()).await.unwrap());

        assert!(store.set_role(&ana, partner, dev.id, Role::Owner, noon()).await.unwrap());
        let events = store.events(Some(partner), None, 1).await.unwrap();
        assert_eq!((events[0].kind.as_str(), events[0].subject.as_str()), ("member.role_changed", "dev@x.example"));
        assert_eq!(events[0].detail, serde_json::json!({ "before": "billing", "role": "owner" }));
    })
    .await;
}

#[tokio::test]
async fn the_last_owner_stays() {
    both(async |store| {
        let (ana, partner) = owner(&store).await;
        assert_eq!(field(store.remove_member(&ana, partner, ana.person.id, noon()).await), "role");
        assert_eq!(field(store.set_role(&ana, partner, ana.person.id, Role::Admin, noon()).await), "role");

        let mut owners = vec![ana];
        for number in 0..5 {
            let owner = member(&store, &owners[0], partner, &format!("owner{number}@x.example"), Role::Owner).await;
            owners.push(actor(&store, owner.id, noon()).await);
        }
        // As many connections as there will be transactions, so that they meet.
        futures::future::join_all(owners.iter().map(|_| store.ping())).await;
        let leave = owners.iter().map(|who| store.remove_member(who, partner, who.person.id, noon()));
        let left = futures::future::join_all(leave).await.into_iter().filter(Result::is_ok).count();
        assert_eq!(left, 5, "whoever comes last is refused");
        assert_eq!(roles(&store, partner).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_organisation_is_renamed() {
    both(async |store| {
        let (ana, partner) = owner(&store).await;
        assert_eq!(field(store.rename_partner(partner, "", &by(), noon()).await), "name");
        store.rename_partner(partner, " Northwind ", &by(), noon()).await.unwrap();
        assert_eq!(actor(&store, ana.person.id, noon()).await.membership.unwrap().partner.name, "Northwind");
    })
    .await;
}
