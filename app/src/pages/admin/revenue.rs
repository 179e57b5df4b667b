//! Revenue by month and product.

use crate::error::AppError;
use crate::pages::admin::feedback::loaded;
use crate::ui::chart::Unit;
use crate::ui::{Card, Chart, ChartData, Empty, Glyph, Series, TableWrap, format};
use chrono::{DateTime, Utc};
use domain::money::{Currency, Money};
use domain::period::Period;
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Months on the page, the running one among them.
const MONTHS: i64 = 12;
/// Products with a colour of their own; the rest share the last one.
const COLOURS: usize = 4;

/// Revenue of one product in one period, in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevenueLine {
    pub period: Period,
    /// The product's name, or its id where it is gone.
    pub product: String,
    pub currency: Currency,
    pub amount_minor: i64,
}

/// What was invoiced, and what the running period adds up to so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revenue {
    /// Newest period first.
    pub lines: Vec<RevenueLine>,
    pub running: Period,
}

/// Revenue of the last twelve months.
#[server]
pub async fn load_revenue() -> Result<Revenue, AppError> {
    use crate::session::server::{now, require_admin};
    require_admin().await?;
    revenue(&crate::portal::store()?, MONTHS, now()).await
}

/// Revenue of the last `months`, with names instead of ids.
#[cfg(feature = "ssr")]
pub async fn revenue(store: &store::Store, months: i64, now: DateTime<Utc>) -> Result<Revenue, AppError> {
    let names: BTreeMap<_, _> = store.products().await?.into_iter().map(|product| (product.id, product.name)).collect();
    let line = |row: store::RevenueRow| RevenueLine {
        period: row.period,
        product: names.get(&row.product_id).cloned().unwrap_or(row.product_id),
        currency: row.currency,
        amount_minor: row.amount_minor,
    };
    Ok(Revenue { lines: store.revenue(months, now).await?.into_iter().map(line).collect(), running: Period::month_of(now) })
}

#[component]
pub fn RevenuePage() -> impl IntoView {
    let revenue = Resource::new_blocking(|| (), |()| load_revenue());
    view! {
        <Title text="Revenue"/>
        <main id="main">
            <div class="pagehead"><div><h1>"Revenue"</h1><p>"Closed months as invoiced; the running one as it stands."</p></div></div>
            {loaded(revenue, 10, |revenue| view! { <Shown revenue/> }.into_any())}
        </main>
    }
}

#[component]
fn Shown(revenue: Revenue) -> impl IntoView {
    let in_use = Currency::ALL.into_iter().filter(|currency| revenue.lines.iter().any(|line| line.currency == *currency));
    let parts: Vec<_> = in_use.map(|currency| in_currency(&revenue, currency)).collect();
    if parts.is_empty() {
        return view! { <section class="card"><Empty icon=Glyph::Wallet title="No revenue yet" text="It appears here with the first paid plan, month by month and product by product."/></section> }.into_any();
    }
    view! { <div class="stack">{parts}</div> }.into_any()
}

fn in_currency(revenue: &Revenue, currency: Currency) -> AnyView {
    let table = Table::of(&revenue.lines, currency);
    let data = table.chart();
    let products = top(&table, revenue.running);
    let title = format!("Revenue by month, {}", currency.as_str().to_uppercase());
    view! {
        <section class="card"><Chart title=title data=Signal::stored(data) unit=Unit::Money(currency) columns="Month"/></section>
        <Card title="Top products">{products}</Card>
    }
    .into_any()
}

/// Amounts by product and month of one currency.
struct Table {
    currency: Currency,
    /// Oldest first.
    months: Vec<DateTime<Utc>>,
    /// Highest sum first: (product, an amount for each month).
    products: Vec<(String, Vec<i64>)>,
}

impl Table {
    fn of(lines: &[RevenueLine], currency: Currency) -> Self {
        let lines = || lines.iter().filter(|line| line.currency == currency);
        let mut months: Vec<_> = lines().map(|line| line.period.start).collect();
        months.sort_unstable();
        months.dedup();
        let mut products: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
        for line in lines() {
            let amounts = products.entry(&line.product).or_insert_with(|| vec![0; months.len()]);
            if let Ok(at) = months.binary_search(&line.period.start) {
                amounts[at] += line.amount_minor;
            }
        }
        let mut products: Vec<_> = products.into_iter().map(|(product, amounts)| (product.to_owned(), amounts)).collect();
        products.sort_by_key(|(_, amounts)| std::cmp::Reverse(amounts.iter().sum::<i64>()));
        Self { currency, months, products }
    }

