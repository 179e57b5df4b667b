//! The list of products with their figures, and the documents that were refused.

use crate::error::AppError;
use crate::pages::admin::feedback::loaded;
use crate::ui::{Empty, Glyph, Icon, Note, Pill, TableWrap, Tone, format, with_code};
use domain::money::{Currency, Money};
use domain::product::{Product, RefusedDocument, Status, Visibility};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};

/// A product with its figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductLine {
    pub product: Product,
    /// Partners with a current subscription.
    pub partners: i64,
    /// Live calls answered in the last 30 days.
    pub calls: i64,
    /// Of these, upstream errors.
    pub errors: i64,
    /// Revenue of the running period so far, in minor units of USD.
    pub revenue_minor: i64,
}

/// Every product with its figures, in the order of the catalogue.
#[cfg(feature = "ssr")]
pub async fn lines(store: &store::Store, now: chrono::DateTime<chrono::Utc>) -> Result<Vec<ProductLine>, AppError> {
    let line = |row: store::ProductRow| ProductLine {
        product: row.product,
        partners: row.partners,
        calls: row.calls,
        errors: row.errors,
        revenue_minor: row.revenue_minor,
    };
    Ok(store.product_rows(now).await?.into_iter().map(line).collect())
}

/// Every product with its figures, in the order of the catalogue.
#[server]
pub async fn load_products() -> Result<Vec<ProductLine>, AppError> {
    crate::session::server::require_admin().await?;
    lines(&crate::portal::store()?, crate::session::server::now()).await
}

#[component]
pub fn ProductsPage() -> impl IntoView {
    let products = Resource::new_blocking(|| (), |()| load_products());
    view! {
        <Title text="Products"/>
        <main id="main">
            <div class="pagehead">
                <div><h1>"Products"</h1><p>"Each is one OpenAPI document. Publish it here, by URL, or from CI."</p></div>
                <div class="row wrap">
                    <a class="btn" href="/admin/tokens"><Icon name=Glyph::Terminal size=14/>"Publish from CI"</a>
                    <a class="btn primary" href="/admin/products/new"><Icon name=Glyph::Plus size=14/>"New product"</a>
                </div>
            </div>
            {loaded(products, 8, |products| view! { <Listed products/> }.into_any())}
        </main>
    }
}

#[component]
fn Listed(products: Vec<ProductLine>) -> impl IntoView {
    if products.is_empty() {
        return view! {
            <section class="card">
                <Empty icon=Glyph::Package title="No products yet" text="A product appears here with its calls, errors and revenue, and in the catalogue once it has a document.">
                    <a class="btn" href="/admin/products/new">"Make the first product"</a>
                </Empty>
            </section>
        }
        .into_any();
    }
    view! {
        <div class="stack">
            {products.iter().filter_map(|line| refusal_note(&line.product, true)).collect_view()}
            <section class="card">
                <TableWrap label="Products" facts=true>
                    <table>
                        <thead><tr>
                            <th scope="col">"Product"</th><th scope="col">"State"</th><th scope="col" class="r">"Partners"</th>
                            <th scope="col" class="r">"Live calls, 30 d"</th><th scope="col" class="r">"Errors"</th>
                            <th scope="col" class="r">"Revenue this period"</th><th scope="col"><span class="unseen">"Actions"</span></th>
                        </tr></thead>
                        <tbody>{products.iter().map(row).collect_view()}</tbody>
                    </table>
                </TableWrap>
            </section>
        </div>
    }
    .into_any()
}

/// Says where a document that was refused is broken, and what partners see meanwhile; with a link to where another one is published.
pub fn refusal_note(product: &Product, linked: bool) -> Option<AnyView> {
    let refused = product.refused.as_ref()?;
    let meanwhile = match (product.revision_id, refused.number) {
        (None, _) => "There is no revision yet, so partners see nothing.".to_owned(),
        (Some(_), number) => format!("Partners still see revision {}.", number - 1),
    };
    let href = format!("/admin/products/{}/document", product.id);
    let title = format!("{}, revision {} was refused. ", product.name, refused.number);
    let reason = with_code(&format!("{} {meanwhile}", reason(refused)));
    let link = linked.then(|| view! { <a class="btn sm" href=href>"Publish a mended one"</a> });
    let note = view! {
        <Note tone=Tone::Warn>
            <span class="grow">
                <b>{title}</b>
                {reason}
            </span>
            {link}
        </Note>
    };
    Some(note.into_any())
}

/// Where and why, as a sentence whose parts between backticks are code; a text that could not be read at all has no place in the document.
pub fn reason(refused: &RefusedDocument) -> String {
    let message = refused.message.trim_end_matches('.');
    if refused.pointer.is_empty() { format!("{message}.") } else { format!("`{}`: {message}.", refused.pointer) }
}

fn row(line: &ProductLine) -> AnyView {
    let product = &line.product;
    let href = format!("/admin/products/{}", product.id);
    let more = format!("Edit {}", product.name);
    let version = if product.version.is_empty() { "no document".to_owned() } else { format!("v{}", product.version) };
    view! {
        <tr>
            <td class="name"><a class="admin-name" href=href.clone()><b>{product.name.clone()}</b></a>" "<span class="mono xs faint">{version}</span></td>
            <td class="state"><span class="row tight wrap">{states(product)}</span></td>
            <td class="r" data-label="Partners">{format::number(line.partners)}</td>
            <td class="r" data-label="Live calls, 30 d">{format::number(line.calls)}</td>
            <td class="r" data-label="Errors">{errors(line)}</td>
            <td class="r" data-label="Revenue this period">{Money::new(line.revenue_minor, Currency::Usd).to_string()}</td>
            <td class="r"><a class="btn sm icon-only quiet" href=href aria-label=more><Icon name=Glyph::Pencil size=14/></a></td>
        </tr>
    }
    .into_any()
}

/// The share of live calls that the upstream failed.
pub fn errors(line: &ProductLine) -> String {
    if line.calls == 0 { "–".to_owned() } else { format::percent(line.errors as f64 / line.calls as f64) }
}

/// Everything about a product's state that an admin should see at a glance.
pub fn states(product: &Product) -> AnyView {
    let (tone, text) = match product.status {
        _ if product.revision_id.is_none() => (Tone::Plain, "No document"),
        Status::Active => (Tone::Good, "Active"),
        Status::Beta => (Tone::Warn, "Beta"),
        Status::Deprecated => (Tone::Plain, "Deprecated"),
    };
    let refused =
        product.refused.as_ref().map(|refused| view! { <Pill tone=Tone::Bad>{format!("Revision {} refused", refused.number)}</Pill> });
    let private = (product.visibility == Visibility::Private).then(|| view! { <Pill tone=Tone::Info>"Private"</Pill> });
    view! { <Pill tone=tone>{text}</Pill>{private}{refused} }.into_any()
}
