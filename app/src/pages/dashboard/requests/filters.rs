//! The form that narrows the list: plain fields, a plain GET.

use super::HERE;
use super::address::typed;
use super::follow::Following;
use crate::ui::Ask;
use chrono::{DateTime, Utc};
use domain::usage::CallFilter;
use leptos::prelude::*;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What the fields offer.
pub struct Offered {
    pub products: BTreeMap<String, String>,
    pub keys: Vec<(Uuid, String)>,
    pub operations: Vec<String>,
}

#[component]
pub fn Filters(filter: CallFilter, offered: Offered, following: Following) -> impl IntoView {
    let environments = [("", "Live and test"), ("live", "Live"), ("test", "Test")].map(owned).to_vec();
    let classes = [("", "Any status"), ("2", "2xx"), ("3", "3xx"), ("4", "4xx"), ("5", "5xx")].map(owned).to_vec();
    let products = std::iter::once(owned(("", "All APIs"))).chain(offered.products).collect();
    let keys = offered.keys.into_iter().map(|(id, name)| (id.to_string(), name));
    let keys = std::iter::once(owned(("", "All keys"))).chain(keys).collect();
    let is_narrow = CallFilter { before: None, limit: 0, ..filter.clone() } != CallFilter::default();
    let environment = filter.environment.map(|environment| environment.as_str().to_owned()).unwrap_or_default();
    view! {
        <Ask action=HERE class="filters">
            <Choose name="env" label="Environment" options=environments value=environment/>
            <Choose name="product" label="API" options=products value=filter.product_id.unwrap_or_default()/>
            <Operation value=filter.operation.unwrap_or_default() called=offered.operations/>
            <Choose name="key" label="Key" options=keys value=filter.key_id.map(|id| id.to_string()).unwrap_or_default()/>
            <Choose name="status" label="Status" options=classes value=filter.status_class.map(|class| class.to_string()).unwrap_or_default()/>
            <At name="from" label="From (UTC)" value=filter.from/>
            <At name="to" label="Before (UTC)" value=filter.to/>
            // Whoever follows goes on following what the filter lets through.
            {move || following.is_on().then(|| view! { <input type="hidden" name="live" value="1"/> })}
            <div class="row tight end">
                {is_narrow.then(|| view! { <a class="btn sm quiet" href=HERE>"Clear"</a> })}
                <button class="btn sm">"Filter"</button>
            </div>
        </Ask>
    }
}

fn owned((value, label): (&str, &str)) -> (String, String) {
    (value.to_owned(), label.to_owned())
}

#[component]
fn Choose(name: &'static str, label: &'static str, options: Vec<(String, String)>, value: String) -> impl IntoView {
    let options = options.into_iter().map(|(each, text)| {
        let selected = each == value;
        view! { <option value=each selected=selected>{text}</option> }
    });
    let control = view! { <select class="input sm" id=name name=name>{options.collect_view()}</select> };
    labelled(name, label, "", control.into_any())
}

/// Typed, with what was called lately to choose from.
#[component]
fn Operation(value: String, called: Vec<String>) -> impl IntoView {
    let called = called.into_iter().map(|operation| view! { <option value=operation></option> }).collect_view();
    let control = view! {
        <input class="input sm" id="operation" name="operation" list="operations" value=value placeholder="Any, by its id" autocomplete="off" spellcheck="false"/>
        <datalist id="operations">{called}</datalist>
    };
    labelled("operation", "Operation", "long", control.into_any())
}

/// `step="any"` lets an address name seconds, which the field shows only then.
#[component]
fn At(name: &'static str, label: &'static str, value: Option<DateTime<Utc>>) -> impl IntoView {
    let value = value.map(typed);
    let control = view! { <input class="input sm" type="datetime-local" step="any" id=name name=name value=value/> };
    labelled(name, label, "long", control.into_any())
}

fn labelled(id: &'static str, label: &'static str, class: &'static str, control: AnyView) -> AnyView {
    view! { <div class=class><label for=id>{label}</label>{control}</div> }.into_any()
}
