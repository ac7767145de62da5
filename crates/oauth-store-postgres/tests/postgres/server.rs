//! A PostgreSQL server of the tests' own, which goes with them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use oauth_sansio::Secret;
use oauth_store_postgres::{Options, PostgresStore};

pub(crate) const PASSWORD: &str = "the-pass-word";

/// The server that a test process has, and others of their own for tests that are hard on it.
pub(crate) struct Server {
    programs: PathBuf,
    directory: PathBuf,
    port: u16,
    settings: String,
    schemas: AtomicU32,
    /// Stops the server and removes its files when its input ends, however this process does.
    _keeper: Child,
}

/// Starts the server, waits until nobody holds the other end of its input, and cleans up.
const KEEPER: &str = r#"
trap '' INT TERM
"$1/pg_ctl" -D "$2" -s -w -l "$2/log" -o "$3" start || exit
echo started
read -r _
"$1/pg_ctl" -D "$2" -s -m immediate stop
rm -rf "$2"
"#;

impl Server {
    /// `None` when PostgreSQL is not installed, which is a failure where everything is to be checked.
    pub(crate) fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Server>> = OnceLock::new();
        SHARED.get_or_init(|| Self::start("shared", "")).as_ref()
    }

    /// Another server, with settings more.
    pub(crate) fn start(name: &str, more: &str) -> Option<Self> {
        let Some(programs) = programs() else {
            assert!(std::env::var("CI").is_err(), "PostgreSQL's initdb is not installed");
            eprintln!("skipped: PostgreSQL's initdb is not installed (Debian: postgresql)");
            return None;
        };
        let directory = std::env::temp_dir().join(format!("oauth-pg-{}-{name}", std::process::id()));
        write(&directory.with_extension("password"), PASSWORD);
        let initdb = as_owner(programs.join("initdb"))
            .arg("-D")
            .arg(&directory)
            .args([
                "-U",
                "oauth",
                "--auth-local=trust",
                "--auth-host=scram-sha-256",
                "--no-sync",
                "-E",
                "UTF8",
                "--locale=C",
                "--pwfile",
            ])
            .arg(directory.with_extension("password"))
            .output()
            .unwrap();
        assert!(initdb.status.success(), "{}", String::from_utf8_lossy(&initdb.stderr));
        as_owner("rm").arg(directory.with_extension("password")).status().unwrap();

        // Somebody may take the port before the server does.
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            // That the system itself fails is no part of these tests; that commits wait for the log must not be a default.
            let settings = format!(
                "-p {port} -k {} -c listen_addresses=127.0.0.1 -c max_connections=200 -c fsync=off \
                -c synchronous_commit=off {more}",
                directory.display()
            );
            let mut keeper = as_owner("sh")
                .args(["-c", KEEPER, "keeper"])
                .args([programs.as_os_str(), directory.as_os_str()])
                .arg(&settings)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut line = String::new();
            BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut line).unwrap();
            if line == "started\n" {
                let schemas = AtomicU32::new(0);
                return Some(Self { programs, directory, port, settings, schemas, _keeper: keeper });
            }
            keeper.wait().unwrap();
        }
        panic!("the server does not start: {}", std::fs::read_to_string(directory.join("log")).unwrap());
    }

    /// Through the socket in its directory.
    pub(crate) fn address(&self) -> String {
        self.address_at(&self.directory.display().to_string())
    }

    pub(crate) fn address_at(&self, host: &str) -> String {
        format!("host={host} port={} user=oauth password={PASSWORD} dbname=postgres", self.port)
    }

    /// Options with a schema that no one has.
    pub(crate) fn options(&self) -> Options {
        let schema = format!("s{}", self.schemas.fetch_add(1, Ordering::Relaxed));
        Options { schema, wait: Duration::from_secs(30), ..Options::default() }
    }

    /// An empty store.
    pub(crate) async fn store(&self) -> PostgresStore {
        self.store_with(&self.options()).await
    }

    pub(crate) async fn store_with(&self, options: &Options) -> PostgresStore {
        PostgresStore::open_with(&Secret::new(self.address()), options).await.unwrap()
    }

    /// A connection beside the store's.
    pub(crate) async fn client(&self, options: &Options) -> tokio_postgres::Client {
        let (client, connection) =
            tokio_postgres::connect(&self.address(), tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute(&format!("SET search_path = {}", options.schema)).await.unwrap();
        client
    }

    /// Stops at once, as in a crash.
    pub(crate) fn stop(&self) {
        self.control(&["-m", "immediate", "stop"]);
    }

    /// Starts again, with what the log has.
    pub(crate) fn start_again(&self) {
        self.control(&["-w", "-o", &self.settings, "-l", &self.file("log").display().to_string(), "start"]);
    }

    fn control(&self, arguments: &[&str]) {
        let mut command = as_owner(self.programs.join("pg_ctl"));
        // What runs on must not keep these open.
        command.arg("-D").arg(&self.directory).arg("-s").args(arguments);
        assert!(command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success());
    }

    /// A file in its directory.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}

/// Where Debian and its kin have the programs, or where somebody else's are found.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let installed = versions.map(|version| version.path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places = installed.chain(std::env::split_paths(&path).collect::<Vec<_>>());
    places.find(|place| place.join("initdb").exists() && place.join("pg_ctl").exists())
}

/// A program as the user who runs the server: `postgres` where this is root, which may not.
pub(crate) fn as_owner(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = if rustix::process::geteuid().is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir("/");
    command
}

/// Writes a file as that user, for nobody else.
pub(crate) fn write(path: &Path, text: &str) {
    let mut command = as_owner("sh");
    command.args(["-c", "umask 077; cat > \"$1\"", "write"]).arg(path).stdin(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}
