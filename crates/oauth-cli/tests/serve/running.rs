//! The binary, while it runs and when it has ended.

use std::io::Read;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// A folder that goes away with its test.
pub(crate) struct Place(PathBuf);

impl Place {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("oauth-serve-{}-{count}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file, and gives its place.
    pub(crate) fn with(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A port that nobody listens on now, and that is given to nobody else before it is listened on: each test gets another one, and
/// those that connections are given begin behind them.
pub(crate) fn free_port() -> u16 {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let mut ports = std::iter::repeat_with(|| {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        20_000 + (std::process::id().wrapping_mul(97).wrapping_add(count) % 10_000) as u16
    });
    ports.find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok()).unwrap()
}

pub(crate) fn serve(place: &Place, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oauth"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("OAUTH") || name == "RUST_LOG") {
        command.env_remove(name);
    }
    command.arg("serve").args(arguments).current_dir(place.path());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A provider that serves.
pub(crate) struct Running {
    child: Child,
    pub(crate) port: u16,
    said: Option<[JoinHandle<String>; 2]>,
}

/// How it ended.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Running {
    /// The provider to try things out with, on this port.
    pub(crate) fn on(place: &Place, port: u16, more: &[&str]) -> Self {
        let listen = format!("127.0.0.1:{port}");
        Self::of(serve(place, &[&["--listen", &listen], more].concat()), port)
    }

    /// Waits until it can be connected to.
    #[track_caller]
    pub(crate) fn of(mut command: Command, port: u16) -> Self {
        let mut child = command.spawn().unwrap();
        // What it says is read all the time, so that it never waits to be heard.
        let said = [heard(child.stdout.take().unwrap()), heard(child.stderr.take().unwrap())];
        let mut running = Self { child, port, said: Some(said) };
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if running.child.try_wait().unwrap().is_some() {
                panic!("{}", running.wait().err);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        running
    }

    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// To its end.
    pub(crate) fn wait(mut self) -> Ended {
        let status = self.child.wait().unwrap();
        let [out, err] = self.said.take().unwrap().map(|said| said.join().unwrap());
        Ended { status, out, err }
    }

    /// Told to end, it ends well.
    #[track_caller]
    pub(crate) fn stop(self) -> Ended {
        self.signal("-TERM");
        let ended = self.wait();
        assert!(ended.status.success(), "{}", ended.err);
        ended
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn heard(mut pipe: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).unwrap();
        text
    })
}

/// The operator's commands to one whose `admin.listen` is this port; what they tell, as JSON.
#[track_caller]
pub(crate) fn admin(place: &Place, port: u16, arguments: &[&str]) -> serde_json::Value {
    let output = admin_output(place, port, &[arguments, &["--json"]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

pub(crate) fn admin_output(place: &Place, port: u16, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oauth"));
    command.args(["admin", "--address", &format!("http://127.0.0.1:{port}")]);
    command.args(arguments).current_dir(place.path()).env_remove("OAUTH_ADMIN_TOKEN").output().unwrap()
}

/// One that does not start.
#[track_caller]
pub(crate) fn fails(mut command: Command) -> String {
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    text
}
