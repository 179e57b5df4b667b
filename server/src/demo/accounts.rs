//! The partners of the demo: their people, plans and keys, and the applications that use these.

use super::traffic::{History, Stream};
use super::{DemoError, PARTNER, PASSWORD, SITE, found as present};
use chrono::{DateTime, TimeDelta, Utc};
use domain::access::Actor;
use domain::account::Role;
use domain::event::By;
use domain::key::{Environment, Key, Scope};
use domain::usage::Source;
use store::{NewKey, SignUp, Store, Visitor};
use uuid::Uuid;

/// A partner whose owner acts.
struct Organisation {
    id: Uuid,
    owner: Actor,
}

/// Signs the partners up at the start of the history and says which applications run from then on.
pub async fn found(store: &Store, history: &History) -> Result<Vec<Stream>, DemoError> {
    let mut streams = northwind(store, history).await?;
    streams.extend(baltic(store, history).await?);
    streams.extend(alpine(store, history).await?);
    Ok(streams)
}

/// The partner that a visitor signs in as: three plans, keys in every state once [`act_of_the_last_days`] has run, a small team.
async fn northwind(store: &Store, history: &History) -> Result<Vec<Stream>, DemoError> {
    let (start, now) = (history.start, history.now);
    let us = sign_up(store, "Northwind Freight", "Ana Duarte", PARTNER, start).await?;
    us.hire(store, "Ines Marchetti", "ines@northwind.example", Role::Admin, start + TimeDelta::days(1)).await?;
    us.hire(store, "Jonas Weber", "jonas@northwind.example", Role::Developer, start + TimeDelta::days(1)).await?;
    us.hire(store, "Mia Krüger", "mia@northwind.example", Role::Billing, start + TimeDelta::days(4)).await?;
    for (product, plan) in [("shipment-tracking", "starter"), ("rates", "starter"), ("address-validation", "free")] {
        us.subscribe(store, product, plan, start + TimeDelta::hours(2)).await?;
    }
    let only = |products: &[&str]| Scope::Only(products.iter().map(|id| (*id).to_owned()).collect());
    let live = |name, scope| key(name, Environment::Live, scope, None);
    let erp = us.key(store, live("Old ERP", only(&["rates"])), start + TimeDelta::hours(3)).await?;
    let shop = us.key(
        store,
        live("Checkout, production", only(&["shipment-tracking", "rates", "address-validation"])),
        start + TimeDelta::hours(3),
    );
    let shop = shop.await?;
    let scanner = us.key(store, live("Warehouse scanner", only(&["shipment-tracking"])), start + TimeDelta::days(6)).await?;
    let staging = key("Checkout, staging", Environment::Test, Scope::All, Some(now + TimeDelta::days(68)));
    let staging = us.key(store, staging, start + TimeDelta::hours(4)).await?;
    let fair = key("Trade fair demo", Environment::Live, only(&["shipment-tracking"]), Some(now + TimeDelta::days(5)));
    let fair = us.key(store, fair, now - TimeDelta::days(9)).await?;
    let pilot = key("Pilot", Environment::Test, only(&["shipment-tracking"]), Some(start + TimeDelta::days(14)));
    us.key(store, pilot, start + TimeDelta::hours(5)).await?;
    let revoked = now - TimeDelta::days(12);
    Ok(vec![
        stream(&shop, "shipment-tracking", 455.0, history),
        stream(&scanner, "shipment-tracking", 265.0, history),
        stream(&fair, "shipment-tracking", 14.0, history),
        stream(&shop, "rates", 445.0, history),
        stream(&shop, "address-validation", 13.0, history),
        Stream { to: revoked, ..stream(&erp, "rates", 70.0, history) },
        Stream { from: revoked, to: revoked + TimeDelta::days(3), refusal: Some(401), ..stream(&erp, "rates", 9.0, history) },
        Stream { source: Source::Console, ..stream(&staging, "shipment-tracking", 9.0, history) },
        stream(&staging, "shipment-tracking", 22.0, history),
        stream(&staging, "rates", 12.0, history),
    ])
}

/// A large partner, so that the admin's numbers are not one partner's.
async fn baltic(store: &Store, history: &History) -> Result<Vec<Stream>, DemoError> {
    let start = history.start + TimeDelta::days(2);
    let us = sign_up(store, "Baltic Parcels", "Kaspar Tamm", "kaspar@balticparcels.example", start).await?;
    us.hire(store, "Liis Saar", "liis@balticparcels.example", Role::Developer, start + TimeDelta::days(2)).await?;
    us.subscribe(store, "shipment-tracking", "enterprise", start + TimeDelta::hours(1)).await?;
    us.subscribe(store, "routing", "starter", start + TimeDelta::hours(1)).await?;
    let hub = us.key(store, key("Hub Tallinn", Environment::Live, Scope::All, None), start + TimeDelta::hours(2)).await?;
    Ok(vec![stream(&hub, "shipment-tracking", 620.0, history), stream(&hub, "routing", 240.0, history)])
}

