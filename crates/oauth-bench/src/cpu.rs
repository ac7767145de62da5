//! What time a thread takes, and where it runs.

use std::time::Duration;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};

/// CPU time of this thread.
pub fn cpu_time() -> Duration {
    time(ClockId::ThreadCPUTime)
}

/// Time on the wall, from some moment on.
pub fn wall_time() -> Duration {
    time(ClockId::Monotonic)
}

fn time(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// The processors that this thread may run on.
///
/// # Errors
/// When the system does not say.
pub fn cores() -> anyhow::Result<Vec<usize>> {
    let all = sched_getaffinity(None)?;
    Ok((0..CpuSet::MAX_CPU).filter(|core| all.is_set(*core)).collect())
}

/// Keeps this thread, and the threads and processes that it starts from now on, to one processor.
///
/// # Errors
/// When the system does not let it.
pub fn keep_to(core: usize) -> anyhow::Result<()> {
    let mut one = CpuSet::new();
    one.set(core);
    Ok(sched_setaffinity(None, &one)?)
}

/// The lowest tenth percentile: what it costs when nobody disturbs.
pub fn low(times: &mut [f64]) -> f64 {
    times.sort_unstable_by(f64::total_cmp);
    times.get(times.len() / 10).copied().unwrap_or(f64::NAN)
}
