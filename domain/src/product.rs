//! An API product: what the catalogue lists and the gateway routes to.

use crate::{Invalid, names};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::Ipv6Addr;
use uuid::Uuid;

/// What a product is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    Logistics,
    Payments,
    Data,
    Communication,
    Analytics,
}

names!(Category {
    Logistics => "logistics",
    Payments => "payments",
    Data => "data",
    Communication => "communication",
    Analytics => "analytics",
});

/// Where a product is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Active,
    Beta,
    /// Retired: hidden from the catalogue; no new keys, subscriptions or console calls. Live calls of subscribers go on.
    Deprecated,
}

names!(Status { Active => "active", Beta => "beta", Deprecated => "deprecated" });

/// Who finds a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    Public,
    /// Only the partners that an admin named.
    Private,
}

names!(Visibility { Public => "public", Private => "private" });

/// A product with what lists and pages show; its document is a [`Revision`], its plans are asked for apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// `^[a-z][a-z0-9-]*$`, at most 64 characters: the slug in URLs.
    pub id: String,
    pub name: String,
    /// One sentence for the card; the long text is in the document.
    pub description: String,
    /// The version that the document in force names.
    pub version: String,
    pub category: Category,
    pub status: Status,
    pub visibility: Visibility,
    pub tags: Vec<String>,
    /// The name of a Lucide icon, e.g. `package-search`.
    pub icon: String,
    /// Where the gateway sends live calls; `internal:` names the built-in upstream.
    pub base_url: String,
    /// Where test calls go; absent: the built-in mock answers.
    pub sandbox_url: Option<String>,
    /// Where the document is fetched from on a schedule.
    pub spec_url: Option<String>,
    /// The revision in force; absent until a first document was accepted.
    pub revision_id: Option<Uuid>,
    /// Operations in the document in force.
    pub operations: i64,
    /// Why the last document was refused, while the one before stays in force.
    pub refused: Option<RefusedDocument>,
    /// Since when it is deprecated.
    pub deprecated_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A document that was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedDocument {
    pub at: DateTime<Utc>,
    /// The number the revision would have had.
    pub number: i64,
    /// Where in the document, e.g. `paths./labels.post.requestBody`.
    pub pointer: String,
    pub message: String,
}

/// Where and why; a text that could not be read at all has no place in the document.
impl fmt::Display for RefusedDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pointer.is_empty() { f.write_str(&self.message) } else { write!(f, "{}: {}", self.pointer, self.message) }
    }
}

/// One accepted document of a product; kept for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    pub id: Uuid,
    pub product_id: String,
    /// 1, 2, 3 … within the product.
    pub number: i64,
    /// `info.version` of the document.
    pub version: String,
    /// SHA-256 of the text, in hex.
    pub hash: String,
    pub operations: i64,
    /// What changed since the revision before, in sentences.
    pub changes: Vec<RevisionChange>,
    pub created_at: DateTime<Utc>,
    /// Who published it, as shown.
    pub created_by: String,
}

/// One sentence of a changelog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisionChange {
    pub breaking: bool,
    /// `added`, `changed`, `removed` or `deprecated`.
    pub kind: String,
    /// The operation it concerns, if any.
    pub operation: Option<String>,
    pub summary: String,
}

/// One row of the search index: an operation of the document in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationEntry {
    pub product_id: String,
    pub operation_id: String,
    /// Upper case, e.g. `GET`.
    pub method: String,
    pub path: String,
    pub summary: String,
    pub tag: String,
    pub deprecated: bool,
}

/// What of a WebSocket counts as a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SocketMetering {
    /// The connection, once, however long it lasts.
    Connection,
    /// The connection, and each message that the client sends.
    Message,
}

names!(SocketMetering { Connection => "connection", Message => "message" });

