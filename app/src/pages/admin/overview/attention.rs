//! What needs an admin's attention, and where to mend it.

use crate::pages::admin::products::{ProductLine, reason};
use crate::ui::{Note, Tone, format, with_code};
use domain::plan::Plan;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// Waiting mails are counted up to this many.
pub const MANY: i64 = 1_000;
/// The share of upstream errors from which a product is named, with at least [`CALLS_MIN`] calls.
const ERRORS_MAX: f64 = 0.05;
const CALLS_MIN: i64 = 100;
/// Notes shown at once: the numbers below them must stay in sight.
const FIRST: usize = 3;

/// One thing to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attention {
    pub title: String,
    /// What is between backticks is code.
    pub text: String,
    /// Where to mend it, and what the link says.
    pub href: String,
    pub action: String,
}

/// What stands out in products, plans and mails, the most urgent first.
#[cfg_attr(not(any(feature = "ssr", test)), expect(dead_code, reason = "asked on the server only"))]
pub fn of(products: &[ProductLine], plans: &[Plan], unsent: usize) -> Vec<Attention> {
    let mut all: Vec<_> = products.iter().filter_map(refused).collect();
    all.extend(products.iter().filter_map(failing));
    all.extend(products.iter().filter(|line| line.product.revision_id.is_none()).map(without_document));
    all.extend(products.iter().filter(|line| !plans.iter().any(|plan| plan.product_id == line.product.id)).map(without_plan));
    all.extend((unsent > 0).then(|| waiting(unsent)));
    all
}

fn about(line: &ProductLine, title: String, text: String, tab: &str, action: &str) -> Attention {
    Attention { title, text, href: format!("/admin/products/{}{tab}", line.product.id), action: action.to_owned() }
}

fn refused(line: &ProductLine) -> Option<Attention> {
    let refused = line.product.refused.as_ref()?;
    let title = format!("{}, revision {} was refused", line.product.name, refused.number);
    Some(about(line, title, reason(refused), "/document", "Publish a mended one"))
}

fn failing(line: &ProductLine) -> Option<Attention> {
    let share = line.errors as f64 / line.calls.max(1) as f64;
    (line.calls >= CALLS_MIN && share >= ERRORS_MAX).then(|| {
        let text = format!("{} of {} failed in the last 30 days.", format::percent(share), format::count(line.calls, "live call"));
        about(line, format!("The upstream of {} fails", line.product.name), text, "/upstream", "See the upstream")
    })
}

fn without_document(line: &ProductLine) -> Attention {
    let title = format!("{} has no document", line.product.name);
    about(line, title, "It stays out of the catalogue until one is published.".to_owned(), "/document", "Publish one")
}

fn without_plan(line: &ProductLine) -> Attention {
    let title = format!("{} offers no plan", line.product.name);
    about(line, title, "Nobody can call it live.".to_owned(), "/plans", "Offer a plan")
}

fn waiting(unsent: usize) -> Attention {
    let count = if unsent as i64 >= MANY { format!("{}+ mails", format::number(MANY)) } else { format::count(unsent as i64, "mail") };
    Attention {
        title: format!("{count} not sent"),
        text: "Set SMTP_URL to send them, or hand their links on yourself.".to_owned(),
        href: "/admin/outbox".to_owned(),
        action: "Open the outbox".to_owned(),
    }
}

/// One note for each of the first, the others behind a line that counts them; nothing where nothing stands out.
#[component]
pub fn AttentionCard(attention: Vec<Attention>) -> impl IntoView {
    let mut first = attention;
    let others = first.split_off(first.len().min(FIRST));
    let more = (!others.is_empty()).then(|| {
        view! {
            <details class="more-notes">
                <summary class="sm">{format!("{} more to look at", others.len())}</summary>
                {others.into_iter().map(note).collect_view()}
            </details>
        }
    });
    view! {
        {first.into_iter().map(note).collect_view()}
        {more}
    }
}

fn note(attention: Attention) -> impl IntoView {
    let Attention { title, text, href, action } = attention;
    view! {
        <Note tone=Tone::Warn>
            <span class="grow"><b>{title}". "</b>{with_code(&text)}</span>
            <a class="btn sm" href=href>{action}</a>
        </Note>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use domain::product::{Category, Product, RefusedDocument, Status, Visibility};

    fn line(id: &str) -> ProductLine {
        let at = DateTime::UNIX_EPOCH;
        let product = Product {
            id: id.into(),
            name: id.into(),
            description: String::new(),
            version: "1".into(),
            category: Category::Data,
            status: Status::Active,
            visibility: Visibility::Public,
            tags: Vec::new(),
            icon: "box".into(),
            base_url: "internal:demo".into(),
            sandbox_url: None,
            spec_url: None,
            revision_id: Some(uuid::Uuid::from_u128(1)),
            operations: 1,
            refused: None,
            deprecated_at: None,
            created_at: at,
            updated_at: at,
        };
        ProductLine { product, partners: 0, calls: 0, errors: 0, revenue_minor: 0 }
    }

    fn plan(product: &str) -> Plan {
        Plan {
            id: uuid::Uuid::nil(),
            product_id: product.into(),
            slug: "free".into(),
            name: "Free".into(),
            currency: domain::money::Currency::Usd,
            price_minor: 0,
            included: 500,
            beyond: domain::plan::Beyond::Stop,
            rate_per_second: 2,
            status: domain::plan::PlanStatus::Offered,
            version: 1,
        }
    }

    #[test]
    fn a_healthy_portal_says_nothing() {
        assert!(of(&[line("rates")], &[plan("rates")], 0).is_empty());
    }

    #[test]
    fn every_trouble_is_named_with_the_way_to_mend_it() {
        let mut labels = line("labels");
        labels.product.refused =
            Some(RefusedDocument { at: DateTime::UNIX_EPOCH, number: 7, pointer: "paths".into(), message: "must be an object".into() });
        let mut routing = line("routing");
        (routing.calls, routing.errors) = (1_000, 50);
        let mut customs = line("customs");
        customs.product.revision_id = None;
        let found = of(&[labels, routing, customs], &[plan("labels"), plan("routing")], 2);
        let links: Vec<_> = found.iter().map(|it| it.href.as_str()).collect();
        assert_eq!(
            links,
            [
                "/admin/products/labels/document",
                "/admin/products/routing/upstream",
                "/admin/products/customs/document",
                "/admin/products/customs/plans",
                "/admin/outbox"
            ]
        );
        assert_eq!(found[0].text, "`paths`: must be an object.");
    }

    #[test]
    fn few_calls_prove_no_failing_upstream() {
        let mut quiet = line("rates");
        (quiet.calls, quiet.errors) = (99, 99);
        assert!(of(&[quiet], &[plan("rates")], 0).is_empty());
    }
}
