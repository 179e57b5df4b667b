//! The rules of the portal: pure, without a database, a server or a clock. Time and randomness are arguments.

pub mod access;
pub mod account;
pub mod addresses;
pub mod event;
pub mod invoice;
pub mod key;
pub mod latency;
pub mod mail;
pub mod money;
pub mod period;
pub mod plan;
pub mod price;
pub mod product;
pub mod rate;
pub mod report;
pub mod settings;
pub mod subscription;
pub mod typed;
pub mod usage;

/// A value that a person typed and that breaks a rule: which field, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, serde::Serialize, serde::Deserialize)]
#[error("{message}")]
pub struct Invalid {
    /// The name of the form field or JSON member, e.g. `email`.
    pub field: String,
    /// One sentence that says what would be accepted.
    pub message: String,
}

impl Invalid {
    /// Names the field and says what would be accepted.
    pub fn new(field: &str, message: impl Into<String>) -> Self {
        Self { field: field.to_owned(), message: message.into() }
    }
}

/// Gives a plain enum its lower-case names: `ALL`, `as_str`, `parse`.
macro_rules! names {
    ($type:ident { $($variant:ident => $text:literal),+ $(,)? }) => {
        impl $type {
            /// Every value, in the order that lists show.
            pub const ALL: [Self; [$($text),+].len()] = [$(Self::$variant),+];

            /// The name that the database, URLs and JSON use.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The value with this name.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|value| value.as_str() == text)
            }
        }
    };
}
pub(crate) use names;
