//! The table: what each scenario came to.

use crate::client::Met;
use crate::founding::QUOTA;
use crate::judging::Count;
use crate::scenarios::Scenario;
use std::fmt::{Display, Formatter, Result};
use std::time::Duration;

/// Where the table goes as JSON.
const FILE: &str = "PORTICO_CHAOS_REPORT";

/// One scenario over its rounds so far.
pub struct Row {
    pub scenario: Scenario,
    pub rounds: usize,
    pub skipped: bool,
    pub count: Count,
    /// Answers of 500 and above.
    pub faults: usize,
    /// Calls beyond a quota that were refused, and the longest silence.
    pub refused: u64,
    pub silence: Duration,
    /// The most calls beyond a quota that were answered.
    pub beyond: i64,
    /// Whether one more kill without load changed nothing.
    pub unchanged: bool,
}

impl Row {
    pub fn skipped(scenario: Scenario) -> Self {
        Self { rounds: 0, skipped: true, ..Self::of(scenario, Count::default(), Met::default()) }
    }

    /// One round; what it had to keep apart from the count is still to be filled in.
    pub fn of(scenario: Scenario, count: Count, met: Met) -> Self {
        let (faults, refused, silence) = (met.faults.len(), met.refused, met.silence);
        Self { scenario, rounds: 1, skipped: false, count, faults, refused, silence, beyond: 0, unchanged: true }
    }

    /// Whether every promise was kept.
    fn holds(&self) -> bool {
        let bound = self.scenario.bound();
        let most = if bound.quota { QUOTA } else { 0 };
        self.count.differences == 0 && self.faults == 0 && self.beyond <= most && self.unchanged && self.silence <= bound.silence
    }

    fn add(&mut self, other: &Self) {
        self.rounds += other.rounds;
        self.skipped &= other.skipped;
        self.count.add(&other.count);
        self.faults += other.faults;
        self.refused += other.refused;
        self.silence = self.silence.max(other.silence);
        self.beyond = self.beyond.max(other.beyond);
        self.unchanged &= other.unchanged;
    }

    fn json(&self) -> serde_json::Value {
        let Count { complete, open, metered, exact, differences } = self.count;
        serde_json::json!({
            "scenario": self.scenario.name(), "rounds": self.rounds, "skipped": self.skipped, "calls": complete + open, "complete": complete,
            "open": open, "metered": metered, "exact_keys": exact, "differences": differences, "faults": self.faults,
            "refused": self.refused, "quota_exceeded_by": self.beyond,
            "silence_ms": u64::try_from(self.silence.as_millis()).unwrap(), "unchanged_by_one_more_kill": self.unchanged, "holds": self.holds(),
        })
    }
}

impl Display for Row {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let name = self.scenario.name();
        if self.skipped {
            return write!(f, "| {name:<18} | skipped");
        }
        let Count { complete, open, metered, exact, differences } = self.count;
        let (rounds, faults, beyond, silence) = (self.rounds, self.faults, self.beyond, self.silence.as_millis());
        let calls = complete + open;
        write!(f, "| {name:<18} | {rounds:>6} | {calls:>8} | {complete:>8} | {metered:>8} | {exact:>8} | {differences:>4} ")?;
        write!(f, "| {faults:>5} | {beyond:>6} | {silence:>7} ms | {} |", if self.holds() { "holds" } else { "BROKEN" })
    }
}

#[test]
fn a_row_says_whether_the_promise_was_kept() {
    let count = || Count { complete: 11, open: 1, metered: 11, ..Count::default() };
    let row = |count, beyond| Row { beyond, ..Row::of(Scenario::RedisEmptied, count, Met::default()) };
    let kept = row(count(), QUOTA);
    assert!(
        kept.holds()
            && kept.to_string().ends_with("|       12 |       11 |       11 |        0 |    0 |     0 |    200 |       0 ms | holds |"),
        "{kept}"
    );
    for broken in [row(count(), QUOTA + 1), row(Count { differences: 1, ..count() }, 0)] {
        assert!(!broken.holds() && broken.to_string().ends_with("| BROKEN |"), "{broken}");
    }
}

/// All rows.
#[derive(Default)]
pub struct Report(Vec<Row>);

impl Report {
    /// Adds one round to its scenario.
    pub fn add(&mut self, row: Row) {
        match self.0.iter_mut().find(|known| known.scenario == row.scenario) {
            Some(known) => known.add(&row),
            None => self.0.push(row),
        }
    }

    pub fn holds(&self) -> bool {
        self.0.iter().all(Row::holds)
    }

    /// Writes it where it is wanted.
    pub fn save(&self) {
        let Some(path) = std::env::var_os(FILE) else { return };
        let rows: Vec<_> = self.0.iter().map(Row::json).collect();
        std::fs::write(path, serde_json::to_string_pretty(&rows).unwrap()).unwrap();
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(
            f,
            "| scenario           | rounds |    calls | complete |  metered | keys hit | diff |   5xx | beyond |    silence | holds |"
        )?;
        self.0.iter().try_for_each(|row| writeln!(f, "{row}"))
    }
}
