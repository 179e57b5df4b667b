//! Finding an API, reading about it, trying it.

mod card;
mod changelog;
mod console;
mod docs;
#[cfg(feature = "ssr")]
mod find;
mod home;
mod overview;
pub mod palette_index;
mod plans;
mod pricing;
mod problem;
mod product;
#[cfg(feature = "ssr")]
mod source;
mod status;
mod trouble;
mod wanted;

pub use plans::KeepSubscription;
pub use problem::Explained;

use changelog::{Changelog, ProductChangelog};
use console::console_page;
use docs::{Documentation, OneOperation, OneSchema};
use leptos::prelude::*;
use leptos_router::components::{Outlet, ParentRoute, Route};
use leptos_router::{SsrMode, path};
use overview::Overview;
use plans::Plans;
use pricing::Pricing;
use problem::ProblemPage;
use status::StatusPage;

crate::lazy_pages! {
    reading:
    overview_page => Overview,
    plans_page => Plans,
    product_changelog_page => ProductChangelog,
    documentation_page => Documentation,
    operation_page => OneOperation,
    schema_page => OneSchema,
    pricing_page => Pricing,
    changelog_page => Changelog,
    status_page => StatusPage,
    problem_page => ProblemPage,
}

/// The routes of this part. Pages whose status code matters are rendered whole before the first byte is sent.
#[component(transparent)]
pub fn CatalogueRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <ParentRoute path=path!("") view=Outlet>
            <Route path=path!("/") view=home::Home ssr=SsrMode::Async/>
            <Route path=path!("/apis") view=home::Home ssr=SsrMode::Async/>
            <Route path=path!("/apis/:id") view=overview_page() ssr=SsrMode::Async/>
            <Route path=path!("/apis/:id/plans") view=plans_page() ssr=SsrMode::Async/>
            <Route path=path!("/apis/:id/changelog") view=product_changelog_page() ssr=SsrMode::Async/>
            <Route path=path!("/apis/:id/docs") view=documentation_page() ssr=SsrMode::Async/>
            <Route path=path!("/apis/:id/docs/:operation") view=operation_page() ssr=SsrMode::Async/>
            <Route path=path!("/apis/:id/schemas/:schema") view=schema_page() ssr=SsrMode::Async/>
            <Route path=path!("/apis/:id/console") view=console_page() ssr=SsrMode::Async/>
            <Route path=path!("/pricing") view=pricing_page() ssr=SsrMode::Async/>
            <Route path=path!("/changelog") view=changelog_page() ssr=SsrMode::Async/>
            <Route path=path!("/status") view=status_page() ssr=SsrMode::Async/>
            <Route path=path!("/problems/:name") view=problem_page() ssr=SsrMode::Async/>
        </ParentRoute>
    }
    .into_inner()
}
