//! Two ways to publish a document from the browser: as text or a file, and from an address.

use crate::error::AppError;
use crate::pages::admin::feedback::after;
use crate::ui::{Card, Refused, Submit, TextArea, TextInput, Toasts, form, refusal, use_toasts};
use domain::product::{RefusedDocument, Revision};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What became of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Published {
    InForce(Revision),
    Unchanged(Revision),
    Refused(RefusedDocument),
    /// The other side says that it is the document of the last time.
    NotModified,
}

impl Published {
    #[cfg(feature = "ssr")]
    fn of(outcome: store::PublishOutcome) -> Result<Self, AppError> {
        use store::PublishOutcome;
        match outcome {
            PublishOutcome::Accepted(revision) => Ok(Self::InForce(revision)),
            PublishOutcome::Unchanged(revision) => Ok(Self::Unchanged(revision)),
            PublishOutcome::Refused(refused) => Ok(Self::Refused(refused)),
            PublishOutcome::UnknownProduct => Err(AppError::NotFound.raise()),
        }
    }

    /// Says it: a refusal in another tone.
    fn tell(&self, toasts: Toasts) {
        match self {
            Self::Refused(_) => toasts.refuse(self.say()),
            _ => toasts.say(self.say()),
        }
    }

    /// The sentence that says it.
    fn say(&self) -> String {
        match self {
            Self::InForce(revision) => format!("Revision {} is in force. Docs, console and samples follow it.", revision.number),
            Self::Unchanged(revision) => format!("Nothing changed: this is revision {} already.", revision.number),
            Self::Refused(refused) if refused.pointer.is_empty() => format!("Refused. {refused}"),
            Self::Refused(refused) => format!("Refused at {refused}"),
            Self::NotModified => "Nothing changed since the last fetch.".to_owned(),
        }
    }
}

/// Publishes a text.
#[server(PublishDocument)]
pub async fn publish_document(product: String, document: String) -> Result<Published, AppError> {
    use crate::session::server::{now, require_admin};
    let by = domain::event::By::person(&require_admin().await?.person);
    if document.trim().is_empty() {
        return Err(AppError::invalid("document", "Paste a document, or choose a file."));
    }
    // Browsers send every line's end as two characters; the same text from a pipeline has one, and must be the same revision.
    let document = document.replace("\r\n", "\n");
    Published::of(crate::portal::store()?.publish(&product, &document, &by, now()).await?)
}

/// Remembers where the document is fetched from; an empty address ends the fetching.
#[server(SetSpecUrl)]
pub async fn set_spec_url(product: String, #[server(default)] spec_url: String) -> Result<(), AppError> {
    use crate::session::server::{now, require_admin};
    let by = domain::event::By::person(&require_admin().await?.person);
    let store = crate::portal::store()?;
    let Some(before) = store.product(&product).await? else { return Err(AppError::NotFound.raise()) };
    let fields = super::fields::ProductFields::of(&before);
    store.update_product(fields.into_new(before.status, Some(spec_url)), &by, now()).await?;
    Ok(())
}

/// Fetches the document from its address and publishes it.
#[server(FetchDocument)]
pub async fn fetch_document(product: String) -> Result<Published, AppError> {
    use crate::portal::Refetched;
    let by = domain::event::By::person(&crate::session::server::require_admin().await?.person);
    let fetched = (crate::portal::portal()?.refetch)(product, by).await;
    match fetched.map_err(|sentence| AppError::invalid("fetch", sentence))? {
        Refetched::NotModified => Ok(Published::NotModified),
        Refetched::Fetched(outcome) => Published::of(outcome),
    }
}

/// A text on its way to being published. Made by the page, so that it outlasts a new drawing of the form: what is sent while the page
/// asks for its data again is answered all the same.
#[derive(Clone, Copy)]
pub struct Draft {
    text: RwSignal<String>,
    action: ServerAction<PublishDocument>,
}

