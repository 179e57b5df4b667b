//! Products: the list, a new one, and the four pages of each.

mod audience;
mod details;
mod document;
mod fields;
mod frame;
mod list;
mod new;
mod plan_form;
mod plans;
mod publish;
mod revisions;
mod standing;
mod upstream;

pub use details::DetailsPage;
pub use document::DocumentPage;
pub use fields::capital;
pub use frame::Back;
#[cfg(feature = "ssr")]
pub use list::lines;
pub use list::{ProductLine, ProductsPage, errors, reason};
pub use new::NewProductPage;
pub use plans::PlansPage;
pub use upstream::UpstreamPage;
