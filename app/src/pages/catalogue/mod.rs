//! Finding an API, reading about it, trying it.

mod card;
mod changelog;
mod console;
mod docs;
#[cfg(feature = "ssr")]
mod find;
mod home;
mod overview;
mod plans;
mod pricing;
mod product;
pub mod search;
#[cfg(feature = "ssr")]
mod source;
mod status;
mod trouble;
mod wanted;

use changelog::{Changelog, ProductChangelog};
use console::ConsoleRoute;
use docs::{Documentation, OneOperation, OneSchema};
use leptos::prelude::*;
use leptos_router::components::{Outlet, ParentRoute, Route};
use leptos_router::{Lazy, SsrMode, path};
use overview::Overview;
use plans::Plans;
use pricing::Pricing;
use status::StatusPage;

crate::lazy_pages! {
    reading:
    OverviewRoute => Overview,
    PlansRoute => Plans,
    ProductChangelogRoute => ProductChangelog,
    DocumentationRoute => Documentation,
    OperationRoute => OneOperation,
    SchemaRoute => OneSchema,
    PricingRoute => Pricing,
    ChangelogRoute => Changelog,
    StatusRoute => StatusPage,
}

/// The routes of this part. Pages whose status code matters are rendered whole before the first byte is sent.
#[component(transparent)]
pub fn CatalogueRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <ParentRoute path=path!("") view=Outlet>
            <Route path=path!("/") view=home::Home ssr=SsrMode::Async/>
            <Route path=path!("/apis") view=home::Home ssr=SsrMode::Async/>
            <Route path=path!("/apis/:id") view={Lazy::<OverviewRoute>::new()} ssr=SsrMode::Async/>
            <Route path=path!("/apis/:id/plans") view={Lazy::<PlansRoute>::new()} ssr=SsrMode::Async/>
            <Route path=path!("/apis/:id/changelog") view={Lazy::<ProductChangelogRoute>::new()} ssr=SsrMode::Async/>
            <Route path=path!("/apis/:id/docs") view={Lazy::<DocumentationRoute>::new()} ssr=SsrMode::Async/>
            <Route path=path!("/apis/:id/docs/:operation") view={Lazy::<OperationRoute>::new()} ssr=SsrMode::Async/>
            <Route path=path!("/apis/:id/schemas/:schema") view={Lazy::<SchemaRoute>::new()} ssr=SsrMode::Async/>
            <Route path=path!("/apis/:id/console") view={Lazy::<ConsoleRoute>::new()} ssr=SsrMode::Async/>
            <Route path=path!("/pricing") view={Lazy::<PricingRoute>::new()} ssr=SsrMode::Async/>
            <Route path=path!("/changelog") view={Lazy::<ChangelogRoute>::new()} ssr=SsrMode::Async/>
            <Route path=path!("/status") view={Lazy::<StatusRoute>::new()} ssr=SsrMode::Async/>
        </ParentRoute>
    }
    .into_inner()
}
