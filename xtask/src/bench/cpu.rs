//! Processor time of processes and all that they started, from `/proc`.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, Result};

/// Ticks of the clock that `/proc` counts in: 100 a second on every Linux there is.
const TICK: Duration = Duration::from_millis(10);

/// What one process says of itself.
struct Process {
    parent: u32,
    /// Its own time, and that of children that ended.
    ticks: u32,
}

/// User and system time together, of these processes and their descendants.
///
/// # Errors
/// Where there is no `/proc`.
pub fn used(roots: &[u32]) -> Result<Duration> {
    let processes = all()?;
    let belongs = |pid: u32| std::iter::successors(Some(pid), |pid| Some(processes.get(pid)?.parent)).any(|pid| roots.contains(&pid));
    let ticks: u32 = processes.iter().filter(|(pid, _)| belongs(**pid)).map(|(_, process)| process.ticks).sum();
    Ok(TICK * ticks)
}

fn all() -> Result<HashMap<u32, Process>> {
    let folder = std::fs::read_dir("/proc").context("processor time is read from /proc, which is not there")?;
    let pids = folder.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    // A process that ended meanwhile is no more.
    Ok(pids.filter_map(|pid: u32| Some((pid, parse(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)?))).collect())
}

/// The line of `proc(5)`: fields are counted behind the name, which may hold anything.
fn parse(stat: &str) -> Option<Process> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |range: std::ops::Range<usize>| fields.get(range)?.iter().map(|field| field.parse::<u32>().ok()).sum::<Option<u32>>();
    Some(Process { parent: fields.get(1)?.parse().ok()?, ticks: ticks(11..15)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_spaces_moves_no_field() {
        let process = parse("42 (a ) b) S 7 42 42 0 -1 4194560 1 0 0 0 10 5 2 1 20 0 1 0 0 0 0").unwrap();
        assert_eq!((process.parent, process.ticks), (7, 18));
    }

    #[test]
    fn this_process_has_used_some_time() {
        let start = std::time::Instant::now();
        while start.elapsed() < Duration::from_millis(60) {
            std::hint::spin_loop();
        }
        assert!(used(&[std::process::id()]).unwrap() > Duration::ZERO);
    }
}
