//! What is written on the side: the audit log, the outbox, the brand.

use crate::databases::both;
use crate::portal::{by, confirmed, field, noon, partner, sign_up};
use chrono::TimeDelta;
use domain::settings::{Allowance, Branding};

#[tokio::test]
async fn the_audit_log_is_read_newest_first_in_pages() {
    both(async |store| {
        let ana = partner(&store, "ana@x.example", noon()).await;
        let ben = partner(&store, "ben@x.example", noon()).await;
        for (hour, name) in [(3, "three"), (1, "one"), (2, "two")] {
            store.rename_partner(ana, name, &by(), noon() + TimeDelta::hours(hour)).await.unwrap();
        }
        let subjects = |events: Vec<domain::event::Event>| events.into_iter().map(|e| e.subject).collect::<Vec<_>>();
        let first = store.events(Some(ana), None, 2).await.unwrap();
        let rest = store.events(Some(ana), Some(first[1].id), 10).await.unwrap();
        assert_eq!((first[0].at, first[0].partner_id), (noon() + TimeDelta::hours(3), Some(ana)));
        assert_eq!((subjects(first), subjects(rest)), (vec!["three".into(), "two".into()], vec!["one".into(), "ana@x.example".into()]));
        assert_eq!(store.events(Some(ben), None, 10).await.unwrap().len(), 1);
        assert_eq!(store.events(None, None, 10).await.unwrap().len(), 7, "two people signed up and confirmed");
    })
    .await;
}

#[tokio::test]
async fn a_mail_waits_until_it_is_sent() {
    both(async |store| {
        let later = noon() + TimeDelta::minutes(1);
        sign_up(&store, "ana@x.example", noon()).await;
        sign_up(&store, "ben@x.example", later).await;
        let waiting = store.unsent(10).await.unwrap();
        assert_eq!(waiting.iter().map(|m| m.to.as_str()).collect::<Vec<_>>(), ["ana@x.example", "ben@x.example"]);
        store.note_sent(waiting[0].id, later).await.unwrap();
        store.note_sent(waiting[0].id, later + TimeDelta::hours(1)).await.unwrap();
        assert_eq!(store.unsent(10).await.unwrap(), waiting[1..]);
        let all = store.outbox(10).await.unwrap();
        assert_eq!((all[0].to.as_str(), all[1].sent_at), ("ben@x.example", Some(later)));
    })
    .await;
}

#[tokio::test]
async fn the_brand_signs_pages_and_mails() {
    both(async |store| {
        assert_eq!(store.branding().await.unwrap(), Branding::default());
        let brand = Branding { name: "Parcelry".into(), ..Branding::default() };
        assert_eq!(field(store.set_branding(&Branding { headline: String::new(), ..brand.clone() }, &by(), noon()).await), "headline");
        assert_eq!(field(store.set_branding(&Branding { sentence: "x".repeat(301), ..brand.clone() }, &by(), noon()).await), "sentence");
        store.set_branding(&Branding { name: "First".into(), ..brand.clone() }, &by(), noon()).await.unwrap();
        store.set_branding(&brand, &by(), noon()).await.unwrap();
        assert_eq!(store.branding().await.unwrap(), brand);
        sign_up(&store, "ana@x.example", noon()).await;
        let mail = &store.outbox(1).await.unwrap()[0];
        assert_eq!(mail.subject, "Confirm your address for Parcelry Developers");
    })
    .await;
}

#[tokio::test]
async fn a_url_of_another_kind_is_refused_in_words() {
    assert_eq!(field(store::Store::open("mysql://localhost/portico").await), "database_url");
    both(async |store| store.ping().await.unwrap()).await;
}

#[tokio::test]
async fn a_second_start_finds_what_the_first_one_kept() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("portico.db").display());
    let first = store::Store::open_with(&url, store::PasswordCost::Cheap).await.unwrap();
    let ana = confirmed(&first, "ana@x.example", noon()).await;
    first.close().await;
    let second = store::Store::open_with(&url, store::PasswordCost::Cheap).await.unwrap();
    assert_eq!(second.person(ana.id).await.unwrap(), Some(ana));
}

#[tokio::test]
async fn the_allowance_is_one_second_until_an_admin_sets_another() {
    both(async |store| {
        assert_eq!(store.allowance().await.unwrap(), Allowance::default());
        for seconds in ["2", "0.25"] {
            store.set_allowance(Allowance::read(seconds).unwrap(), &by(), noon()).await.unwrap();
            assert_eq!(store.allowance().await.unwrap().to_string(), seconds);
        }
        let event = store.events(None, None, 1).await.unwrap().remove(0);
        assert_eq!((event.kind.as_str(), event.subject.as_str()), ("allowance.changed", "0.25 s"));
        assert_eq!(store.branding().await.unwrap(), Branding::default(), "the other settings stay");
    })
    .await;
}
