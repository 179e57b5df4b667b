//! Platform admins: from the command line, and the first one from a printed link.

use crate::databases::both;
use crate::portal::{PASSWORD, confirmed, field, noon, sign_up};
use chrono::TimeDelta;
use store::{LinkKind, Visitor};

const STRONG: &str = "an admin's own sentence";

#[tokio::test]
async fn the_command_line_makes_a_confirmed_admin() {
    both(async |store| {
        assert!(!store.has_admin().await.unwrap());
        assert_eq!(field(store.create_admin("root", STRONG, "Root", noon()).await), "email");
        assert_eq!(field(store.create_admin("root@x.example", "short", "Root", noon()).await), "password");
        assert_eq!(field(store.create_admin("root@x.example", STRONG, "", noon()).await), "name");
        let admin = store.create_admin("Root@x.example", STRONG, "Root", noon()).await.unwrap();
        assert_eq!((admin.platform_admin, admin.verified_at), (true, Some(noon())));
        assert_eq!(store.authenticate("root@x.example", STRONG).await.unwrap(), Some(admin));
        assert!(store.has_admin().await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn raising_takes_the_holder_and_never_a_claim() {
    both(async |store| {
        let ana = confirmed(&store, "ana@x.example", noon()).await;
        let cookie = store.start_session(ana.id, &Visitor::default(), noon()).await.unwrap();
        let raised = store.create_admin("ana@x.example", STRONG, "Ana", noon()).await.unwrap();
        assert_eq!((raised.id, raised.platform_admin, raised.name.as_str()), (ana.id, true, "Ana"));
        assert_eq!(store.person(ana.id).await.unwrap(), Some(raised));
        assert_eq!(store.authenticate("ana@x.example", PASSWORD).await.unwrap(), None, "the password is replaced");
        assert_eq!(store.actor(cookie.reveal(), noon()).await.unwrap(), None, "sessions end with the old password");

        let claim = sign_up(&store, "ben@x.example", noon()).await;
        let admin = store.create_admin("ben@x.example", STRONG, "Ben", noon()).await.unwrap();
        assert_ne!(admin.id, claim.id);
        assert!(!store.person(claim.id).await.unwrap().unwrap().platform_admin);
    })
    .await;
}

#[tokio::test]
async fn the_printed_links_make_one_admin() {
    both(async |store| {
        // Two nodes start, and nobody knows which of them is looked at.
        let link = store.first_admin_link(noon()).await.unwrap();
        let other = store.first_admin_link(noon()).await.unwrap();
        let claim = async |token: &str| store.claim_first_admin(token, "root@x.example", STRONG, "Root", noon()).await;
        for link in [&link, &other] {
            assert_eq!(store.link(link.reveal(), noon()).await.unwrap().unwrap().kind, LinkKind::FirstAdmin);
        }
        assert_eq!(field(store.claim_first_admin(link.reveal(), "root@x.example", "short", "Root", noon()).await), "password");

        let race = futures::future::join_all([&link, &other, &link, &other].map(|link| claim(link.reveal()))).await;
        let admins: Vec<_> = race.into_iter().filter_map(Result::unwrap).collect();
        assert_eq!(admins.len(), 1);
        assert!(admins[0].platform_admin);
        let events = store.events(None, None, 10).await.unwrap();
        assert_eq!((events[0].kind.as_str(), events[0].by.name.as_str()), ("admin.created", "root@x.example"));
    })
    .await;
}

#[tokio::test]
async fn the_printed_link_is_worth_nothing_once_an_admin_exists_or_a_week_passed() {
    both(async |store| {
        let link = store.first_admin_link(noon()).await.unwrap();
        let late = noon() + TimeDelta::days(7);
        assert_eq!(store.claim_first_admin(link.reveal(), "root@x.example", STRONG, "Root", late).await.unwrap(), None);
        store.create_admin("root@x.example", STRONG, "Root", noon()).await.unwrap();
        assert_eq!(store.claim_first_admin(link.reveal(), "eve@x.example", STRONG, "Eve", noon()).await.unwrap(), None);
    })
    .await;
}
