//! `cargo xtask bench`: what a call through the portal costs, beside what it costs elsewhere, in one run on this machine.
//!
//! Load tool and upstream share one core; the contender has another, with the Redis and the PostgreSQL that it needs.

mod contender;
mod cpu;
mod load;
mod nginx;
mod report;

use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::packages::{self, Need};
use crate::process::{end_in_order_when_interrupted, say};
use crate::server;
use crate::workspace::Workspace;
use contender::Contender;
use load::Round;
use report::Run;

/// The core of the load tool and the upstream.
const LOAD_CORE: usize = 0;
/// The core of the contender.
const CONTENDER_CORE: usize = 1;

/// How much of it.
#[derive(Args)]
pub struct Bench {
    /// Rounds; every contender has its turn in each, and the medians count
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Seconds of load in each turn
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// Connections that the load tool keeps busy
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Only the contenders with one of these names
    #[arg(long, value_delimiter = ',', value_parser = PossibleValuesParser::new(Contender::ALL.map(Contender::name)))]
    only: Vec<String>,
}

/// Installs nginx and wrk where they are missing, builds the server in release, and measures.
///
/// # Errors
/// When something is missing, does not build or does not answer as it should; and on a machine with one core.
pub fn bench(workspace: &Workspace, options: &Bench) -> Result<()> {
    end_in_order_when_interrupted()?;
    let cores = std::thread::available_parallelism()?.get();
    ensure!(cores > CONTENDER_CORE, "the benchmark needs two cores: one for the load, one for the contender");
    packages::ensure(&[Need::Nginx, Need::Wrk, Need::Redis, Need::Postgres])?;
    let program = server::compile(workspace, server::Profile::Release)?;
    let furnish = server::compile_example(workspace, "store", "furnish")?;
    let folder = tempfile::tempdir()?;
    let ground = contender::Ground::prepare(folder.path(), &program, &furnish)?;
    let mut runs: Vec<Run> = Contender::ALL.into_iter().filter(|it| options.wants(*it)).map(Run::new).collect();
    for round in 1..=options.rounds {
        for run in &mut runs {
            let measured = turn(&ground, run.contender, options)?;
            say(format!("round {round}: {:<26} {measured}", run.contender.name()));
            run.rounds.push(measured);
        }
    }
    report::write(&workspace.reports()?.join("gateway.json"), &runs)?;
    println!("{}", report::table(&runs));
    Ok(())
}

impl Bench {
    fn wants(&self, contender: Contender) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == contender.name())
    }
}

/// One contender's turn: started afresh, warmed up, measured, stopped.
fn turn(ground: &contender::Ground, contender: Contender, options: &Bench) -> Result<Round> {
    let standing = ground.start(contender)?;
    let target = standing.target();
    load::run(&target, options.connections, Duration::from_secs(2))?;
    let before = cpu::used(standing.roots())?;
    let mut round = load::run(&target, options.connections, Duration::from_secs(options.seconds))?;
    round.cpu = cpu::used(standing.roots())?.saturating_sub(before);
    ensure!(round.refused == 0, "{}: {} of {} calls were refused or failed", contender.name(), round.refused, round.calls);
    Ok(round)
}
