//! Latency as counts in logarithmic buckets: mergeable by addition, percentiles right within 1 %.

use std::fmt;
use std::time::Duration;

/// Each bucket ends 2 % above the one before, so its middle is within 1 % of everything in it.
const GROWTH: f64 = 1.02;

/// The bucket of a duration: 0 up to 1 µs, then one for every 2 %.
pub fn bucket(latency: Duration) -> i64 {
    let micros = (latency.as_nanos() as f64 / 1_000.0).max(1.0);
    (micros.ln() / GROWTH.ln()).ceil() as i64
}

/// The middle of a bucket, in microseconds.
pub fn micros(bucket: i64) -> f64 {
    GROWTH.powf(bucket as f64 - 0.5)
}

/// The latency in microseconds below which the share `p` (0 to 1) of calls stayed; `None` without calls.
/// `buckets` holds (bucket, calls), in ascending order.
pub fn percentile(buckets: &[(i64, i64)], p: f64) -> Option<f64> {
    let all: i64 = buckets.iter().map(|(_, calls)| calls).sum();
    let rank = ((all as f64 * p).ceil() as i64).max(1);
    let mut seen = 0;
    buckets
        .iter()
        .find(|(_, calls)| {
            seen += calls;
            seen >= rank
        })
        .map(|(bucket, _)| micros(*bucket))
}

/// The digits of a bucket in a text: two of them reach 2,703, which is billions of years.
const DIGITS: &[u8; 52] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE: i64 = DIGITS.len() as i64;

/// How many calls fell into each bucket.
///
/// As text it is one word for each bucket: two letters that name it, then the calls, which one call leaves away: `HqHs12Ib3`. Words need
/// no order and may come again, so texts are merged by writing one behind the other, which every database can do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sketch(Vec<(i64, i64)>);

impl Sketch {
    /// Counts one call.
    pub fn add(&mut self, latency: Duration) {
        self.count(bucket(latency).min(BASE * BASE - 1), 1);
    }

    /// Counts the calls of another one.
    pub fn merge(&mut self, more: &Self) {
        if self.is_empty() {
            self.0.clone_from(&more.0);
        } else {
            more.0.iter().for_each(|(bucket, calls)| self.count(*bucket, *calls));
        }
    }

    /// Counts the calls of a text. What comes before a fault in it is counted; `None` says that there is one.
    pub fn read(&mut self, text: &str) -> Option<()> {
        let mut rest = text.as_bytes();
        while let [first, second, tail @ ..] = rest {
            let bucket = BASE * digit(*first)? + digit(*second)?;
            let length = tail.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let calls = if length == 0 { 1 } else { std::str::from_utf8(&tail[..length]).ok()?.parse().ok()? };
            self.count(bucket, calls);
            rest = &tail[length..];
        }
        rest.is_empty().then_some(())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// (bucket, calls), in ascending order.
    pub fn buckets(&self) -> &[(i64, i64)] {
        &self.0
    }

    fn count(&mut self, bucket: i64, calls: i64) {
        match self.0.binary_search_by_key(&bucket, |(bucket, _)| *bucket) {
            Ok(place) => self.0[place].1 = self.0[place].1.saturating_add(calls),
            Err(place) => self.0.insert(place, (bucket, calls)),
        }
    }
}

impl fmt::Display for Sketch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(bucket, calls)| {
            let letter = |place: i64| char::from(DIGITS[(place % BASE) as usize]);
            write!(f, "{}{}", letter(bucket / BASE), letter(*bucket))?;
            if *calls == 1 { Ok(()) } else { write!(f, "{calls}") }
        })
    }
}