/// A small partner that tries many products.
async fn alpine(store: &Store, history: &History) -> Result<Vec<Stream>, DemoError> {
    let start = history.start + TimeDelta::days(11);
    let us = sign_up(store, "Alpine Outfitters", "Lea Brunner", "lea@alpine.example", start).await?;
    let plans =
        [("labels", "starter"), ("notifications", "starter"), ("customs", "free"), ("pickups", "free"), ("address-validation", "starter")];
    for (product, plan) in plans {
        us.subscribe(store, product, plan, start + TimeDelta::hours(1)).await?;
    }
    let shop = us.key(store, key("Web shop", Environment::Live, Scope::All, None), start + TimeDelta::hours(2)).await?;
    Ok(vec![
        stream(&shop, "labels", 120.0, history),
        stream(&shop, "notifications", 150.0, history),
        stream(&shop, "customs", 5.0, history),
        stream(&shop, "pickups", 9.0, history),
        stream(&shop, "address-validation", 60.0, history),
    ])
}

/// What happened after the last calls: a rotation that is under way, a revoked key, an invitation nobody answered yet.
pub async fn act_of_the_last_days(store: &Store, now: DateTime<Utc>) -> Result<(), DemoError> {
    let owner = present(store.authenticate(PARTNER, PASSWORD).await?, "the owner of Northwind Freight")?;
    let us = enter(store, owner.id, now - TimeDelta::days(12)).await?;
    let keys = store.keys(us.id).await?;
    let named = |name: &str| present(keys.iter().find(|key| key.name == name), name);
    let by = By::person(&owner);
    store.revoke_key(us.id, named("Old ERP")?.id, &by, now - TimeDelta::days(12)).await?;
    let scanner = named("Warehouse scanner")?.id;
    present(store.rotate_key(us.id, scanner, TimeDelta::hours(24), &by, now - TimeDelta::hours(2)).await?, "a key to rotate")?;
    Ok(store.invite(&us.owner, us.id, "tom@northwind.example", Role::Viewer, SITE, now - TimeDelta::days(1)).await?)
}

/// Marks the demo's mails as sent, so that none of them leaves an instance that has a mail server.
pub async fn empty_outbox(store: &Store, now: DateTime<Utc>) -> Result<(), DemoError> {
    for mail in store.unsent(1_000).await? {
        store.note_sent(mail.id, mail.at.min(now)).await?;
    }
    Ok(())
}

impl Organisation {
    fn by(&self) -> By {
        By::person(&self.owner.person)
    }

    /// Invites somebody, who accepts a little later.
    async fn hire(&self, store: &Store, name: &str, email: &str, role: Role, at: DateTime<Utc>) -> Result<(), DemoError> {
        store.invite(&self.owner, self.id, email, role, SITE, at).await?;
        let token = mailed(store, email, "/join?token=").await?;
        present(store.accept_invitation_as_new(&token, name, PASSWORD, at + TimeDelta::minutes(40)).await?, email)?;
        Ok(())
    }

    async fn subscribe(&self, store: &Store, product: &str, slug: &str, at: DateTime<Utc>) -> Result<(), DemoError> {
        let plan = present(store.plans(product).await?.into_iter().find(|plan| plan.slug == slug), slug)?;
        store.subscribe(self.id, product, plan.id, &self.by(), at).await?;
        Ok(())
    }

    async fn key(&self, store: &Store, new: NewKey, at: DateTime<Utc>) -> Result<Key, DemoError> {
        Ok(store.create_key(self.id, new, true, &self.by(), at).await?.key)
    }
}

/// Signs an organisation up and confirms its owner's address.
async fn sign_up(store: &Store, organisation: &str, name: &str, email: &str, at: DateTime<Utc>) -> Result<Organisation, DemoError> {
    let form = SignUp {
        email: email.to_owned(),
        password: PASSWORD.to_owned(),
        organisation: organisation.to_owned(),
        name: Some(name.to_owned()),
    };
    let (person, _) = store.sign_up(form, SITE, at).await?;
    let token = mailed(store, email, "/confirm?token=").await?;
    present(store.confirm_address(&token, at + TimeDelta::minutes(3)).await?, email)?;
    enter(store, person.id, at + TimeDelta::minutes(4)).await
}

/// What a person may act as, read through a session that ends at once.
async fn enter(store: &Store, person: Uuid, at: DateTime<Utc>) -> Result<Organisation, DemoError> {
    let cookie = store.start_session(person, &Visitor::default(), at).await?;
    let owner = present(store.actor(cookie.reveal(), at).await?, "a session")?;
    store.end_session(cookie.reveal()).await?;
    let id = present(owner.membership.as_ref(), "an organisation")?.partner.id;
    Ok(Organisation { id, owner })
}

/// The token of the newest mail to somebody that holds a link with this path.
async fn mailed(store: &Store, to: &str, path: &str) -> Result<String, DemoError> {
    let mails = store.outbox(50).await?;
    let link = mails.iter().filter(|mail| mail.to == to).find_map(|mail| mail.body.split_once(path));
    let token = link.map(|(_, rest)| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').next().unwrap_or_default());
    present(token.map(str::to_owned), "a link in a mail")
}

fn key(name: &str, environment: Environment, scope: Scope, expires_at: Option<DateTime<Utc>>) -> NewKey {
    NewKey { scope, expires_at, ..NewKey::new(name.to_owned(), environment) }
}

/// An application that calls through the gateway for as long as its key exists.
fn stream(key: &Key, product: &'static str, daily: f64, history: &History) -> Stream {
    Stream {
        partner: key.partner_id,
        key: key.id,
        environment: key.environment,
        source: Source::Gateway,
        product,
        daily,
        from: key.created_at,
        to: history.now + TimeDelta::seconds(1),
        refusal: None,
    }
}
