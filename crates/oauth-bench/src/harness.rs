//! Rounds: every case of a group runs a little in each, so that a machine whose speed drifts slows all of them alike.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Something to measure.
pub(crate) struct Case<'a> {
    name: String,
    run: Box<dyn FnMut() + 'a>,
}

impl<'a> Case<'a> {
    pub(crate) fn new(name: impl Into<String>, run: impl FnMut() + 'a) -> Self {
        Self { name: name.into(), run: Box::new(run) }
    }
}

/// Runs a group and prints each case as a multiple of the first, which is the limit.
pub(crate) fn compare(group: &str, rounds: usize, mut cases: Vec<Case<'_>>) {
    // As many runs in a round as take about 200 µs, the same number for all.
    let per_round = cases.iter_mut().map(|case| fitting(&mut case.run)).min().unwrap_or(1);
    let mut times = vec![Vec::with_capacity(rounds); cases.len()];
    let count = cases.len();
    for round in 0..rounds {
        for i in 0..count {
            let which = (round + i) % count;
            let (Some(case), Some(times)) = (cases.get_mut(which), times.get_mut(which)) else { continue };
            times.push(timed(per_round, &mut case.run));
        }
    }
    println!("\n{group}  ({rounds} rounds of {per_round})");
    let mut limit = None;
    for (case, times) in cases.iter_mut().zip(&mut times) {
        let time = low(times) / per_round as f64;
        let limit = *limit.get_or_insert(time);
        let allocations = allocation_counter::measure(&mut case.run).count_total;
        println!(
            "  {:<44} {:>9.0} ns  {:>6.2} ×  {allocations:>4} allocations",
            case.name,
            time,
            time / limit
        );
    }
}

/// CPU time of this thread.
pub(crate) fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// The lowest tenth percentile: what it costs when nobody disturbs.
pub(crate) fn low(times: &mut [f64]) -> f64 {
    times.sort_unstable_by(f64::total_cmp);
    times.get(times.len() / 10).copied().unwrap_or(f64::NAN)
}

fn timed(runs: usize, run: &mut dyn FnMut()) -> f64 {
    let start = cpu_time();
    for _ in 0..runs {
        run();
    }
    (cpu_time() - start).as_nanos() as f64
}

fn fitting(run: &mut dyn FnMut()) -> usize {
    let mut runs = 1;
    while timed(runs, run) < 200_000.0 {
        runs *= 2;
    }
    runs
}
