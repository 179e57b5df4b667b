//! The narrow card that every page of this part stands on.

use crate::error::AppError;
use crate::session::use_session;
use crate::ui::form::after;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;

/// A title, one sentence, and a form.
#[component]
pub fn Sheet(#[prop(into)] title: String, #[prop(into)] sentence: String, children: Children) -> impl IntoView {
    view! {
        <Title text=title.clone()/>
        <main id="main" class="page sheet">
            <div class="card sheet-card">
                <h1>{title}</h1>
                <p class="dim">{sentence}</p>
                {children()}
            </div>
        </main>
    }
}

/// Asks again who is signed in once a form succeeded.
pub fn refresh_session_after<S>(action: ServerAction<S>)
where
    S: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
    S::Output: Clone + Send + Sync + 'static,
{
    let session = use_session();
    after(action, move |_| session.refresh());
}

/// One value of the page's query.
pub fn query(name: &'static str) -> Memo<String> {
    let query = leptos_router::hooks::use_query_map();
    Memo::new(move |_| query.with(|query| query.get(name).unwrap_or_default()))
}
