//! The levels at which usage is summed, and which of them answer a range: months and days in its middle, hours at its ends.

use crate::meter::hour_of;
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use domain::period::Period;

/// What a level keeps apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Latencies only: nothing but the environment.
    Portal,
    /// Products, over all partners.
    Product,
    /// Partners and products.
    Partner,
    /// Partners, products and keys.
    Key,
    /// Partners, products and operations.
    Operation,
    /// Everything: partners, products, keys and operations.
    Line,
}

/// How long a level's sums reach, in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Span {
    Hour,
    Day,
    Month,
}

/// A kind of sums in `usage_sums` and `latency_sums`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Level {
    pub(crate) detail: Detail,
    pub(crate) span: Span,
}

/// A piece of a range. Without a level it is read from the hours as they were metered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) level: Option<Level>,
    pub(crate) from: DateTime<Utc>,
    pub(crate) to: DateTime<Utc>,
}

impl Detail {
    /// The spans that are kept, the longest first. A partner's single hours are few enough to be read as they were metered; and whoever
    /// asks for everything over months has time.
    fn spans(self) -> &'static [Span] {
        match self {
            Self::Portal | Self::Product => &[Span::Month, Span::Day, Span::Hour],
            Self::Partner | Self::Key | Self::Operation => &[Span::Month, Span::Day],
            Self::Line => &[Span::Day],
        }
    }

    pub(crate) fn keeps_products(self) -> bool {
        self != Self::Portal
    }

    pub(crate) fn keeps_partners(self) -> bool {
        !matches!(self, Self::Portal | Self::Product)
    }

    pub(crate) fn keeps_keys(self) -> bool {
        matches!(self, Self::Key | Self::Line)
    }

    pub(crate) fn keeps_operations(self) -> bool {
        matches!(self, Self::Operation | Self::Line)
    }

    /// Whether everything that `other` keeps apart is apart here too.
    fn keeps(self, other: Self) -> bool {
        let kept = |detail: Self| [detail.keeps_products(), detail.keeps_partners(), detail.keeps_keys(), detail.keeps_operations()];
        kept(self).into_iter().zip(kept(other)).all(|(here, there)| here || !there)
    }
}

impl Span {
    /// The start of the span that holds `at`.
    pub(crate) fn start(self, at: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Hour => hour_of(at),
            Self::Day => at.date_naive().and_time(NaiveTime::MIN).and_utc(),
            Self::Month => Period::month_of(at).start,
        }
    }

    /// The first start of a span that is not before `at`.
    pub(crate) fn start_from(self, at: DateTime<Utc>) -> DateTime<Utc> {
        let start = self.start(at);
        match self {
            _ if start == at => at,
            Self::Hour => start + TimeDelta::hours(1),
            Self::Day => start + TimeDelta::days(1),
            Self::Month => Period::month_of(at).end,
        }
    }
}

impl Level {
    const fn new(detail: Detail, span: Span) -> Self {
        Self { detail, span }
    }

    /// Every level of `usage_sums` and `usage_latencies`; those that others add up to come before them.
    pub(crate) const OF_USAGE: [Self; 10] = [
        Self::new(Detail::Product, Span::Hour),
        Self::new(Detail::Product, Span::Day),
        Self::new(Detail::Product, Span::Month),
        Self::new(Detail::Line, Span::Day),
        Self::new(Detail::Operation, Span::Day),
        Self::new(Detail::Operation, Span::Month),
        Self::new(Detail::Key, Span::Day),
        Self::new(Detail::Key, Span::Month),
        Self::new(Detail::Partner, Span::Day),
        Self::new(Detail::Partner, Span::Month),
    ];

    /// Every level of `latency_sums`, in the same order.
    pub(crate) const OF_LATENCY: [Self; 8] = [
        Self::new(Detail::Product, Span::Hour),
        Self::new(Detail::Product, Span::Day),
        Self::new(Detail::Product, Span::Month),
        Self::new(Detail::Portal, Span::Hour),
        Self::new(Detail::Portal, Span::Day),
        Self::new(Detail::Portal, Span::Month),
        Self::new(Detail::Partner, Span::Day),
        Self::new(Detail::Partner, Span::Month),
    ];

    /// Whether rows of this level add up to rows of `other`.
    pub(crate) fn adds_up_to(self, other: Self) -> bool {
        self.detail.keeps(other.detail) && self.span <= other.span
    }

    /// As the tables name it.
    pub(crate) fn as_str(self) -> &'static str {
        macro_rules! over {
            ($span:expr, $detail:literal) => {
                match $span {
                    Span::Hour => concat!($detail, "_hour"),
                    Span::Day => concat!($detail, "_day"),
                    Span::Month => concat!($detail, "_month"),
                }
            };
        }
        match self.detail {
            Detail::Portal => over!(self.span, "portal"),
            Detail::Product => over!(self.span, "product"),
            Detail::Partner => over!(self.span, "partner"),
            Detail::Key => over!(self.span, "key"),
            Detail::Operation => over!(self.span, "operation"),
            Detail::Line => over!(self.span, "line"),
        }
    }
}