impl Draft {
    /// An empty one. Whoever is drawn from the product's revisions hears of it when they `changed`.
    pub fn new(changed: Callback<()>) -> Self {
        let draft = Self { text: RwSignal::new(String::new()), action: ServerAction::new() };
        let toasts = use_toasts();
        form::after(draft.action, move |published| {
            if !matches!(published, Published::Refused(_)) {
                draft.text.set(String::new());
            }
            published.tell(toasts);
            changed.run(());
        });
        draft
    }
}

/// A document that is pasted, or read from a file in the browser.
#[component]
pub fn PublishText(product: String, draft: Draft) -> impl IntoView {
    let Draft { text: document, action } = draft;
    view! {
        <Card title="Publish a document">
            <ActionForm action=action attr:class="form">
                <input type="hidden" name="product" value=product/>
                <FileChoice document/>
                <TextArea label="OpenAPI document" name="document" rows=10 mono=true bind=document
                    hint="OpenAPI 3.0 or 3.1, as YAML or JSON. A broken one is refused, and the revision in force stays." error=refusal(action, "document")/>
                <Refused action=action fields=&["document"]/>
                <div class="row end"><Submit pending=action.pending() label="Publish" busy="Publishing…"/></div>
            </ActionForm>
        </Card>
    }
}

/// Reads a chosen file into `document`, where it can be looked at before it is published.
#[component]
fn FileChoice(document: RwSignal<String>) -> impl IntoView {
    let answers = RwSignal::new(false);
    Effect::new(move || answers.set(true));
    let choose = move |event: leptos::ev::Targeted<leptos::ev::Event, web_sys::HtmlInputElement>| {
        let Some(file) = event.target().files().and_then(|files| files.get(0)) else { return };
        leptos::task::spawn_local(async move {
            // A file that cannot be read leaves the field as it is, and the browser says why.
            if let Ok(text) = wasm_bindgen_futures::JsFuture::from(file.text()).await {
                document.set(text.as_string().unwrap_or_default());
            }
        });
    };
    view! {
        <div class="field">
            <label for="file">"From a file"</label>
            <input id="file" class="input" type="file" accept=".yaml,.yml,.json" disabled=move || !answers.get() on:change:target=choose/>
        </div>
    }
}

/// A document that is fetched from an address, on a schedule and now.
#[component]
pub fn PublishByUrl(product: String, spec_url: Option<String>, changed: Callback<()>) -> impl IntoView {
    let (save, fetch) = (ServerAction::<SetSpecUrl>::new(), ServerAction::<FetchDocument>::new());
    after(save, changed, |()| "Address saved.".to_owned());
    let toasts = use_toasts();
    form::after(fetch, move |published| {
        published.tell(toasts);
        changed.run(());
    });
    let fetched = product.clone();
    let now = spec_url.is_some().then(|| {
        view! {
            <ActionForm action=fetch attr:class="stack tight">
                <input type="hidden" name="product" value=fetched/>
                <Refused action=fetch fields=&[]/>
                <div class="row end"><Submit class="" pending=fetch.pending() label="Fetch now" busy="Fetching…"/></div>
            </ActionForm>
        }
    });
    view! {
        <Card title="Publish from an address" class="stack">
            <ActionForm action=save attr:class="form">
                <input type="hidden" name="product" value=product/>
                <TextInput label="Document URL" name="spec_url" kind="url" value=spec_url.unwrap_or_default() placeholder="https://api.example.com/openapi.yaml"
                    hint="Fetched again on a schedule; only a change makes a revision. Empty it to stop." error=refusal(save, "spec_url")/>
                <Refused action=save fields=&["spec_url"]/>
                <div class="row end"><Submit class="" pending=save.pending() label="Save address" busy="Saving…"/></div>
            </ActionForm>
            {now}
        </Card>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    #[test]
    fn a_refusal_names_a_place_only_where_there_is_one() {
        let refused = |pointer: &str| {
            let (pointer, message) = (pointer.to_owned(), "Line 2 has a tab.".to_owned());
            Published::Refused(RefusedDocument { at: DateTime::UNIX_EPOCH, number: 1, pointer, message }).say()
        };
        assert_eq!(refused("paths./labels"), "Refused at paths./labels: Line 2 has a tab.");
        assert_eq!(refused(""), "Refused. Line 2 has a tab.");
    }
}
