//! What can go wrong in a server function, and what the page says about it.

use domain::Invalid;
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

/// The error of every server function. Each value sets its HTTP status when it is made on the server: see [`AppError::raise`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum AppError {
    /// 422: a field to mend.
    #[error("{0}")]
    Invalid(Invalid),
    /// 401.
    #[error("Sign in to see this.")]
    SignedOut,
    /// 403.
    #[error("Your role does not allow this. An owner or admin of your organisation can change it.")]
    Forbidden,
    /// 404.
    #[error("There is nothing here. It may have been removed.")]
    NotFound,
    /// 429.
    #[error("Too many tries. Wait {}, then try again.", span(*seconds))]
    Wait { seconds: i64 },
    /// 503: the database is away.
    #[error(
        "The portal's database does not answer, so this can be neither shown nor changed now. Calls with keys that were in use are let \
         through for five minutes more, and none is lost. Try again in a moment."
    )]
    Away,
    /// 500: details are in the log under this id.
    #[error("Something broke on our side. Try again; if it stays, tell us the number {request_id}.")]
    Internal { request_id: String },
    /// The server could not be reached, or answered something else.
    #[error("The server did not answer. Check your connection, then try again.")]
    Unreachable(String),
}

/// `14 minutes` of 804 seconds: rounded up, so that whoever waits that long gets in.
fn span(seconds: i64) -> String {
    use crate::ui::format::count;
    match seconds {
        ..=90 => count(seconds.max(1), "second"),
        91..=5_400 => count((seconds + 59) / 60, "minute"),
        _ => count((seconds + 3_599) / 3_600, "hour"),
    }
}

impl AppError {
    /// A rule that a field broke.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(Invalid::new(field, message)).raise()
    }

    /// The message for a field of a form, if this error is about it.
    pub fn about(&self, field: &str) -> Option<String> {
        match self {
            Self::Invalid(invalid) if invalid.field == field => Some(invalid.message.clone()),
            _ => None,
        }
    }

    /// Whether the same request may succeed a little later.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Away | Self::Internal { .. } | Self::Unreachable(_))
    }

    /// The HTTP status that goes with it.
    pub fn status(&self) -> u16 {
        match self {
            Self::Invalid(_) => 422,
            Self::SignedOut => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Wait { .. } => 429,
            Self::Away => 503,
            Self::Internal { .. } => 500,
            Self::Unreachable(_) => 502,
        }
    }

    /// Sets the status of the answer under way; in the browser it changes nothing.
    pub fn raise(self) -> Self {
        #[cfg(feature = "ssr")]
        if let (Some(response), Ok(status)) =
            (leptos::prelude::use_context::<leptos_axum::ResponseOptions>(), http::StatusCode::from_u16(self.status()))
        {
            response.set_status(status);
        }
        self
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(detail) | ServerFnErrorErr::MissingArg(detail) | ServerFnErrorErr::Deserialization(detail) => {
                Self::invalid("", format!("The request could not be read: {detail}"))
            }
            other => Self::Unreachable(other.to_string()).raise(),
        }
    }
}

impl From<Invalid> for AppError {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid).raise()
    }
}

#[cfg(feature = "ssr")]
impl From<store::Error> for AppError {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Invalid(invalid) => Self::Invalid(invalid).raise(),
            other if other.is_away() => {
                tracing::warn!(error = %other, "a server function found the database away");
                Self::Away.raise()
            }
            other if other.is_nowhere() => Self::NotFound.raise(),
            other => {
                let request_id = crate::portal::request_id();
                tracing::error!(error = %other, request_id, "a server function failed");
                Self::Internal { request_id }.raise()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::AppError;

    #[test]
    fn a_wait_is_told_in_the_unit_that_people_would_use() {
        let told = |seconds| AppError::Wait { seconds }.to_string();
        assert_eq!(told(804), "Too many tries. Wait 14 minutes, then try again.");
        assert_eq!(told(1), "Too many tries. Wait 1 second, then try again.");
        assert_eq!(told(7_100), "Too many tries. Wait 2 hours, then try again.");
    }
}
