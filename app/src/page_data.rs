//! Data that a page carries for its browser half.
//!
//! As JSON that is read from bytes, as the answers of server functions are: a type that both bring is then compiled for one reader and not
//! for two, which is a tenth of the first download.

use leptos::prelude::*;
use leptos::server::codee::{Decoder, Encoder};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Data loaded before anything of the page is sent, and again when its source changes.
pub type PageData<T> = Resource<T, Json>;

/// Loads what `load` makes of `source`.
pub fn page_data<S, T, F>(source: impl Fn() -> S + Send + Sync + 'static, load: impl Fn(S) -> F + Send + Sync + 'static) -> PageData<T>
where
    S: PartialEq + Clone + Send + Sync + 'static,
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    F: Future<Output = T> + Send + 'static,
{
    Resource::new_with_options(source, load, true)
}

/// JSON, read from bytes.
pub struct Json;

impl<T: Serialize> Encoder<T> for Json {
    type Error = serde_json::Error;
    type Encoded = String;

    fn encode(value: &T) -> Result<String, Self::Error> {
        serde_json::to_string(value)
    }
}

impl<T: DeserializeOwned> Decoder<T> for Json {
    type Error = serde_json::Error;
    type Encoded = str;

    fn decode(text: &str) -> Result<T, Self::Error> {
        serde_json::from_slice(text.as_bytes())
    }
}
