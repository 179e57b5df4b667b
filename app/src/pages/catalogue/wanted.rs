//! What the reader of the catalogue looks for, as the page's address holds it, and what was found.

use super::card::ProductCard;
use crate::ui::query::with_query;
use domain::product::{Category, Status};
use serde::{Deserialize, Serialize};

/// What the reader asked for; kept in the page's address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Search {
    #[serde(default)]
    pub words: String,
    #[serde(default)]
    pub category: Option<Category>,
    #[serde(default)]
    pub status: Option<Status>,
    #[serde(default)]
    pub sort: Sort,
}

/// The orders of the catalogue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    /// Most called in the last 30 days first.
    #[default]
    Popular,
    Name,
    /// Last added first.
    New,
}

impl Sort {
    pub const ALL: [Self; 3] = [Self::Popular, Self::Name, Self::New];

    /// As in the address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Popular => "popular",
            Self::Name => "name",
            Self::New => "new",
        }
    }

    /// As the reader sees it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Popular => "Popular",
            Self::Name => "Name",
            Self::New => "New",
        }
    }

    /// The order with this name; popular for any other text.
    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|sort| sort.as_str() == text).unwrap_or_default()
    }
}

impl Search {
    /// The address of this search under `path`, without what is left at its default.
    pub fn address(&self, path: &str) -> String {
        let sort = (self.sort != Sort::default()).then_some(self.sort);
        let pairs = [
            ("q", (!self.words.is_empty()).then_some(self.words.as_str())),
            ("category", self.category.map(Category::as_str)),
            ("status", self.status.map(Status::as_str)),
            ("sort", sort.map(Sort::as_str)),
        ];
        with_query(path, pairs.map(|(name, value)| (name, value.map(str::to_owned))))
    }
}

/// What a search found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    pub cards: Vec<ProductCard>,
    /// Products per category, whatever category is chosen: for the filter's numbers.
    pub categories: Vec<(Category, usize)>,
    /// Products over all categories.
    pub total: usize,
    /// Products per status, whatever status is chosen.
    pub statuses: Vec<(Status, usize)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_leaves_out_what_is_usual() {
        assert_eq!(Search::default().address("/apis"), "/apis");
        let search = Search { words: "a b&c".to_owned(), category: Some(Category::Data), status: None, sort: Sort::New };
        assert_eq!(search.address("/"), "/?q=a%20b%26c&category=data&sort=new");
    }
}
