//! Signing up and in: what everybody gets, and what nobody learns.

use crate::databases::both;
use crate::portal::{PASSWORD, SITE, actor, confirmed, field, newest_mail, noon, sign_up, token};
use chrono::TimeDelta;
use domain::account::Role;
use domain::key::{Scope, present};
use store::SignUp;

#[tokio::test]
async fn signing_up_makes_an_owner_a_test_key_and_a_mail() {
    both(async |store| {
        assert!(store.is_empty().await.unwrap());
        let form = SignUp {
            email: " Ana@Northwind.Example ".into(),
            password: PASSWORD.into(),
            organisation: "Northwind".into(),
            name: Some("  ".into()),
        };
        let (ana, secret) = store.sign_up(form, SITE, noon()).await.unwrap();
        assert_eq!((ana.email.as_str(), ana.name.as_str(), ana.verified_at), ("ana@northwind.example", "ana", None));
        assert_eq!(store.person(ana.id).await.unwrap().unwrap(), ana);
        assert!(!store.is_empty().await.unwrap());

        let membership = actor(&store, ana.id, noon()).await.membership.unwrap();
        assert_eq!((membership.partner.name.as_str(), membership.role), ("Northwind", Role::Owner));
        let keys = store.keys(membership.partner.id).await.unwrap();
        assert_eq!((keys.len(), keys[0].name.as_str(), &keys[0].scope), (1, "First key", &Scope::All));
        let presented = present(secret.reveal()).unwrap();
        let record = store.key_record(presented.prefix).await.unwrap().unwrap();
        assert!(record.matches(&presented, noon()));

        let mail = newest_mail(&store, &ana.email).await;
        assert!(mail.body.contains("https://developers.parcelry.example/confirm?token="), "{}", mail.body);
        let events = store.events(Some(membership.partner.id), None, 10).await.unwrap();
        assert_eq!(events.iter().map(|e| e.kind.as_str()).collect::<Vec<_>>(), ["person.signed_up"]);
    })
    .await;
}

#[tokio::test]
async fn a_form_with_a_mistake_names_the_field_and_leaves_nothing() {
    both(async |store| {
        let good = SignUp { email: "a@b.example".into(), password: PASSWORD.into(), organisation: "B".into(), name: None };
        let bad = [
            ("email", SignUp { email: "a@b".into(), ..good.clone() }),
            ("password", SignUp { password: "short".into(), ..good.clone() }),
            ("organisation", SignUp { organisation: " ".into(), ..good.clone() }),
            ("name", SignUp { name: Some("x".repeat(81)), ..good }),
        ];
        for (expected, form) in bad {
            assert_eq!(field(store.sign_up(form, SITE, noon()).await), expected);
        }
        assert!(store.is_empty().await.unwrap());
        assert!(store.outbox(10).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_known_address_gets_the_same_answer_and_another_mail() {
    both(async |store| {
        let ana = confirmed(&store, "ana@x.example", noon()).await;
        let claim = sign_up(&store, "ana@x.example", noon() + TimeDelta::minutes(1)).await;
        assert_ne!(claim.id, ana.id);
        let mail = newest_mail(&store, "ana@x.example").await;
        assert!(mail.subject.starts_with("You already have an account"), "{}", mail.subject);
        assert!(!mail.body.contains("token="), "a second claim gets no link");

        let own = actor(&store, ana.id, noon()).await.membership.unwrap().partner.id;
        let other = actor(&store, claim.id, noon()).await.membership.unwrap().partner.id;
        assert_ne!(own, other, "a claim gets a partner of its own");
        store.resend_confirmation(claim.id, SITE, noon()).await.unwrap();
        assert!(!newest_mail(&store, "ana@x.example").await.body.contains("token="));
    })
    .await;
}

#[tokio::test]
async fn people_racing_for_an_address_all_sign_up_and_one_gets_it() {
    both(async |store| {
        let race = (0..8).map(|_| sign_up(&store, "race@x.example", noon()));
        let claims = futures::future::join_all(race).await;
        let tokens: Vec<String> = store.outbox(100).await.unwrap().iter().map(token).collect();
        assert_eq!((claims.len(), tokens.len()), (8, 8));
        let confirmations = tokens.iter().map(|token| store.confirm_address(token, noon()));
        let winners: Vec<_> = futures::future::join_all(confirmations).await.into_iter().filter_map(Result::unwrap).collect();
        assert_eq!(winners.len(), 1, "an address belongs to whoever confirmed it first");
    })
    .await;
}

#[tokio::test]
async fn the_password_finds_the_holder_and_the_newest_claims() {
    both(async |store| {
        let ana = confirmed(&store, "ana@x.example", noon()).await;
        assert_eq!(store.authenticate(" ANA@x.example", PASSWORD).await.unwrap(), Some(ana.clone()));
        assert_eq!(store.authenticate("ana@x.example", "wrong horse battery").await.unwrap(), None);
        assert_eq!(store.authenticate("ana@x.example", &PASSWORD.repeat(100)).await.unwrap(), None);
        assert_eq!(store.authenticate("bob@x.example", PASSWORD).await.unwrap(), None);
        assert_eq!(store.authenticate("not an address", "").await.unwrap(), None);

        for minute in 1..=4 {
            let password = format!("claim number {minute}");
            let form = SignUp { email: ana.email.clone(), password, organisation: "Other".into(), name: None };
            store.sign_up(form, SITE, noon() + TimeDelta::minutes(minute)).await.unwrap();
        }
        assert!(store.authenticate("ana@x.example", "claim number 4").await.unwrap().is_some());
        assert!(store.authenticate("ana@x.example", "claim number 3").await.unwrap().is_some());
        assert_eq!(store.authenticate("ana@x.example", "claim number 1").await.unwrap(), None);
        assert_eq!(store.authenticate("ana@x.example", PASSWORD).await.unwrap().map(|p| p.id), Some(ana.id), "the holder stays");
    })
    .await;
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_and_says_so() {
    both(async |store| {
        let ana = confirmed(&store, "ana@x.example", noon()).await;
        let (here, there) = (actor(&store, ana.id, noon()).await, actor(&store, ana.id, noon()).await);
        let change = async |current: &str, new: &str| store.change_password(ana.id, current, new, here.session_id, noon()).await;
        assert_eq!(field(change("wrong", "another long one").await), "current");
        assert_eq!(field(change(PASSWORD, "short").await), "password");
        change(PASSWORD, "another long one").await.unwrap();

        let left: Vec<_> = store.sessions(&here, noon()).await.unwrap().into_iter().map(|s| s.id).collect();
        assert_eq!(left, [here.session_id], "{} is ended", there.session_id);
        assert_eq!(store.authenticate(&ana.email, PASSWORD).await.unwrap(), None);
        assert!(store.authenticate(&ana.email, "another long one").await.unwrap().is_some());
        assert!(newest_mail(&store, &ana.email).await.subject.contains("password"));
    })
    .await;
}

#[tokio::test]
async fn a_name_can_change() {
    both(async |store| {
        let ana = sign_up(&store, "ana@x.example", noon()).await;
        assert_eq!(field(store.rename_person(ana.id, "a\nb").await), "name");
        store.rename_person(ana.id, " Ana B. ").await.unwrap();
        assert_eq!(store.person(ana.id).await.unwrap().unwrap().name, "Ana B.");
    })
    .await;
}