    /// The highest products with a colour each, and the rest as one.
    fn chart(&self) -> ChartData {
        let floats = |amounts: &[i64]| amounts.iter().map(|&minor| minor as f64).collect();
        let (first, rest) = self.products.split_at(self.products.len().min(COLOURS));
        let mut series: Vec<_> =
            first.iter().zip(1..).map(|((name, amounts), color)| Series { name: name.clone(), color, values: floats(amounts) }).collect();
        if !rest.is_empty() {
            let sums: Vec<i64> = (0..self.months.len()).map(|month| rest.iter().map(|(_, amounts)| amounts[month]).sum()).collect();
            series.push(Series { name: format!("{} others", rest.len()), color: 5, values: floats(&sums) });
        }
        ChartData { columns: self.months.iter().map(|month| format::month(*month)).collect(), series }
    }

    /// Amounts of the running and of all months: (product, running, sum).
    fn sums(&self, running: Period) -> Vec<(String, i64, i64)> {
        let at = self.months.iter().position(|month| *month == running.start);
        let line = |(product, amounts): &(String, Vec<i64>)| (product.clone(), at.map_or(0, |at| amounts[at]), amounts.iter().sum());
        self.products.iter().map(line).collect()
    }
}

fn top(table: &Table, running: Period) -> AnyView {
    let money = |minor: i64| Money::new(minor, table.currency).to_string();
    let sums = table.sums(running);
    let total: i64 = sums.iter().map(|(_, _, sum)| sum).sum();
    let share = |sum: i64| if total > 0 { format::percent(sum as f64 / total as f64) } else { "–".to_owned() };
    let rows = sums.iter().map(|(product, now, sum)| {
        view! { <tr><td>{product.clone()}</td><td class="r">{money(*now)}</td><td class="r">{money(*sum)}</td><td class="r">{share(*sum)}</td></tr> }
    });
    let rows = rows.collect_view();
    let so_far = money(sums.iter().map(|(_, now, _)| now).sum());
    let total = money(total);
    view! {
        <TableWrap label="Top products">
            <table>
                <thead><tr>
                    <th scope="col">"Product"</th><th scope="col" class="r">{format!("{} so far", format::month(running.start))}</th>
                    <th scope="col" class="r">{format!("Last {MONTHS} months")}</th><th scope="col" class="r">"Share"</th>
                </tr></thead>
                <tbody>{rows}</tbody>
                <tfoot><tr><th scope="row">"Together"</th><td class="r">{so_far}</td><td class="r">{total}</td><td></td></tr></tfoot>
            </table>
        </TableWrap>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{TimeDelta, TimeZone};

    fn line(month: u32, product: &str, amount_minor: i64) -> RevenueLine {
        let at = Utc.with_ymd_and_hms(2026, month, 5, 0, 0, 0).unwrap();
        RevenueLine { period: Period::month_of(at), product: product.into(), currency: Currency::Usd, amount_minor }
    }

    #[test]
    fn months_without_a_product_count_as_nothing() {
        let lines = [line(11, "Rates", 500), line(10, "Labels", 900), line(11, "Labels", 100)];
        let table = Table::of(&lines, Currency::Usd);
        assert_eq!(table.products, [("Labels".to_owned(), vec![900, 100]), ("Rates".to_owned(), vec![0, 500])]);
        assert_eq!(table.sums(lines[0].period), [("Labels".to_owned(), 100, 1_000), ("Rates".to_owned(), 500, 500)]);
        assert!(Table::of(&lines, Currency::Eur).products.is_empty());
    }

    #[test]
    fn the_chart_keeps_the_sum_when_products_share_a_colour() {
        let lines: Vec<_> = (1..=7).map(|n| line(11, &format!("P{n}"), n * 10)).collect();
        let data = Table::of(&lines, Currency::Usd).chart();
        assert_eq!(data.series.len(), COLOURS + 1);
        assert_eq!(data.series.iter().map(|series| series.values[0]).sum::<f64>(), 280.0);
        assert_eq!(data.series.last().unwrap().name, "3 others");
    }

    #[test]
    fn a_running_month_without_revenue_is_zero() {
        let lines = [line(10, "Labels", 900)];
        let running = Period::month_of(lines[0].period.end + TimeDelta::days(1));
        assert_eq!(Table::of(&lines, Currency::Usd).sums(running), [("Labels".to_owned(), 0, 900)]);
    }
}
