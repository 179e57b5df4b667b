//! How the gateway reaches a product: its secret, its patience, its limits, and who may call from a browser.

use super::frame::{ProductFrame, product_in_address};
use crate::error::AppError;
use crate::pages::admin::feedback::{after, loaded, refetch};
use crate::ui::{Card, Check, Refused, Select, Submit, TextArea, TextInput, refusal};
use domain::product::{Product, SocketMetering, Upstream};
use domain::{Invalid, typed};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// Bytes of one KiB, the unit of the form.
const KIB: i64 = 1 << 10;

/// A product and how it is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductUpstream {
    pub product: Product,
    pub upstream: Upstream,
}

/// The settings as they are typed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpstreamFields {
    #[serde(default)]
    pub secret_header: String,
    /// A new value for the header; empty keeps the stored one.
    #[serde(default)]
    pub secret: String,
    #[serde(default)]
    pub forget_secret: bool,
    pub timeout_ms: String,
    pub max_request_kib: String,
    pub max_response_kib: String,
    /// One on each line.
    #[serde(default)]
    pub cors_origins: String,
    #[serde(default)]
    pub allow_private: bool,
    pub socket_metering: String,
}

impl std::fmt::Debug for UpstreamFields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UpstreamFields").field("secret_header", &self.secret_header).finish_non_exhaustive()
    }
}

/// The fields that say themselves what is wrong with them.
const FIELDS: &[&str] =
    &["secret_header", "secret", "timeout_ms", "max_request_bytes", "max_response_bytes", "cors_origins", "socket_metering"];

impl UpstreamFields {
    /// What the store is to do with the secret: `None` keeps it, an empty one removes it.
    #[cfg_attr(not(any(feature = "ssr", test)), expect(dead_code, reason = "read on the server only"))]
    fn new_secret(&self) -> Option<&str> {
        match self.secret.trim() {
            "" if self.forget_secret => Some(""),
            "" => None,
            secret => Some(secret),
        }
    }

    /// A header and its value go together; one of them alone would look as if calls carried a secret.
    ///
    /// # Errors
    /// [`Invalid`] for the one that is missing.
    #[cfg_attr(not(any(feature = "ssr", test)), expect(dead_code, reason = "read on the server only"))]
    fn check_secret(&self, is_stored: bool) -> Result<(), Invalid> {
        let (is_named, is_typed) = (!self.secret_header.trim().is_empty(), !self.secret.trim().is_empty());
        match (is_named, is_typed) {
            (false, true) => Err(Invalid::new("secret_header", "Name the header that carries the secret.")),
            (true, false) if !is_stored => Err(Invalid::new("secret", "Type the value, or leave the header empty.")),
            (true, false) if self.forget_secret => Err(Invalid::new("secret_header", "Without a secret, leave the header empty too.")),
            _ => Ok(()),
        }
    }

    /// Reads numbers and lines; the store checks the rest.
    ///
    /// # Errors
    /// [`Invalid`] for the first field that is no number.
    #[cfg_attr(not(any(feature = "ssr", test)), expect(dead_code, reason = "read on the server only"))]
    fn read(&self, product: &str) -> Result<Upstream, Invalid> {
        let bytes = |field, text| typed::whole(field, text).map(|kib| kib.saturating_mul(KIB));
        Ok(Upstream {
            product_id: product.to_owned(),
            secret_header: Some(self.secret_header.clone()),
            secret_header_set: false,
            timeout_ms: typed::whole("timeout_ms", &self.timeout_ms)?,
            max_request_bytes: bytes("max_request_bytes", &self.max_request_kib)?,
            max_response_bytes: bytes("max_response_bytes", &self.max_response_kib)?,
            cors_origins: self.cors_origins.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect(),
            allow_private: self.allow_private,
            socket_metering: SocketMetering::parse(&self.socket_metering)
                .ok_or_else(|| Invalid::new("socket_metering", "Choose what of a WebSocket counts."))?,
        })
    }
}

/// How a product is reached, without its secret.
#[server]
pub async fn load_upstream(id: String) -> Result<ProductUpstream, AppError> {
    crate::session::server::require_admin().await?;
    let store = crate::portal::store()?;
    match (store.product(&id).await?, store.upstream(&id).await?) {
        (Some(product), Some(upstream)) => Ok(ProductUpstream { product, upstream }),
        _ => Err(AppError::NotFound.raise()),
    }
}

/// Replaces the settings.
#[server(SaveUpstream)]
pub async fn save_upstream(product: String, upstream: UpstreamFields) -> Result<(), AppError> {
    use crate::session::server::{now, require_admin};
    let by = domain::event::By::person(&require_admin().await?.person);
    let (store, settings) = (crate::portal::store()?, upstream.read(&product)?);
    upstream.check_secret(store.upstream(&product).await?.is_some_and(|upstream| upstream.secret_header_set))?;
    if !store.set_upstream(settings, upstream.new_secret(), &by, now()).await? {
        return Err(AppError::NotFound.raise());
    }
    Ok(())
}

#[component]
pub fn UpstreamPage() -> impl IntoView {
    let id = product_in_address();
    let upstream = Resource::new_blocking(move || id.get(), load_upstream);
    let changed = refetch(upstream);
    view! {
        <main id="main">
            {loaded(upstream, 8, move |shown| view! { <Shown shown changed/> }.into_any())}
        </main>
    }
}

