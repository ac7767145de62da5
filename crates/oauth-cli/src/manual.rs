//! `oauth completions` and `oauth man`: the command line, described for shells and for readers.

use std::{io::Write as _, process::ExitCode};

use clap::Command;
use clap_complete::Shell;

use crate::remote::Failure;

/// For which shell.
#[derive(Debug, clap::Args)]
pub(crate) struct CompletionOptions {
    /// The shell.
    shell: Shell,
}

/// Which page.
#[derive(Debug, clap::Args)]
pub(crate) struct ManOptions {
    /// A command, with one of its own behind it where it has such; without any, the page is about all of them.
    command: Vec<String>,
}

/// Prints what makes a shell complete the command line.
pub(crate) fn completions(options: &CompletionOptions, mut command: Command) -> anyhow::Result<ExitCode> {
    let mut text = Vec::new();
    clap_complete::generate(options.shell, &mut command, "oauth", &mut text);
    print(&text)
}

/// Prints a manual page.
pub(crate) fn man(options: &ManOptions, command: Command) -> anyhow::Result<ExitCode> {
    let mut page = command;
    for name in &options.command {
        let found = page.find_subcommand(name).cloned();
        page = found.ok_or_else(|| Failure::caller(format!("there is no command {name}")))?;
    }
    if !options.command.is_empty() {
        let (dashed, spaced) = (options.command.join("-"), options.command.join(" "));
        page = page.display_name(format!("oauth-{dashed}")).bin_name(format!("oauth {spaced}"));
    }
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    print(&text)
}

/// As it is: this is for programs, and colour is theirs to decide.
fn print(text: &[u8]) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    // Whoever reads only the beginning has what was wanted.
    match out.write_all(text) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}
