//! Keys: what a new one needs, when a secret works, and that others' keys are out of reach.

use crate::databases::both;
use crate::portal::{by, field, noon, partner, product};
use chrono::TimeDelta;
use domain::addresses::Addresses;
use domain::key::{Environment, KeyStatus, Scope, present};
use store::{Change, CreatedKey, KeyChange, NewKey, Store};
use uuid::Uuid;

fn change(name: &str, scope: Scope) -> KeyChange {
    KeyChange { name: name.to_owned(), scope, addresses: Addresses::default() }
}

fn new_key(environment: Environment) -> NewKey {
    NewKey::new("Warehouse", environment)
}

async fn create(store: &Store, partner: Uuid, new: NewKey) -> store::Result<CreatedKey> {
    store.create_key(partner, new, true, &by(), noon()).await
}

/// Whether the gateway would take this text at that moment.
async fn opens(store: &Store, text: &str, minutes: i64) -> bool {
    let now = noon() + TimeDelta::minutes(minutes);
    let presented = present(text).unwrap();
    let record = store.key_record(presented.prefix).await.unwrap().unwrap();
    record.key.works(now) && record.matches(&presented, now)
}

#[tokio::test]
async fn a_key_is_shown_once_and_kept_as_a_hash() {
    both(async |store| {
        let partner = partner(&store, "ana@x.example", noon()).await;
        let expires_at = Some(noon() + TimeDelta::minutes(90));
        let created = create(&store, partner, NewKey { expires_at, ..new_key(Environment::Live) }).await.unwrap();
        let text = created.secret.reveal();
        assert_eq!((text.len(), &text[..8]), ("sk_live_12345678_".len() + 32, "sk_live_"));
        assert_eq!(store.key(partner, created.key.id).await.unwrap().as_ref(), Some(&created.key));
        assert!(opens(&store, text, 89).await);
        assert!(!opens(&store, text, 90).await, "expired");
        assert!(!opens(&store, &format!("{}_{}", created.key.prefix, "A".repeat(32)), 0).await, "another secret");
        assert!(store.key_record("sk_live_00000000").await.unwrap().is_none());
        let event = &store.events(Some(partner), None, 1).await.unwrap()[0];
        assert_eq!((event.kind.as_str(), &event.subject), ("key.created", &created.key.prefix));
        assert!(!event.detail.to_string().contains(&text[17..]), "no secret in the audit log");
    })
    .await;
}

#[tokio::test]
async fn a_mistake_in_the_form_names_its_field() {
    both(async |store| {
        let partner = partner(&store, "ana@x.example", noon()).await;
        product(&store, "labels").await;
        let only = |ids: &[&str]| Scope::Only(ids.iter().map(|&id| id.to_owned()).collect());
        let bad = [
            ("name", NewKey { name: " ".into(), ..new_key(Environment::Test) }),
            ("name", NewKey { name: "x".repeat(81), ..new_key(Environment::Test) }),
            ("expires_at", NewKey { expires_at: Some(noon()), ..new_key(Environment::Test) }),
            ("products", NewKey { scope: only(&[]), ..new_key(Environment::Test) }),
            ("products", NewKey { scope: only(&["labels", "nothing"]), ..new_key(Environment::Test) }),
        ];
        for (expected, new) in bad {
            assert_eq!(field(create(&store, partner, new).await), expected);
        }
        let unconfirmed = store.create_key(partner, new_key(Environment::Live), false, &by(), noon()).await;
        assert_eq!(field(unconfirmed), "environment");
        assert!(store.create_key(partner, new_key(Environment::Test), false, &by(), noon()).await.is_ok());

        let scope = only(&["labels", "labels"]);
        let created = create(&store, partner, NewKey { scope, ..new_key(Environment::Test) }).await.unwrap();
        assert_eq!(created.key.scope, only(&["labels"]));
    })
    .await;
}

