//! Sessions: who a cookie is, how long it lasts, and how it ends.

use crate::databases::both;
use crate::portal::{SITE, actor, confirmed, newest_mail, noon, sign_up, token};
use chrono::TimeDelta;
use domain::account::{Role, SESSION_DAYS};
use store::Visitor;

#[tokio::test]
async fn a_cookie_names_the_person_and_their_partner() {
    both(async |store| {
        let ana = sign_up(&store, "ana@x.example", noon()).await;
        let visitor = Visitor { user_agent: "Firefox ".repeat(100), address: "192.0.2.7".into() };
        let cookie = store.start_session(ana.id, &visitor, noon()).await.unwrap();
        let actor = store.actor(cookie.reveal(), noon()).await.unwrap().unwrap();
        assert_eq!((&actor.person, actor.memberships.len()), (&ana, 1));
        assert_eq!(actor.membership.as_ref(), actor.memberships.first());
        assert_eq!(store.actor("guess", noon()).await.unwrap(), None);

        let listed = store.sessions(&actor, noon()).await.unwrap();
        assert_eq!((listed.len(), listed[0].current, listed[0].address.as_str()), (1, true, "192.0.2.7"));
        assert_eq!(listed[0].user_agent.len(), 300, "what a browser says is cut");
        store.end_session(cookie.reveal()).await.unwrap();
        assert_eq!(store.actor(cookie.reveal(), noon()).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_session_lives_from_its_last_use() {
    both(async |store| {
        let ana = sign_up(&store, "ana@x.example", noon()).await;
        let cookie = store.start_session(ana.id, &Visitor::default(), noon()).await.unwrap();
        let span = TimeDelta::days(SESSION_DAYS);
        let used = noon() + span - TimeDelta::hours(1);
        assert!(store.actor(cookie.reveal(), used).await.unwrap().is_some());
        let seen = store.actor(cookie.reveal(), used + TimeDelta::seconds(59)).await.unwrap().unwrap();
        assert_eq!(store.sessions(&seen, used).await.unwrap()[0].last_seen_at, used, "written down once a minute");
        assert!(store.actor(cookie.reveal(), used + span - TimeDelta::seconds(1)).await.unwrap().is_some());

        let idle = store.start_session(ana.id, &Visitor::default(), noon()).await.unwrap();
        assert_eq!(store.actor(idle.reveal(), noon() + span).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn people_end_their_own_sessions_only() {
    both(async |store| {
        let ana = sign_up(&store, "ana@x.example", noon()).await;
        let ben = sign_up(&store, "ben@x.example", noon()).await;
        let first = actor(&store, ana.id, noon()).await;
        let second = actor(&store, ana.id, noon()).await;
        let third = actor(&store, ana.id, noon()).await;
        let other = actor(&store, ben.id, noon()).await;
        assert!(!store.revoke_session(ben.id, first.session_id).await.unwrap());
        assert!(store.revoke_session(ana.id, first.session_id).await.unwrap());
        assert!(!store.revoke_session(ana.id, first.session_id).await.unwrap());
        assert_eq!(store.revoke_other_sessions(ana.id, second.session_id).await.unwrap(), 1, "{} ends", third.session_id);
        assert_eq!(store.sessions(&second, noon()).await.unwrap().len(), 1);
        assert_eq!(store.sessions(&other, noon()).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn acting_for_another_partner_needs_a_membership() {
    both(async |store| {
        let ana = confirmed(&store, "ana@x.example", noon()).await;
        let ben = confirmed(&store, "ben@x.example", noon()).await;
        let owner = actor(&store, ana.id, noon()).await;
        let partner = owner.membership.clone().unwrap().partner.id;
        let cookie = store.start_session(ben.id, &Visitor::default(), noon()).await.unwrap();
        let guest = store.actor(cookie.reveal(), noon()).await.unwrap().unwrap();
        assert!(!store.switch_partner(&guest, partner).await.unwrap());

        store.invite(&owner, partner, "ben@x.example", Role::Viewer, SITE, noon()).await.unwrap();
        let invitation = token(&newest_mail(&store, "ben@x.example").await);
        store.accept_invitation(&invitation, ben.id, noon() + TimeDelta::minutes(1)).await.unwrap();
        assert!(store.switch_partner(&guest, partner).await.unwrap());
        let chosen = store.actor(cookie.reveal(), noon()).await.unwrap().unwrap();
        assert_eq!(chosen.membership.map(|m| (m.partner.id, m.role)), Some((partner, Role::Viewer)));
        assert_eq!(chosen.memberships.len(), 2);

        assert!(store.remove_member(&owner, partner, ben.id, noon()).await.unwrap());
        let back = store.actor(cookie.reveal(), noon()).await.unwrap().unwrap();
        assert_ne!(back.membership.map(|m| m.partner.id), Some(partner), "falls back to a partner they belong to");
    })
    .await;
}
