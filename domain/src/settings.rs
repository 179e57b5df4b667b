//! What an instance calls itself and how it greets.

use serde::{Deserialize, Serialize};

/// The brand of an instance, from its settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branding {
    /// The company, shown before "Developers".
    pub name: String,
    /// The catalogue's headline.
    pub headline: String,
    /// The one sentence under it.
    pub sentence: String,
}

impl Default for Branding {
    fn default() -> Self {
        Self {
            name: "Portico".to_owned(),
            headline: "Every API, a key and fifteen minutes.".to_owned(),
            sentence: "Read the docs, try every call here with sample data, take a key, go live. Nobody to wait for.".to_owned(),
        }
    }
}
