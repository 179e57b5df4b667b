//! Notes: a sentence that stands beside the page's business.

use super::badge::Tone;
use super::icon::{Glyph, Icon};
use leptos::prelude::*;

/// A note with the icon of its tone; put the words in a `<span class="grow">` when a button follows.
#[component]
pub fn Note(
    #[prop(optional)] tone: Tone,
    /// Another icon than the tone's.
    #[prop(optional)]
    icon: Option<Glyph>,
    /// Appears in answer to something: read aloud when it does.
    #[prop(optional)]
    live: bool,
    children: Children,
) -> impl IntoView {
    let icon = icon.unwrap_or(match tone {
        Tone::Plain | Tone::Info => Glyph::Info,
        Tone::Good => Glyph::CircleCheck,
        Tone::Warn => Glyph::Alert,
        Tone::Bad => Glyph::CircleAlert,
    });
    view! {
        <div class=format!("note {}", tone.class()) role=live.then_some("status")>
            <Icon name=icon/>
            {children()}
        </div>
    }
}
