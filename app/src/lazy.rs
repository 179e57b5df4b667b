//! Pages whose code is fetched when one of them is first shown: one piece of WASM for each part of the portal.
//!
//! Pages of one part share most of their code, and a piece for each page would come with a small file for every
//! combination that shares something. So a part is fetched as a whole, and a visitor of the catalogue never fetches it.

use leptos::prelude::AnyView;
use leptos_router::ChooseView;
use std::future::Future;
use std::pin::Pin;

type Fetching<T> = Pin<Box<dyn Future<Output = T>>>;

/// The view of a route whose part is fetched first. One type for every page: the router is compiled anew for each type of view that it
/// meets, and all of that lies in the first download.
#[derive(Clone, Copy)]
pub struct LazyPage {
    #[doc(hidden)]
    pub fetch: fn() -> Fetching<()>,
    #[doc(hidden)]
    pub show: fn() -> Fetching<AnyView>,
}

impl ChooseView for LazyPage {
    async fn choose(self) -> AnyView {
        (self.show)().await
    }

    // Hydration and navigation both wait for this; without it the server's HTML would meet an empty page.
    async fn preload(&self) {
        (self.fetch)().await;
    }
}

/// Gives each named page of a part a function that makes its [`LazyPage`]. A module calls it once:
///
/// ```ignore
/// lazy_pages! { dashboard: overview_page => Overview, usage_page => Usage }
///
/// view! { <Route path=path!("/dashboard") view=overview_page()/> }
/// ```
///
/// The pages are components without properties. A parent route with an `<Outlet/>` is named the same way.
#[macro_export]
macro_rules! lazy_pages {
    ($part:ident: $($route:ident => $page:ident),+ $(,)?) => {
        enum Piece {
            $($page),+
        }

        #[::leptos::lazy($part)]
        fn piece(page: Piece) -> ::leptos::prelude::AnyView {
            use ::leptos::prelude::{IntoAny, IntoView};
            match page {
                $(Piece::$page => $page().into_view().into_any()),+
            }
        }

        /// Fetches the part; the server has it already.
        async fn fetch_part() {
            #[cfg(target_arch = "wasm32")]
            __preload_piece().await;
        }

        $(
            #[doc = concat!("Fetches the `", stringify!($part), "` part, then shows [`", stringify!($page), "`].")]
            pub fn $route() -> $crate::lazy::LazyPage {
                $crate::lazy::LazyPage { fetch: || Box::pin(fetch_part()), show: || Box::pin(piece(Piece::$page)) }
            }
        )+
    };
}
