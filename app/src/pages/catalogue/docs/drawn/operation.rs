//! One operation: what it does at the left, code at the right.

use super::reader::Reader;
use super::sample::{CopyButton, SampleBlock};
use super::{answers, inputs};
use crate::ui::{Glyph, Icon, Verb};
use leptos::prelude::*;
use spec::{Api, Operation};

/// An operation, or a webhook, which is described but cannot be tried.
pub fn view(api: &Api, operation: &Operation, reader: &Reader) -> impl IntoView + use<> {
    let product = &reader.product;
    let is_webhook = api.webhooks.iter().any(|webhook| webhook.id == operation.id);
    let body = operation.body.as_ref().map(|body| inputs::body(body, &api.schemas, product));
    let answers = (!operation.responses.is_empty()).then(|| answers::view(operation, &api.schemas, product));
    let code = (!is_webhook).then(|| {
        let samples = reader.samples(operation, &api.schemas);
        let console = format!("/apis/{product}/console?operation={}", spec::request::percent(&operation.id));
        view! {
            <SampleBlock samples name=format!("{}-code", operation.id)/>
            <a class="btn primary" href=console><Icon name=Glyph::Terminal size=15/>"Try it"</a>
        }
    });
    view! {
        <div class="op">
            <div class="stack loose">
                {heading(operation, product, is_webhook)}
                {(!operation.description.is_empty()).then(|| view! { <div class="prose dim" inner_html=operation.description.clone()></div> })}
                {(!is_webhook).then(|| authentication(reader))}
                {inputs::parameters(operation, &api.schemas, product)}
                {body}
                {answers}
            </div>
            <div class="side">
                {code}
                {answers::good_example(operation, &api.schemas)}
            </div>
        </div>
    }
}

fn heading(operation: &Operation, product: &str, is_webhook: bool) -> impl IntoView + use<> {
    let address = format!("/apis/{product}/docs/{}", operation.id);
    let place = if is_webhook { "Webhook, sent to your address".to_owned() } else { operation.tag.clone() };
    let deprecated = operation.deprecated.then(|| view! { <span class="pill warn">"Deprecated"</span> });
    view! {
        <div>
            <div class="row sm faint">{place}{deprecated}</div>
            <h2><a class="anchor" href=address>{operation.label().to_owned()}</a></h2>
            <div class="row endpoint">
                <code class="row"><Verb method=operation.method.as_str() whole=true/>{operation.path.clone()}</code>
                <CopyButton text=operation.path.clone()/>
            </div>
        </div>
    }
}

/// How a call of this operation proves who makes it. The gateway asks for a key whatever the document says.
fn authentication(reader: &Reader) -> impl IntoView + use<> {
    view! {
        <section>
            <h3>"Authentication"</h3>
            <p class="dim sm">"Your key, as "<code>{format!("Authorization: Bearer {}", reader.shown_key())}</code>" or in "<code>"X-Api-Key"</code>"."</p>
        </section>
    }
}
