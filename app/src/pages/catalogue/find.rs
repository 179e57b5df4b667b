//! Which products a search finds, and in which order: no data access, no markup.

use super::card::ProductCard;
use super::wanted::{Found, Search, Sort};
use domain::product::{Category, OperationEntry, Status};

/// Operations shown under a card as the reason why it was found.
const MATCHES_SHOWN: usize = 3;

/// Chooses and orders the cards. `calls` are the calls of the last 30 days by product id.
pub fn find(search: &Search, cards: Vec<ProductCard>, operations: &[OperationEntry], calls: &[(String, i64)]) -> Found {
    let words: Vec<String> = search.words.split_whitespace().map(str::to_lowercase).collect();
    let in_category = |card: &ProductCard| search.category.is_none_or(|category| category == card.category);
    let mut hits: Vec<(u32, ProductCard)> = cards.into_iter().filter_map(|card| hit(&words, card, operations)).collect();
    let of = |status: Status| hits.iter().filter(|(_, card)| card.status == status && in_category(card)).count();
    let statuses = Status::ALL.into_iter().map(|status| (status, of(status))).filter(|(_, count)| *count > 0).collect();
    hits.retain(|(_, card)| search.status.is_none_or(|status| status == card.status));
    let of = |category: Category| hits.iter().filter(|(_, card)| card.category == category).count();
    let categories = Category::ALL.into_iter().map(|c| (c, of(c))).filter(|(_, count)| *count > 0).collect();
    let total = hits.len();
    let popularity = |card: &ProductCard| calls.iter().find(|(id, _)| *id == card.id).map_or(0, |(_, count)| *count);
    hits.retain(|(_, card)| in_category(card));
    hits.sort_by(|(rank_a, a), (rank_b, b)| {
        let chosen = match search.sort {
            Sort::Popular => rank_b.cmp(rank_a).then(popularity(b).cmp(&popularity(a))),
            Sort::Name => std::cmp::Ordering::Equal,
            Sort::New => b.created_at.cmp(&a.created_at),
        };
        chosen.then_with(|| a.name.cmp(&b.name))
    });
    Found { cards: hits.into_iter().map(|(_, card)| card).collect(), categories, total, statuses }
}

/// The card with the operations that matched, and how well it did; `None` unless every word is somewhere.
fn hit(words: &[String], mut card: ProductCard, operations: &[OperationEntry]) -> Option<(u32, ProductCard)> {
    if words.is_empty() {
        return Some((0, card));
    }
    let own = format!("{} {} {} {}", card.id, card.name, card.description, card.tags.join(" ")).to_lowercase();
    let mine: Vec<(&OperationEntry, String)> = operations.iter().filter(|o| o.product_id == card.id).map(|o| (o, text_of(o))).collect();
    let somewhere = |word: &String| own.contains(word) || mine.iter().any(|(_, text)| text.contains(word));
    if !words.iter().all(somewhere) {
        return None;
    }
    let named = words.iter().filter(|word| card.name.to_lowercase().contains(*word)).count();
    let said = words.iter().filter(|word| own.contains(*word)).count();
    let whole = |text: &String| words.iter().all(|word| text.contains(word));
    let matched: Vec<OperationEntry> = mine.iter().filter(|(_, text)| whole(text)).map(|(o, _)| (*o).clone()).collect();
    let rank = 4 * count(named) + 2 * count(said) + u32::from(!matched.is_empty());
    card.matches = matched.into_iter().take(MATCHES_SHOWN).collect();
    Some((rank, card))
}

fn text_of(operation: &OperationEntry) -> String {
    format!("{} {} {} {}", operation.method, operation.path, operation.summary, operation.operation_id).to_lowercase()
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX >> 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn card(id: &str, category: Category, status: Status, created: i64) -> ProductCard {
        ProductCard {
            id: id.to_owned(),
            name: id.to_owned(),
            description: format!("All about {id}."),
            version: "1.0.0".to_owned(),
            category,
            status,
            tags: vec![format!("{id}-tag")],
            icon: "package".to_owned(),
            operations: 1,
            offer: String::new(),
            matches: Vec::new(),
            created_at: DateTime::from_timestamp(created, 0).unwrap(),
        }
    }

    fn operation(product: &str, summary: &str) -> OperationEntry {
        OperationEntry {
            product_id: product.to_owned(),
            operation_id: summary.replace(' ', ""),
            method: "GET".to_owned(),
            path: format!("/{product}"),
            summary: summary.to_owned(),
            tag: String::new(),
            deprecated: false,
        }
    }

    fn shelf() -> Vec<ProductCard> {
        vec![
            card("labels", Category::Logistics, Status::Active, 3),
            card("customs", Category::Logistics, Status::Beta, 1),
            card("rates", Category::Payments, Status::Active, 2),
        ]
    }

    fn ids(found: &Found) -> Vec<&str> {
        found.cards.iter().map(|card| card.id.as_str()).collect()
    }

    #[test]
    fn words_are_looked_for_in_operations_and_tags_too() {
        let operations = [operation("customs", "Work out duties"), operation("labels", "Create a label")];
        let search = |words: &str| find(&Search { words: words.to_owned(), ..Search::default() }, shelf(), &operations, &[]);
        let found = search("DUTIES");
        assert_eq!(ids(&found), ["customs"]);
        assert_eq!(found.cards[0].matches.len(), 1);
        assert_eq!(ids(&search("create label")), ["labels"]);
        assert_eq!(ids(&search("rates-tag")), ["rates"]);
        assert!(search("create duties").cards.is_empty(), "both words belong to one product");
    }

    #[test]
    fn filters_keep_the_numbers_of_the_other_categories() {
        let search = Search { category: Some(Category::Payments), ..Search::default() };
        let found = find(&search, shelf(), &[], &[]);
        assert_eq!(ids(&found), ["rates"]);
        assert_eq!((found.total, found.categories), (3, vec![(Category::Logistics, 2), (Category::Payments, 1)]));
        let beta = Search { status: Some(Status::Beta), ..Search::default() };
        let found = find(&beta, shelf(), &[], &[]);
        assert_eq!(ids(&found), ["customs"]);
        assert_eq!(found.statuses, [(Status::Active, 2), (Status::Beta, 1)]);
    }

    #[test]
    fn orders() {
        let calls = [("rates".to_owned(), 9), ("customs".to_owned(), 3)];
        let by = |sort| find(&Search { sort, ..Search::default() }, shelf(), &[], &calls);
        assert_eq!(ids(&by(Sort::Popular)), ["rates", "customs", "labels"]);
        assert_eq!(ids(&by(Sort::Name)), ["customs", "labels", "rates"]);
        assert_eq!(ids(&by(Sort::New)), ["labels", "rates", "customs"]);
    }
}
