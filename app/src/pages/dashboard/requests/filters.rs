//! The form that narrows the list: plain fields, a plain GET. A choice counts at once, what is typed with the button; on a phone the fields
//! are folded away.

use super::address::Asked;
use super::follow::Following;
use super::{HERE, Requests};
use crate::ui::form::framed;
use crate::ui::{Ask, Glyph, Icon};
use leptos::prelude::*;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What the fields offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    products: BTreeMap<String, String>,
    keys: Vec<(Uuid, String)>,
    operations: Vec<String>,
}

impl From<Requests> for Offered {
    fn from(requests: Requests) -> Self {
        let Requests { products, keys, operations, .. } = requests;
        Self { products, keys, operations }
    }
}

#[component]
pub fn Filters(asked: Memo<Asked>, offered: Offered, following: Following) -> impl IntoView {
    let environments = [("", "Live and test"), ("live", "Live"), ("test", "Test")].map(owned).to_vec();
    let classes = [("", "Any status"), ("1", "1xx"), ("2", "2xx"), ("3", "3xx"), ("4", "4xx"), ("5", "5xx")].map(owned).to_vec();
    let products = std::iter::once(owned(("", "All APIs"))).chain(offered.products).collect();
    let keys = offered.keys.into_iter().map(|(id, name)| (id.to_string(), name));
    let keys = std::iter::once(owned(("", "All keys"))).chain(keys).collect();
    let fields = Memo::new(move |_| asked.with(Asked::fields));
    let said = move || match fields.get() {
        0 => "Filter".to_owned(),
        set => format!("Filter, {set} set"),
    };
    view! {
        <details class="fold" open=move || asked.with(Asked::is_wrong)>
            <summary class="btn sm"><Icon name=Glyph::Filter size=13/><span>{said}</span></summary>
            <Ask action=HERE class="filters" at_once=true>
                <Choose name="env" label="Environment" options=environments asked/>
                <Choose name="product" label="API" options=products asked/>
                <Operation called=offered.operations asked/>
                <Choose name="key" label="Key" options=keys asked/>
                <Choose name="status" label="Status" options=classes asked/>
                <At name="from" label="From (UTC)" asked/>
                <At name="to" label="Before (UTC)" asked/>
                <RequestId asked/>
                // Whoever follows goes on following what the filter lets through.
                {move || following.is_on().then(|| view! { <input type="hidden" name="live" value="1"/> })}
                <div class="row tight end">
                    {move || (fields.get() > 0).then(|| view! { <a class="btn sm quiet" href=HERE>"Clear"</a> })}
                    <button class="btn sm">"Apply"</button>
                </div>
            </Ask>
        </details>
    }
}

fn owned((value, label): (&str, &str)) -> (String, String) {
    (value.to_owned(), label.to_owned())
}

/// The form outlives the calls below it, so that what it shows follows the address.
#[component]
fn Choose(name: &'static str, label: &'static str, options: Vec<(String, String)>, asked: Memo<Asked>) -> impl IntoView {
    let known: Vec<String> = options.iter().map(|(value, _)| value.clone()).collect();
    let value = Memo::new(move |_| Some(asked.with(|asked| asked.typed(name))).filter(|typed| known.contains(typed)).unwrap_or_default());
    let chosen = value.get_untracked();
    let options = options.into_iter().map(|(each, text)| {
        let selected = each == chosen;
        view! { <option value=each selected=selected>{text}</option> }
    });
    let options = options.collect_view();
    let (error, help) = (wrong(asked, name), format!("{name}-help"));
    let invalid = move || error.read().is_some().then_some("true");
    let control = view! {
        <select class="input sm" id=name name=name aria-describedby=help aria-invalid=invalid prop:value=move || value.get()>{options}</select>
    };
    framed(label.to_owned(), name.to_owned(), None, error, control.into_any())
}

/// Typed in part, with what was called lately to choose from.
#[component]
fn Operation(called: Vec<String>, asked: Memo<Asked>) -> impl IntoView {
    let value = Memo::new(move |_| asked.with(|asked| asked.typed("operation")));
    let called = called.into_iter().map(|operation| view! { <option value=operation></option> }).collect_view();
    let control = view! {
        <input
            class="input sm"
            id="operation"
            name="operation"
            list="operations"
            value=value.get_untracked()
            prop:value=move || value.get()
            placeholder="Any, or a part of its id"
            autocomplete="off"
            spellcheck="false"
            aria-describedby="operation-help"
        />
        <datalist id="operations">{called}</datalist>
    };
    framed("Operation".to_owned(), "operation".to_owned(), None, wrong(asked, "operation"), control.into_any())
}

/// `step="any"` lets an address name seconds, which the field shows only then.
#[component]
fn At(name: &'static str, label: &'static str, asked: Memo<Asked>) -> impl IntoView {
    let value = Memo::new(move |_| asked.with(|asked| asked.typed(name)));
    let (error, help) = (wrong(asked, name), format!("{name}-help"));
    let invalid = move || error.read().is_some().then_some("true");
    let control = view! {
        <input
            class="input sm"
            type="datetime-local"
            step="any"
            id=name
            name=name
            value=value.get_untracked()
            prop:value=move || value.get()
            aria-describedby=help
            aria-invalid=invalid
        />
    };
    framed(label.to_owned(), name.to_owned(), None, error, control.into_any())
}

/// Whose answer somebody has: what its header said.
#[component]
fn RequestId(asked: Memo<Asked>) -> impl IntoView {
    let value = Memo::new(move |_| asked.with(|asked| asked.typed("request")));
    let error = wrong(asked, "request");
    let invalid = move || error.read().is_some().then_some("true");
    let control = view! {
        <input
            class="input sm"
            id="request"
            name="request"
            value=value.get_untracked()
            prop:value=move || value.get()
            placeholder="An answer's X-Request-Id"
            autocomplete="off"
            spellcheck="false"
            aria-describedby="request-help"
            aria-invalid=invalid
        />
    };
    framed("Request id".to_owned(), "request".to_owned(), None, error, control.into_any())
}

fn wrong(asked: Memo<Asked>, field: &'static str) -> Signal<Option<String>> {
    Signal::derive(move || asked.with(|asked| asked.wrong(field)))
}
