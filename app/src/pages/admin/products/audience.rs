//! The partners who see a private product.

use crate::error::AppError;
use crate::pages::admin::feedback::{after, loaded, refetch};
use crate::ui::{Card, Check, Empty, Glyph, Refused, Submit};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A partner, and whether it sees the product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    pub id: Uuid,
    pub name: String,
    pub sees: bool,
}

/// Every partner by name.
#[server]
pub async fn load_viewers(product: String) -> Result<Vec<Viewer>, AppError> {
    use crate::session::server::{now, require_admin};
    require_admin().await?;
    let store = crate::portal::store()?;
    let named = store.product_partners(&product).await?;
    let viewer = |row: store::PartnerRow| Viewer { id: row.partner.id, sees: named.contains(&row.partner.id), name: row.partner.name };
    Ok(store.partner_rows("", now()).await?.into_iter().map(viewer).collect())
}

/// Names the partners who see a private product.
#[server(SetViewers)]
pub async fn set_viewers(product: String, #[server(default)] partners: Vec<Uuid>) -> Result<usize, AppError> {
    use crate::session::server::{now, require_admin};
    let by = domain::event::By::person(&require_admin().await?.person);
    if !crate::portal::store()?.set_product_partners(&product, &partners, &by, now()).await? {
        return Err(AppError::NotFound.raise());
    }
    Ok(partners.len())
}

#[component]
pub fn Audience(
    product: String,
    /// Asked for where the page begins, outside of whatever it waits for.
    viewers: Resource<Result<Vec<Viewer>, AppError>>,
) -> impl IntoView {
    let action = ServerAction::<SetViewers>::new();
    after(action, refetch(viewers), |count| match count {
        0 => "Nobody sees it now.".to_owned(),
        1 => "One partner sees it now.".to_owned(),
        more => format!("{more} partners see it now."),
    });
    view! {
        <Card title="Partners who see it">
            {loaded(viewers, 3, move |viewers| {
                if viewers.is_empty() {
                    return view! { <Empty icon=Glyph::Building title="No partners yet" text="Partners appear here when they sign up."/> }.into_any();
                }
                let boxes = viewers.into_iter().map(|viewer| view! { <Check label=viewer.name name="partners[]" value=viewer.id.to_string() checked=viewer.sees/> });
                let boxes = boxes.collect_view();
                let product = product.clone();
                view! {
                    <ActionForm action=action attr:class="form">
                        <input type="hidden" name="product" value=product/>
                        <div class="stack tight admin-choices">{boxes}</div>
                        <Refused action=action fields=&[]/>
                        <div class="row end"><Submit class="" pending=action.pending() label="Save partners" busy="Saving…"/></div>
                    </ActionForm>
                }
                .into_any()
            })}
        </Card>
    }
}