fn digit(letter: u8) -> Option<i64> {
    match letter {
        b'A'..=b'Z' => Some(i64::from(letter - b'A')),
        b'a'..=b'z' => Some(i64::from(letter - b'a') + 26),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[test]
    fn nothing_has_no_percentile() {
        assert_eq!(percentile(&[], 0.5), None);
    }

    fn sketch(text: &str) -> Sketch {
        let mut sketch = Sketch::default();
        sketch.read(text).unwrap();
        sketch
    }

    #[test]
    fn a_text_names_each_bucket_by_two_letters() {
        let mut some = Sketch::default();
        [20, 1, 20, 900].into_iter().for_each(|ms| some.add(Duration::from_millis(ms)));
        assert_eq!(some.to_string(), "GlJh2NR");
        assert_eq!(some.buckets(), [(349, 1), (501, 2), (693, 1)]);
        assert_eq!(sketch("NRJhJhGl"), some, "in any order, and piece by piece");
        assert!(sketch("").is_empty() && Sketch::default().to_string().is_empty());
    }

    #[test]
    fn the_shortest_and_the_longest_have_a_bucket() {
        let mut both = Sketch::default();
        both.add(Duration::ZERO);
        both.add(Duration::MAX);
        assert_eq!(both.to_string(), "AAzz");
        both.read("AA9223372036854775807").unwrap();
        assert_eq!(both.buckets()[0], (0, i64::MAX), "what does not fit is no real number");
    }

    #[test]
    fn what_is_no_sketch_is_refused() {
        for text in ["A", "AA1B", "12", "A1", "AA 3", "AA-3", "AA9223372036854775808", "Aé"] {
            assert_eq!(Sketch::default().read(text), None, "{text}");
        }
    }

    proptest! {
        /// Calls come in batches; texts grow by what is appended, are written anew at any time, and are added up to hours, days and months.
        #[test]
        fn percentiles_are_right_however_texts_are_split_appended_and_packed(
            batches in prop::collection::vec((prop::collection::vec(1_000u64..60_000_000_000, 0..60), 0usize..4, any::<bool>()), 1..40)
        ) {
            let mut rows = [const { String::new() }; 4];
            for (nanos, row, pack) in &batches {
                let mut batch = Sketch::default();
                nanos.iter().for_each(|nanos| batch.add(Duration::from_nanos(*nanos)));
                rows[*row] += &batch.to_string();
                if *pack { rows[*row] = sketch(&rows[*row]).to_string(); }
            }
            let (mut read, mut merged) = (Sketch::default(), Sketch::default());
            rows.iter().for_each(|row| read.read(row).unwrap());
            rows.iter().for_each(|row| merged.merge(&sketch(row)));
            prop_assert_eq!(&read, &merged);
            prop_assert_eq!(&read, &sketch(&rows.concat()));
            let mut sample: Vec<u64> = batches.iter().flat_map(|(nanos, ..)| nanos).copied().collect();
            sample.sort_unstable();
            for p in [0.5, 0.95, 0.99] {
                let Some(estimate) = percentile(read.buckets(), p) else { prop_assert!(sample.is_empty()); continue };
                let exact = sample[((sample.len() as f64 * p).ceil() as usize).max(1) - 1] as f64 / 1_000.0;
                prop_assert!((estimate - exact).abs() / exact <= 0.01, "{estimate} for {exact} at {p}");
            }
        }

        #[test]
        fn percentiles_are_right_within_one_percent(mut sample in prop::collection::vec(2u64..60_000_000, 1..500), p in 0.01f64..1.0) {
            let mut buckets = BTreeMap::new();
            for &micros in &sample { *buckets.entry(bucket(Duration::from_micros(micros))).or_insert(0) += 1; }
            sample.sort_unstable();
            let exact = sample[((sample.len() as f64 * p).ceil() as usize).max(1) - 1] as f64;
            let buckets: Vec<_> = buckets.into_iter().collect();
            let estimate = percentile(&buckets, p).unwrap();
            prop_assert!((estimate - exact).abs() / exact <= 0.01, "{estimate} for {exact}");
        }

        /// The hours of a range may be added up in any order and in any pieces: the percentiles are those of all their calls.
        #[test]
        fn percentiles_of_a_range_are_right_within_one_percent(hours in prop::collection::vec(prop::collection::vec(1_000u64..60_000_000_000, 0..80), 1..40)) {
            let mut range: BTreeMap<i64, i64> = BTreeMap::new();
            for hour in &hours {
                let mut sketch: BTreeMap<i64, i64> = BTreeMap::new();
                hour.iter().for_each(|&nanos| *sketch.entry(bucket(Duration::from_nanos(nanos))).or_default() += 1);
                sketch.into_iter().for_each(|(bucket, calls)| *range.entry(bucket).or_default() += calls);
            }
            let mut sample: Vec<u64> = hours.concat();
            sample.sort_unstable();
            let range: Vec<_> = range.into_iter().collect();
            for p in [0.5, 0.95, 0.99] {
                let Some(estimate) = percentile(&range, p) else { prop_assert!(sample.is_empty()); continue };
                let exact = sample[((sample.len() as f64 * p).ceil() as usize).max(1) - 1] as f64 / 1_000.0;
                prop_assert!((estimate - exact).abs() / exact <= 0.01, "{estimate} for {exact} at {p}");
            }
        }
    }
}
