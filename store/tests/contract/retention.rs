//! What is forgotten, and what never is.

use crate::databases::both;
use crate::market::dated;
use crate::portal::{PASSWORD, SITE, actor, confirmed, newest_mail, noon, partner, sign_up, token};
use chrono::TimeDelta;
use domain::account::SESSION_DAYS;
use domain::period::Period;
use domain::settings::Retention;
use domain::usage::CallFilter;
use store::{Attempt, Change, SignUp, Visitor};
use uuid::Uuid;

#[tokio::test]
async fn sessions_links_and_attempts_go_with_their_time() {
    both(async |store| {
        let ana = sign_up(&store, "ana@x.example", noon()).await;
        let mailed = token(&newest_mail(&store, "ana@x.example").await);
        let cookie = store.start_session(ana.id, &Visitor::default(), noon()).await.unwrap();
        store.attempt("s", 1, TimeDelta::days(1), noon()).await.unwrap();

        store.prune(noon() + TimeDelta::hours(1), &Retention::default()).await.unwrap();
        assert!(store.actor(cookie.reveal(), noon()).await.unwrap().is_some());
        assert!(store.link(&mailed, noon()).await.unwrap().is_some());
        assert!(matches!(store.attempt("s", 1, TimeDelta::days(1), noon()).await.unwrap(), Attempt::Wait(_)));

        store.prune(noon() + TimeDelta::days(SESSION_DAYS), &Retention::default()).await.unwrap();
        assert_eq!(store.actor(cookie.reveal(), noon()).await.unwrap(), None);
        assert_eq!(store.link(&mailed, noon()).await.unwrap(), None);
        assert_eq!(store.attempt("s", 1, TimeDelta::days(1), noon()).await.unwrap(), Attempt::Allowed);
        assert!(store.person(ana.id).await.unwrap().is_some());
    })
    .await;
}

#[tokio::test]
async fn a_lost_claim_goes_after_a_week_with_its_key() {
    both(async |store| {
        let holder = confirmed(&store, "ana@x.example", noon()).await;
        let form = SignUp { email: "ana@x.example".into(), password: PASSWORD.into(), organisation: "Claim".into(), name: None };
        let (claim, secret) = store.sign_up(form, SITE, noon()).await.unwrap();
        let prefix = domain::key::present(secret.reveal()).unwrap().prefix.to_owned();
        let partner = actor(&store, claim.id, noon()).await.membership.unwrap().partner.id;
        let waiting = sign_up(&store, "ben@x.example", noon()).await;

        store.prune(noon() + TimeDelta::days(7) - TimeDelta::seconds(1), &Retention::default()).await.unwrap();
        assert!(store.person(claim.id).await.unwrap().is_some());
        let mut changes = store.changes();
        store.prune(noon() + TimeDelta::days(7), &Retention::default()).await.unwrap();
        assert_eq!(store.person(claim.id).await.unwrap(), None);
        assert!(store.key_record(&prefix).await.unwrap().is_none());
        assert!(store.members(partner).await.unwrap().is_empty());
        assert_eq!(changes.try_recv().unwrap(), Change::Key(prefix));
        assert_eq!(changes.try_recv().unwrap(), Change::Partner(partner));

        assert!(store.person(holder.id).await.unwrap().is_some());
        assert!(store.person(waiting.id).await.unwrap().is_some(), "an address that nobody confirmed may still be");
        assert_eq!(store.events(None, None, 1).await.unwrap()[0].kind, "person.claim_forgotten");
    })
    .await;
}

#[tokio::test]
async fn single_calls_go_after_a_month_and_their_sums_stay() {
    both(async |store| {
        let partner = partner(&store, "ana@x.example", noon()).await;
        let calls = [dated(partner, noon()), dated(partner, noon() + TimeDelta::days(1))];
        store.record_batch(Uuid::new_v4(), &calls, noon()).await.unwrap();
        let kept = async || store.calls(partner, &CallFilter { limit: 10, ..CallFilter::default() }).await.unwrap().len();

        store.prune(noon() + TimeDelta::days(30) - TimeDelta::seconds(1), &Retention::default()).await.unwrap();
        assert_eq!(kept().await, 2);
        store.prune(noon() + TimeDelta::days(30), &Retention::default()).await.unwrap();
        assert_eq!(kept().await, 1);
        store.prune(noon() + TimeDelta::days(31), &Retention::default()).await.unwrap();
        assert_eq!(kept().await, 0);
        let sums = store.billable_calls(partner, "labels", Period::month_of(noon())).await.unwrap();
        assert_eq!(sums, 2, "bills are made of the sums");
    })
    .await;
}

#[tokio::test]
async fn calls_addresses_and_mails_are_kept_as_long_as_it_was_set() {
    both(async |store| {
        let ana = partner(&store, "ana@x.example", noon()).await;
        let person = store.members(ana).await.unwrap()[0].person_id;
        let visitor = Visitor { address: "192.0.2.7".to_owned(), user_agent: "Firefox".to_owned() };
        let cookie = store.start_session(person, &visitor, noon()).await.unwrap();
        store.record_batch(Uuid::new_v4(), &[dated(ana, noon())], noon()).await.unwrap();
        let keep = Retention { calls: 2, addresses: 1 };
        let left = async || {
            let calls = store.calls(ana, &CallFilter { limit: 10, ..CallFilter::default() }).await.unwrap().len();
            let mails = store.outbox(10).await.unwrap().len();
            let reader = store.actor(cookie.reveal(), noon()).await.unwrap().unwrap();
            let sessions = store.sessions(&reader, noon()).await.unwrap();
            (calls, mails > 0, sessions.iter().any(|session| session.address == "192.0.2.7" || session.user_agent == "Firefox"))
        };
        store.prune(noon() + TimeDelta::hours(23), &keep).await.unwrap();
        assert_eq!(left().await, (1, true, true));
        store.prune(noon() + TimeDelta::days(1), &keep).await.unwrap();
        assert_eq!(left().await, (1, false, false));
        store.prune(noon() + TimeDelta::days(2), &keep).await.unwrap();
        assert_eq!(left().await, (0, false, false));
    })
    .await;
}
