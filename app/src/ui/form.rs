//! Fields of a form: a label, a control, and under it one line that helps or says what to mend.
//!
//! Without JavaScript the same markup posts; with it, the errors of the last answer appear beside their fields:
//!
//! ```ignore
//! let sign_up = ServerAction::<SignUp>::new();
//! view! {
//!     <ActionForm action=sign_up attr:class="form">
//!         <Refused action=sign_up fields=&["email"]/>
//!         <TextInput label="Work email" name="email" kind="email" error=refusal(sign_up, "email")/>
//!         <Submit pending=sign_up.pending() label="Make your account" busy="Making your account…"/>
//!     </ActionForm>
//! }
//! ```

use super::badge::Tone;
use super::icon::{Glyph, Icon};
use super::note::Note;
use crate::error::AppError;
use leptos::html;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// What the last answer said about `field`.
pub fn refusal<S>(action: ServerAction<S>, field: &'static str) -> Signal<Option<String>>
where
    S: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
    S::Output: Clone + Send + Sync + 'static,
{
    Signal::derive(move || action.value().with(|answer| answer.as_ref().and_then(|answer| answer.as_ref().err()?.about(field))))
}

/// What the last answer said that no field of the form shows.
#[component]
pub fn Refused<S>(
    action: ServerAction<S>,
    /// The fields that show their own errors.
    fields: &'static [&'static str],
) -> impl IntoView
where
    S: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
    S::Output: Clone + Send + Sync + 'static,
{
    let message = move || {
        action.value().with(|answer| {
            let error = answer.as_ref()?.as_ref().err()?;
            let shown = matches!(error, AppError::Invalid(invalid) if fields.contains(&invalid.field.as_str()));
            (!shown).then(|| error.to_string())
        })
    };
    move || message().map(|text| view! { <Note tone=Tone::Bad live=true><span>{text}</span></Note> })
}

/// The frame around a control of your own, which needs `id=name` and `aria-describedby="{name}-help"`.
#[component]
pub fn Field(
    #[prop(into)] label: String,
    /// The id of the control; its name too in the components below.
    #[prop(into)]
    name: String,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    children: Children,
) -> impl IntoView {
    framed(label, name, hint, error, children().into_any())
}

fn framed(label: String, name: String, hint: Option<String>, error: Signal<Option<String>>, control: AnyView) -> AnyView {
    let help = move || match error.get() {
        Some(message) => view! { <span class="err"><Icon name=Glyph::CircleAlert size=13/><span>{message}</span></span> }.into_any(),
        None => hint.clone().map(|hint| view! { <span class="hint">{hint}</span> }).into_any(),
    };
    view! {
        <div class="field" class:bad=move || error.read().is_some()>
            <label for=name.clone()>{label}</label>
            {control}
            <div id=format!("{name}-help") aria-live="polite">{help}</div>
        </div>
    }
    .into_any()
}

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
    #[prop(optional)] minlength: Option<usize>,
    #[prop(optional)] maxlength: Option<usize>,
    #[prop(optional)] autofocus: bool,
) -> impl IntoView {
    let id = id.unwrap_or_else(|| name.clone());
    let input = NodeRef::<html::Input>::new();
    let value = bind.map_or(value, |text| text.get_untracked());
    if let Some(text) = bind {
        follow(input, text);
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
            minlength=minlength
            maxlength=maxlength
            autofocus=autofocus
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

/// Keeps an input and a signal the same; what was typed before the page answered wins.
fn follow(input: NodeRef<html::Input>, text: RwSignal<String>) {
    Effect::new(move |before: Option<()>| {
        let (Some(element), wanted) = (input.get(), text.get()) else { return };
        match (element.value() == wanted, before) {
            (true, _) => {}
            (false, None) => text.set(element.value()),
            (false, Some(())) => element.set_value(&wanted),
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
    /// Follows what is typed.
    #[prop(optional, into)]
    bind: Option<RwSignal<String>>,
    #[prop(optional, into)] placeholder: Option<String>,
    #[prop(default = 4)] rows: u32,
    #[prop(optional)] required: bool,
    /// In the face of code.
    #[prop(optional)]
    mono: bool,
) -> impl IntoView {
    let value = bind.map_or(value, |text| text.get_untracked());
    let control = view! {
        <textarea
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

/// The button that sends the form: it says what is happening and cannot be pressed twice.
#[component]
pub fn Submit(
    #[prop(into)] pending: Signal<bool>,
    #[prop(into)] label: String,
    /// While it is sent: `Saving…`
    #[prop(into)]
    busy: String,
    #[prop(default = "primary")] class: &'static str,
) -> impl IntoView {
    view! {
        <button type="submit" class=format!("btn {class}") disabled=pending>
            {move || if pending.get() { busy.clone() } else { label.clone() }}
        </button>
    }
}
