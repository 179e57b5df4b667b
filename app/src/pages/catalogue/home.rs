//! The catalogue: one headline, one search, every product.

use super::card::{Card, category_label};
use super::trouble::Failed;
use super::wanted::{Found, Search, Sort};
use crate::brand::use_brand;
use crate::error::AppError;
use crate::page_data::page_data;
use crate::ui::{Empty, Glyph, Icon, Skeleton};
use domain::product::{Category, Status};
use domain::settings::Branding;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};
use std::time::Duration;

/// How long typing must rest before the search follows.
const PAUSE: Duration = Duration::from_millis(150);

/// The products that a search finds, of those that the visitor may see.
#[server]
pub async fn find_products(search: Search) -> Result<Found, AppError> {
    use super::source;
    use crate::session::server;
    let store = crate::portal::store()?;
    let partner = server::partner().await?;
    let plans = store.all_plans().await?;
    let cards = store.catalogue(partner).await?.into_iter().map(|product| source::card(product, &plans)).collect();
    let operations = if search.words.trim().is_empty() { Vec::new() } else { store.operations(partner).await? };
    let calls = source::calls_by_product(&store, server::now()).await?;
    Ok(super::find::find(&search, cards, &operations, &calls))
}

/// The search that the address holds.
fn use_search() -> Memo<Search> {
    let query = use_query_map();
    Memo::new(move |_| {
        query.with(|query| {
            let text = |name: &str| query.get(name).unwrap_or_default();
            Search {
                words: text("q"),
                category: Category::parse(&text("category")),
                status: Status::parse(&text("status")),
                sort: Sort::parse(&text("sort")),
            }
        })
    })
}

/// The page at `/` and `/apis`.
#[component]
pub fn Home() -> impl IntoView {
    let search = use_search();
    let brand = use_brand();
    let found = page_data(move || search.get(), find_products);
    view! {
        <main id="main" class="page catalogue">
            <section class="hero">
                <Suspense fallback=|| view! { <h1>"APIs"</h1> }>{move || greeting(brand.get())}</Suspense>
                <SearchForm search/>
            </section>
            <Transition fallback=|| view! { <Skeleton rows=8/> }>
                {move || Suspend::new(async move {
                    match found.await {
                        Ok(found) => view! { <Results found search=search.get_untracked()/> }.into_any(),
                        Err(error) => view! { <Failed error/> }.into_any(),
                    }
                })}
            </Transition>
        </main>
    }
}

/// How the instance greets.
fn greeting(branding: Branding) -> impl IntoView {
    view! {
        <Title text="APIs"/>
        <Meta name="description" content=branding.sentence.clone()/>
        <h1>{branding.headline}</h1>
        <p>{branding.sentence}</p>
    }
}

