//! Pages whose code is fetched when one of them is first shown: one piece of WASM for each part of the portal.
//!
//! Pages of one part share most of their code, and a piece for each page would come with a small file for every
//! combination that shares something. So a part is fetched as a whole, and a visitor of the catalogue never fetches it.

/// Gives each named page of a part a route type that fetches the part first. A module calls it once:
///
/// ```ignore
/// lazy_pages! { dashboard: OverviewRoute => Overview, UsageRoute => Usage }
///
/// view! { <Route path=path!("/dashboard") view={Lazy::<OverviewRoute>::new()}/> }
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

        $(
            #[doc = concat!("Fetches the `", stringify!($part), "` part, then shows [`", stringify!($page), "`].")]
            pub struct $route;

            impl ::leptos_router::LazyRoute for $route {
                fn data() -> Self {
                    Self
                }

                async fn view(_: Self) -> ::leptos::prelude::AnyView {
                    piece(Piece::$page).await
                }

                // Hydration and navigation both wait for this; without it the server's HTML would meet an empty page.
                async fn preload() {
                    #[cfg(target_arch = "wasm32")]
                    __preload_piece().await;
                }
            }
        )+
    };
}
