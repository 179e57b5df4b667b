//! The list of keys.

use super::LIST;
use crate::error::AppError;
use crate::ui::route_dialog::Opener;
use crate::ui::{Choice, Empty, Glyph, Icon, Moment, Note, Retry, Segments, Skeleton, TableWrap, format, key_state};
use chrono::{DateTime, Utc};
use domain::key::{Environment, Key, Scope};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The keys of an organisation, and what the reader may do with them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    pub keys: Vec<Key>,
    /// Names of the products that scopes mention.
    pub products: BTreeMap<String, String>,
    pub may_manage: bool,
    pub now: DateTime<Utc>,
}

/// The keys of the reader's organisation.
#[server]
pub async fn load_keys() -> Result<Keys, AppError> {
    use crate::session::server::{now, require};
    use domain::access::{Action, may};
    let (actor, partner) = require(Action::ReadPartner).await?;
    let store = crate::portal::store()?;
    let products = crate::pages::dashboard::requests::product_names(&store, partner).await?;
    Ok(Keys { keys: store.keys(partner).await?, products, may_manage: may(&actor, Action::ManageKeys, Some(partner)), now: now() })
}

#[component]
pub fn KeyList(changed: RwSignal<u32>, opener: Opener) -> impl IntoView {
    let keys = Resource::new_blocking(move || changed.get(), |_| load_keys());
    view! {
        <Title text="Keys"/>
        <main id="main">
            <Transition fallback=|| view! { <Skeleton rows=6/> }>
                {move || keys.get().map(|answer| match answer {
                    Ok(keys) => view! { <Listed keys opener/> }.into_any(),
                    Err(error) => view! { <h1>"Keys"</h1><Retry error on_retry=Callback::new(move |()| keys.refetch())/> }.into_any(),
                })}
            </Transition>
        </main>
    }
}

#[component]
fn Listed(keys: Keys, opener: Opener) -> impl IntoView {
    // A list that came anew after a dialog has new links: the one that had the focus is gone.
    Effect::new(move |_| opener.give_focus_back());
    let may_manage = keys.may_manage;
    let none = keys.keys.is_empty();
    let body = if none { nothing_yet(may_manage) } else { view! { <KeyCard keys/> }.into_any() };
    view! {
        <div class="pagehead">
            <div>
                <h1>"Keys"</h1>
                <p class="dim">"A key speaks for your organisation. Give each application its own, with just the APIs it needs."</p>
            </div>
            {(may_manage && !none).then(new_key_link)}
        </div>
        <div class="stack">
            {body}
            <Note icon=Glyph::Shield>
                <span>"A revoked key stops everywhere within a second. Rotating keeps the old secret alive for as long as you choose, so nothing breaks while you deploy."</span>
            </Note>
        </div>
    }
}

fn new_key_link() -> AnyView {
    view! { <a class="btn primary" href="/dashboard/keys/new"><Icon name=Glyph::Plus/>"New key"</a> }.into_any()
}

fn nothing_yet(may_manage: bool) -> AnyView {
    view! {
        <div class="card">
            <Empty icon=Glyph::Key title="No keys yet" text="Keys that your applications call with will stand here, with their last use.">
                {if may_manage { new_key_link() } else { view! { <p class="sm faint">"An owner, admin or developer can make one."</p> }.into_any() }}
            </Empty>
        </div>
    }
    .into_any()
}