/// The search box: a form for those without JavaScript, search as you type for the others.
#[component]
fn SearchForm(search: Memo<Search>) -> impl IntoView {
    let navigate = use_navigate();
    let path = use_location().pathname;
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    let typed = move |words: String| {
        let navigate = navigate.clone();
        let address = Search { words, ..search.get_untracked() }.address(&path.get_untracked());
        let go = move || navigate(&address, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
        if let Some(handle) = waiting.try_update_value(Option::take).flatten() {
            handle.clear();
        }
        waiting.set_value(set_timeout_with_handle(go, PAUSE).ok());
    };
    let kept = move || {
        search.with(|search| {
            let category = search.category.map(|c| view! { <input type="hidden" name="category" value=c.as_str()/> });
            let status = search.status.map(|s| view! { <input type="hidden" name="status" value=s.as_str()/> });
            (category, status)
        })
    };
    view! {
        <search>
            <form method="get" action="/apis" class="searchbox big" role="search" on:submit=|event| event.prevent_default()>
                <Icon name=Glyph::Search size=18/>
                <input
                    type="search"
                    name="q"
                    data-search=""
                    aria-label="Search APIs, operations and tags"
                    placeholder="Try “create a label” or “duties”"
                    autocomplete="off"
                    value=move || search.with(|s| s.words.clone())
                    prop:value=move || search.with(|s| s.words.clone())
                    on:input:target=move |event| typed(event.target().value())
                />
                {kept}
                <kbd aria-hidden="true">"/"</kbd>
                <button class="unseen">"Search"</button>
            </form>
        </search>
    }
}

/// Filters, order and cards.
#[component]
fn Results(found: Found, search: Search) -> impl IntoView {
    let count = found.cards.len();
    let said = if count == 1 { "1 API".to_owned() } else { format!("{count} APIs") };
    let is_empty = found.cards.is_empty();
    let nothing = nothing_found(&search);
    view! {
        <div class="row wrap between finder">
            <nav class="row wrap" aria-label="Filters">{filters(&found, &search)}</nav>
            <div class="row"><span class="sm faint">"Sort"</span><nav class="seg" aria-label="Order">{orders(&search)}</nav></div>
        </div>
        <p class="unseen" role="status">{said}</p>
        <div class="grid">{found.cards.into_iter().map(|card| view! { <Card card/> }).collect_view()}</div>
        {is_empty.then_some(nothing)}
    }
}

fn filters(found: &Found, search: &Search) -> impl IntoView + use<> {
    let chip = |label: &str, count: Option<usize>, target: Search, chosen: bool| {
        let label = label.to_owned();
        view! {
            <a class="tag filter" href=target.address("/apis") aria-current=chosen.then_some("true")>{label}" "{count.map(|n| view! { <span class="faint">{n}</span> })}</a>
        }
    };
    let all = chip("All", Some(found.total), Search { category: None, ..search.clone() }, search.category.is_none());
    let each = found.categories.iter().map(|&(category, count)| {
        let chosen = search.category == Some(category);
        chip(category_label(category), Some(count), Search { category: Some(category), ..search.clone() }, chosen)
    });
    let each = each.collect_view();
    // One status is no choice, unless it is the one that was chosen.
    let statuses = found.statuses.iter().filter(|_| found.statuses.len() > 1 || search.status.is_some()).map(|&(status, count)| {
        let chosen = search.status == Some(status);
        // The chip that is chosen leads back.
        chip(status_label(status), Some(count), Search { status: (!chosen).then_some(status), ..search.clone() }, chosen)
    });
    let statuses = statuses.collect_view();
    let everything = Search { category: None, status: None, ..search.clone() };
    let clear = (search.category.is_some() || search.status.is_some())
        .then(|| view! { <a class="btn sm quiet" href=everything.address("/apis")><Icon name=Glyph::Close size=13/>"Clear filters"</a> });
    view! {
        {all}{each}
        <span class="row" role="group" aria-label="Status">{statuses}</span>
        {clear}
    }
}

/// What a status is called where the reader chooses.
fn status_label(status: Status) -> &'static str {
    match status {
        Status::Active => "Stable",
        Status::Beta => "Beta",
        Status::Deprecated => "Deprecated",
    }
}

fn orders(search: &Search) -> impl IntoView + use<> {
    let order = |sort: Sort| {
        let target = Search { sort, ..search.clone() }.address("/apis");
        view! { <a href=target aria-current=(sort == search.sort).then_some("true")>{sort.label()}</a> }
    };
    Sort::ALL.map(order).collect_view()
}

/// An empty catalogue and a search without result are two things.
fn nothing_found(search: &Search) -> AnyView {
    if *search == (Search { sort: search.sort, ..Search::default() }) {
        return view! { <Empty icon=Glyph::Package title="No API is published yet" text="Published APIs appear here. An admin publishes the first one from an OpenAPI document."/> }.into_any();
    }
    let title =
        if search.words.is_empty() { "No API fits this filter".to_owned() } else { format!("Nothing found for “{}”", search.words) };
    view! {
        <Empty icon=Glyph::Search title=title text="Try fewer or other words.">
            <a class="btn" href="/apis">"Show all APIs"</a>
        </Empty>
    }
    .into_any()
}
