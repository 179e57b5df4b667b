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
use leptos_router::{Lazy, SsrMode, path};
use reset::Reset;
use sign_in::SignIn;
pub use sign_in_first::SignInFirst;
use sign_up::SignUp;

crate::lazy_pages! {
    account:
    SignUpRoute => SignUp,
    SignInRoute => SignIn,
    ForgotRoute => Forgot,
    ResetRoute => Reset,
    ConfirmRoute => Confirm,
    JoinRoute => Join,
    FirstAdminRoute => FirstAdmin,
}

/// The routes of this part.
#[component(transparent)]
pub fn AccountRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <ParentRoute path=path!("") view=Outlet ssr=SsrMode::Async>
            <Route path=path!("/sign-up") view={Lazy::<SignUpRoute>::new()}/>
            <Route path=path!("/sign-in") view={Lazy::<SignInRoute>::new()}/>
            <Route path=path!("/forgot") view={Lazy::<ForgotRoute>::new()}/>
            <Route path=path!("/reset") view={Lazy::<ResetRoute>::new()}/>
            <Route path=path!("/confirm") view={Lazy::<ConfirmRoute>::new()}/>
            <Route path=path!("/join") view={Lazy::<JoinRoute>::new()}/>
            <Route path=path!("/first-admin") view={Lazy::<FirstAdminRoute>::new()}/>
        </ParentRoute>
    }
    .into_inner()
}
