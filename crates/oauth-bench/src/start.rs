//! How long `oauth serve` takes from the start of its process to its first answer.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use oauth_bench::cpu::wall_time;
use oauth_bench::directory::Directory;

use crate::harness::{Case, compare};

/// How long a provider may take before this gives up.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn run(rounds: usize) -> anyhow::Result<()> {
    let program = std::env::current_exe()?.with_file_name("oauth");
    if !program.exists() {
        println!("\noauth-serve-start is left out: there is no {}", program.display());
        return Ok(());
    }
    let directory = Directory::new()?;
    let kept = directory.path().join("kept");
    started(&program, &kept, "sqlite")?;
    let anew = |store| {
        let (program, folder) = (&program, directory.path().join(store));
        Case::elsewhere(format!("{store}, with nothing there"), move |runs| {
            let start = || {
                let took = started(program, &folder, store)?;
                // A store in memory may leave nothing.
                if folder.exists() {
                    fs::remove_dir_all(&folder)?;
                }
                anyhow::Ok(took)
            };
            (0..runs).map(|_| start().expect("a provider starts")).sum()
        })
    };
    let cases = vec![
        Case::elsewhere("limit: the program tells its version", |runs| {
            (0..runs).map(|_| version(&program).expect("it runs")).sum()
        }),
        anew("memory"),
        anew("sqlite"),
        Case::elsewhere("sqlite, once more", |runs| {
            (0..runs).map(|_| started(&program, &kept, "sqlite").expect("a provider starts")).sum()
        }),
    ];
    compare(
        "oauth-serve-start: time on the wall from the start of a process to its first answer",
        rounds,
        cases,
    );
    Ok(())
}

/// Nanoseconds.
fn version(program: &Path) -> anyhow::Result<f64> {
    let begun = wall_time();
    let output = Command::new(program).arg("--version").output()?;
    anyhow::ensure!(output.status.success(), "{output:?}");
    Ok((wall_time() - begun).as_nanos() as f64)
}

/// Starts a provider with its data in this folder, asks until it is ready, and ends it: nanoseconds up to the answer.
fn started(program: &Path, folder: &Path, store: &str) -> anyhow::Result<f64> {
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let begun = wall_time();
    let mut child = Command::new(program)
        .arg("serve")
        .env("OAUTH__ISSUER", "https://id.example.com")
        .env("OAUTH__BEHIND_PROXY__ADDRESSES", r#"["127.0.0.1"]"#)
        .env("OAUTH__BEHIND_PROXY__CLIENT_ADDRESS", "X-Forwarded-For")
        .env("OAUTH__LISTEN", address.to_string())
        .env("OAUTH__DATA", folder)
        .env("OAUTH__STORE__KIND", store)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let mut took = None;
    while took.is_none() && wall_time() - begun < PATIENCE && child.try_wait()?.is_none() {
        match TcpStream::connect(address).map(is_ready) {
            Ok(Ok(true)) => took = Some(wall_time() - begun),
            _ => sleep(Duration::from_micros(200)),
        }
    }
    child.kill()?;
    child.wait()?;
    Ok(took.ok_or_else(|| anyhow::anyhow!("no answer with {store}"))?.as_nanos() as f64)
}

fn is_ready(mut stream: TcpStream) -> anyhow::Result<bool> {
    stream.write_all(b"GET /health/ready HTTP/1.1\r\nHost: id.example.com\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.starts_with("HTTP/1.1 200 "))
}