#[component]
fn Shown(shown: ProductUpstream, changed: Callback<()>) -> impl IntoView {
    let ProductUpstream { product, upstream } = shown;
    let action = ServerAction::<SaveUpstream>::new();
    after(action, changed, |()| "Saved. The gateway follows within a second.".to_owned());
    let (id, base_url) = (product.id.clone(), product.base_url.clone());
    view! {
        <ProductFrame product tab="upstream">
            <Card title="Upstream" class="admin-form">
                <ActionForm action=action attr:class="form">
                    <input type="hidden" name="product" value=id/>
                    <p class="sm dim">"Live calls go to "<code>{base_url}</code>", which is set under Details."</p>
                    <Secret upstream=upstream.clone() action/>
                    <Limits upstream action/>
                    <Refused action=action fields=FIELDS/>
                    <div class="row end"><Submit pending=action.pending() label="Save upstream" busy="Saving…"/></div>
                </ActionForm>
            </Card>
        </ProductFrame>
    }
}

#[component]
fn Secret(upstream: Upstream, action: ServerAction<SaveUpstream>) -> impl IntoView {
    let stored = upstream.secret_header_set;
    let (hint, placeholder) = if stored {
        ("A secret is stored and never shown again. Type a new one to replace it.", "stored")
    } else {
        ("The gateway adds it to every live call. It is never shown again.", "none stored")
    };
    view! {
        <div class="two even">
            <TextInput label="Secret header" name="upstream[secret_header]" value=upstream.secret_header.unwrap_or_default()
                placeholder="x-upstream-key" hint="Empty: calls carry no secret." error=refusal(action, "secret_header")/>
            <TextInput label="Its value" name="upstream[secret]" kind="password" autocomplete="new-password" placeholder=placeholder hint=hint error=refusal(action, "secret")/>
        </div>
        {stored.then(|| view! { <Check label="Forget the stored secret" name="upstream[forget_secret]"/> })}
    }
}

#[component]
fn Limits(upstream: Upstream, action: ServerAction<SaveUpstream>) -> impl IntoView {
    let kib = |bytes: i64| (bytes / KIB).max(1).to_string();
    let counts =
        [(SocketMetering::Connection, "Each connection"), (SocketMetering::Message, "Each connection, and each message of the client")];
    let counts = counts.map(|(each, label)| (each.as_str().to_owned(), label.to_owned())).to_vec();
    view! {
        <TextInput label="Timeout, in milliseconds" name="upstream[timeout_ms]" value=upstream.timeout_ms.to_string() required=true
            hint="Until the answer's headers. Later ones get 504, which is never billed." error=refusal(action, "timeout_ms")/>
        <div class="two even">
            <TextInput label="Largest request body, in KiB" name="upstream[max_request_kib]" value=kib(upstream.max_request_bytes) required=true
                hint="10,240 KiB are 10 MiB." error=refusal(action, "max_request_bytes")/>
            <TextInput label="Largest sandbox answer, in KiB" name="upstream[max_response_kib]" value=kib(upstream.max_response_bytes) required=true
                error=refusal(action, "max_response_bytes")/>
        </div>
        <TextArea label="Origins that may call from a browser" name="upstream[cors_origins]" rows=3 value=upstream.cors_origins.join("\n")
            placeholder="https://app.example.com" hint="One on each line; * for every one. Empty: no browser application may call." error=refusal(action, "cors_origins")/>
        <Select label="What counts as a call of a WebSocket" name="upstream[socket_metering]" options=counts value=upstream.socket_metering.as_str()
            error=refusal(action, "socket_metering")/>
        <Check label="The sandbox may reach private addresses" name="upstream[allow_private]" checked=upstream.allow_private
            hint="Only for a sandbox inside your own network: test calls can then reach what else answers there."/>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> UpstreamFields {
        UpstreamFields {
            secret_header: "x-upstream-key".into(),
            secret: String::new(),
            forget_secret: false,
            timeout_ms: "30,000".into(),
            max_request_kib: "10240".into(),
            max_response_kib: "1".into(),
            cors_origins: "https://a.example\n\n  https://b.example \n".into(),
            allow_private: false,
            socket_metering: "message".into(),
        }
    }

    #[test]
    fn lines_and_numbers_are_read_as_typed() {
        let upstream = fields().read("rates").unwrap();
        assert_eq!(upstream.cors_origins, ["https://a.example", "https://b.example"]);
        assert_eq!((upstream.timeout_ms, upstream.max_request_bytes, upstream.max_response_bytes), (30_000, 10 << 20, 1_024));
        assert_eq!(upstream.socket_metering, SocketMetering::Message);
        let wrong = UpstreamFields { max_request_kib: "10 MB".into(), ..fields() };
        assert!(FIELDS.contains(&wrong.read("rates").unwrap_err().field.as_str()));
    }

    #[test]
    fn a_header_and_its_secret_come_together() {
        let refused = |fields: UpstreamFields, is_stored| fields.check_secret(is_stored).err().map(|invalid| invalid.field);
        let nameless = UpstreamFields { secret_header: " ".into(), secret: "value".into(), ..fields() };
        assert_eq!(refused(nameless, true).as_deref(), Some("secret_header"));
        assert_eq!(refused(fields(), false).as_deref(), Some("secret"));
        assert_eq!(refused(fields(), true), None);
        assert_eq!(refused(UpstreamFields { forget_secret: true, ..fields() }, true).as_deref(), Some("secret_header"));
        let neither = UpstreamFields { secret_header: String::new(), forget_secret: true, ..fields() };
        assert_eq!(refused(neither, true), None);
    }

    #[test]
    fn an_empty_field_keeps_the_secret_and_only_the_tick_removes_it() {
        assert_eq!(fields().new_secret(), None);
        assert_eq!(UpstreamFields { forget_secret: true, ..fields() }.new_secret(), Some(""));
        assert_eq!(UpstreamFields { forget_secret: true, secret: " new ".into(), ..fields() }.new_secret(), Some("new"));
    }
}
