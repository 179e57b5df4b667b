//! The form that makes a product; its document comes next.

use super::fields::{FIELDS, ProductFields, inputs};
use super::frame::Back;
use crate::error::AppError;
use crate::ui::{Refused, Submit, TextInput, refusal};
use leptos::prelude::*;
use leptos_meta::Title;

/// Makes a product without a document and leads to where one is published.
#[server(CreateProduct)]
pub async fn create_product(product: ProductFields) -> Result<(), AppError> {
    use crate::session::server::{now, require_admin};
    let by = domain::event::By::person(&require_admin().await?.person);
    let new = product.into_new(domain::product::Status::Beta, None);
    let product = crate::portal::store()?.create_product(new, &by, now()).await?;
    leptos_axum::redirect(&format!("/admin/products/{}/document", product.id));
    Ok(())
}

#[component]
pub fn NewProductPage() -> impl IntoView {
    let action = ServerAction::<CreateProduct>::new();
    view! {
        <Title text="New product"/>
        <main id="main">
            <Back href="/admin/products" label="Products"/>
            <div class="pagehead">
                <div><h1>"New product"</h1><p>"It stays out of the catalogue until its first document is published, and begins as beta."</p></div>
            </div>
            <section class="card admin-form">
                <ActionForm action=action attr:class="form">
                    <TextInput label="Id" name="product[id]" required=true maxlength=64 placeholder="shipment-tracking"
                        hint="Part of every address, and never changed afterwards: a to z, 0 to 9 and hyphens." error=refusal(action, "id")/>
                    {inputs(ProductFields::blank(), |field| refusal(action, field))}
                    <Refused action=action fields=FIELDS/>
                    <div class="row end">
                        <a class="btn" href="/admin/products">"Cancel"</a>
                        <Submit pending=action.pending() label="Make product" busy="Making…"/>
                    </div>
                </ActionForm>
            </section>
        </main>
    }
}
