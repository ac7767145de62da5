//! Rounds: every case of a group runs a little in each, so that a machine whose speed drifts slows all of them alike.

use oauth_bench::cpu::{cpu_time, low};

/// How many are prepared at once: few enough to lie where the processor reaches them at once, as what a caller has just made
/// does.
const BATCH: usize = 8;

/// Something to measure.
pub(crate) struct Case<'a> {
    name: String,
    /// Runs so many times and tells the CPU time in nanoseconds.
    timed: Box<dyn FnMut(usize) -> f64 + 'a>,
    /// How often one run asks for memory, where that can be told.
    allocations: Option<u64>,
}

impl<'a> Case<'a> {
    pub(crate) fn new(name: impl Into<String>, mut run: impl FnMut() + 'a) -> Self {
        // The first run may fill what later ones find.
        run();
        let allocations = Some(allocation_counter::measure(&mut run).count_total);
        Self { name: name.into(), timed: Box::new(move |runs| timed(runs, &mut run)), allocations }
    }

    /// One that takes something that is made beforehand, which is not measured.
    pub(crate) fn prepared<T>(
        name: impl Into<String>,
        mut make: impl FnMut() -> T + 'a,
        mut run: impl FnMut(T) + 'a,
    ) -> Self {
        run(make());
        let one = make();
        let allocations = Some(allocation_counter::measure(|| run(one)).count_total);
        let timed = move |runs: usize| {
            let mut spent = 0.0;
            let mut left = runs;
            let mut made = Vec::with_capacity(BATCH);
            while left > 0 {
                made.extend((0..left.min(BATCH)).map(|_| make()));
                left -= made.len();
                let start = cpu_time();
                made.drain(..).for_each(&mut run);
                let end = cpu_time();
                // So few runs are between them that the clock itself counts.
                let clock = cpu_time() - end;
                spent += (end - start).saturating_sub(clock).as_nanos() as f64;
            }
            spent
        };
        Self { name: name.into(), timed: Box::new(timed), allocations }
    }

    /// One that runs elsewhere and tells its CPU time itself.
    pub(crate) fn elsewhere(name: impl Into<String>, timed: impl FnMut(usize) -> f64 + 'a) -> Self {
        Self { name: name.into(), timed: Box::new(timed), allocations: None }
    }
}

/// Runs a group and prints each case as a multiple of the first, which is the limit.
pub(crate) fn compare(group: &str, rounds: usize, mut cases: Vec<Case<'_>>) {
    // As many runs in a round as take about 200 µs.
    let per_round: Vec<usize> = cases.iter_mut().map(|case| fitting(&mut case.timed)).collect();
    let mut times = vec![Vec::with_capacity(rounds); cases.len()];
    let count = cases.len();
    for round in 0..rounds {
        for i in 0..count {
            let which = (round + i) % count;
            let runs = per_round[which];
            times[which].push((cases[which].timed)(runs) / runs as f64);
        }
    }
    println!("\n{group}  ({rounds} rounds)");
    let mut limit = None;
    for (case, times) in cases.iter().zip(&mut times) {
        let time = low(times);
        let limit = *limit.get_or_insert(time);
        let allocations = case.allocations.map(|count| format!("{count:>4} allocations")).unwrap_or_default();
        println!("  {:<48} {time:>9.0} ns  {:>7.2} ×  {allocations}", case.name, time / limit);
    }
}

fn timed(runs: usize, run: &mut dyn FnMut()) -> f64 {
    let start = cpu_time();
    for _ in 0..runs {
        run();
    }
    (cpu_time() - start).as_nanos() as f64
}

fn fitting(timed: &mut dyn FnMut(usize) -> f64) -> usize {
    let mut runs = 1;
    while timed(runs) < 200_000.0 {
        runs *= 2;
    }
    runs
}
