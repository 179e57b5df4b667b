//! Code with a head that names it and copies it.

use super::copy::Copy;
use leptos::prelude::*;
use spec::highlight::{Syntax, highlight};
use spec::snippet::Language;

/// A sentence whose parts between backticks are code.
pub fn with_code(sentence: &str) -> impl IntoView + use<> {
    let parts = sentence.split('`').enumerate().map(|(n, part)| {
        let part = part.to_owned();
        if n % 2 == 1 { view! { <code>{part}</code> }.into_any() } else { part.into_any() }
    });
    parts.collect_view()
}

/// A block of code; `language` is the id of a sample's language, `json`, or anything else for plain text.
#[component]
pub fn Code(
    #[prop(into)] code: Signal<String>,
    #[prop(into)] language: Signal<String>,
    #[prop(optional, into)] title: Option<String>,
    /// What stands in the head between the title and the copy button.
    #[prop(optional, into)]
    actions: Option<ViewFnOnce>,
    /// Without the head.
    #[prop(optional)]
    bare: bool,
) -> impl IntoView {
    let label = title.clone().unwrap_or_else(|| "Code".to_owned());
    let head = (!bare).then(|| {
        view! {
            <header>
                <span class="clip">{title}</span>
                {actions.map(ViewFnOnce::run)}
                <Copy text=code what="the code" bare=true/>
            </header>
        }
    });
    view! {
        <div class="code">
            {head}
            <pre tabindex="0" role="region" aria-label=label>
                <code>{move || painted(&language.read(), &code.read())}</code>
            </pre>
        </div>
    }
}

/// The code in spans, one for each stretch that has a colour.
fn painted(language: &str, code: &str) -> AnyView {
    let Some(syntax) = syntax(language) else { return code.to_owned().into_any() };
    let stretches = highlight(code, syntax).into_iter().map(|(token, text)| match token.class() {
        "" => text.into_any(),
        class => view! { <span class=class>{text}</span> }.into_any(),
    });
    stretches.collect_view().into_any()
}

fn syntax(language: &str) -> Option<Syntax> {
    if language == "json" { Some(Syntax::Json) } else { Language::from_id(language).map(Syntax::from) }
}
