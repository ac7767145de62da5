//! `cargo xtask peers`: clients and providers of other people, from their registries, against our own ends over real
//! sockets; a browser that clicks through the pages; and the keyring of a desktop.
//!
//! This half installs them, below the target directory, and tells the tests by environment variables where they are
//! (`tests/peers/README.md`). Here nothing is skipped: what is missing is an error that names it.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};

use crate::run;

/// (crate, test target)
const TESTS: [(&str, &str); 2] = [("oauth-cli", "peers"), ("oauth-hyper-client", "keyring")];

/// The oldest Node whose promises the peers keep.
const NODE: u32 = 20;

#[derive(clap::Args, Default)]
pub(crate) struct Arguments {
    /// Install the peers, print where they are, and run no test
    #[arg(long)]
    install_only: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let found = [
        ("OAUTH_PEERS", "1".into()),
        ("OAUTH_PEERS_PYTHON", installed_python()?),
        ("OAUTH_PEERS_NODE_DIR", installed_node()?),
        ("OAUTH_PEERS_CHROMIUM", browser()?),
        ("OAUTH_PEERS_MCP_CLIENT", mcp_client()?),
    ];
    keyring()?;
    if arguments.install_only {
        found.iter().for_each(|(name, path)| println!("export {name}={}", path.display()));
        return Ok(());
    }
    for (package, test) in TESTS {
        let mut command = run::cargo(["test", "-p", package, "--test", test, "--", "--nocapture"]);
        run::run(command.envs(found.iter().map(|(name, path)| (name, path))))?;
    }
    Ok(())
}

/// The interpreter with the pinned packages.
pub(crate) fn installed_python() -> Result<PathBuf> {
    python(&run::target_dir("peers")?.join("python"))
}

/// The folder with the pinned packages of Node.
pub(crate) fn installed_node() -> Result<PathBuf> {
    node(&run::target_dir("peers")?.join("node"))
}

/// A virtual environment with the pinned packages; gives its interpreter.
fn python(folder: &Path) -> Result<PathBuf> {
    let python = ["python3", "python"].into_iter().find_map(in_path).context("no `python3` in PATH")?;
    let version = run::read(Command::new(&python).arg("--version"))?;
    let requirements = manifest("requirements.txt");
    let interpreter = folder.join("bin/python");
    once(folder, &version, &[&requirements], || {
        run::run(Command::new(&python).args(["-m", "venv", "--clear"]).arg(folder))
            .context("a virtual environment cannot be made; on Debian, install python3-venv")?;
        let mut pip = Command::new(&interpreter);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]);
        run::run(pip.args(["--require-hashes", "--only-binary", ":all:", "-r"]).arg(&requirements))
    })?;
    Ok(interpreter)
}

/// A folder with the pinned packages and, beside them, where their imports resolve, the scripts.
fn node(folder: &Path) -> Result<PathBuf> {
    let node = in_path("node").context("no `node` in PATH")?;
    let version = run::read(Command::new(node).arg("--version"))?;
    if major(&version).is_none_or(|major| major < NODE) {
        bail!("Node {NODE} or later is needed, here is {}", version.trim());
    }
    let manifests = ["package.json", "package-lock.json"].map(manifest);
    once(folder, &version, &manifests.each_ref(), || {
        manifests.iter().try_for_each(|file| copy_into(file, folder))?;
        let npm = in_path("npm").context("no `npm` in PATH")?;
        let mut install = Command::new(npm);
        install.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
        run::run(install.current_dir(folder).stdin(Stdio::null()))
    })?;
    for entry in fs::read_dir(run::root().join("tests/peers"))? {
        let script = entry?.path();
        if script.extension().is_some_and(|extension| extension == "mjs") {
            copy_into(&script, folder)?;
        }
    }
    Ok(folder.to_owned())
}

/// Our client of the Model Context Protocol, for the conformance suite.
fn mcp_client() -> Result<PathBuf> {
    run::run(&mut run::cargo(["build", "-p", "oauth-hyper-client", "--example", "mcp_client"]))?;
    let folder = run::metadata()?.target_directory;
    let program = folder.join("debug/examples").join(format!("mcp_client{}", env::consts::EXE_SUFFIX));
    if !program.is_file() {
        bail!("{program} was not built");
    }
    Ok(program.into())
}

/// A Secret Service, and a session to have it in.
fn keyring() -> Result<()> {
    for (program, package) in [("gnome-keyring-daemon", "gnome-keyring"), ("dbus-run-session", "dbus")] {
        in_path(program).with_context(|| format!("no `{program}` in PATH; on Debian, install {package}"))?;
    }
    Ok(())
}

fn browser() -> Result<PathBuf> {
    ["chromium", "chromium-browser"]
        .into_iter()
        .find_map(in_path)
        .context("no `chromium` in PATH; on Debian, install chromium")
}

/// Runs `install` unless it has succeeded before for the same files and the same version of the interpreter.
fn once(
    folder: &Path,
    version: &str,
    files: &[&PathBuf],
    install: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let mut hash = Sha256::new_with_prefix(version);
    for file in files {
        hash.update(fs::read(file).with_context(|| format!("cannot read {}", file.display()))?);
    }
    let wanted: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let stamp = folder.join("installed");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    install()?;
    Ok(fs::write(stamp, wanted)?)
}

fn manifest(name: &str) -> PathBuf {
    run::root().join("tests/peers").join(name)
}

fn copy_into(file: &Path, folder: &Path) -> Result<()> {
    let name = file.file_name().context("a file has a name")?;
    fs::copy(file, folder.join(name)).with_context(|| format!("cannot copy {}", file.display()))?;
    Ok(())
}

fn in_path(program: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// Node prints `v20.19.0`.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_node_is_read() {
        assert_eq!(major("v20.19.0\n"), Some(20));
        assert_eq!(major("twenty"), None);
    }

    #[test]
    fn an_installation_is_repeated_when_it_failed_or_something_changed() {
        let folder = env::temp_dir().join(format!("xtask-once-{}", std::process::id()));
        let file = folder.join("manifest");
        fs::create_dir_all(&folder).unwrap();
        fs::write(&file, "a").unwrap();
        let mut runs = 0;
        let mut call = |version: &str, outcome: Result<()>| {
            once(&folder, version, &[&file], || {
                runs += 1;
                outcome
            })
        };
        assert!(call("v1", Err(anyhow::anyhow!("no network"))).is_err());
        call("v1", Ok(())).unwrap();
        call("v1", Ok(())).unwrap();
        call("v2", Ok(())).unwrap();
        fs::write(&file, "b").unwrap();
        call("v2", Ok(())).unwrap();
        assert_eq!(runs, 4);
        fs::remove_dir_all(&folder).unwrap();
    }
}
