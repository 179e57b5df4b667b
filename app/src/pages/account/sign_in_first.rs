//! What stands in place of a page that only somebody who is signed in may see.

use crate::session::use_session;
use crate::ui::Skeleton;
use leptos::prelude::*;
use leptos_router::components::Redirect;
use leptos_router::hooks::{use_location, use_navigate};

/// Leads to the sign-in page, and from there back. The browser asks the server first: whoever has just signed in is not known to it yet.
#[component]
pub fn SignInFirst() -> impl IntoView {
    let path = use_location().pathname.get_untracked();
    let sign_in = format!("/sign-in?next={path}");
    if cfg!(feature = "ssr") {
        return view! { <Redirect path=sign_in/> }.into_any();
    }
    let (session, navigate) = (use_session(), use_navigate());
    leptos::task::spawn_local(async move {
        if !session.ask().await {
            navigate(&sign_in, Default::default());
        }
    });
    view! { <main id="main" class="page"><Skeleton rows=8/></main> }.into_any()
}
