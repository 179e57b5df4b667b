//! Choosing between views of one thing. The choices are links, so that they work before the page answers and can be shared.

use leptos::prelude::*;

/// One choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What [`Tabs`] compares with `current`.
    pub value: String,
    pub label: String,
    /// Where it leads.
    pub href: String,
    /// How many there are behind it.
    pub count: Option<String>,
}

impl Choice {
    /// A choice that leads to `href`.
    pub fn new(value: impl Into<String>, label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), href: href.into(), count: None }
    }

    /// The same, with a number behind its label.
    pub fn counting(self, count: impl Into<String>) -> Self {
        Self { count: Some(count.into()), ..self }
    }
}

/// Choices on a line under the page's head.
#[component]
pub fn Tabs(
    /// What is chosen, for screen readers.
    #[prop(into)]
    label: String,
    items: Vec<Choice>,
    #[prop(into)] current: Signal<String>,
    /// Answers in place instead of following the link.
    #[prop(optional, into)]
    on_pick: Option<Callback<String>>,
) -> impl IntoView {
    choices("tabs", label, items, current, on_pick)
}

/// Choices in a small box.
#[component]
pub fn Segments(
    /// What is chosen, for screen readers.
    #[prop(into)]
    label: String,
    items: Vec<Choice>,
    #[prop(into)] current: Signal<String>,
    /// Answers in place instead of following the link.
    #[prop(optional, into)]
    on_pick: Option<Callback<String>>,
) -> impl IntoView {
    choices("seg", label, items, current, on_pick)
}

fn choices(class: &'static str, label: String, items: Vec<Choice>, current: Signal<String>, on_pick: Option<Callback<String>>) -> AnyView {
    let links = items.into_iter().map(|item| choice(item, current, on_pick)).collect_view();
    view! {
        <nav class=class aria-label=label on:keydown=move_focus>
            {links}
        </nav>
    }
    .into_any()
}

fn choice(item: Choice, current: Signal<String>, on_pick: Option<Callback<String>>) -> AnyView {
    let Choice { value, label, href, count } = item;
    let picked = value.clone();
    let is_current = move || (current.get() == value).then_some("true");
    let pick = move |event: leptos::ev::MouseEvent| {
        if let Some(on_pick) = on_pick {
            event.prevent_default();
            on_pick.run(picked.clone());
        }
    };
    view! {
        <a href=href aria-current=is_current on:click=pick>
            {label}
            {count.map(|count| view! { <span class="count num">" "{count}</span> })}
        </a>
    }
    .into_any()
}

/// The arrow keys walk along the choices.
fn move_focus(event: leptos::ev::KeyboardEvent) {
    use wasm_bindgen::JsCast;
    let Some(here) = document().active_element() else { return };
    let next = match event.key().as_str() {
        "ArrowRight" => here.next_element_sibling(),
        "ArrowLeft" => here.previous_element_sibling(),
        _ => return,
    };
    if let Some(next) = next.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
        event.prevent_default();
        // An element that cannot take the focus keeps it where it is.
        next.focus().ok();
    }
}
