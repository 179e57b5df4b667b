//! What a kind of problem means and what to do about it: where the `type` of a problem leads somebody with a browser.

use super::trouble::Trouble;
use crate::error::AppError;
use crate::ui::{Card, Skeleton};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use serde::{Deserialize, Serialize};

/// A kind of problem, in words for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explained {
    /// The end of its type: `/problems/<slug>`.
    pub slug: String,
    pub status: u16,
    pub title: String,
    /// What happened.
    pub about: String,
    /// What to do.
    pub next: String,
    /// Where that is done: an address, and what its link says.
    pub place: (String, String),
}

/// What an address below `/problems/` leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Asked {
    Known(Explained),
    /// No kind has this name: all that there are.
    Unknown(Vec<Explained>),
}

/// The kind of problem with this name.
#[server]
pub async fn load_problem(name: String) -> Result<Asked, AppError> {
    let kinds = crate::portal::problems()?;
    if let Some(kind) = kinds.iter().find(|kind| kind.slug == name) {
        return Ok(Asked::Known(kind.clone()));
    }
    AppError::NotFound.raise();
    Ok(Asked::Unknown(kinds))
}

/// The page at `/problems/:name`.
#[component]
pub fn ProblemPage() -> impl IntoView {
    let params = use_params_map();
    let name = Memo::new(move |_| params.with(|params| params.get("name").unwrap_or_default()));
    let problem = Resource::new_blocking(move || name.get(), load_problem);
    view! {
        <Transition fallback=|| view! { <main id="main" class="page narrow"><Skeleton rows=4/></main> }>
            {move || problem.get().map(|answer| match answer {
                Ok(Asked::Known(kind)) => explained(kind),
                Ok(Asked::Unknown(all)) => unknown(&name.get_untracked(), all),
                Err(error) => view! { <Trouble error/> }.into_any(),
            })}
        </Transition>
    }
}

fn explained(kind: Explained) -> AnyView {
    let Explained { slug, status, title, about, next, place: (address, link) } = kind;
    // What programs read is no page of the application: the browser fetches it.
    let external = address.starts_with("/api/").then_some("external");
    view! {
        <Title text=title.clone()/>
        <main id="main" class="page narrow problem">
            <div class="pagehead">
                <h1>{title}</h1>
                <p>{format!("Status {status} in answers whose type is ")}<code>{format!("/problems/{slug}")}</code></p>
            </div>
            <div class="stack">
                <Card title="What happened"><p>{about}</p></Card>
                <Card title="What to do">
                    <p>{next}</p>
                    <p><a class="btn" href=address rel=external>{link}</a></p>
                </Card>
            </div>
        </main>
    }
    .into_any()
}

/// The page for a type that there is not, which names all that there are.
fn unknown(name: &str, all: Vec<Explained>) -> AnyView {
    let links = all.into_iter().map(|Explained { slug, status, title, .. }| {
        view! { <p><span class="num dim">{status.to_string()}</span>" "<a href=format!("/problems/{slug}")>{title}</a></p> }
    });
    let links = links.collect_view();
    view! {
        <Title text="No such problem"/>
        <main id="main" class="page narrow problem">
            <div class="pagehead">
                <h1>"No such problem"</h1>
                <p>"Nothing here answers with the type "<code>{format!("/problems/{name}")}</code></p>
            </div>
            <Card title="All problems">{links}</Card>
        </main>
    }
    .into_any()
}
