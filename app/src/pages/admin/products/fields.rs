//! What an admin types about a product: the fields that a new one and an old one share.

use crate::ui::{Select, TextArea, TextInput};
use domain::product::{BUILT_IN_UPSTREAM, Category, Product, Visibility};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The fields as they are typed; the store checks them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductFields {
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub description: String,
    pub category: Category,
    pub visibility: Visibility,
    /// With commas between them.
    #[serde(default)]
    pub tags: String,
    #[serde(default)]
    pub icon: String,
    pub base_url: String,
    #[serde(default)]
    pub sandbox_url: String,
}

/// The fields that say themselves what is wrong with them.
pub const FIELDS: &[&str] = &["id", "name", "description", "tags", "icon", "base_url", "sandbox_url"];

impl ProductFields {
    /// What a form for a new product begins with.
    pub fn blank() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            description: String::new(),
            category: Category::Logistics,
            visibility: Visibility::Public,
            tags: String::new(),
            icon: String::new(),
            base_url: String::new(),
            sandbox_url: String::new(),
        }
    }

    /// What is known of a product.
    pub fn of(product: &Product) -> Self {
        Self {
            id: product.id.clone(),
            name: product.name.clone(),
            description: product.description.clone(),
            category: product.category,
            visibility: product.visibility,
            tags: product.tags.join(", "),
            icon: product.icon.clone(),
            base_url: product.base_url.clone(),
            sandbox_url: product.sandbox_url.clone().unwrap_or_default(),
        }
    }

    /// Puts them together with what other forms change.
    #[cfg(feature = "ssr")]
    pub fn into_new(self, status: domain::product::Status, spec_url: Option<String>) -> store::NewProduct {
        store::NewProduct {
            tags: self.tags.split(',').map(str::to_owned).collect(),
            id: self.id,
            name: self.name,
            description: self.description,
            category: self.category,
            status,
            visibility: self.visibility,
            icon: self.icon,
            base_url: self.base_url,
            sandbox_url: Some(self.sandbox_url),
            spec_url,
        }
    }
}

/// The fields after the id, as parts of `product` in the form; `error` gives what the last answer said about a field.
pub fn inputs(fields: ProductFields, error: impl Fn(&'static str) -> Signal<Option<String>>) -> AnyView {
    let categories = Category::ALL.map(|category| (category.as_str().to_owned(), capital(category.as_str()))).to_vec();
    let sight = [(Visibility::Public, "Everybody"), (Visibility::Private, "Only the partners you name")];
    let sight = sight.map(|(each, label)| (each.as_str().to_owned(), label.to_owned())).to_vec();
    view! {
        <TextInput label="Name" name="product[name]" value=fields.name required=true maxlength=80 error=error("name")/>
        <TextArea label="Description" name="product[description]" value=fields.description rows=2
            hint="One sentence for the card. The long text is in the document." error=error("description")/>
        <div class="two even">
            <Select label="Category" name="product[category]" options=categories value=fields.category.as_str()/>
            <Select label="Who finds it" name="product[visibility]" options=sight value=fields.visibility.as_str()/>
        </div>
        <div class="two even">
            <TextInput label="Tags" name="product[tags]" value=fields.tags hint="With commas between them." error=error("tags")/>
            <TextInput label="Icon" name="product[icon]" value=fields.icon hint="The name of a Lucide icon, such as package-search." error=error("icon")/>
        </div>
        <TextInput label="Base URL" name="product[base_url]" value=fields.base_url required=true placeholder="https://api.example.com/v1"
            hint=format!("Where the gateway sends live calls. {BUILT_IN_UPSTREAM} answers with sample data of the portal itself.") error=error("base_url")/>
        <TextInput label="Sandbox URL" name="product[sandbox_url]" value=fields.sandbox_url placeholder="https://sandbox.example.com/v1"
            hint="Where test calls go. Without one, answers are made from the document's examples." error=error("sandbox_url")/>
    }
    .into_any()
}

/// A name with a capital letter: `Logistics`.
pub fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}
