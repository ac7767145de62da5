//! The binary.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
};

use serde_json::Value;

/// A directory of its own, which goes away with it.
pub(crate) struct Place(PathBuf);

impl Place {
    pub(crate) fn new() -> Self {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("oauth-commands-{}-{count}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file, and gives its name.
    pub(crate) fn with(&self, name: &str, text: &str) -> String {
        let path = self.file(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// All that is kept, in one text.
    pub(crate) fn kept(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A command line.
pub(crate) struct Run {
    command: Command,
    input: String,
}

/// A command that has ended.
pub(crate) struct Ran {
    pub(crate) status: ExitStatus,
    pub(crate) out: String,
    pub(crate) err: String,
}

pub(crate) fn oauth(place: &Place, arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oauth"));
    for variable in
        ["OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET", "OAUTH_TOKEN", "OAUTH_SUBJECT_TOKEN", "RUST_LOG"]
    {
        command.env_remove(variable);
    }
    // Whoever runs the tests keeps their own browser.
    command.args(arguments).env("OAUTH_STORE", &place.0).env("BROWSER", "true");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Run { command, input: String::new() }
}

impl Run {
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn input(mut self, text: &str) -> Self {
        text.clone_into(&mut self.input);
        self
    }

    pub(crate) fn start(mut self) -> Child {
        let mut child = self.command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(self.input.as_bytes()).unwrap();
        child
    }

    /// To its end, beside the servers of this process.
    pub(crate) async fn end(self) -> Ran {
        ended(self.start()).await
    }
}

/// To the end of a command that runs.
pub(crate) async fn ended(child: Child) -> Ran {
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { status: output.status, out: text(output.stdout), err: text(output.stderr) }
}

/// The first line on the standard output; the rest is read when the command ends.
pub(crate) async fn first_line(mut child: Child) -> (String, impl Future<Output = Ran>) {
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let (line, out) = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        (line, out)
    })
    .await
    .unwrap();
    let begun = line.clone();
    let end = async move {
        let mut ran = ended(child).await;
        let rest = tokio::task::spawn_blocking(move || {
            let (mut out, mut rest) = (out, String::new());
            out.read_to_string(&mut rest).unwrap();
            rest
        });
        ran.out = begun + &rest.await.unwrap();
        ran
    };
    (line, end)
}

impl Ran {
    #[track_caller]
    pub(crate) fn well(self) -> Self {
        assert!(self.status.success(), "{}\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    pub(crate) fn code(self, code: i32) -> Self {
        assert_eq!(self.status.code(), Some(code), "{}\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(self.out.lines().last().unwrap()).unwrap()
    }

    pub(crate) fn line(&self) -> &str {
        self.out.trim_end()
    }

    /// None of these is printed anywhere, not even in its own encoding for a header.
    #[track_caller]
    pub(crate) fn hides(self, secrets: &[&str]) -> Self {
        for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
            assert!(!self.out.contains(secret) && !self.err.contains(secret), "{}\n{}", self.out, self.err);
        }
        self
    }

    /// Whether the error says all this.
    #[track_caller]
    pub(crate) fn says(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(self.out.contains(text) || self.err.contains(text), "{text}\n{}\n{}", self.out, self.err);
        }
        self
    }
}
