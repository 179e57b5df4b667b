//! A list of some of a few values.

use super::field::Labels;
use super::inputs::plain;
use super::lens::Lens;
use leptos::prelude::*;
use serde_json::Value;

/// A box to tick for each value.
pub fn ticks(lens: Lens, labels: Labels, choices: Vec<Value>, description: String, problem: Signal<Option<String>>) -> AnyView {
    let boxes = choices.into_iter().map(|choice| {
        let (label, shown) = (plain(&choice), choice.clone());
        let is_in = move || lens.with(|value| value.as_ref().and_then(Value::as_array).is_some_and(|list| list.contains(&shown)));
        let start = untrack(is_in.clone());
        let tick = move |_| lens.set(toggled(lens.get_untracked(), &choice));
        view! {
            <label class="check mono">
                <input type="checkbox" checked=start prop:checked=is_in on:change=tick/>
                {label}
            </label>
        }
    });
    let boxes = boxes.collect_view();
    view! {
        <fieldset class="field ticks" class:bad=move || problem.get().is_some()>
            <legend class="mono sm">{labels.name}{labels.required.then(|| view! { <span class="req xs">" required"</span> })}</legend>
            <div class="row wrap">{boxes}</div>
            <div class="hint prose" inner_html=description></div>
            <span class="err" role="status">{move || problem.get()}</span>
        </fieldset>
    }
    .into_any()
}

/// The list with the value added at its end, or taken out; without any value it is not sent.
fn toggled(list: Option<Value>, value: &Value) -> Option<Value> {
    let mut list = list.and_then(|list| list.as_array().cloned()).unwrap_or_default();
    match list.iter().position(|other| other == value) {
        Some(at) => drop(list.remove(at)),
        None => list.push(value.clone()),
    }
    (!list.is_empty()).then_some(Value::Array(list))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_ticked_list_grows_shrinks_and_is_left_out_when_empty() {
        let one = toggled(None, &json!("a"));
        assert_eq!(one, Some(json!(["a"])));
        let two = toggled(one, &json!("b"));
        assert_eq!(two, Some(json!(["a", "b"])));
        assert_eq!(toggled(toggled(two, &json!("a")), &json!("b")), None);
    }
}
