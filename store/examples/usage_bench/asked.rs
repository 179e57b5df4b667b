//! What pages, quotas, bills and programs ask.

use crate::now;
use crate::portal::Portal;
use crate::timing::{Timing, ask};
use chrono::TimeDelta;
use domain::key::{Environment, Scope};
use domain::period::Period;
use domain::report::{Group, ReportFilter};
use domain::usage::UsageFilter;
use std::error::Error;
use store::Store;
use uuid::Uuid;

type Timings = Result<Vec<Timing>, Box<dyn Error>>;

/// Asks everything.
pub async fn measure(store: &Store, portal: &Portal) -> Timings {
    let mut timings = dashboard(store, portal).await?;
    timings.extend(admin(store, portal).await?);
    timings.extend(reports(store, portal).await?);
    Ok(timings)
}

fn filter(partner_id: Option<Uuid>, product: Option<&str>, span: TimeDelta) -> UsageFilter {
    UsageFilter { partner_id, environment: Environment::Live, product_id: product.map(str::to_owned), from: now() - span, to: now() }
}

async fn dashboard(store: &Store, portal: &Portal) -> Timings {
    let mut timings = Vec::new();
    for (who, partner) in [("largest partner", portal.largest), ("middling partner", portal.middling)] {
        for days in [1, 7, 30, 90] {
            let filter = filter(Some(partner), None, TimeDelta::days(days));
            timings.push(ask(&format!("dashboard overview, {who}, {days} days"), async || store.overview(&filter).await).await?);
            timings.push(ask(&format!("usage by operation, {who}, {days} days"), async || store.by_operation(&filter).await).await?);
            timings.push(ask(&format!("usage by key, {who}, {days} days"), async || store.by_key(&filter).await).await?);
        }
        timings.push(ask(&format!("quotas, {who}"), async || store.quotas(partner, now()).await).await?);
        timings.push(ask(&format!("bill so far, {who}"), async || store.preview(partner, now()).await).await?);
        timings.push(ask(&format!("has called, {who}"), async || store.has_called(partner, Environment::Live).await).await?);
    }
    let (partner, month) = (portal.largest, Period::month_of(now()));
    let product = portal.product.as_str();
    timings.push(ask("billable calls of a key's quota", async || store.billable_calls(partner, product, month).await).await?);
    Ok(timings)
}

async fn admin(store: &Store, portal: &Portal) -> Timings {
    let (month, day) = (filter(None, None, TimeDelta::days(30)), filter(None, Some(&portal.product), TimeDelta::hours(24)));
    Ok(vec![
        ask("admin overview, 30 days", async || store.overview(&month).await).await?,
        ask("admin products", async || store.product_rows(now()).await).await?,
        ask("admin partners", async || store.partner_rows("", now()).await).await?,
        ask("admin revenue, 12 months", async || store.revenue(12, now()).await).await?,
        ask("status of one product, 24 hours", async || store.overview(&day).await).await?,
    ])
}

async fn reports(store: &Store, portal: &Portal) -> Timings {
    let mut timings = Vec::new();
    let largest = Some(portal.largest);
    let asked: [(&str, Option<Uuid>, i64, &[Group]); 11] = [
        ("largest partner, 30 days by day", largest, 30, &[Group::Day]),
        ("largest partner, 30 days by day and product", largest, 30, &[Group::Day, Group::Product]),
        ("largest partner, 2 days by hour", largest, 2, &[Group::Hour]),
        ("largest partner, 30 days by key", largest, 30, &[Group::Key]),
        ("largest partner, 366 days by product", largest, 366, &[Group::Product]),
        ("largest partner, 366 days by day", largest, 366, &[Group::Day]),
        ("largest partner, 366 days by operation", largest, 366, &[Group::Operation]),
        ("all partners, 30 days by day", None, 30, &[Group::Day]),
        ("all partners, 30 days by day and product", None, 30, &[Group::Day, Group::Product]),
        ("all partners, 366 days by product", None, 366, &[Group::Product]),
        ("all partners, 30 days by partner", None, 30, &[Group::Partner]),
    ];
    for (name, partner_id, days, groups) in asked {
        let (from, to) = (now() - TimeDelta::days(days), now());
        let environment = Environment::Live;
        let filter = ReportFilter { partner_id, environment, scope: Scope::All, product_id: None, from, to, groups: groups.to_vec() };
        timings.push(ask(&format!("report, {name}"), async || store.usage_report(&filter, 10_001).await).await?);
    }
    Ok(timings)
}
