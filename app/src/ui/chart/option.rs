//! The numbers of a chart as an ECharts option: thin, without shadow, value axis at the right, colours by the names of the tokens.
//!
//! A colour such as `var(--s2)` reaches the SVG as it is, so that a change of theme repaints the chart by itself.

use super::{ChartData, Series, Unit};
use charming::component::{Axis, Grid};
use charming::element::{
    AxisLabel, AxisLine, AxisPointer, AxisPointerType, AxisTick, AxisType, Color, Emphasis, ItemStyle, LineStyle, SplitLine, Tooltip,
    Trigger,
};
use charming::series::Bar;
use serde::Serialize;

/// What `drawChart` in the chart library's bundle is told.
#[derive(Serialize)]
pub struct Drawing {
    option: charming::Chart,
    /// What the tooltip says about each column.
    readings: Vec<String>,
    axis: AxisUnit,
}

/// How the value axis is written: `{prefix}{value / divisor}`.
#[derive(Serialize)]
struct AxisUnit {
    prefix: String,
    divisor: f64,
}

/// Describes the drawing.
pub fn drawing(data: &ChartData, unit: Unit) -> Drawing {
    let readings = (0..data.columns.len()).map(|at| reading(data, at, unit)).collect();
    Drawing { option: option(data, unit), readings, axis: axis_unit(unit) }
}

/// One column across all series, a line each.
fn reading(data: &ChartData, at: usize, unit: Unit) -> String {
    let lines = data.series.iter().filter_map(|series| Some(format!("{}  {}", unit.write(*series.values.get(at)?), series.name)));
    std::iter::once(data.columns[at].clone()).chain(lines).collect::<Vec<_>>().join("\n")
}

fn axis_unit(unit: Unit) -> AxisUnit {
    match unit {
        Unit::Count => AxisUnit { prefix: String::new(), divisor: 1.0 },
        Unit::Money(currency) => {
            let zero = domain::money::Money::new(0, currency).short();
            AxisUnit { prefix: zero.trim_end_matches('0').to_owned(), divisor: 100.0 }
        }
    }
}

fn option(data: &ChartData, unit: Unit) -> charming::Chart {
    let chart = charming::Chart::new()
        .animation(false)
        .grid(Grid::new().left(2).right(46).top(10).bottom(24))
        .tooltip(Tooltip::new().trigger(Trigger::Axis).axis_pointer(AxisPointer::new().type_(AxisPointerType::Shadow)))
        .x_axis(columns_axis(data))
        .y_axis(value_axis(unit));
    data.series.iter().fold(chart, |chart, series| chart.series(bars(series)))
}

fn columns_axis(data: &ChartData) -> Axis {
    Axis::new()
        .type_(AxisType::Category)
        .data(data.columns.clone())
        .boundary_gap(true)
        .axis_tick(AxisTick::new().show(false))
        .axis_line(AxisLine::new().show(false))
        .axis_label(AxisLabel::new().color(token("ink-3")).font_size(10).distance(8))
}

fn value_axis(unit: Unit) -> Axis {
    let axis = match unit {
        // There is no part of a call.
        Unit::Count => Axis::new().min_interval(1.0),
        Unit::Money(_) => Axis::new(),
    };
    axis.type_(AxisType::Value)
        .position("right")
        .split_number(3)
        .axis_label(AxisLabel::new().color(token("ink-3")).font_size(10))
        .split_line(SplitLine::new().line_style(LineStyle::new().color(token("line"))))
}

fn bars(series: &Series) -> Bar {
    Bar::new()
        .name(series.name.as_str())
        .stack("all")
        .item_style(ItemStyle::new().color(data_color(series)).border_radius(2))
        .emphasis(Emphasis::new().disabled(true))
        .data(series.values.clone())
}

fn data_color(series: &Series) -> Color {
    token(&format!("s{}", series.color))
}

fn token(name: &str) -> Color {
    Color::Value(format!("var(--{name})"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::money::Currency;
    use serde_json::json;

    fn week() -> ChartData {
        ChartData::answered_and_errors(vec!["Nov 1".into(), "Nov 2".into()], vec![1_040.0, 900.0], vec![3.0])
    }

    #[test]
    fn bars_stand_on_each_other_in_the_colours_of_the_tokens() {
        let drawing = serde_json::to_value(drawing(&week(), Unit::Count)).unwrap();
        let series = drawing["option"]["series"].as_array().unwrap();
        assert_eq!(series.len(), 2);
        assert_eq!(series[0]["itemStyle"]["color"], json!("var(--s2)"));
        assert_eq!(series[1]["itemStyle"]["color"], json!("var(--s1)"));
        assert_eq!(series[0]["stack"], series[1]["stack"]);
        assert_eq!(drawing["option"]["yAxis"]["position"], json!("right"));
    }

    #[test]
    fn a_reading_says_all_that_a_column_has() {
        assert_eq!(reading(&week(), 0, Unit::Count), "Nov 1\n1,040  answered\n3  errors");
        assert_eq!(reading(&week(), 1, Unit::Count), "Nov 2\n900  answered");
    }

    #[test]
    fn the_axis_of_money_is_in_whole_units() {
        let axis = axis_unit(Unit::Money(Currency::Eur));
        assert_eq!((axis.prefix.as_str(), axis.divisor), ("€", 100.0));
    }
}
