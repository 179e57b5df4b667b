//! Fields to type into.

use super::framed;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// One line of text.
#[component]
pub fn TextInput(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    /// Where a second form on the page has a field of the same name.
    #[prop(optional, into)]
    id: Option<String>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    /// The input's type: `text`, `email`, `password`, `url`, `number`, `date`, `search`.
    #[prop(default = "text")]
    kind: &'static str,
    /// What it holds at first.
    #[prop(optional, into)]
    value: String,
    /// Follows what is typed, and changes it.
    #[prop(optional, into)]
    bind: Option<RwSignal<String>>,
    #[prop(optional, into)] placeholder: Option<String>,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(optional)] required: bool,
    #[prop(optional)] maxlength: Option<usize>,
) -> impl IntoView {
    let id = id.unwrap_or_else(|| name.clone());
    let input = NodeRef::<html::Input>::new();
    let value = bind.map_or(value, |text| text.get_untracked());
    if let Some(text) = bind {
        follow(input, text, web_sys::HtmlInputElement::value, web_sys::HtmlInputElement::set_value);
    }
    let control = view! {
        <input
            class="input"
            node_ref=input
            id=id.clone()
            name=name
            type=kind
            value=value
            placeholder=placeholder
            autocomplete=autocomplete
            required=required
            maxlength=maxlength
            aria-describedby=format!("{id}-help")
            aria-invalid=move || error.read().is_some().then_some("true")
            on:input:target=move |event| {
                if let Some(text) = bind {
                    text.set(event.target().value());
                }
            }
        />
    };
    framed(label, id, hint, error, control.into_any())
}

/// Keeps a control and a signal the same; what was typed before the page answered wins.
fn follow<E>(control: NodeRef<E>, text: RwSignal<String>, read: fn(&E::Output) -> String, write: fn(&E::Output, &str))
where
    E: html::ElementType + 'static,
    E::Output: JsCast + Clone + 'static,
{
    Effect::new(move |before: Option<()>| {
        let (Some(element), wanted) = (control.get(), text.get()) else { return };
        match (read(&element) == wanted, before) {
            (true, _) => {}
            (false, None) => text.set(read(&element)),
            (false, Some(())) => write(&element, &wanted),
        }
    });
}

/// Several lines of text.
#[component]
pub fn TextArea(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    #[prop(optional, into)] value: String,
    /// Follows what is typed, and changes it.
    #[prop(optional, into)]
    bind: Option<RwSignal<String>>,
    #[prop(optional, into)] placeholder: Option<String>,
    #[prop(default = 4)] rows: u32,
    #[prop(optional)] required: bool,
    /// In the face of code.
    #[prop(optional)]
    mono: bool,
) -> impl IntoView {
    let area = NodeRef::<html::Textarea>::new();
    let value = bind.map_or(value, |text| text.get_untracked());
    if let Some(text) = bind {
        follow(area, text, web_sys::HtmlTextAreaElement::value, web_sys::HtmlTextAreaElement::set_value);
    }
    let control = view! {
        <textarea
            node_ref=area
            class=if mono { "input mono" } else { "input" }
            id=name.clone()
            name=name.clone()
            rows=rows
            placeholder=placeholder
            required=required
            spellcheck=if mono { "false" } else { "true" }
            aria-describedby=format!("{name}-help")
            aria-invalid=move || error.read().is_some().then_some("true")
            on:input:target=move |event| {
                if let Some(text) = bind {
                    text.set(event.target().value());
                }
            }
        >
            {value}
        </textarea>
    };
    framed(label, name, hint, error, control.into_any())
}
