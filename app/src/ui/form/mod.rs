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

mod ask;
mod ask_first;
mod choice;
mod revoke;
mod text;

pub use ask::Ask;
pub use ask_first::AskFirst;
pub use choice::{Check, Select};
pub use revoke::KeepOrRevoke;
pub use text::{TextArea, TextInput};

use super::badge::Tone;
use super::icon::{Glyph, Icon};
use super::note::Note;
use crate::error::AppError;
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

/// Does `then` with what an action answered, each time it succeeds. Call it where the action is made: an action that outlives the part of
/// the page that calls this would be heard again by the next one.
pub fn after<S>(action: ServerAction<S>, then: impl Fn(&S::Output) + 'static)
where
    S: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
    S::Output: Clone + Send + Sync + 'static,
{
    Effect::new(move || {
        action.value().with(|answer| {
            if let Some(Ok(output)) = answer {
                then(output);
            }
        });
    });
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

/// The frame around a control, which needs `id=id` and `aria-describedby="{id}-help"`.
pub fn framed(label: String, id: String, hint: Option<String>, error: Signal<Option<String>>, control: AnyView) -> AnyView {
    let help = move || match error.get() {
        Some(message) => view! { <span class="err"><Icon name=Glyph::CircleAlert size=13/><span>{message}</span></span> }.into_any(),
        None => hint.clone().map(|hint| view! { <span class="hint">{hint}</span> }).into_any(),
    };
    view! {
        <div class="field" class:bad=move || error.read().is_some()>
            <label for=id.clone()>{label}</label>
            {control}
            <div id=format!("{id}-help") aria-live="polite">{help}</div>
        </div>
    }
    .into_any()
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