/// How the gateway reaches a product. The secret is never sent to a browser: see [`Upstream::secret_header_set`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upstream {
    pub product_id: String,
    /// The header that carries the upstream's own secret, e.g. `x-upstream-key`.
    pub secret_header: Option<String>,
    /// Whether a value for it is stored.
    pub secret_header_set: bool,
    /// Until the answer's headers, in milliseconds.
    pub timeout_ms: i64,
    /// Largest request body, in bytes.
    pub max_request_bytes: i64,
    /// Largest answer of the sandbox proxy, in bytes.
    pub max_response_bytes: i64,
    /// Origins whose pages may call the gateway; `*` for every one.
    pub cors_origins: Vec<String>,
    /// Lets the sandbox proxy reach private and loopback addresses.
    pub allow_private: bool,
    /// What of a WebSocket counts.
    pub socket_metering: SocketMetering,
}

impl Upstream {
    /// What a product starts with: 30 s, 10 MiB each way, no origins, no private addresses, WebSockets by connection.
    pub fn defaults(product_id: &str) -> Self {
        Self {
            product_id: product_id.to_owned(),
            secret_header: None,
            secret_header_set: false,
            timeout_ms: 30_000,
            max_request_bytes: 10 << 20,
            max_response_bytes: 10 << 20,
            cors_origins: Vec::new(),
            allow_private: false,
            socket_metering: SocketMetering::Connection,
        }
    }
}

/// Base URL of products that are answered by the built-in upstream.
pub const BUILT_IN_UPSTREAM: &str = "internal:demo";

/// Checks a product's slug.
///
/// # Errors
/// [`Invalid`] for field `id`.
pub fn id(text: &str) -> Result<String, Invalid> {
    let mut bytes = text.bytes();
    let shaped = text.len() <= 64
        && bytes.next().is_some_and(|b| b.is_ascii_lowercase())
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if shaped {
        Ok(text.to_owned())
    } else {
        Err(Invalid::new("id", "Start with a letter, then use a to z, 0 to 9 and hyphens, such as shipment-tracking."))
    }
}

/// Checks that a URL is absolute, http or https, with a host and perhaps a port, without credentials, and written as it is sent.
///
/// # Errors
/// [`Invalid`] for the named field.
pub fn absolute_url(field: &str, text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let (authority, path) = rest.map_or(("", ""), |rest| rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len())));
    // A call's own path and query follow: what the address has of them would be lost without a word.
    if is_server(authority) && path.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"#<>?\\^`{|}".contains(&byte)) {
        Ok(text.to_owned())
    } else {
        Err(Invalid::new(field, "Give an absolute URL without query or fragment, such as https://api.example.com/v1."))
    }
}

/// Whether a text is a host, with or without a port (RFC 3986, 3.2): a name, an IPv4 address, or an IPv6 address in brackets.
fn is_server(authority: &str) -> bool {
    let (is_host, behind) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, behind)) => (address.parse::<Ipv6Addr>().is_ok(), behind),
        None => {
            let (name, behind) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
            (!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)), behind)
        }
    };
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0);
    is_host && (behind.is_empty() || behind.strip_prefix(':').is_some_and(is_port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_have_one_shape() {
        assert_eq!(id("shipment-tracking2").unwrap(), "shipment-tracking2");
        for bad in ["", "2rates", "-x", "Rates", "a_b", "a/b", "ä", &"a".repeat(65)] {
            assert!(id(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn urls_are_absolute() {
        assert!(absolute_url("base_url", "https://api.example.com/v1").is_ok());
        assert!(absolute_url("base_url", "http://127.0.0.1:9000").is_ok());
        assert!(absolute_url("base_url", "http://[::1]:9000/a%20b/~c").is_ok());
        for bad in [
            "",
            "/v1",
            "api.example.com",
            "ftp://x.example",
            "https://",
            "https://:80/",
            "https://u:p@x.example",
            "https://x .example",
            "https://x.example?a",
            "https://x.example#f",
            "https://x.example:0",
            "https://x.example:65536/",
            "https://x.example:+80",
            "https://x.example:",
            "https://x.example:1:2",
            "https://[::1",
            "https://[::g]/",
            "https://%31.example",
            "https://*",
            "https://b\u{fc}cher.example",
            "https://x.example/\u{fc}",
            "https://x.example/<a>",
            "https://x.example/a\\..",
        ] {
            assert_eq!(absolute_url("base_url", bad).unwrap_err().field, "base_url", "{bad}");
        }
    }
}