#[tokio::test]
async fn both_secrets_work_until_the_overlap_ends() {
    both(async |store| {
        let partner = partner(&store, "ana@x.example", noon()).await;
        let old = create(&store, partner, new_key(Environment::Live)).await.unwrap();
        let rotate = async |minutes| {
            let rotated = store.rotate_key(partner, old.key.id, TimeDelta::minutes(minutes), &by(), noon()).await;
            rotated.unwrap().unwrap()
        };
        let new = rotate(60).await;
        assert_eq!((&new.key.prefix, new.key.status(noon())), (&old.key.prefix, KeyStatus::Rotating));
        assert!(opens(&store, old.secret.reveal(), 59).await && opens(&store, new.secret.reveal(), 59).await);
        assert!(!opens(&store, old.secret.reveal(), 60).await && opens(&store, new.secret.reveal(), 60).await);

        let newest = rotate(60).await;
        assert!(!opens(&store, old.secret.reveal(), 1).await, "two secrets work, never three");
        assert!(opens(&store, new.secret.reveal(), 1).await && opens(&store, newest.secret.reveal(), 1).await);
        let last = rotate(0).await;
        assert!(!opens(&store, newest.secret.reveal(), 0).await && opens(&store, last.secret.reveal(), 0).await);
        assert_eq!(last.key.status(noon()), KeyStatus::Active);
    })
    .await;
}

#[tokio::test]
async fn a_revoked_key_stays_revoked() {
    both(async |store| {
        let partner = partner(&store, "ana@x.example", noon()).await;
        let old = create(&store, partner, new_key(Environment::Test)).await.unwrap();
        let new = store.rotate_key(partner, old.key.id, TimeDelta::hours(1), &by(), noon()).await.unwrap().unwrap();
        assert!(store.revoke_key(partner, old.key.id, &by(), noon()).await.unwrap());
        assert!(!opens(&store, old.secret.reveal(), 0).await && !opens(&store, new.secret.reveal(), 0).await);
        assert!(!store.revoke_key(partner, old.key.id, &by(), noon()).await.unwrap());
        assert!(store.rotate_key(partner, old.key.id, TimeDelta::zero(), &by(), noon()).await.unwrap().is_none());
        assert!(!store.edit_key(partner, old.key.id, &change("Old", Scope::All), &by(), noon()).await.unwrap());
        let listed = store.keys(partner).await.unwrap();
        assert_eq!(listed.last().map(|key| key.id), Some(old.key.id), "revoked keys come last");
    })
    .await;
}

