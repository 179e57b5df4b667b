//! Latency as counts in logarithmic buckets: mergeable by addition, percentiles right within 1 %.

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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[test]
    fn nothing_has_no_percentile() {
        assert_eq!(percentile(&[], 0.5), None);
    }

    proptest! {
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
