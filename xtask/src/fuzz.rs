//! `cargo xtask fuzz`: libFuzzer on stable Rust. The bodies live in the crates (`fuzzing` modules); `fuzz/` binds them
//! to one binary, which runs the target that `FUZZ_TARGET` names and lists all of them without it.

use std::{
    fs,
    panic::resume_unwind,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, PoisonError},
    thread,
};

use anyhow::{Context as _, Result, bail};

use crate::run;

/// What `cargo fuzz` passes, as far as stable Rust takes it: coverage counters and traced comparisons.
const RUSTFLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How long each target runs
    #[arg(long, default_value_t = 5)]
    seconds: u32,
    /// Only this target
    target: Option<String>,
}

impl Arguments {
    /// Every target, for as long as `ci` can wait.
    pub(crate) fn briefly() -> Self {
        Self::each_for(5)
    }

    /// Every target, for so many seconds.
    pub(crate) fn each_for(seconds: u32) -> Self {
        Self { seconds, target: None }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let folder = run::target_dir("fuzz")?;
    let binary = build(&folder)?;
    let listed = run::read(&mut Command::new(&binary))?;
    let mut targets: Vec<&str> = listed.lines().collect();
    if let Some(wanted) = &arguments.target {
        targets.retain(|target| target == wanted);
    }
    if targets.is_empty() {
        bail!("no such fuzz target; there are:\n{listed}");
    }
    // A target is one thread: as many run at once as there are processors.
    let left = Mutex::new(targets.into_iter());
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
    let worker = || -> Result<()> {
        while let Some(target) = next() {
            fuzz(&binary, target, &folder, arguments.seconds)
                .with_context(|| format!("fuzz target `{target}`"))?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let workers: Vec<_> =
            (0..thread::available_parallelism()?.get()).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}

/// Builds the binary. With `--target`, the flags reach neither build scripts nor procedural macros.
fn build(folder: &Path) -> Result<PathBuf> {
    let version = run::read(Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    let arguments = ["build", "--release", "--manifest-path", "fuzz/Cargo.toml", "--target", host];
    let mut cargo = run::cargo(arguments);
    run::run(cargo.env("RUSTFLAGS", RUSTFLAGS).env("CARGO_TARGET_DIR", folder))?;
    Ok(folder.join(host).join("release/fuzz"))
}

/// Runs one target on its seeds and on what earlier runs found, and keeps what this one finds.
fn fuzz(binary: &Path, target: &str, folder: &Path, seconds: u32) -> Result<()> {
    let corpus = folder.join("corpus").join(target);
    let artifacts = folder.join("artifacts").join(target);
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&artifacts)?;
    let mut command = Command::new(binary);
    command.env("FUZZ_TARGET", target).arg(&corpus);
    let seeds = run::root().join("fuzz/seeds").join(target);
    command.args(seeds.is_dir().then_some(seeds));
    command.arg(format!("-max_total_time={seconds}"));
    command.arg(format!("-artifact_prefix={}/", artifacts.display()));
    command.args([
        "-max_len=4096",
        "-timeout=10",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
        "-verbosity=1",
    ]);
    let output = command.output().context("cannot start it")?;
    let log = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        bail!("{}\n{}", output.status, tail(&log, 60));
    }
    println!("fuzz {target:<28}{}", summary(&log)?);
    Ok(())
}

/// The last line of libFuzzer that tells coverage, in short. Without coverage it would be rolling dice.
fn summary(log: &str) -> Result<String> {
    let last =
        log.lines().rfind(|line| line.contains(" cov: ")).context("no coverage: is it built with it?")?;
    let number = |label: &str| {
        let mut words = last.split_whitespace().skip_while(|word| *word != label);
        words.nth(1).unwrap_or("?").to_owned()
    };
    let runs = last.split_whitespace().next().unwrap_or("?").trim_start_matches('#');
    Ok(format!(
        "{runs:>9} runs, {:>5} edges, {:>5} inputs kept",
        number("cov:"),
        corpus_size(&number("corp:"))
    ))
}

/// libFuzzer writes `corp: 12/345b`.
fn corpus_size(word: &str) -> &str {
    word.split('/').next().unwrap_or(word)
}

fn tail(log: &str, lines: usize) -> String {
    let all: Vec<&str> = log.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_needs_coverage() {
        let log = "INFO: Seed: 1\n#2\tINITED cov: 3 ft: 3 corp: 1/1b exec/s: 0 rss: 30Mb\n\
                   #91\tDONE   cov: 57 ft: 80 corp: 12/345b lim: 4 exec/s: 0 rss: 30Mb\nstat::x: 1\n";
        assert_eq!(summary(log).unwrap(), "       91 runs,    57 edges,    12 inputs kept");
        assert!(summary("#91\tDONE   corp: 1/1b\n").is_err());
    }
}
