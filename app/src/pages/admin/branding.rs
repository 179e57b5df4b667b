//! What the instance calls itself and how it greets.

use crate::error::AppError;
use crate::pages::admin::feedback::{after, loaded, refetch};
use crate::ui::{Refused, Submit, TextArea, TextInput, refusal};
use domain::settings::Branding;
use leptos::prelude::*;
use leptos_meta::Title;

/// The brand in force.
#[server]
pub async fn load_branding() -> Result<Branding, AppError> {
    crate::session::server::require_admin().await?;
    Ok(crate::portal::store()?.branding().await?)
}

/// Replaces the brand.
#[server(SaveBranding)]
pub async fn save_branding(branding: Branding) -> Result<(), AppError> {
    use crate::session::server::{now, require_admin};
    let by = domain::event::By::person(&require_admin().await?.person);
    Ok(crate::portal::store()?.set_branding(&branding, &by, now()).await?)
}

#[component]
pub fn BrandingPage() -> impl IntoView {
    let branding = Resource::new_blocking(|| (), |()| load_branding());
    let changed = refetch(branding);
    view! {
        <Title text="Branding"/>
        <main id="main">
            <div class="pagehead"><div><h1>"Branding"</h1><p>"The name in the header and in mails, and the words at the top of the catalogue."</p></div></div>
            {loaded(branding, 4, move |branding| view! { <BrandingForm branding changed/> }.into_any())}
        </main>
    }
}

#[component]
fn BrandingForm(branding: Branding, changed: Callback<()>) -> impl IntoView {
    let action = ServerAction::<SaveBranding>::new();
    after(action, changed, |()| "Saved. Every page shows it from now on.".to_owned());
    view! {
        <section class="card admin-form">
            <ActionForm action=action attr:class="form">
                <TextInput label="Name" name="branding[name]" value=branding.name required=true maxlength=80 hint="Your company's, as customers know it." error=refusal(action, "name")/>
                <TextInput label="Headline" name="branding[headline]" value=branding.headline required=true maxlength=120 error=refusal(action, "headline")/>
                <TextArea label="Sentence under it" name="branding[sentence]" value=branding.sentence rows=2 required=true error=refusal(action, "sentence")/>
                <Refused action=action fields=&["name", "headline", "sentence"]/>
                <div class="row end"><Submit pending=action.pending() label="Save branding" busy="Saving…"/></div>
            </ActionForm>
        </section>
    }
}
