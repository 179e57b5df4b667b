//! What surrounds every page.

use super::footer::Footer;
use super::header::Header;
use super::palette::{Palette, provide_palette};
use super::toast::{Toaster, provide_toasts};
use crate::brand::use_brand;
use leptos::prelude::*;
use leptos_meta::Title;

/// Header, page and footer, and what lies over them.
#[component]
pub fn Frame(children: Children) -> impl IntoView {
    provide_toasts();
    provide_palette();
    let brand = use_brand();
    view! {
        <Title formatter=move |title: String| titled(&title, &brand.name())/>
        <a class="skip" href="#main">"Skip to the page"</a>
        <Header/>
        {children()}
        <Footer/>
        <Palette/>
        <Toaster/>
    }
}

/// What the browser's tab says. On the server it becomes markup as it is (leptos_meta 0.8 escapes attributes, but no
/// title), in the browser it is set as text.
fn titled(page: &str, brand: &str) -> String {
    let title = if page.is_empty() { format!("{brand} Developers") } else { format!("{page} · {brand}") };
    if cfg!(feature = "ssr") { title.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;") } else { title }
}
