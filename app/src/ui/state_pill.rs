//! The states of keys, subscriptions and invoices: the same words and tones for a partner and for an admin.

use super::badge::{Pill, Tone};
use super::format;
use chrono::{DateTime, Utc};
use domain::invoice::{Invoice, InvoiceStatus};
use domain::key::{Key, KeyStatus};
use domain::subscription::{Subscription, SubscriptionStatus};
use leptos::prelude::*;

/// Whether a key works, and how long a rotation goes on.
pub fn key_state(key: &Key, now: DateTime<Utc>) -> AnyView {
    let (tone, text) = match key.status(now) {
        KeyStatus::Active => (Tone::Good, "Active".to_owned()),
        KeyStatus::Rotating => (Tone::Warn, format!("Rotating, {}", key.overlap_until.map(|at| left(at, now)).unwrap_or_default())),
        KeyStatus::Expired => (Tone::Plain, "Expired".to_owned()),
        KeyStatus::Revoked => (Tone::Plain, format!("Revoked {}", key.revoked_at.map(format::date).unwrap_or_default())),
    };
    pill(tone, text)
}

/// Whether a subscription entitles, and what is planned for it.
pub fn subscription_state(subscription: &Subscription) -> AnyView {
    let next = subscription.next_plan.as_ref().map(|plan| format!("Active, then {}", plan.name));
    let end = subscription.ends_at.map(|at| format!("Ends {}", format::date(at)));
    let (tone, text) = match subscription.status {
        SubscriptionStatus::Active => (Tone::Good, end.or(next).unwrap_or_else(|| "Active".to_owned())),
        SubscriptionStatus::Requested => (Tone::Info, "Waits for approval".to_owned()),
        SubscriptionStatus::PastDue => (Tone::Bad, "Payment is due".to_owned()),
        SubscriptionStatus::Cancelled => (Tone::Plain, "Cancelled".to_owned()),
    };
    pill(tone, text)
}

/// Whether an invoice is paid, and since when.
pub fn invoice_state(invoice: &Invoice) -> AnyView {
    let (tone, text) = match (invoice.status, invoice.paid_at) {
        (InvoiceStatus::Paid, Some(at)) => (Tone::Good, format!("Paid {}", format::date(at))),
        (InvoiceStatus::Paid, None) => (Tone::Good, "Paid".to_owned()),
        (InvoiceStatus::Issued, _) => (Tone::Info, "Issued".to_owned()),
    };
    pill(tone, text)
}

fn pill(tone: Tone, text: String) -> AnyView {
    view! { <Pill tone=tone>{text}</Pill> }.into_any()
}

/// `22 h left` of an overlap.
fn left(until: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let minutes = (until - now).num_minutes().max(0);
    match minutes {
        0..60 => format!("{minutes} min left"),
        60..2_880 => format!("{} h left", minutes / 60),
        _ => format!("{} days left", minutes / 1_440),
    }
}
