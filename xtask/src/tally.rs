//! How many tests passed and failed, read from what the test runners print.

use std::ops::AddAssign;

use serde_json::Value;

/// How nextest's last line begins.
const SUMMARY: &str = "Summary [";

/// A count of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Tests that held.
    pub passed: u64,
    /// Tests that did not.
    pub failed: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

impl Tally {
    /// Reads the `Summary` line of nextest, which shows the `test result:` lines of tests that failed too; without one, those lines of
    /// `cargo test`.
    pub fn of_cargo(output: &str) -> Self {
        let lines = || output.lines().map(str::trim);
        let sum = if lines().any(|line| line.starts_with(SUMMARY)) { SUMMARY } else { "test result:" };
        let mut tally = Self::default();
        for line in lines().filter(|line| line.starts_with(sum)) {
            tally += Self { passed: count(line, "passed"), failed: count(line, "failed") + count(line, "timed out") };
        }
        tally
    }

    /// Reads the JSON report of Playwright. A test that passed only when tried again counts as failed: it is not reliable.
    pub fn of_playwright(report: &Value) -> Self {
        let stat = |name: &str| report["stats"][name].as_u64().unwrap_or(0);
        let errors = report["errors"].as_array().map_or(0, Vec::len) as u64;
        Self { passed: stat("expected"), failed: stat("unexpected") + stat("flaky") + errors }
    }
}

/// The number before a word: 12 in `12 passed`.
fn count(line: &str, word: &str) -> u64 {
    let Some((before, _)) = line.split_once(word) else {
        return 0;
    };
    before.rsplit(' ').find(|part| !part.is_empty()).and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cargo_test_prints_one_line_per_binary() {
        let output = "running 3 tests\ntest result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 1 filtered out\n\
            test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out\n";
        assert_eq!(Tally::of_cargo(output), Tally { passed: 8, failed: 2 });
    }

    #[test]
    fn nextest_prints_one_summary() {
        let output = "        PASS [   0.004s] domain price::tests::zero\n    test result: FAILED. 0 passed; 1 failed; 0 ignored\n     \
            Summary [   4.213s] 41 tests run: 38 passed (1 flaky), 2 failed, 1 timed out, 4 skipped\n";
        assert_eq!(Tally::of_cargo(output), Tally { passed: 38, failed: 3 });
    }

    #[test]
    fn output_without_a_summary_counts_nothing() {
        assert_eq!(Tally::of_cargo("error: could not compile `server`\n3 passed\n"), Tally::default());
    }

    #[test]
    fn a_flaky_journey_and_a_broken_suite_count_as_failed() {
        let report = json!({"stats": {"expected": 7, "unexpected": 1, "flaky": 1, "skipped": 2}, "errors": [{"message": "x"}]});
        assert_eq!(Tally::of_playwright(&report), Tally { passed: 7, failed: 3 });
    }
}
