//! The commands that publish a document, ready to paste into a pipeline.

use crate::ui::{Card, Code, Select};
use leptos::prelude::*;

/// With curl, and with the portal's own binary; the chosen product stands in both.
#[component]
pub fn Commands(site: String, products: Vec<(String, String)>) -> impl IntoView {
    let first = products.first().map_or_else(|| "PRODUCT".to_owned(), |(id, _)| id.clone());
    let product = RwSignal::new(first);
    let own = site.clone();
    let with_curl = Signal::derive(move || curl(&site, &product.read()));
    let with_binary = Signal::derive(move || portico(&own, &product.read()));
    view! {
        <Card title="The commands" class="stack">
            <Select label="Product" name="product" options=products bind=product/>
            <Code title="With curl" language="curl" code=with_curl/>
            <Code title="With portico" language="curl" code=with_binary/>
            <p class="xs faint">"Both fail, with the place in the document, when it is broken; the revision in force stays."</p>
        </Card>
    }
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
    }
}
