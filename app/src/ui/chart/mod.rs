//! A chart in a box of fixed height, with the same numbers as a table behind it: for readers who do not see it, and where nothing draws.

mod drawing;
mod option;

use super::format::number;
use super::icon::{Glyph, Icon};
use super::paths::use_paths;
use domain::money::{Currency, Money};
use leptos::html;
use leptos::prelude::*;

/// What the values are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unit {
    #[default]
    Count,
    /// Minor units of a currency.
    Money(Currency),
}

impl Unit {
    /// A value as the table and the tooltip write it.
    fn write(self, value: f64) -> String {
        match self {
            Self::Count => number(value.round() as i64),
            Self::Money(currency) => Money::new(value.round() as i64, currency).to_string(),
        }
    }
}

/// One series of a chart, as long as its [`ChartData::columns`].
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub name: String,
    /// Which data colour: 1 to 5.
    pub color: u8,
    pub values: Vec<f64>,
}

/// The numbers of a chart.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChartData {
    /// What stands under each column, such as `Nov 12`.
    pub columns: Vec<String>,
    pub series: Vec<Series>,
}

impl ChartData {
    /// Calls by column: answered ones below, errors on top.
    pub fn answered_and_errors(columns: Vec<String>, answered: Vec<f64>, errors: Vec<f64>) -> Self {
        let series = [("answered", 2, answered), ("errors", 1, errors)];
        let series = series.map(|(name, color, values)| Series { name: name.to_owned(), color, values });
        Self { columns, series: series.into() }
    }
}

/// Stacked columns, the first series at the bottom, with a title, its legend and the switch to the table.
#[component]
pub fn Chart(
    #[prop(into)] title: String,
    #[prop(into)] data: Signal<ChartData>,
    #[prop(optional)] unit: Unit,
    /// What the columns are, as the head of the table's first column.
    #[prop(default = "Day (UTC)")]
    columns: &'static str,
) -> impl IntoView {
    let library = use_paths().charts;
    let drawable = !library.is_empty();
    let as_table = RwSignal::new(!drawable);
    let plot = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        if let (Some(plot), false) = (plot.get(), as_table.get()) {
            drawing::draw(&library, plot.into(), &data.read(), unit);
        }
    });
    let switch = drawable.then(|| view! { <TableSwitch as_table=as_table/> });
    view! {
        <figure class="chart" class:as-table=as_table aria-label=title.clone()>
            <header>
                <h2>{title.clone()}</h2>
                <div class="row">
                    {move || legend(&data.read())}
                    {switch}
                </div>
            </header>
            <div class="box">
                <div class="plot" aria-hidden="true" node_ref=plot></div>
                <div class="numbers" role="region" tabindex="0" aria-label=format!("{title}, as a table")>
                    {move || numbers(&data.read(), unit, columns)}
                </div>
            </div>
        </figure>
    }
}

#[component]
fn TableSwitch(as_table: RwSignal<bool>) -> impl IntoView {
    view! {
        <button
            type="button"
            class="btn sm quiet"
            aria-pressed=move || if as_table.get() { "true" } else { "false" }
            on:click=move |_| as_table.update(|on| *on = !*on)
        >
            <Icon name=Glyph::Table size=13/>
            "Table"
        </button>
    }
}

fn legend(data: &ChartData) -> AnyView {
    let names = data.series.iter().map(|series| {
        view! {
            <li>
                <i class=format!("swatch s{}", series.color)></i>
                {series.name.clone()}
            </li>
        }
    });
    view! { <ul class="legend" aria-label="Legend">{names.collect_view()}</ul> }.into_any()
}

fn numbers(data: &ChartData, unit: Unit, columns: &'static str) -> AnyView {
    let heads = data.series.iter().map(|series| view! { <th class="r" scope="col">{series.name.clone()}</th> }).collect_view();
    let rows = data.columns.iter().enumerate().map(|(at, column)| {
        let cells = data.series.iter().map(|series| view! { <td class="r">{series.values.get(at).map(|&value| unit.write(value))}</td> });
        view! {
            <tr>
                <th scope="row">{column.clone()}</th>
                {cells.collect_view()}
            </tr>
        }
    });
    view! {
        <table>
            <thead>
                <tr>
                    <th scope="col">{columns}</th>
                    {heads}
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_with_their_unit() {
        assert_eq!(Unit::Count.write(12_431.0), "12,431");
        assert_eq!(Unit::Money(Currency::Usd).write(981_250.0), "$9,812.50");
    }
}
