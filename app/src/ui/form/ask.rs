//! A form that asks by address: it works without script, and with it leads there without loading a page.

use crate::ui::query::with_query;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast;

/// Leads to `action` with its fields as the query, without those that are empty.
#[component]
pub fn Ask(
    action: &'static str,
    #[prop(default = "row")] class: &'static str,
    /// `search` where it is one.
    #[prop(optional)]
    role: Option<&'static str>,
    /// Asks as soon as something is chosen in a list; what is typed waits for the button.
    #[prop(optional)]
    at_once: bool,
    children: Children,
) -> impl IntoView {
    let navigate = use_navigate();
    let go = Callback::new(move |(address, scroll): (String, bool)| {
        navigate(&address, NavigateOptions { scroll, ..NavigateOptions::default() });
    });
    let ask = move |event: SubmitEvent| {
        let Some(form) = event.target().and_then(|it| it.dyn_into::<web_sys::Element>().ok()) else { return };
        event.prevent_default();
        go.run((address(action, fields(&form)), true));
    };
    let choose = move |event: leptos::ev::Event| {
        if let Some(form) = at_once.then(|| form_of_list(&event)).flatten() {
            go.run((address(action, fields(&form)), false));
        }
    };
    view! { <form method="get" action=action class=class role=role on:submit=ask on:change=choose>{children()}</form> }
}

/// The form of the list that something was chosen in.
fn form_of_list(event: &leptos::ev::Event) -> Option<web_sys::Element> {
    event.target()?.dyn_into::<web_sys::HtmlSelectElement>().ok()?.closest("form").ok()?
}

fn address(action: &str, fields: Vec<(String, String)>) -> String {
    with_query(action, fields.into_iter().map(|(name, value)| (name, (!value.is_empty()).then_some(value))))
}

/// Names and values of the fields in a form. A button has neither.
fn fields(form: &web_sys::Element) -> Vec<(String, String)> {
    let Ok(found) = form.query_selector_all(":is(input, select)[name]") else { return Vec::new() };
    let field = |at| {
        let field = found.item(at)?;
        match field.dyn_into::<web_sys::HtmlSelectElement>() {
            Ok(select) => Some((select.name(), select.value())),
            Err(other) => other.dyn_into::<web_sys::HtmlInputElement>().ok().map(|input| (input.name(), input.value())),
        }
    };
    (0..found.length()).filter_map(field).collect()
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn only_what_was_chosen_is_in_the_address() {
        let fields = |pairs: &[(&str, &str)]| pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(address("/dashboard/requests", fields(&[("env", ""), ("status", "4")])), "/dashboard/requests?status=4");
        assert_eq!(address("/dashboard/requests", fields(&[("env", "")])), "/dashboard/requests");
    }
}
