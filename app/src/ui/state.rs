//! What a list shows instead of its rows: nothing yet, still coming, could not come.

use super::badge::Tone;
use super::icon::{Glyph, Icon};
use super::note::Note;
use crate::error::AppError;
use leptos::prelude::*;

/// Nothing yet: what will appear, and the action that makes it appear.
#[component]
pub fn Empty(
    icon: Glyph,
    #[prop(into)] title: String,
    /// One sentence under the title.
    #[prop(optional, into)]
    text: Option<String>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="glyph">
                <Icon name=icon size=18/>
            </span>
            <div class="words">
                <b>{title}</b>
                {text.map(|text| view! { <p>{text}</p> })}
            </div>
            {children.map(|children| children())}
        </div>
    }
}

/// Still coming: grey bars in the place of the rows.
#[component]
pub fn Skeleton(
    /// How many rows are to be expected.
    #[prop(default = 3)]
    rows: usize,
) -> impl IntoView {
    view! {
        <div class="skeleton" role="status">
            <span class="unseen">"Loading"</span>
            {(0..rows).map(|_| view! { <i></i> }).collect_view()}
        </div>
    }
}

/// Could not come: why, and what to do about it. Asking again is offered only where it can help.
#[component]
pub fn Retry(error: AppError, on_retry: Callback<()>) -> impl IntoView {
    let action = match error {
        AppError::SignedOut => view! { <a class="btn sm" href="/sign-in">"Sign in"</a> }.into_any(),
        AppError::Forbidden | AppError::NotFound | AppError::Invalid(_) => ().into_any(),
        AppError::Wait { .. } | AppError::Away | AppError::Internal { .. } | AppError::Unreachable(_) => {
            view! { <button type="button" class="btn sm" on:click=move |_| on_retry.run(())>"Try again"</button> }.into_any()
        }
    };
    let (tone, icon) = match error {
        AppError::SignedOut | AppError::Forbidden => (Tone::Plain, Glyph::Lock),
        AppError::Away => (Tone::Warn, Glyph::Server),
        _ => (Tone::Bad, Glyph::CircleAlert),
    };
    view! {
        <Note tone=tone icon=icon live=true>
            <span class="grow">{error.to_string()}</span>
            {action}
        </Note>
    }
}
