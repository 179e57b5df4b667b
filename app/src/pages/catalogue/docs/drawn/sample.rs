//! Code samples: one request in every language, the reader's own chosen first.

use crate::pages::catalogue::docs::sample::colored;
use crate::ui::{Glyph, Icon};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use spec::highlight::Syntax;
use spec::snippet::Language;

/// A request in every language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Samples {
    pub codes: Vec<(Language, String)>,
    /// The language that the reader chose last.
    pub chosen: Language,
}

/// The samples behind a switch that works without JavaScript. `name` tells the switches of one page apart.
#[component]
pub fn SampleBlock(samples: Samples, #[prop(into)] name: String) -> impl IntoView {
    let chosen = samples.chosen;
    let panels = samples.codes.into_iter().map(|(language, code)| {
        let id = format!("{name}-{}", language.id());
        view! {
            <input
                type="radio"
                class="unseen"
                id=id.clone()
                name=format!("{name}-language")
                data-language=language.id()
                checked=language == chosen
            />
            <label for=id>{language.label()}</label>
            <div class="panel"><pre tabindex="0">{colored(&code, Syntax::from(language))}</pre></div>
        }
    });
    view! {
        <fieldset class="code switch">
            <legend class="unseen">"Code sample"</legend>
            {panels.collect_view()}
            <CopyButton/>
        </fieldset>
    }
}

/// Copies the code of the block it is in.
#[component]
pub fn CopyButton(#[prop(optional, into)] text: String) -> impl IntoView {
    view! { <button type="button" class="btn sm quiet icon-only copy" data-copy=text aria-label="Copy"><Icon name=Glyph::Copy size=13/></button> }
}
