//! The document in force, parsed once and shared.

use crate::{Result, Store};
use domain::product::Revision;
use std::sync::Arc;

/// A revision with everything computed from its document. Descriptions are sanitised HTML.
#[derive(Debug)]
pub struct Published {
    pub revision: Revision,
    pub api: spec::model::Api,
}

impl Store {
    /// The document in force of a product; cached by revision.
    pub async fn published(&self, product: &str) -> Result<Option<Arc<Published>>> {
        todo!()
    }
}
