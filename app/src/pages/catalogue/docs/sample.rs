//! Code with its words coloured.

use leptos::prelude::*;
use spec::highlight::{Syntax, Token, highlight};

/// Code with its keywords, texts, numbers and comments marked.
pub fn colored(code: &str, syntax: Syntax) -> impl IntoView + use<> {
    let parts = highlight(code, syntax).into_iter().map(|(token, text)| match token {
        Token::Plain => text.into_any(),
        marked => view! { <span class=marked.class()>{text}</span> }.into_any(),
    });
    parts.collect_view()
}
