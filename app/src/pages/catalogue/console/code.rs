//! The request in the form as code.

use super::Bench;
use super::desk::Desk;
use crate::pages::catalogue::docs::sample::colored;
use crate::ui::Copy;
use leptos::prelude::*;
use spec::highlight::Syntax;
use spec::snippet::{Language, render};

/// The same request that Send sends, in the reader's language.
#[component]
pub fn CodeSample(bench: Bench, desk: Desk) -> impl IntoView {
    let language = RwSignal::new(bench.language);
    let code = Memo::new(move |_| render(&desk.request(), language.get()));
    let options = Language::ALL.map(|l| view! { <option value=l.id() selected=l == bench.language>{l.label()}</option> });
    let choose = move |id: String| language.set(Language::from_id(&id).unwrap_or_default());
    view! {
        <div class="code">
            <header>
                <span class="grow">{move || format!("The same call in {}", language.get().label())}</span>
                <select class="input tiny" aria-label="Language" on:change:target=move |event| choose(event.target().value())>{options.into_iter().collect_view()}</select>
                <Copy text=code what="the code" bare=true/>
            </header>
            <pre tabindex="0" role="region" aria-label="Code sample">{move || colored(&code.read(), Syntax::from(language.get()))}</pre>
        </div>
    }
}
