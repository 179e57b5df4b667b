//! How numbers, sizes and times are written; money is written by [`domain::money`].

use chrono::{DateTime, Datelike, Timelike, Utc};
use domain::money::grouped;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A whole number with thousands separators: `12,431`.
pub fn number(n: i64) -> String {
    let minus = if n < 0 { "−" } else { "" };
    format!("{minus}{}", grouped(n.unsigned_abs()))
}

/// A number and its noun: `1 call`, `2,431 calls`.
pub fn count(n: i64, noun: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", number(n))
}

/// A share between 0 and 1, to a tenth of a percent: `97.2%`. Only what is exactly all or nothing reads 100% or 0%.
pub fn percent(share: f64) -> String {
    let mut tenths = (share * 1000.0).round() as i64;
    if tenths >= 1000 && share < 1.0 {
        tenths = 999;
    }
    if tenths == 0 && share > 0.0 {
        tenths = 1;
    }
    if tenths % 10 == 0 { format!("{}%", tenths / 10) } else { format!("{}.{}%", tenths / 10, tenths % 10) }
}

/// How a number compares with the one of a span as long before: `+12% on the 30 days before`.
pub fn trend(now: i64, before: i64, span: &str) -> String {
    if before == 0 {
        return format!("nothing in the {span} before");
    }
    let change = ((now - before) as f64 / before as f64 * 100.0).round() as i64;
    let sign = if change < 0 { "−" } else { "+" };
    format!("{sign}{}% on the {span} before", change.abs())
}

/// Milliseconds: `38 ms`, `3,004 ms`; below ten with a tenth: `4.2 ms`.
pub fn ms(milliseconds: f64) -> String {
    let tenths = (milliseconds.max(0.0) * 10.0).round() as i64;
    if tenths < 100 && tenths % 10 != 0 {
        return format!("{}.{} ms", tenths / 10, tenths % 10);
    }
    format!("{} ms", number(milliseconds.max(0.0).round() as i64))
}

/// A size in decimal units: `512 B`, `1.2 kB`, `10 MB`.
pub fn bytes(size: u64) -> String {
    let (unit, name) = match size {
        0..1_000 => return format!("{size} B"),
        1_000..1_000_000 => (1_000, "kB"),
        1_000_000..1_000_000_000 => (1_000_000, "MB"),
        _ => (1_000_000_000, "GB"),
    };
    let tenths = size * 10 / unit;
    if tenths >= 100 || tenths.is_multiple_of(10) {
        format!("{} {name}", tenths / 10)
    } else {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    }
}

/// A day: `Nov 12`.
pub fn date(at: DateTime<Utc>) -> String {
    format!("{} {}", MONTHS[at.month0() as usize], at.day())
}

/// A day with its year: `Jan 31, 2027`.
pub fn full_date(at: DateTime<Utc>) -> String {
    format!("{}, {}", date(at), at.year())
}

/// A month with its year: `Nov 2026`.
pub fn month(at: DateTime<Utc>) -> String {
    format!("{} {}", MONTHS[at.month0() as usize], at.year())
}

/// A time of day in UTC, whose column says so: `14:22:08`.
pub fn time(at: DateTime<Utc>) -> String {
    format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
}

/// A moment in a list that goes over midnight, whose column says UTC: `Nov 12, 14:22:08`.
pub fn date_and_time(at: DateTime<Utc>) -> String {
    format!("{}, {}", date(at), time(at))
}

/// A moment for a `title`: `2026-11-12 14:22:08 UTC`.
pub fn stamp(at: DateTime<Utc>) -> String {
    format!("{:04}-{:02}-{:02} {} UTC", at.year(), at.month(), at.day(), time(at))
}

/// A moment to the millisecond: `2026-11-12 14:22:08.042 UTC`.
pub fn exact(at: DateTime<Utc>) -> String {
    format!("{:04}-{:02}-{:02} {}.{:03} UTC", at.year(), at.month(), at.day(), time(at), at.timestamp_subsec_millis())
}

/// A moment for `datetime` attributes (RFC 3339, seconds).
pub fn machine(at: DateTime<Utc>) -> String {
    format!("{:04}-{:02}-{:02}T{}Z", at.year(), at.month(), at.day(), time(at))
}

