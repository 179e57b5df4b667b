//! Addresses: confirming, changing and recovering them, by whoever reads their mail.

use crate::databases::both;
use crate::portal::{PASSWORD, SITE, actor, confirmed, field, newest_mail, noon, sign_up, token};
use chrono::TimeDelta;
use store::{LinkKind, SignUp, Store};

const NEW: &str = "a sentence of my own";

async fn mailed_token(store: &Store, to: &str) -> String {
    token(&newest_mail(store, to).await)
}

#[tokio::test]
async fn a_confirmation_works_once_and_for_two_days() {
    both(async |store| {
        let ana = sign_up(&store, "ana@x.example", noon()).await;
        let token = mailed_token(&store, "ana@x.example").await;
        let link = store.link(&token, noon()).await.unwrap().unwrap();
        assert_eq!((link.kind, link.email.as_str(), link.expires_at), (LinkKind::Confirm, "ana@x.example", noon() + TimeDelta::days(2)));

        assert_eq!(store.confirm_address("guess", noon()).await.unwrap(), None);
        assert_eq!(store.confirm_address(&token, noon() + TimeDelta::days(2)).await.unwrap(), None, "too late");
        assert_eq!(store.reset_password(&token, NEW, noon()).await.unwrap(), None, "a link is for one purpose");
        let confirmed = store.confirm_address(&token, noon()).await.unwrap().unwrap();
        assert_eq!((confirmed.id, confirmed.verified_at), (ana.id, Some(noon())));
        assert_eq!(store.confirm_address(&token, noon()).await.unwrap(), None, "used up");
        assert_eq!(store.link(&token, noon()).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn the_mail_can_be_sent_again_until_it_is_confirmed() {
    both(async |store| {
        let ana = sign_up(&store, "ana@x.example", noon()).await;
        store.resend_confirmation(ana.id, SITE, noon() + TimeDelta::days(3)).await.unwrap();
        let token = mailed_token(&store, "ana@x.example").await;
        assert!(store.confirm_address(&token, noon() + TimeDelta::days(4)).await.unwrap().is_some());
        store.resend_confirmation(ana.id, SITE, noon() + TimeDelta::days(5)).await.unwrap();
        assert_eq!(store.outbox(10).await.unwrap().len(), 2, "nothing is sent to a confirmed address");
    })
    .await;
}

#[tokio::test]
async fn a_reset_sets_the_password_confirms_the_address_and_signs_everybody_out() {
    both(async |store| {
        let ana = sign_up(&store, "ana@x.example", noon()).await;
        let cookie = store.start_session(ana.id, &store::Visitor::default(), noon()).await.unwrap();
        store.request_reset("ana@x.example", SITE, noon()).await.unwrap();
        let earlier = mailed_token(&store, "ana@x.example").await;
        store.request_reset(" Ana@X.example ", SITE, noon() + TimeDelta::minutes(1)).await.unwrap();
        let token = mailed_token(&store, "ana@x.example").await;

        assert_eq!(field(store.reset_password(&token, "short", noon()).await), "password");
        assert_eq!(store.reset_password(&token, NEW, noon() + TimeDelta::hours(2)).await.unwrap(), None, "too late");
        let reset = store.reset_password(&token, NEW, noon() + TimeDelta::minutes(2)).await.unwrap().unwrap();
        assert_eq!((reset.id, reset.verified_at), (ana.id, Some(noon() + TimeDelta::minutes(2))));
        assert_eq!(store.actor(cookie.reveal(), noon()).await.unwrap(), None);
        assert_eq!(store.authenticate("ana@x.example", PASSWORD).await.unwrap(), None);
        assert_eq!(store.authenticate("ana@x.example", NEW).await.unwrap().map(|p| p.id), Some(ana.id));
        assert_eq!(store.reset_password(&earlier, PASSWORD, noon()).await.unwrap(), None, "older links stop with a new password");
    })
    .await;
}

#[tokio::test]
async fn a_reset_goes_to_the_holder_else_to_the_newest_claim_else_nowhere() {
    both(async |store| {
        store.request_reset("nobody@x.example", SITE, noon()).await.unwrap();
        assert!(store.outbox(10).await.unwrap().is_empty());
        assert_eq!(field(store.request_reset("nobody", SITE, noon()).await), "email");

        sign_up(&store, "ana@x.example", noon()).await;
        let newest = sign_up(&store, "ana@x.example", noon() + TimeDelta::minutes(1)).await;
        store.request_reset("ana@x.example", SITE, noon() + TimeDelta::minutes(2)).await.unwrap();
        let token = mailed_token(&store, "ana@x.example").await;
        let holder = store.reset_password(&token, NEW, noon() + TimeDelta::minutes(3)).await.unwrap().unwrap();
        assert_eq!(holder.id, newest.id);

        sign_up(&store, "ana@x.example", noon() + TimeDelta::minutes(4)).await;
        store.request_reset("ana@x.example", SITE, noon() + TimeDelta::minutes(5)).await.unwrap();
        let token = mailed_token(&store, "ana@x.example").await;
        assert_eq!(store.reset_password(&token, NEW, noon() + TimeDelta::minutes(6)).await.unwrap().map(|p| p.id), Some(holder.id));
    })
    .await;
}

#[tokio::test]
async fn a_new_address_waits_for_its_click_and_the_old_one_is_told() {
    both(async |store| {
        let ana = confirmed(&store, "ana@x.example", noon()).await;
        let ask = async |password: &str, email: &str| store.request_address_change(ana.id, password, email, SITE, noon()).await;
        assert_eq!(field(ask("wrong", "ana@y.example").await), "password");
        assert_eq!(field(ask(PASSWORD, "ana").await), "email");
        assert_eq!(field(ask(PASSWORD, "ANA@x.example").await), "email");
        store.request_reset("ana@x.example", SITE, noon()).await.unwrap();
        let reset = mailed_token(&store, "ana@x.example").await;

        ask(PASSWORD, "ana@z.example").await.unwrap();
        let first = mailed_token(&store, "ana@z.example").await;
        ask(PASSWORD, "ana@y.example").await.unwrap();
        let token = mailed_token(&store, "ana@y.example").await;
        assert_eq!(store.confirm_address(&first, noon()).await.unwrap(), None, "the newer wish counts");
        assert_eq!(store.person(ana.id).await.unwrap().unwrap().email, "ana@x.example", "until the click");
        assert_eq!(store.confirm_address(&token, noon()).await.unwrap().unwrap().email, "ana@y.example");
        assert!(newest_mail(&store, "ana@x.example").await.body.contains("ana@y.example"));
        assert!(store.authenticate("ana@y.example", PASSWORD).await.unwrap().is_some());
        assert_eq!(store.authenticate("ana@x.example", PASSWORD).await.unwrap(), None);
        assert_eq!(store.reset_password(&reset, NEW, noon()).await.unwrap(), None, "a link to an address that was left");
    })
    .await;
}

#[tokio::test]
async fn an_address_that_somebody_holds_cannot_be_taken() {
    both(async |store| {
        confirmed(&store, "ben@x.example", noon()).await;
        let ana = confirmed(&store, "ana@x.example", noon()).await;
        store.request_address_change(ana.id, PASSWORD, "ben@x.example", SITE, noon()).await.unwrap();
        let mail = newest_mail(&store, "ben@x.example").await;
        assert!(mail.subject.starts_with("You already have an account"), "{}", mail.subject);

        // Asked for while it was free, clicked after somebody else confirmed it.
        store.request_address_change(ana.id, PASSWORD, "cy@x.example", SITE, noon()).await.unwrap();
        let token = mailed_token(&store, "cy@x.example").await;
        confirmed(&store, "cy@x.example", noon() + TimeDelta::minutes(1)).await;
        assert_eq!(store.confirm_address(&token, noon() + TimeDelta::minutes(2)).await.unwrap(), None);
        assert_eq!(store.person(ana.id).await.unwrap().unwrap().email, "ana@x.example");
    })
    .await;
}

#[tokio::test]
async fn a_claim_that_comes_too_late_cannot_be_confirmed() {
    both(async |store| {
        sign_up(&store, "ana@x.example", noon()).await;
        let first = mailed_token(&store, "ana@x.example").await;
        let form = SignUp { email: "ana@x.example".into(), password: NEW.into(), organisation: "Two".into(), name: None };
        let (second, _) = store.sign_up(form, SITE, noon() + TimeDelta::minutes(1)).await.unwrap();
        let token = mailed_token(&store, "ana@x.example").await;
        assert_eq!(store.confirm_address(&token, noon()).await.unwrap().map(|p| p.id), Some(second.id));
        assert_eq!(store.confirm_address(&first, noon()).await.unwrap(), None);
        let holder = actor(&store, second.id, noon()).await;
        assert_eq!(holder.membership.unwrap().partner.name, "Two");
    })
    .await;
}