/// Cuts a range up, in its order, into the fewest pieces: no piece's span is longer than `longest`. Both ends grow to whole hours.
pub(crate) fn cover(detail: Detail, longest: Span, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Part> {
    let spans: Vec<_> = detail.spans().iter().copied().filter(|span| *span <= longest).collect();
    let mut parts = Vec::new();
    cut_up(detail, &spans, hour_of(from), Span::Hour.start_from(to), &mut parts);
    parts
}

fn cut_up(detail: Detail, spans: &[Span], from: DateTime<Utc>, to: DateTime<Utc>, parts: &mut Vec<Part>) {
    let Some((span, shorter)) = spans.split_first() else {
        if from < to {
            parts.push(Part { level: None, from, to });
        }
        return;
    };
    let (first, last) = (span.start_from(from), span.start(to));
    if first < last {
        cut_up(detail, shorter, from, first, parts);
        parts.push(Part { level: Some(Level { detail, span: *span }), from: first, to: last });
        cut_up(detail, shorter, last, to, parts);
    } else {
        cut_up(detail, shorter, from, to, parts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(detail: Detail, longest: Span, from: &str, to: &str) -> Vec<String> {
        let parts = cover(detail, longest, from.parse().unwrap(), to.parse().unwrap());
        let name = |part: &Part| part.level.map_or("hours", Level::as_str);
        parts.iter().map(|part| format!("{} {} {}", name(part), part.from.format("%m-%d %H"), part.to.format("%m-%d %H"))).collect()
    }

    #[test]
    fn a_range_is_months_and_days_with_hours_at_its_ends() {
        let (from, to) = ("2026-01-30T22:10:00Z", "2026-04-02T01:00:00.5Z");
        assert_eq!(
            shown(Detail::Partner, Span::Month, from, to),
            [
                "hours 01-30 22 01-31 00",
                "partner_day 01-31 00 02-01 00",
                "partner_month 02-01 00 04-01 00",
                "partner_day 04-01 00 04-02 00",
                "hours 04-02 00 04-02 02"
            ]
        );
        assert_eq!(
            shown(Detail::Product, Span::Day, from, to),
            ["product_hour 01-30 22 01-31 00", "product_day 01-31 00 04-02 00", "product_hour 04-02 00 04-02 02"]
        );
        assert_eq!(shown(Detail::Key, Span::Hour, from, to), ["hours 01-30 22 04-02 02"]);
        assert_eq!(
            shown(Detail::Partner, Span::Month, "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"),
            ["partner_month 02-01 00 03-01 00"]
        );
        assert!(shown(Detail::Key, Span::Month, to, from).is_empty());
    }

    #[test]
    fn a_level_is_made_of_the_smallest_one_that_has_all_of_it() {
        let made_of = |level: Level, levels: &[Level]| {
            let before = levels.iter().take_while(|other| **other != level);
            before.filter(|other| other.adds_up_to(level)).last().map_or("hours", |other| other.as_str())
        };
        let usage = Level::OF_USAGE.map(|level| (level.as_str(), made_of(level, &Level::OF_USAGE)));
        assert_eq!(
            usage,
            [
                ("product_hour", "hours"),
                ("product_day", "product_hour"),
                ("product_month", "product_day"),
                ("line_day", "hours"),
                ("operation_day", "line_day"),
                ("operation_month", "operation_day"),
                ("key_day", "line_day"),
                ("key_month", "key_day"),
                ("partner_day", "key_day"),
                ("partner_month", "partner_day"),
            ]
        );
        let latency = Level::OF_LATENCY.map(|level| (level.as_str(), made_of(level, &Level::OF_LATENCY)));
        assert_eq!(
            latency[3..],
            [
                ("portal_hour", "product_hour"),
                ("portal_day", "portal_hour"),
                ("portal_month", "portal_day"),
                ("partner_day", "hours"),
                ("partner_month", "partner_day"),
            ]
        );
    }

    proptest! {
        #[test]
        fn pieces_meet_without_gap_or_overlap(start in 0i64..20_000_000, length in 1i64..50_000_000, key in any::<bool>(), longest in 0usize..3) {
            let detail = if key { Detail::Key } else { Detail::Product };
            let longest = [Span::Hour, Span::Day, Span::Month][longest];
            let from = DateTime::from_timestamp(1_700_000_000 + start, 0).unwrap();
            let to = from + TimeDelta::seconds(length);
            let parts = cover(detail, longest, from, to);
            prop_assert_eq!(parts.first().map(|part| part.from), Some(hour_of(from)));
            prop_assert_eq!(parts.last().map(|part| part.to), Some(Span::Hour.start_from(to)));
            prop_assert!(parts.windows(2).all(|pair| pair[0].to == pair[1].from), "{:?}", parts);
            for part in parts {
                let span = part.level.map_or(Span::Hour, |level| level.span);
                prop_assert!(part.from < part.to && span <= longest && span.start(part.from) == part.from && span.start(part.to) == part.to);
            }
        }
    }
}
