//! One request as a sample of code, in the languages that readers use.

mod curl;
mod go;
mod javascript;
mod python;
mod rust;

pub use crate::request::HttpRequest;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A language of code samples.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    #[default]
    Curl,
    JavaScript,
    Python,
    Go,
    Rust,
}

impl Language {
    /// In the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::Curl, Self::JavaScript, Self::Python, Self::Go, Self::Rust];

    /// What the reader sees.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Curl => "cURL",
            Self::JavaScript => "JavaScript",
            Self::Python => "Python",
            Self::Go => "Go",
            Self::Rust => "Rust",
        }
    }

    /// For cookies, addresses and class names.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::JavaScript => "javascript",
            Self::Python => "python",
            Self::Go => "go",
            Self::Rust => "rust",
        }
    }

    /// The language with this [`Self::id`].
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.id() == id)
    }
}

/// Code that makes exactly this request and prints the answer.
#[must_use]
pub fn render(request: &HttpRequest, language: Language) -> String {
    match language {
        Language::Curl => curl::render(request),
        Language::JavaScript => javascript::render(request),
        Language::Python => python::render(request),
        Language::Go => go::render(request),
        Language::Rust => rust::render(request),
    }
}

/// The body as a JSON object or list, when it is one.
fn json_body(request: &HttpRequest) -> Option<Value> {
    let value: Value = serde_json::from_str(request.body.as_deref()?).ok()?;
    (value.is_object() || value.is_array()).then_some(value)
}

/// A double-quoted literal as JSON, JavaScript, Python and Go all read it.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Every line but the first moved to the right.
fn indented(text: &str, by: &str) -> String {
    text.replace('\n', &format!("\n{by}"))
}

#[cfg(test)]
mod tests;
