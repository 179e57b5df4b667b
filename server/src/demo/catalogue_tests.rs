//! The embedded documents: what they must hold for the pages, the mock and the habits to make sense.

use super::super::habits;
use super::*;
use spec::{Api, Operation};

fn parsed(product: &str) -> Api {
    spec::parse::parse(document(product).unwrap()).unwrap_or_else(|refusal| panic!("{product}: {refusal:?}"))
}

fn entry(catalogue: &Catalogue, id: &str) -> usize {
    catalogue.product.iter().position(|entry| entry.id == id).unwrap()
}

fn operation<'a>(api: &'a Api, id: &str) -> Option<&'a Operation> {
    api.operations.iter().find(|operation| operation.id == id)
}

#[test]
fn every_product_has_a_document_that_says_the_same() {
    let catalogue = read().unwrap();
    assert_eq!(catalogue.product.len(), DOCUMENTS.len());
    for entry in &catalogue.product {
        let api = parsed(&entry.id);
        assert_eq!(api.title, entry.name);
        assert!(!api.operations.is_empty() && api.operations.iter().all(|operation| !operation.tag.is_empty()), "{}", entry.id);
    }
}

#[test]
fn the_catalogue_has_the_sizes_that_it_was_designed_with() {
    let sizes: Vec<_> = DOCUMENTS.iter().map(|(id, _)| parsed(id).operations.len()).collect();
    assert_eq!(sizes, [9, 12, 7, 6, 8, 10, 5, 11]);
}

#[test]
fn plans_are_those_of_the_price_list() {
    let catalogue = read().unwrap();
    let numbers = |id| -> Vec<_> {
        let plans = catalogue.product[entry(&catalogue, id)].plans(&catalogue.plans);
        plans
            .into_iter()
            .map(|plan| plan.check().unwrap())
            .map(|p| (p.slug, p.price_minor, p.included, p.beyond, p.rate_per_second))
            .collect()
    };
    let overage = |minor: i64| Beyond::Overage(Decimal::from(minor));
    let standard = [
        ("free".to_owned(), 0, 500, Beyond::Stop, 2),
        ("starter".to_owned(), 4_900, 10_000, overage(300), 20),
        ("enterprise".to_owned(), 29_900, 100_000, overage(150), 100),
    ];
    assert_eq!(numbers("shipment-tracking"), standard);
    assert_eq!(numbers("rates"), standard);
    let own = numbers("address-validation");
    assert_eq!((own[0].2, own[1].1, own[1].2), (1_000, 1_900, 10_000));
}

#[test]
fn earlier_documents_are_accepted_and_differ() {
    let mut seen = 0;
    for entry in read().unwrap().product {
        let Some(before) = &entry.before else { continue };
        let then = spec::parse::parse(&earlier(document(&entry.id).unwrap(), before).unwrap()).unwrap();
        assert_eq!(then.version, before.version);
        assert!(then.operations.len() < parsed(&entry.id).operations.len(), "{}", entry.id);
        seen += 1;
    }
    assert_eq!(seen, 2);
}

#[test]
fn an_earlier_document_cannot_lack_what_was_never_there() {
    let before = Before { version: "1.0.0".to_owned(), days_ago: 1, without: vec!["/paths/~1nowhere".to_owned()] };
    let error = earlier(document("rates").unwrap(), &before).unwrap_err();
    assert!(error.to_string().contains("/paths/~1nowhere"), "{error}");
}

#[test]
fn a_broken_reference_names_its_place() {
    let broken = document("labels").unwrap().replacen("#/components/schemas/NewLabel", "#/components/schemas/Lable", 1);
    let refusal = spec::parse::parse(&broken).unwrap_err();
    let [problem] = refusal.problems.as_slice() else { panic!("{refusal:?}") };
    assert!(problem.pointer.contains("labels/post/requestBody"), "{}", problem.pointer);
    assert!(problem.message.contains("#/components/schemas/Lable"), "{}", problem.message);
}

#[test]
fn applications_call_what_the_documents_offer() {
    for (id, _) in DOCUMENTS {
        let api = parsed(id);
        assert!(!habits::of(id).is_empty(), "nobody calls {id}");
        for habit in habits::of(id) {
            let operation = operation(&api, habit.operation).unwrap_or_else(|| panic!("{id} has no {}", habit.operation));
            assert_eq!(operation.method.as_str(), habit.method, "{id} {}", habit.operation);
            assert_eq!(operation.path.split('/').count(), habit.path.split('/').count(), "{id} {}", habit.path);
            let answers = |status: u16| operation.responses.iter().any(|response| response.status == status.to_string());
            assert!(answers(habit.status), "{id} {} {}", habit.operation, habit.status);
            assert!(habit.mistakes == 0 || answers(habit.mistake), "{id} {} {}", habit.operation, habit.mistake);
        }
    }
}
