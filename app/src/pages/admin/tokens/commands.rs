//! What is done with a token: commands and requests, ready to paste.

use crate::ui::{Card, Code, Select};
use leptos::prelude::*;

/// Publishing a document, with curl and with the portal's own binary; the chosen product stands in both.
#[component]
pub fn Publish(site: String, products: Vec<(String, String)>) -> impl IntoView {
    let first = products.first().map_or_else(|| "PRODUCT".to_owned(), |(id, _)| id.clone());
    let product = RwSignal::new(first);
    let own = site.clone();
    let with_curl = Signal::derive(move || curl(&site, &product.read()));
    let with_binary = Signal::derive(move || portico(&own, &product.read()));
    view! {
        <Card title="Publish from CI" class="stack">
            <p class="sm dim">"A pipeline publishes a document with one command, so that the docs are never older than the code."</p>
            <Select label="Product" name="product" options=products bind=product/>
            <Code title="With curl" language="curl" code=with_curl/>
            <Code title="With portico" language="curl" code=with_binary/>
            <p class="xs faint">"Both fail, with the place in the document, when it is broken; the revision in force stays."</p>
        </Card>
    }
}

/// Asking about keys and reporting calls, for a gateway of another make.
#[component]
pub fn OtherGateway(site: String) -> impl IntoView {
    view! {
        <Card title="Another gateway" class="stack">
            <p class="sm dim">"A gateway of another make uses the portal's keys and bills: it asks whether a key may call, and reports what it let through to "<code>"POST /v1/usage"</code>"."</p>
            <Code title="May this key call?" language="curl" code=verify(&site)/>
            {in_full()}
        </Card>
    }
}

/// Reading everybody's usage.
#[component]
pub fn ReadUsage(site: String) -> impl IntoView {
    view! {
        <Card title="Everybody's usage" class="stack">
            <p class="sm dim">"A program reads the sums that bills are made of, by day, product, partner and more, as JSON or CSV."</p>
            <Code title="Calls of 30 days" language="curl" code=usage(&site)/>
            {in_full()}
        </Card>
    }
}

/// The document is none of the application's pages: the browser fetches it.
fn in_full() -> AnyView {
    view! { <p class="sm"><a href="/api/v1/openapi.json" rel="external">"The interface for machines in full, as OpenAPI"</a></p> }
        .into_any()
}

fn verify(site: &str) -> String {
    [
        format!("curl --fail-with-body \"{site}/v1/keys/verify\""),
        "-H \"Authorization: Bearer $PORTICO_TOKEN\"".to_owned(),
        "-H \"Content-Type: application/json\"".to_owned(),
        "-d '{\"key\": \"sk_live_…\", \"product\": \"PRODUCT\"}'".to_owned(),
    ]
    .join(" \\\n  ")
}

fn usage(site: &str) -> String {
    format!("curl --fail-with-body \"{site}/api/v1/usage?days=30\" \\\n  -H \"Authorization: Bearer $PORTICO_TOKEN\"")
}

fn curl(site: &str, product: &str) -> String {
    [
        format!("curl --fail-with-body -X PUT \"{site}/api/v1/products/{product}/document\""),
        "-H \"Authorization: Bearer $PORTICO_TOKEN\"".to_owned(),
        "-H \"Content-Type: application/yaml\"".to_owned(),
        "--data-binary @openapi.yaml".to_owned(),
    ]
    .join(" \\\n  ")
}

fn portico(site: &str, product: &str) -> String {
    format!("portico publish openapi.yaml --product {product} \\\n  --server {site}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_name_the_product_and_never_a_secret() {
        let text = curl("https://api.parcelry.example", "rates");
        assert!(text.contains("PUT \"https://api.parcelry.example/api/v1/products/rates/document\""), "{text}");
        assert!(text.contains("Bearer $PORTICO_TOKEN\""), "{text}");
        assert!(portico("https://api.parcelry.example", "rates").starts_with("portico publish openapi.yaml --product rates"));
        let asked = verify("https://api.parcelry.example");
        assert!(
            asked.contains("\"https://api.parcelry.example/v1/keys/verify\" \\\n") && asked.contains("Bearer $PORTICO_TOKEN\""),
            "{asked}"
        );
        assert!(usage("https://api.parcelry.example").contains("Bearer $PORTICO_TOKEN\""));
    }
}