/// How long ago, or how soon: `2 minutes ago`, `in 6 days`; beyond a month, the day.
pub fn when(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = (now - at).num_seconds();
    let (amount, unit) = match seconds.unsigned_abs() {
        0..2 => return "just now".to_owned(),
        s @ 2..60 => (s, "second"),
        s @ 60..3_600 => (s / 60, "minute"),
        s @ 3_600..86_400 => (s / 3_600, "hour"),
        s @ 86_400..2_678_400 => (s / 86_400, "day"),
        _ if at.year() == now.year() => return date(at),
        _ => return full_date(at),
    };
    let plural = if amount == 1 { "" } else { "s" };
    if seconds < 0 { format!("in {amount} {unit}{plural}") } else { format!("{amount} {unit}{plural} ago") }
}

/// When a key or a token was used last, as a sentence.
pub fn last_use(at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> String {
    at.map_or_else(|| "It was never used.".to_owned(), |at| format!("It was last used {}.", when(at, now)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn noon() -> DateTime<Utc> {
        DateTime::from_timestamp(1_794_484_928, 0).unwrap()
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([number(0), number(999), number(12_431), number(-1_000)], ["0", "999", "12,431", "−1,000"]);
        assert_eq!([count(1, "call"), count(0, "call"), count(2_431, "call")], ["1 call", "0 calls", "2,431 calls"]);
    }

    #[test]
    fn a_share_never_claims_more_than_it_is() {
        assert_eq!([percent(0.972), percent(0.5), percent(0.0), percent(1.0)], ["97.2%", "50%", "0%", "100%"]);
        assert_eq!([percent(0.999_99), percent(0.000_01)], ["99.9%", "0.1%"]);
    }

    #[test]
    fn a_trend_compares_with_the_span_before() {
        assert_eq!([trend(112, 100, "span"), trend(75, 100, "span")], ["+12% on the span before", "−25% on the span before"]);
        assert_eq!(trend(112, 0, "30 days"), "nothing in the 30 days before");
    }

    #[test]
    fn durations_and_sizes_have_units() {
        assert_eq!([ms(38.2), ms(3_004.0), ms(4.24), ms(0.0), ms(9.97)], ["38 ms", "3,004 ms", "4.2 ms", "0 ms", "10 ms"]);
        assert_eq!([bytes(0), bytes(999), bytes(1_234), bytes(10_485_760)], ["0 B", "999 B", "1.2 kB", "10 MB"]);
    }

    #[test]
    fn moments_are_written_in_five_ways() {
        let at = noon();
        assert_eq!([date(at), full_date(at), month(at), time(at)], ["Nov 12", "Nov 12, 2026", "Nov 2026", "12:02:08"].map(str::to_owned));
        assert_eq!(date_and_time(at), "Nov 12, 12:02:08");
        assert_eq!(exact(at + TimeDelta::microseconds(42_900)), "2026-11-12 12:02:08.042 UTC");
        assert_eq!([stamp(at), machine(at)], ["2026-11-12 12:02:08 UTC", "2026-11-12T12:02:08Z"]);
    }

    #[test]
    fn ages_are_rounded_down_and_look_both_ways() {
        let ago = |seconds| when(noon() - TimeDelta::seconds(seconds), noon());
        assert_eq!([ago(0), ago(1), ago(-1)], ["just now", "just now", "just now"]);
        assert_eq!([ago(2), ago(60), ago(119), ago(7_200)], ["2 seconds ago", "1 minute ago", "1 minute ago", "2 hours ago"]);
        assert_eq!([ago(-86_400), ago(-6 * 86_400)], ["in 1 day", "in 6 days"]);
        assert_eq!([ago(40 * 86_400), ago(400 * 86_400)], ["Oct 3", "Oct 8, 2025"]);
    }

    #[test]
    fn a_last_use_is_told_as_a_sentence() {
        let used = |at| last_use(at, noon());
        assert_eq!([used(None), used(Some(noon() - TimeDelta::hours(2)))], ["It was never used.", "It was last used 2 hours ago."]);
    }
}
