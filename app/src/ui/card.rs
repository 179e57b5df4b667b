//! Cards: one thing with a border around it.

use leptos::prelude::*;

/// A card with an optional title and actions at its right: `actions=|| view! { … }`.
#[component]
pub fn Card(
    #[prop(optional, into)] title: Option<String>,
    #[prop(optional, into)] actions: Option<ViewFnOnce>,
    /// Further classes, such as `stack`.
    #[prop(optional)]
    class: &'static str,
    children: Children,
) -> impl IntoView {
    let head = (title.is_some() || actions.is_some()).then(|| {
        view! {
            <header>
                {title.map(|title| view! { <h2>{title}</h2> })}
                {actions.map(ViewFnOnce::run)}
            </header>
        }
    });
    view! {
        <section class=format!("card {class}")>
            {head}
            {children()}
        </section>
    }
}

/// One number: what it counts, how much, and how to read it; a curve may follow as its child.
#[component]
pub fn Kpi(
    #[prop(into)] label: String,
    #[prop(into)] value: Signal<String>,
    #[prop(into)] detail: Signal<String>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="card kpi">
            <div class="l">{label}</div>
            <div class="v">{value}</div>
            <div class="d">{detail}</div>
            {children.map(|children| children())}
        </div>
    }
}
