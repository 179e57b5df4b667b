//! How much of a quota is used, and the small curve under a number.

use super::format::number;
use leptos::prelude::*;

/// A bar for `used` of `limit`, with the numbers for screen readers; turns amber from 80% and red beyond the limit.
#[component]
pub fn QuotaMeter(
    #[prop(into)] used: Signal<i64>,
    #[prop(into)] limit: Signal<i64>,
    /// What is counted, for screen readers: `Shipment Tracking calls`.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let class = move || format!("meter {}", state(used.get(), limit.get()));
    let words = move || format!("{label}: {} of {}", number(used.get()), number(limit.get()));
    view! { <progress class=class aria-label=words max=move || limit.get().max(1) value=move || used.get().clamp(0, limit.get().max(1))></progress> }
}

fn state(used: i64, limit: i64) -> &'static str {
    match used {
        _ if used > limit => "over",
        _ if used.saturating_mul(5) >= limit.saturating_mul(4) => "near",
        _ => "",
    }
}

/// The size of a curve's drawing, in its own units.
const WIDTH: f64 = 116.0;
const HEIGHT: f64 = 30.0;

/// A curve without axes, for the trend under a number; the number says the rest.
#[component]
pub fn Sparkline(
    #[prop(into)] points: Signal<Vec<f64>>,
    /// Which data colour: 1 to 5.
    #[prop(default = 2)]
    series: u8,
) -> impl IntoView {
    let line = move || points.with(|points| polyline(points));
    view! {
        <svg class=format!("spark s{series}") viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none" aria-hidden="true">
            <polyline points=line></polyline>
        </svg>
    }
}

/// `x,y` pairs from left to right; the lowest value lies at the bottom, and equal values in the middle.
fn polyline(points: &[f64]) -> String {
    let (low, high) = points.iter().fold((f64::MAX, f64::MIN), |(low, high), &p| (low.min(p), high.max(p)));
    let step = WIDTH / points.len().saturating_sub(1).max(1) as f64;
    let y = |value: f64| if high > low { HEIGHT - 2.0 - (value - low) / (high - low) * (HEIGHT - 4.0) } else { HEIGHT / 2.0 };
    let pairs: Vec<String> = points.iter().enumerate().map(|(i, &p)| format!("{:.1},{:.1}", i as f64 * step, y(p))).collect();
    pairs.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_meter_warns_before_it_is_full() {
        assert_eq!([state(0, 100), state(79, 100), state(80, 100), state(100, 100), state(101, 100)], ["", "", "near", "near", "over"]);
        assert_eq!(state(i64::MAX, i64::MAX), "near");
    }

    #[test]
    fn a_curve_fills_its_box_and_a_flat_one_runs_in_the_middle() {
        assert_eq!(polyline(&[0.0, 10.0]), "0.0,28.0 116.0,2.0");
        assert_eq!(polyline(&[5.0, 5.0, 5.0]), "0.0,15.0 58.0,15.0 116.0,15.0");
        assert_eq!(polyline(&[1.0]), "0.0,15.0");
        assert_eq!(polyline(&[]), "");
    }
}
