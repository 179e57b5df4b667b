//! What a page of this part shows when its data did not come.

use crate::error::AppError;
use crate::pages::not_found::NotFound;
use crate::ui::{Note, Tone};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

/// A whole page instead of the one that failed: "not found", or what happened and a way to try again.
#[component]
pub fn Trouble(error: AppError) -> impl IntoView {
    if error == AppError::NotFound {
        return view! { <NotFound/> }.into_any();
    }
    view! {
        <Title text="Not available"/>
        <main id="main" class="page">
            <h1>"This page could not be loaded"</h1>
            <Failed error/>
        </main>
    }
    .into_any()
}

/// The same inside a page that has its frame already.
#[component]
pub fn Failed(error: AppError) -> impl IntoView {
    let location = use_location();
    let here = move || {
        format!("{}{}", location.pathname.get(), location.search.with(|q| if q.is_empty() { String::new() } else { format!("?{q}") }))
    };
    view! {
        <Note tone=Tone::Bad live=true>
            <span class="grow">{error.to_string()}</span>
            <a class="btn sm" rel="external" href=here>"Try again"</a>
        </Note>
    }
}
