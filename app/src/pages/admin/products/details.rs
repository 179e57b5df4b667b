//! What a product is called and where it goes; its status and who sees it.

use super::audience::{Audience, Viewer, load_viewers};
use super::fields::{FIELDS, ProductFields, inputs};
use super::frame::{ProductFrame, product_in_address};
use super::standing::StandingCard;
use crate::error::AppError;
use crate::pages::admin::feedback::{after, loaded, refetch};
use crate::ui::{Card, Refused, Submit, refusal};
use domain::product::{Product, Visibility};
use leptos::prelude::*;

/// The product that a page of its own is about.
#[server]
pub async fn load_product(id: String) -> Result<Product, AppError> {
    crate::session::server::require_admin().await?;
    crate::portal::store()?.product(&id).await?.ok_or_else(|| AppError::NotFound.raise())
}

/// Replaces what the form shows; what other forms change stays.
#[server(SaveProduct)]
pub async fn save_product(product: ProductFields) -> Result<(), AppError> {
    use crate::session::server::{now, require_admin};
    let by = domain::event::By::person(&require_admin().await?.person);
    let store = crate::portal::store()?;
    let Some(before) = store.product(&product.id).await? else { return Err(AppError::NotFound.raise()) };
    store.update_product(product.into_new(before.status, before.spec_url), &by, now()).await?;
    Ok(())
}

#[component]
pub fn DetailsPage() -> impl IntoView {
    let id = product_in_address();
    let product = Resource::new_blocking(move || id.get(), load_product);
    let viewers = Resource::new_blocking(move || id.get(), load_viewers);
    let changed = refetch(product);
    view! {
        <main id="main">
            {loaded(product, 8, move |product| view! { <Details product viewers changed/> }.into_any())}
        </main>
    }
}

#[component]
fn Details(product: Product, viewers: Resource<Result<Vec<Viewer>, AppError>>, changed: Callback<()>) -> impl IntoView {
    let action = ServerAction::<SaveProduct>::new();
    after(action, changed, |()| "Details saved.".to_owned());
    let fields = ProductFields::of(&product);
    let (id, status) = (product.id.clone(), product.status);
    let audience = (product.visibility == Visibility::Private).then(|| view! { <Audience product=id.clone() viewers/> });
    let edited = id.clone();
    view! {
        <ProductFrame product tab="">
            <div class="two">
            <Card title="Details">
                <ActionForm action=action attr:class="form">
                    <input type="hidden" name="product[id]" value=edited/>
                    {inputs(fields, |field| refusal(action, field))}
                    <Refused action=action fields=FIELDS/>
                    <div class="row end"><Submit pending=action.pending() label="Save details" busy="Saving…"/></div>
                </ActionForm>
            </Card>
            <div class="stack">
                <StandingCard product=id status changed/>
                {audience}
            </div>
            </div>
        </ProductFrame>
    }
}
