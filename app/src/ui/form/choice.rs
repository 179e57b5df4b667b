//! Fields to choose in.

use super::framed;
use leptos::prelude::*;

/// One of several; `options` are pairs of value and label.
#[component]
pub fn Select(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    options: Vec<(String, String)>,
    /// The value chosen at first.
    #[prop(optional, into)]
    value: String,
    /// Follows the choice.
    #[prop(optional, into)]
    bind: Option<RwSignal<String>>,
) -> impl IntoView {
    let value = bind.map_or(value, |text| text.get_untracked());
    let options = options.into_iter().map(|(each, label)| {
        let selected = each == value;
        view! { <option value=each selected=selected>{label}</option> }
    });
    let control = view! {
        <select
            class="input"
            id=name.clone()
            name=name.clone()
            aria-describedby=format!("{name}-help")
            aria-invalid=move || error.read().is_some().then_some("true")
            on:change:target=move |event| {
                if let Some(text) = bind {
                    text.set(event.target().value());
                }
            }
        >
            {options.collect_view()}
        </select>
    };
    framed(label, name, hint, error, control.into_any())
}

/// A tick box; it posts `value` under `name` when ticked.
#[component]
pub fn Check(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    #[prop(default = "true".into(), into)] value: String,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional)] checked: bool,
    /// Follows the tick.
    #[prop(optional, into)]
    bind: Option<RwSignal<bool>>,
) -> impl IntoView {
    let checked = bind.map_or(checked, |ticked| ticked.get_untracked());
    view! {
        <label class="check">
            <input
                type="checkbox"
                name=name
                value=value
                checked=checked
                on:change:target=move |event| {
                    if let Some(ticked) = bind {
                        ticked.set(event.target().checked());
                    }
                }
            />
            <span>{label} {hint.map(|hint| view! { <span class="hint">{hint}</span> })}</span>
        </label>
    }
}
