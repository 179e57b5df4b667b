//! Coming in: sign up, sign in, reset, confirm, join.

mod confirm;
mod first_admin;
mod forgot;
mod join;
pub mod limits;
mod reset;
mod sheet;
mod sign_in;
mod sign_up;

use confirm::Confirm;
use first_admin::FirstAdmin;
use forgot::Forgot;
use join::Join;
use leptos::prelude::*;
use leptos_router::components::{Outlet, ParentRoute, Route};
use leptos_router::{SsrMode, path};
use reset::Reset;
use sign_in::SignIn;
use sign_up::SignUp;

/// The routes of this part.
#[component(transparent)]
pub fn AccountRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <ParentRoute path=path!("") view=Outlet ssr=SsrMode::Async>
            <Route path=path!("/sign-up") view=SignUp/>
            <Route path=path!("/sign-in") view=SignIn/>
            <Route path=path!("/forgot") view=Forgot/>
            <Route path=path!("/reset") view=Reset/>
            <Route path=path!("/confirm") view=Confirm/>
            <Route path=path!("/join") view=Join/>
            <Route path=path!("/first-admin") view=FirstAdmin/>
        </ParentRoute>
    }
    .into_inner()
}
