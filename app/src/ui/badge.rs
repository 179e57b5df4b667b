//! Small words: states and methods.

use leptos::prelude::*;

/// What a state means; it colours pills, notes and dots, whose words say it too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Plain,
    Good,
    Warn,
    Bad,
    Info,
}

impl Tone {
    /// Its class.
    pub fn class(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Info => "info",
        }
    }

    /// How an HTTP status reads: answered, refused for the caller's reasons, broken.
    pub fn of_status(status: u16) -> Self {
        match status {
            200..400 => Self::Good,
            400..500 => Self::Warn,
            _ => Self::Bad,
        }
    }
}

/// A state, with a dot: `<Pill tone=Tone::Good>"Active"</Pill>`.
#[component]
pub fn Pill(#[prop(optional)] tone: Tone, children: Children) -> impl IntoView {
    view! { <span class=format!("pill {}", tone.class())>{children()}</span> }
}

/// An HTTP method as a coloured word; upper or lower case.
#[component]
pub fn Verb(
    #[prop(into)] method: String,
    /// Never shortened: where it begins an address and not a row of a narrow list.
    #[prop(optional)]
    whole: bool,
) -> impl IntoView {
    let class = format!("verb {}", method.to_ascii_lowercase());
    // The column is narrow: DELETE and OPTIONS keep their first letters and say the whole word to screen readers.
    let (short, full) = match method.to_ascii_uppercase().as_str() {
        "DELETE" if !whole => ("DEL".to_owned(), Some("DELETE")),
        "OPTIONS" if !whole => ("OPT".to_owned(), Some("OPTIONS")),
        other => (other.to_owned(), None),
    };
    view! {
        <span class=class>
            {match full {
                Some(full) => view! { <abbr title=full aria-label=full>{short}</abbr> }.into_any(),
                None => short.into_any(),
            }}
        </span>
        // A word of its own to who copies the row or hears it: only the layout parts it from what follows.
        " "
    }
}
