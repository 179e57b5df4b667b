//! Documentation: the whole of it, one operation, one schema.
//!
//! The server draws operations to HTML and the browser only places them: a document of any size hydrates in the time
//! that its sidebar takes. Operations beyond the first screens arrive when the reader comes near.

mod behaviour;
#[cfg(feature = "ssr")]
pub mod drawn;
mod later;
pub mod sample;
mod sidebar;

use super::product::use_product_id;
use super::trouble::Trouble;
use crate::error::AppError;
use crate::ui::Skeleton;
use later::Later;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use leptos_router::hooks::use_params_map;
use serde::{Deserialize, Serialize, Serializer};
use sidebar::Sidebar;
use spec::{Entry, Group};

/// What the sidebar needs to know of a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outline {
    pub id: String,
    pub name: String,
    pub version: String,
    pub icon: String,
    pub description: String,
    /// The headings of the introduction: (anchor, words).
    pub sections: Vec<(String, String)>,
    pub groups: Vec<Group>,
    pub schemas: Vec<String>,
}

impl Outline {
    fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.groups.iter().flat_map(|group| &group.entries)
    }
}

/// Parts of the documentation as HTML: (anchor, HTML).
pub type Parts = Vec<(String, String)>;

/// The same as part of a page. The HTML is on the page when the browser takes over, and hydration does not set it
/// again; so the data that travels along for hydration names the parts and leaves their text out.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
struct Placed(Parts);

impl Serialize for Placed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|(anchor, _)| (anchor, "")))
    }
}

/// The names of everything in a document.
#[server]
pub async fn load_outline(id: String) -> Result<Outline, AppError> {
    let product = super::source::visible(&id).await?;
    let published = super::source::published(&id).await?;
    Ok(drawn::outline(product, &published.api))
}

/// The introduction and the first operations.
#[server]
pub async fn load_opening(id: String) -> Result<Parts, AppError> {
    let published = super::source::published(&id).await?;
    Ok(drawn::opening(&published.api, &drawn::reader::asking(&id).await?))
}

/// One operation.
#[server]
pub async fn load_operation(id: String, operation: String) -> Result<Parts, AppError> {
    let published = super::source::published(&id).await?;
    let reader = drawn::reader::asking(&id).await?;
    let part = drawn::operation(&published.api, &operation, &reader).ok_or_else(|| AppError::NotFound.raise())?;
    Ok(vec![(operation, part)])
}

/// One named schema.
#[server]
pub async fn load_schema(id: String, name: String) -> Result<Parts, AppError> {
    let published = super::source::published(&id).await?;
    let part = drawn::schema(&published.api, &name, &id).ok_or_else(|| AppError::NotFound.raise())?;
    Ok(vec![(name, part)])
}