#[tokio::test]
async fn an_expired_key_gets_no_new_secret() {
    both(async |store| {
        let partner = partner(&store, "ana@x.example", noon()).await;
        let expires_at = Some(noon() + TimeDelta::minutes(90));
        let id = create(&store, partner, NewKey { expires_at, ..new_key(Environment::Test) }).await.unwrap().key.id;
        let rotate =
            async |minutes| store.rotate_key(partner, id, TimeDelta::zero(), &by(), noon() + TimeDelta::minutes(minutes)).await.unwrap();
        assert!(rotate(89).await.is_some() && rotate(90).await.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_key_is_renamed_and_given_other_products() {
    both(async |store| {
        let partner = partner(&store, "ana@x.example", noon()).await;
        product(&store, "labels").await;
        let id = create(&store, partner, new_key(Environment::Test)).await.unwrap().key.id;
        let before = store.key(partner, id).await.unwrap();
        assert_eq!(field(store.edit_key(partner, id, &change("", Scope::All), &by(), noon()).await), "name");
        let unknown = Scope::Only(vec!["x".into()]);
        assert_eq!(field(store.edit_key(partner, id, &change("Dock 4", unknown.clone()), &by(), noon()).await), "products");
        assert_eq!(store.key(partner, id).await.unwrap(), before, "a refused scope leaves the name as it was");
        let labels = Scope::Only(vec!["labels".into()]);
        assert!(store.edit_key(partner, id, &change("Dock 4", labels.clone()), &by(), noon()).await.unwrap());
        let key = store.key(partner, id).await.unwrap().unwrap();
        assert_eq!((key.name.as_str(), &key.scope), ("Dock 4", &labels));

        // A product that retires stays with the keys that have it, and is not given to others.
        store.set_product_status("labels", domain::product::Status::Deprecated, &by(), noon()).await.unwrap();
        assert!(store.edit_key(partner, id, &change("Dock 4", labels.clone()), &by(), noon()).await.unwrap());
        let another = NewKey { scope: labels, ..new_key(Environment::Test) };
        assert_eq!(field(create(&store, partner, another).await), "products");
    })
    .await;
}

#[tokio::test]
async fn a_key_keeps_where_it_may_be_used_from_and_the_log_says_who_changed_it() {
    both(async |store| {
        let partner = partner(&store, "ana@x.example", noon()).await;
        let everywhere = create(&store, partner, new_key(Environment::Test)).await.unwrap().key;
        assert!(store.key(partner, everywhere.id).await.unwrap().unwrap().addresses.is_empty());
        let office = Addresses::read("203.0.113.0/24\n2001:db8::1").unwrap();
        let key = create(&store, partner, NewKey { addresses: office.clone(), ..new_key(Environment::Test) }).await.unwrap().key;
        let record = store.key_record(&key.prefix).await.unwrap().unwrap();
        assert_eq!((&key.addresses, &record.key.addresses), (&office, &office));
        let home = Addresses::read("198.51.100.7").unwrap();
        let moved = KeyChange { addresses: home.clone(), ..change("Moved", Scope::All) };
        assert!(store.edit_key(partner, key.id, &moved, &by(), noon()).await.unwrap());
        assert_eq!(store.key(partner, key.id).await.unwrap().unwrap().addresses, home);
        let events = store.events(Some(partner), None, 20).await.unwrap();
        let event = events.iter().find(|event| event.kind == "key.edited").unwrap();
        assert_eq!(event.detail["before"]["addresses"], serde_json::json!(office));
        assert_eq!(event.detail["addresses"], serde_json::json!(home));
        assert!(store.edit_key(partner, key.id, &change("Moved", Scope::All), &by(), noon()).await.unwrap());
        assert!(store.key(partner, key.id).await.unwrap().unwrap().addresses.is_empty(), "an empty list opens it again");
    })
    .await;
}

#[tokio::test]
async fn another_partners_key_is_out_of_reach() {
    both(async |store| {
        let owner = partner(&store, "ana@x.example", noon()).await;
        let stranger = partner(&store, "eve@x.example", noon()).await;
        let created = create(&store, owner, new_key(Environment::Live)).await.unwrap();
        let id = created.key.id;
        assert_eq!(store.key(stranger, id).await.unwrap(), None);
        assert!(store.rotate_key(stranger, id, TimeDelta::zero(), &by(), noon()).await.unwrap().is_none());
        assert!(!store.revoke_key(stranger, id, &by(), noon()).await.unwrap());
        assert!(!store.edit_key(stranger, id, &change("Mine", Scope::All), &by(), noon()).await.unwrap());
        assert_eq!(store.key(owner, id).await.unwrap(), Some(created.key));
    })
    .await;
}

#[tokio::test]
async fn caches_hear_of_every_change_after_it_is_kept() {
    both(async |store| {
        let partner = partner(&store, "ana@x.example", noon()).await;
        let mut changes = store.changes();
        let created = create(&store, partner, new_key(Environment::Test)).await.unwrap();
        let _ = create(&store, partner, NewKey { name: String::new(), ..new_key(Environment::Test) }).await;
        store.rotate_key(partner, created.key.id, TimeDelta::zero(), &by(), noon()).await.unwrap();
        store.edit_key(partner, created.key.id, &change("Edited", Scope::All), &by(), noon()).await.unwrap();
        store.revoke_key(partner, created.key.id, &by(), noon()).await.unwrap();
        store.revoke_key(partner, created.key.id, &by(), noon()).await.unwrap();
        for _ in ["created", "rotated", "edited", "revoked"] {
            assert_eq!(changes.try_recv().unwrap(), Change::Key(created.key.prefix.clone()));
        }
        assert!(changes.try_recv().is_err(), "what did not happen is not told");
    })
    .await;
}