#[component]
fn KeyCard(keys: Keys) -> impl IntoView {
    let query = use_query_map();
    let shown = Memo::new(move |_| query.with(|query| query.get("show").unwrap_or_else(|| "all".to_owned())));
    let search = RwSignal::new(String::new());
    let count = |environment| keys.keys.iter().filter(|key| key.environment == environment).count().to_string();
    let choices = vec![
        Choice::new("all", "All", "/dashboard/keys").counting(keys.keys.len().to_string()),
        Choice::new("live", "Live", "/dashboard/keys?show=live").counting(count(Environment::Live)),
        Choice::new("test", "Test", "/dashboard/keys?show=test").counting(count(Environment::Test)),
    ];
    let navigate = use_navigate();
    let show_all = Callback::new(move |()| {
        search.set(String::new());
        navigate(LIST, NavigateOptions { scroll: false, ..NavigateOptions::default() });
    });
    let table = move || {
        let needle = search.get().trim().to_lowercase();
        let matches = |key: &&Key| key.name.to_lowercase().contains(&needle) || key.prefix.contains(&needle);
        let in_view = |key: &&Key| shown.get() == "all" || key.environment.as_str() == shown.get();
        let rows: Vec<_> = keys.keys.iter().filter(matches).filter(in_view).map(|key| row(key, &keys)).collect();
        if rows.is_empty() { nothing_fits(show_all) } else { key_table(rows) }
    };
    view! {
        <section class="card">
            <header class="row wrap between">
                <Segments label="Environment" items=choices current=shown/>
                <input class="input sm key-search" type="search" placeholder="Name or prefix" aria-label="Find a key by name or prefix"
                    prop:value=search on:input:target=move |event| search.set(event.target().value())/>
            </header>
            {table}
        </section>
    }
}

fn key_table(rows: Vec<AnyView>) -> AnyView {
    view! {
        <TableWrap label="Keys" facts=true>
            <table class="keys">
                <thead><tr><th>"Key"</th><th>"May call"</th><th>"Status"</th><th>"Last used"</th><th>"Expires"</th><th><span class="unseen">"Actions"</span></th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </TableWrap>
    }
    .into_any()
}

fn nothing_fits(show_all: Callback<()>) -> AnyView {
    view! {
        <Empty icon=Glyph::Search title="No key fits" text="Names and prefixes are searched, among the keys of the environment above.">
            <button type="button" class="btn" on:click=move |_| show_all.run(())>"Show all"</button>
        </Empty>
    }
    .into_any()
}

fn row(key: &Key, keys: &Keys) -> AnyView {
    let now = keys.now;
    let last_used = match key.last_used_at {
        Some(at) => view! { <Moment at=at text=format::when(at, now)/> }.into_any(),
        None => "never".into_any(),
    };
    let expires = match key.expires_at {
        Some(at) => view! { <Moment at=at text=format::full_date(at)/> }.into_any(),
        None => "never".into_any(),
    };
    view! {
        <tr>
            <td class="name"><b>{key.name.clone()}</b><div class="xs faint mono">{key.prefix.clone()}"_…"</div></td>
            <td data-label="May call">{scope_names(&key.scope, &keys.products)}{places(key)}</td>
            <td class="state">{key_state(key, now)}</td>
            <td data-label="Last used">{last_used}</td>
            <td data-label="Expires">{expires}</td>
            <td class="r">{(keys.may_manage && key.works(now)).then(|| actions(key))}</td>
        </tr>
    }
    .into_any()
}

/// Where it may be used from, where that is not everywhere.
fn places(key: &Key) -> Option<AnyView> {
    let places = (!key.addresses.is_empty()).then(|| key.addresses.to_string().replace('\n', ", "))?;
    Some(view! { <div class="xs faint">"from "<span class="mono">{places}</span></div> }.into_any())
}

fn actions(key: &Key) -> AnyView {
    let to = |act: &str| format!("/dashboard/keys/{}/{act}", key.id);
    let name = key.name.clone();
    view! {
        <span class="row tight end">
            <a class="btn sm" href=to("rotate") aria-label=format!("Rotate {name}")><Icon name=Glyph::Rotate size=13/>"Rotate"</a>
            <a class="btn sm quiet" href=to("edit") aria-label=format!("Edit {name}")>"Edit"</a>
            <a class="btn sm quiet danger" href=to("revoke") aria-label=format!("Revoke {name}")>"Revoke"</a>
        </span>
    }
    .into_any()
}

/// The names of the products in a scope, or "all APIs".
pub fn scope_names(scope: &Scope, products: &BTreeMap<String, String>) -> String {
    match scope {
        Scope::All => "all APIs".to_owned(),
        Scope::Only(ids) if ids.is_empty() => "nothing".to_owned(),
        Scope::Only(ids) => ids.iter().map(|id| products.get(id).unwrap_or(id).as_str()).collect::<Vec<_>>().join(", "),
    }
}
