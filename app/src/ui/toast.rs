//! What just happened, said at the bottom of the window for a few seconds, with a way back where there is one.

use super::badge::Tone;
use super::icon::{Glyph, Icon};
use leptos::prelude::*;
use std::time::Duration;

/// How long a toast stays; a refusal, and one that offers a way back, stay longer.
const STAYS: Duration = Duration::from_secs(5);
const STAYS_LONGER: Duration = Duration::from_secs(10);

#[derive(Clone)]
struct Toast {
    id: usize,
    text: String,
    tone: Tone,
    action: Option<(&'static str, Callback<()>)>,
}

/// Says things at the bottom of the window.
#[derive(Clone, Copy)]
pub struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    next_id: StoredValue<usize>,
}

impl Toasts {
    /// Says a sentence: `Key "Checkout" revoked.`
    pub fn say(self, text: impl Into<String>) {
        self.push(text.into(), Tone::Plain, None, STAYS);
    }

    /// Says what was not done, and why; that takes longer to read.
    pub fn refuse(self, text: impl Into<String>) {
        self.push(text.into(), Tone::Bad, None, STAYS_LONGER);
    }

    /// Says a sentence and offers an action, such as "Undo".
    pub fn offer(self, text: impl Into<String>, label: &'static str, action: Callback<()>) {
        self.push(text.into(), Tone::Plain, Some((label, action)), STAYS_LONGER);
    }

    fn push(self, text: String, tone: Tone, action: Option<(&'static str, Callback<()>)>, stays: Duration) {
        let id = self.next_id.get_value();
        self.next_id.set_value(id + 1);
        self.shown.update(|shown| shown.push(Toast { id, text, tone, action }));
        set_timeout(move || self.drop(id), stays);
    }

    fn drop(self, id: usize) {
        self.shown.update(|shown| shown.retain(|toast| toast.id != id));
    }
}

/// Makes toasts available to every component.
pub fn provide_toasts() {
    provide_context(Toasts { shown: RwSignal::new(Vec::new()), next_id: StoredValue::new(0) });
}

/// The toasts of this window.
pub fn use_toasts() -> Toasts {
    expect_context()
}

/// Where toasts appear; the frame holds it once.
#[component]
pub fn Toaster() -> impl IntoView {
    let toasts = use_toasts();
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || toasts.shown.get() key=|toast| toast.id let:toast>
                {said(toasts, toast)}
            </For>
        </div>
    }
}

fn said(toasts: Toasts, toast: Toast) -> AnyView {
    let Toast { id, text, tone, action } = toast;
    let act = action.map(|(label, action)| {
        let run = move |_| {
            action.run(());
            toasts.drop(id);
        };
        view! { <button type="button" class="btn sm" on:click=run>{label}</button> }
    });
    view! {
        <div class=format!("toast {}", tone.class())>
            <span>{text}</span>
            {act}
            <button type="button" class="btn sm icon-only" aria-label="Dismiss" on:click=move |_| toasts.drop(id)>
                <Icon name=Glyph::Close size=14/>
            </button>
        </div>
    }
    .into_any()
}