/// The page at `/apis/:id/docs`.
#[component]
pub fn Documentation() -> impl IntoView {
    let id = use_product_id();
    let whole = Resource::new_blocking(
        move || id.get(),
        |id| async move { Ok::<_, AppError>((load_outline(id.clone()).await?, Placed(load_opening(id).await?))) },
    );
    view! {
        <Transition fallback=docs_loading>
            {move || Suspend::new(async move {
                match whole.await {
                    Ok((outline, opening)) => view! { <Whole outline opening/> }.into_any(),
                    Err(error) => view! { <Trouble error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// The page at `/apis/:id/docs/:operation`: complete without JavaScript, whatever the size of the document.
#[component]
pub fn OneOperation() -> impl IntoView {
    let (id, name) = (use_product_id(), use_name("operation"));
    let part = Resource::new_blocking(
        move || (id.get(), name.get()),
        |(id, name)| async move { Ok((load_outline(id.clone()).await?, Placed(load_operation(id, name).await?))) },
    );
    view! { <Single part/> }
}

/// The page at `/apis/:id/schemas/:schema`.
#[component]
pub fn OneSchema() -> impl IntoView {
    let (id, name) = (use_product_id(), use_name("schema"));
    let part = Resource::new_blocking(
        move || (id.get(), name.get()),
        |(id, name)| async move { Ok((load_outline(id.clone()).await?, Placed(load_schema(id, name).await?))) },
    );
    view! { <Single part/> }
}

fn use_name(parameter: &'static str) -> Memo<String> {
    let params = use_params_map();
    Memo::new(move |_| params.with(|params| params.get(parameter).unwrap_or_default()))
}

fn docs_loading() -> impl IntoView {
    view! { <main id="main" class="page"><Skeleton rows=12/></main> }
}

/// The introduction and every operation.
#[component]
fn Whole(outline: Outline, opening: Placed) -> impl IntoView {
    let current = RwSignal::new(String::new());
    let body = NodeRef::<leptos::html::Div>::new();
    behaviour::follow_scroll(body, current);
    let id = outline.id.clone();
    let rest: Vec<Entry> = outline.entries().filter(|e| !opening.0.iter().any(|(anchor, _)| *anchor == e.id)).cloned().collect();
    let parts =
        opening.0.into_iter().map(|(anchor, html)| view! { <section class="part" id=anchor data-part="" inner_html=html></section> });
    let parts = parts.collect_view();
    let rest = rest.into_iter().map(|entry| view! { <Later id=id.clone() entry/> }).collect_view();
    view! {
        <Title text=format!("{} documentation", outline.name)/>
        <Meta name="description" content=outline.description.clone()/>
        <div class="docs">
            <Sidebar outline=outline.clone() current/>
            <main id="main">
                <h1 class="unseen">{format!("{} documentation", outline.name)}</h1>
                <div node_ref=body on:click=behaviour::answer_click on:change=behaviour::choose_language>{parts}{rest}</div>
            </main>
        </div>
    }
}

/// One part, with the sidebar around it.
#[component]
fn Single(part: Resource<Result<(Outline, Placed), AppError>>) -> impl IntoView {
    view! {
        <Transition fallback=docs_loading>
            {move || Suspend::new(async move {
                match part.await {
                    Ok((outline, part)) => view! { <Alone outline part/> }.into_any(),
                    Err(error) => view! { <Trouble error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Alone(outline: Outline, part: Placed) -> impl IntoView {
    let (anchor, html) = part.0.into_iter().next().unwrap_or_default();
    let around = neighbours(&outline, &anchor);
    let entry = outline.entries().find(|entry| entry.id == anchor);
    let title =
        entry.map_or_else(|| anchor.clone(), |entry| if entry.summary.is_empty() { entry.path.clone() } else { entry.summary.clone() });
    let title = format!("{title} · {}", outline.name);
    let current = RwSignal::new(anchor.clone());
    view! {
        <Title text=title.clone()/>
        <div class="docs">
            <Sidebar outline current/>
            <main id="main">
                <h1 class="unseen">{title}</h1>
                <div on:click=behaviour::answer_click on:change=behaviour::choose_language><section class="part" id=anchor inner_html=html></section></div>
                {around}
            </main>
        </div>
    }
}

/// Links to the operations before and after.
fn neighbours(outline: &Outline, anchor: &str) -> Option<impl IntoView + use<>> {
    let entries: Vec<&Entry> = outline.entries().collect();
    let at = entries.iter().position(|entry| entry.id == anchor)?;
    let link = |entry: &&Entry, class: &'static str| {
        let label = if entry.summary.is_empty() { entry.path.clone() } else { entry.summary.clone() };
        view! { <a class=class href=format!("/apis/{}/docs/{}", outline.id, entry.id)>{label}</a> }
    };
    let before = at.checked_sub(1).and_then(|n| entries.get(n)).map(|entry| link(entry, "before"));
    let after = entries.get(at + 1).map(|entry| link(entry, "after"));
    Some(view! { <nav class="neighbours" aria-label="Before and after">{before}{after}</nav> })
}
