//! The frame of a product's pages: name, version, tabs and the one next step.

use super::card::{ProductCard, ProductIcon, StatusPill};
use super::trouble::Trouble;
use crate::error::AppError;
use crate::ui::{Note, Skeleton, Tone};
use domain::product::Status;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use leptos_router::hooks::{use_location, use_params_map};
use serde::{Deserialize, Serialize};

/// A product as its own pages show it, for the visitor who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductHead {
    pub card: ProductCard,
    pub standing: Standing,
}

/// How far the visitor has come with a product; decides the next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    SignedOut,
    /// Signed in, without a plan for it.
    Visitor,
    Subscribed,
}

/// The product with this id, if the visitor may see it.
#[server]
pub async fn load_product_head(id: String) -> Result<ProductHead, AppError> {
    use crate::session::server;
    let store = crate::portal::store()?;
    let partner = server::partner().await?;
    let product = super::source::visible_to(partner, &id).await?;
    let standing = match partner {
        None if server::actor().await?.is_none() => Standing::SignedOut,
        None => Standing::Visitor,
        Some(partner) if store.entitlement(partner, &id).await?.is_some() => Standing::Subscribed,
        Some(_) => Standing::Visitor,
    };
    let plans = store.plans(&id).await?;
    Ok(ProductHead { card: super::source::card(product, &plans), standing })
}

/// The product that the address names.
pub fn use_product_id() -> Memo<String> {
    let params = use_params_map();
    Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()))
}

/// What a page of a product shows: its head, and what the page itself is about.
pub type Loaded<T> = Resource<Result<(ProductHead, T), AppError>>;

/// A page of a product: head and tabs, and what `show` makes of the rest. Both come together and are shown at once, so
/// that nothing moves when the second of them arrives.
pub fn framed<T>(loaded: Loaded<T>, show: impl Fn(&str, T) -> AnyView + Clone + Send + Sync + 'static) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
{
    let page = move || {
        let show = show.clone();
        Suspend::new(async move {
            match loaded.await {
                Ok((head, rest)) => {
                    let rest = show(&head.card.id, rest);
                    view! { <Framed head>{rest}</Framed> }.into_any()
                }
                Err(error) => view! { <Trouble error/> }.into_any(),
            }
        })
    };
    view! { <Transition fallback=|| view! { <main id="main" class="page"><Skeleton rows=6/></main> }>{page}</Transition> }
}

#[component]
fn Framed(head: ProductHead, children: Children) -> impl IntoView {
    let ProductHead { card, standing } = head;
    let about = card.description.clone();
    view! {
        <Title text=card.name.clone()/>
        <Meta name="description" content=card.description.clone()/>
        <main id="main" class="page product-page">
            <nav class="crumbs sm" aria-label="Breadcrumb"><a href="/apis">"APIs"</a></nav>
            <header class="product-head">
                <ProductIcon name=card.icon.clone()/>
                <div class="grow">
                    <div class="row wrap">
                        <h1>{card.name.clone()}</h1>
                        <span class="mono sm faint">{format!("v{}", card.version)}</span>
                        <StatusPill status=card.status/>
                    </div>
                    <p class="dim">{about}</p>
                </div>
                <NextStep id=card.id.clone() standing status=card.status/>
            </header>
            {(card.status == Status::Deprecated).then(retired)}
            <ProductTabs id=card.id/>
            {children()}
        </main>
    }
}

fn retired() -> impl IntoView {
    view! { <Note tone=Tone::Warn>"This API is retired. Calls of partners who subscribed go on; it takes no new keys, plans or console calls."</Note> }
}

/// The one next step of a product's pages. For somebody who is not signed in, the primary button is the header's.
#[component]
fn NextStep(id: String, standing: Standing, status: Status) -> impl IntoView {
    if status == Status::Deprecated {
        return ().into_any();
    }
    // There the plans themselves are the next step.
    let on_plans = use_location().pathname.with_untracked(|path| path.ends_with("/plans"));
    if on_plans && standing == Standing::Visitor {
        return ().into_any();
    }
    let (address, label, class) = match standing {
        Standing::SignedOut => (format!("/apis/{id}/console"), "Try it", "btn"),
        Standing::Visitor => (format!("/apis/{id}/plans"), "Subscribe", "btn primary"),
        Standing::Subscribed => (format!("/apis/{id}/console"), "Open the console", "btn primary"),
    };
    view! { <a class=class href=address>{label}</a> }.into_any()
}

/// The pages of a product, with the one in view marked.
#[component]
fn ProductTabs(id: String) -> impl IntoView {
    let path = use_location().pathname;
    let tabs = [("", "Overview"), ("/plans", "Plans"), ("/docs", "Documentation"), ("/console", "Console"), ("/changelog", "Changelog")];
    let links = tabs.map(|(part, label)| {
        let address = format!("/apis/{id}{part}");
        let target = address.clone();
        view! { <a href=address aria-current=move || (path.get() == target).then_some("page")>{label}</a> }
    });
    view! { <nav class="tabs" aria-label="Product">{links.into_iter().collect_view()}</nav> }
}
