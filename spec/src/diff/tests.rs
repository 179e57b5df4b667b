//! Each edit of a document is found, and judged.

use super::{Change, ChangeKind, diff};
use crate::parse::parse;

const PARCELS: &str = include_str!("../../tests/documents/parcels.yaml");

fn after(edits: &[(&str, &str)]) -> Vec<Change> {
    let mut edited = PARCELS.to_owned();
    for (from, to) in edits {
        assert!(edited.contains(from), "{from}");
        edited = edited.replacen(from, to, 1);
    }
    let read = |text: &str| parse(text).unwrap_or_else(|refusal| panic!("{refusal}"));
    diff(&read(PARCELS), &read(&edited))
}

fn only(edits: &[(&str, &str)]) -> (ChangeKind, bool, String) {
    let found = after(edits);
    assert_eq!(found.len(), 1, "{found:#?}");
    (found[0].kind, found[0].breaking, found[0].summary.clone())
}

fn told(kind: ChangeKind, breaking: bool, summary: &str) -> (ChangeKind, bool, String) {
    (kind, breaking, summary.to_owned())
}

#[test]
fn the_same_document_and_other_words_are_no_change() {
    assert_eq!(after(&[]), []);
    assert_eq!(after(&[("version: 1.2.0", "version: 1.2.1")]), []);
}

#[test]
fn parameters() {
    let required = only(&[(
        "        in: query\n        schema: {type: boolean",
        "        in: query\n        required: true\n        schema: {type: boolean",
    )]);
    assert_eq!(required, told(ChangeKind::Breaking, true, "POST /parcels: parameter `dry_run` is now required"));
    let renamed = after(&[("name: fields", "name: only")]);
    let kinds: Vec<_> = renamed.iter().map(|c| (c.kind, c.breaking)).collect();
    assert_eq!(kinds, [(ChangeKind::Removed, true), (ChangeKind::Added, false)]);
}

#[test]
fn operations() {
    let moved = only(&[("  /parcels:\n", "  /packages:\n")]);
    assert_eq!(moved, told(ChangeKind::Breaking, true, "POST /packages: moved here from POST /parcels"));
    let old = only(&[("      summary: Create a parcel\n", "      summary: Create a parcel\n      deprecated: true\n")]);
    assert_eq!(old, told(ChangeKind::Deprecated, false, "POST /parcels: is deprecated now"));
    let gone = after(&[("  /parcels/{number}:\n    get:", "  /parcels/{number}:\n    put:")]);
    assert_eq!(gone.iter().map(|c| c.kind).collect::<Vec<_>>(), [ChangeKind::Removed, ChangeKind::Added]);
    assert_eq!(gone[0].operation.as_deref(), Some("get-parcels-number"));
}

#[test]
fn requests_may_not_be_asked_for_more_and_answers_may_not_give_less() {
    let judged = |edits: &[(&str, &str)]| after(edits).into_iter().map(|c| (c.summary, c.breaking)).collect::<Vec<_>>();
    let tighter = judged(&[("maximum: 70", "maximum: 30")]);
    let in_request = tighter.iter().find(|(s, _)| s.contains("POST") && s.contains("body")).unwrap();
    assert!(in_request.1 && in_request.0.contains("`weight` in the body allows"), "{tighter:?}");
    let in_answer = tighter.iter().find(|(s, _)| s.contains("GET")).unwrap();
    assert!(!in_answer.1, "{tighter:?}");
    let fewer = judged(&[("enum: [box, tube]", "enum: [box]")]);
    assert!(fewer.contains(&("POST /parcels: `kind` in the body may no longer be \"tube\"".to_owned(), true)), "{fewer:?}");
    assert!(fewer.iter().any(|(s, breaking)| s.starts_with("GET") && !breaking), "{fewer:?}");
    let city = judged(&[("            city: {type: string}\n", "")]);
    assert!(city.contains(&("GET /parcels/{number}: `city` in answer 200 was removed".to_owned(), true)), "{city:?}");
    let more = judged(&[("maximum: 70", "maximum: 90")]);
    assert!(more.iter().all(|(_, breaking)| !breaking), "{more:?}");
}
