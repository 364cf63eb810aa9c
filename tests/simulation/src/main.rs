//! Plays any number of seeds and says how it went.

use std::time::Instant;

use clap::Parser;
use simulation::{Bug, Plan, Report, find, run, run_many};

/// Plays seeds of the simulated world.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many seeds.
    #[arg(long, default_value_t = 1000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Only this seed, with its whole history.
    #[arg(long)]
    seed: Option<u64>,
    /// That seed without anything that only some worlds have.
    #[arg(long)]
    plain: bool,
    /// Plants each bug in turn and says which seed finds it.
    #[arg(long)]
    bugs: bool,
    /// Plants only the bugs whose names contain this.
    #[arg(long, default_value = "")]
    only: String,
    /// How many threads.
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

#[expect(clippy::print_stdout, reason = "this is what the program is for")]
fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if let Some(seed) = arguments.seed {
        let report = run(Plan { seed, bug: None, plain: arguments.plain })?;
        for line in &report.history {
            println!(
                "{:.3}  {}{}",
                line.at,
                line.about.as_ref().map(|who| format!("{who}: ")).unwrap_or_default(),
                line.text
            );
        }
        println!("{report}");
        return Ok(());
    }
    if arguments.bugs {
        for bug in Bug::ALL.into_iter().filter(|bug| format!("{bug:?}").contains(&arguments.only)) {
            match find(bug, arguments.from..arguments.from + arguments.seeds)? {
                Some(Report { seed, failure: Some(failure), .. }) => {
                    println!("{bug:?}: seed {seed}, {}: {}", failure.invariant, failure.what);
                }
                Some(_) | None => println!("{bug:?}: not found in {} seeds", arguments.seeds),
            }
        }
        return Ok(());
    }
    let began = Instant::now();
    let seeds = arguments.from..arguments.from + arguments.seeds;
    let summary = run_many(seeds, arguments.threads, |report| println!("{report}"))?;
    let took = began.elapsed().as_secs_f64();
    let days = summary.simulated.as_secs_f64() / 86_400.0;
    println!(
        "{} seeds, {} failed; {days:.0} simulated days, {} writes to Brivo; {took:.1} s, {:.0} seeds/s",
        summary.seeds,
        summary.failed,
        summary.writes,
        f64::from(u32::try_from(summary.seeds)?) / took,
    );
    anyhow::ensure!(summary.failed == 0, "an invariant did not hold");
    Ok(())
}
