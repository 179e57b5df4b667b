//! Coming in: sign up, sign in, reset, confirm, join.

mod confirm;
mod first_admin;
mod forgot;
mod join;
pub mod limits;
mod reset;
mod sheet;
mod sign_in;
mod sign_in_first;
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
pub use sign_in_first::SignInFirst;
use sign_up::SignUp;

crate::lazy_pages! {
    account:
    sign_up_page => SignUp,
    sign_in_page => SignIn,
    forgot_page => Forgot,
    reset_page => Reset,
    confirm_page => Confirm,
    join_page => Join,
    first_admin_page => FirstAdmin,
}

/// The routes of this part.
#[component(transparent)]
pub fn AccountRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <ParentRoute path=path!("") view=Outlet ssr=SsrMode::Async>
            <Route path=path!("/sign-up") view=sign_up_page()/>
            <Route path=path!("/sign-in") view=sign_in_page()/>
            <Route path=path!("/forgot") view=forgot_page()/>
            <Route path=path!("/reset") view=reset_page()/>
            <Route path=path!("/confirm") view=confirm_page()/>
            <Route path=path!("/join") view=join_page()/>
            <Route path=path!("/first-admin") view=first_admin_page()/>
        </ParentRoute>
    }
    .into_inner()
}
