//! What this instance calls itself: one resource that header, footer and catalogue share.

use crate::error::AppError;
use crate::page_data::{PageData, page_data};
use domain::settings::Branding;
use leptos::prelude::*;

/// The brand from the settings.
#[derive(Clone, Copy)]
pub struct Brand(PageData<Result<Branding, AppError>>);

impl Brand {
    /// The brand once it is known, and Portico's own until then: read it inside `<Transition>`.
    pub fn get(self) -> Branding {
        self.0.get().and_then(Result::ok).unwrap_or_default()
    }

    /// The company's name.
    pub fn name(self) -> String {
        self.get().name
    }

    /// Asks again, after the settings changed.
    pub fn refresh(self) {
        self.0.refetch();
    }
}

/// Makes the brand available to every page.
pub fn provide_brand() {
    provide_context(Brand(page_data(|| (), |()| site_brand())));
}

/// The brand of this instance.
pub fn use_brand() -> Brand {
    expect_context()
}

/// The brand that was set, or Portico's own.
#[server]
pub async fn site_brand() -> Result<Branding, AppError> {
    Ok(crate::portal::store()?.branding().await?)
}
