//! What the three programs of the benchmark share. The one that measures servers is a program of its own, as the other counts
//! each allocation, which the servers would pay for.

pub mod cpu;
pub mod directory;
pub mod elsewhere;
pub mod fixed;
pub mod refresh;
pub mod setting;

use clap::Parser;

/// Measures; figures are CPU time, the lowest tenth percentile of interleaved rounds.
#[derive(Parser)]
pub struct Arguments {
    /// Only groups whose name contains this.
    #[arg(default_value = "")]
    pub group: String,
    /// How many rounds of each group.
    #[arg(long, default_value_t = 300)]
    pub rounds: usize,
}
