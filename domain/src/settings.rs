//! What an instance calls itself, how it greets, and how long it remembers.

use serde::{Deserialize, Serialize};

/// How long single things are kept that sums and bills do not need, in days; 0 forgets them within the hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// The log of single calls.
    pub calls: i64,
    /// Network addresses and browsers of sessions, and mails with the addresses that they went to.
    pub addresses: i64,
}

impl Default for Retention {
    fn default() -> Self {
        Self { calls: 30, addresses: 90 }
    }
}

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
