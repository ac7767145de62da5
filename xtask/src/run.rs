//! What every command here does: call other programs, and say what was wrong.

use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use cargo_metadata::{Metadata, MetadataCommand};

/// The root of the workspace.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// A call of cargo in the root of the workspace.
pub(crate) fn cargo<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    command
}

/// Runs a program, its output shown.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = line(command);
    eprintln!("$ {line}");
    let status = command.status().with_context(|| format!("cannot start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed: {status}");
    }
    Ok(())
}

/// Runs a program for what it prints.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    let line = line(command);
    let output = command.output().with_context(|| format!("cannot start `{line}`"))?;
    if !output.status.success() {
        bail!("`{line}` failed: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    String::from_utf8(output.stdout).with_context(|| format!("what `{line}` prints is not UTF-8"))
}

/// The workspace as cargo sees it.
pub(crate) fn metadata() -> Result<Metadata> {
    MetadataCommand::new().current_dir(root()).exec().context("cargo metadata")
}

/// A folder of the caller's target directory, so that builds with other flags do not undo each other's work.
pub(crate) fn target_dir(name: &str) -> Result<PathBuf> {
    Ok(metadata()?.target_directory.join(name).into_std_path_buf())
}

/// Ends a check: the complaints, or how much was looked at.
pub(crate) fn conclude(check: &str, looked_at: &str, complaints: &[String]) -> Result<()> {
    if complaints.is_empty() {
        println!("{check}: {looked_at}, nothing to complain about");
        return Ok(());
    }
    for complaint in complaints {
        eprintln!("{check}: {complaint}");
    }
    bail!("{check}: {} complaint(s) ({looked_at})", complaints.len());
}

fn line(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let words = std::iter::once(program).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}
