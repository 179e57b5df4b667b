//! What a product does, its operations by group, its plans in short, and a first call.

use super::card::operations_label;
use super::product::{framed, load_product_head, use_product_id};
use crate::error::AppError;
use crate::ui::Verb;
use crate::ui::plan_words::{pace, terms};
use domain::plan::Plan;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use spec::Group;

/// Groups are shown with this many operations; the documentation has the rest.
const OPERATIONS_SHOWN: usize = 5;

/// What the overview shows beside the head.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// The document's own introduction, as sanitised HTML.
    pub introduction: String,
    pub groups: Vec<Group>,
    pub plans: Vec<Plan>,
    /// The call that is tried first: its label, and its code as the server drew it.
    pub first: Option<(String, String)>,
    /// Takes no console calls and no new plans: then neither is offered.
    pub retired: bool,
}

/// The overview of a product that the visitor may see.
#[server]
pub async fn load_about(id: String) -> Result<About, AppError> {
    use super::docs::drawn;
    let retired = super::source::visible(&id).await?.status == domain::product::Status::Deprecated;
    let published = super::source::published(&id).await?;
    let api = &published.api;
    let reader = drawn::reader::asking(&id).await?;
    let first = drawn::first_call(api, &reader).filter(|_| !retired);
    let introduction = drawn::prose::anchored(drawn::prose::split(&api.description).0, &id);
    let plans = crate::portal::store()?.plans(&id).await?;
    Ok(About { introduction, groups: api.index().groups, plans, first, retired })
}

/// The page at `/apis/:id`.
#[component]
pub fn Overview() -> impl IntoView {
    let id = use_product_id();
    let loaded =
        Resource::new_blocking(move || id.get(), |id| async move { Ok((load_product_head(id.clone()).await?, load_about(id).await?)) });
    framed(loaded, |id, about| view! { <Shown id=id.to_owned() about/> }.into_any())
}

#[component]
fn Shown(id: String, about: About) -> impl IntoView {
    let first = about.first.map(|(label, samples)| {
        let console = format!("/apis/{id}/console");
        view! {
            <section class="stack">
                <h2>"A first call"</h2>
                <p class="dim sm">{format!("{label}. Runs against the sandbox, never billed.")}</p>
                <div inner_html=samples></div>
                <a class="btn" href=console>"Try it in the console"</a>
            </section>
        }
    });
    let groups = about.groups.into_iter().map(|group| view! { <GroupCard id=id.clone() group/> }).collect_view();
    view! {
        <div class="overview">
            <div class="stack loose">
                <div class="prose" inner_html=about.introduction></div>
                <section class="stack">
                    <h2>"Operations"</h2>
                    <div class="grid">{groups}</div>
                </section>
            </div>
            <aside class="stack loose" aria-label="Start here">
                {first}
                {(!about.retired).then(|| view! { <PlansInShort id=id.clone() plans=about.plans/> })}
            </aside>
        </div>
    }
}

#[component]
fn GroupCard(id: String, group: Group) -> impl IntoView {
    let total = group.entries.len();
    let more = (total > OPERATIONS_SHOWN).then(|| {
        let rest = i64::try_from(total - OPERATIONS_SHOWN).unwrap_or(i64::MAX);
        view! { <li><a class="faint" href=format!("/apis/{id}/docs")>{operations_label(rest)}" more"</a></li> }
    });
    let rows = group.entries.into_iter().take(OPERATIONS_SHOWN).map(|entry| {
        let address = format!("/apis/{id}/docs/{}", entry.id);
        let label = if entry.summary.is_empty() { entry.path } else { entry.summary };
        view! { <li><a href=address><Verb method=entry.method.as_str().to_owned()/><span>{label}</span></a></li> }
    });
    let rows = rows.collect_view();
    let title = if group.tag.is_empty() { "Operations".to_owned() } else { group.tag };
    view! {
        <section class="card">
            <h3>{title}</h3>
            <div class="prose sm dim" inner_html=group.description></div>
            <ul class="matches">{rows}{more}</ul>
        </section>
    }
}

#[component]
fn PlansInShort(id: String, plans: Vec<Plan>) -> impl IntoView {
    if plans.is_empty() {
        return ().into_any();
    }
    let rows = plans.into_iter().map(|plan| {
        view! {
            <li class="line">
                <span>
                    <b>{plan.name.clone()}</b>
                    <span class="xs faint block">{terms(&plan)}</span>
                    <span class="xs faint block">{pace(&plan)}</span>
                </span>
                <span class="num">{plan.price().short()}</span>
            </li>
        }
    });
    view! {
        <section class="stack">
            <h2>"Plans"</h2>
            <ul class="plain">{rows.collect_view()}</ul>
            <a class="btn" href=format!("/apis/{id}/plans")>"Compare plans"</a>
        </section>
    }
    .into_any()
}
