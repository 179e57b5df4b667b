//! How every node of the gateway behaves where it cannot ask the others.

use crate::error::AppError;
use crate::pages::admin::feedback::{after, loaded, refetch};
use crate::ui::{Card, Note, Refused, Submit, TextInput, refusal};
use domain::settings::Allowance;
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};

/// What is set, and whether it matters here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewaySettings {
    pub allowance: Allowance,
    /// Nodes share a Redis that can go away.
    pub shares_redis: bool,
    /// It does not answer this node at the moment.
    pub redis_is_away: bool,
}

/// The settings in force.
#[server]
pub async fn load_gateway() -> Result<GatewaySettings, AppError> {
    crate::session::server::require_admin().await?;
    let store = crate::portal::store()?;
    let (shares_redis, redis_is_away) = (store.fleet().is_some(), store.fleet().is_some_and(|fleet| !fleet.is_connected()));
    Ok(GatewaySettings { allowance: store.allowance().await?, shares_redis, redis_is_away })
}

/// Replaces the allowance.
#[server(SaveAllowance)]
pub async fn save_allowance(allowance: String) -> Result<(), AppError> {
    use crate::session::server::{now, require_admin};
    let by = domain::event::By::person(&require_admin().await?.person);
    Ok(crate::portal::store()?.set_allowance(Allowance::read(&allowance)?, &by, now()).await?)
}

#[component]
pub fn GatewayPage() -> impl IntoView {
    let settings = Resource::new_blocking(|| (), |()| load_gateway());
    let changed = refetch(settings);
    view! {
        <Title text="Gateway"/>
        <main id="main">
            <div class="pagehead"><div><h1>"Gateway"</h1><p>"What holds for every node and every API. How one API is reached is set on its own page, under Upstream."</p></div></div>
            {loaded(settings, 4, move |settings| view! { <AllowanceCard settings changed/> }.into_any())}
        </main>
    }
}

#[component]
fn AllowanceCard(settings: GatewaySettings, changed: Callback<()>) -> impl IntoView {
    let action = ServerAction::<SaveAllowance>::new();
    after(action, changed, |()| "Saved. Every node goes by it within a second.".to_owned());
    view! {
        <Card title="While Redis is away" class="admin-form">
            <ActionForm action=action attr:class="form">
                <p class="sm dim">"The nodes count the calls of each second together, in Redis. While it does not answer, calls go on: each node then lets through a share of the plan's rate by itself, and counts every call."</p>
                {(!settings.shares_redis).then(without_redis)}
                {settings.redis_is_away.then(redis_is_away)}
                <TextInput label="Allowance of each node, in seconds of the plan's rate" name="allowance" value=settings.allowance.to_string() required=true
                    hint="1 lets each node pass the whole rate of a plan every second, 0.25 a quarter of it; one call at least. With n nodes, 1/n keeps to the plan." error=refusal(action, "allowance")/>
                <Refused action=action fields=&["allowance"]/>
                <div class="row end"><Submit pending=action.pending() label="Save allowance" busy="Saving…"/></div>
            </ActionForm>
        </Card>
    }
}

fn redis_is_away() -> impl IntoView {
    view! { <Note><span>"Redis does not answer this node: it goes by the allowance now. Calls are counted on its disk, and come into logs and numbers once Redis is back."</span></Note> }
}

fn without_redis() -> impl IntoView {
    view! { <Note><span>"This node runs without Redis and keeps to each plan's rate by itself: the allowance waits until "<code>"REDIS_URL"</code>" is set."</span></Note> }
}
