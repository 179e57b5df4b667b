//! For whom samples are written: with which key, in which language, against which address.

use super::sample::Samples;
use crate::error::AppError;
use crate::pages::catalogue::source;
use crate::session::server;
use leptos::prelude::use_context;
use spec::request::{Draft, HttpRequest};
use spec::snippet::{Language, render};
use spec::{Api, Method, Operation, Schemas};

/// What samples need to know of the reader.
#[derive(Debug, Clone)]
pub struct Reader {
    /// The id of the product that is read about.
    pub product: String,
    /// The sandbox's address for this product.
    pub base: String,
    /// The prefix of the reader's own test key.
    key: Option<String>,
    pub language: Language,
}

/// The reader who asks, and what they read about.
pub async fn asking(product: &str) -> Result<Reader, AppError> {
    let portal = crate::portal::portal()?;
    let key = source::test_keys(product).await?.0.into_iter().next().map(|(prefix, _)| prefix);
    let cookie = use_context::<http::request::Parts>().and_then(|parts| server::read_cookie(&parts.headers, "language"));
    let language = cookie.and_then(|id| Language::from_id(&id)).unwrap_or_default();
    Ok(Reader::new(product, &format!("{}/sandbox/{product}", portal.site), key.as_deref(), language))
}

impl Reader {
    /// `base` is the sandbox's address for the product, `key` the prefix of the reader's own test key.
    pub fn new(product: &str, base: &str, key: Option<&str>, language: Language) -> Self {
        Self { product: product.to_owned(), base: base.to_owned(), key: key.map(str::to_owned), language }
    }

    /// The key as a sample shows it: `sk_test_1a2b3c4d_…`.
    pub fn shown_key(&self) -> String {
        format!("{}_…", self.key.as_deref().unwrap_or("sk_test"))
    }

    /// A call of the operation with examples for everything it needs, in every language.
    pub fn samples(&self, operation: &Operation, schemas: &Schemas) -> Samples {
        let request = self.request(operation, schemas);
        Samples { codes: Language::ALL.map(|language| (language, render(&request, language))).to_vec(), chosen: self.language }
    }

    fn request(&self, operation: &Operation, schemas: &Schemas) -> HttpRequest {
        let key = ("Authorization".to_owned(), format!("Bearer {}", self.shown_key()));
        Draft::sample(operation, schemas).http(operation, &self.base, &[key])
    }
}

/// The call to try first: the first that only reads and needs no body, else the first of all.
pub fn first_call(api: &Api) -> Option<&Operation> {
    let simple = |o: &&Operation| o.method == Method::Get && !o.deprecated && o.body.is_none();
    api.operations.iter().find(simple).or(api.operations.first())
}
