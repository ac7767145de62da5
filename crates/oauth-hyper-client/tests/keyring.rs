//! The keyring of a Linux desktop: GNOME's, in a session of its own that no display belongs to.
//!
//! It runs where `OAUTH_PEERS` is set, as `cargo xtask peers` does, which wants `gnome-keyring-daemon` and
//! `dbus-run-session`; elsewhere the test says that it did not run.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use oauth_hyper_client::{KeyringTokens, TokenStore, TokenStoreError};
use oauth_sansio::Timestamp;
use oauth2_core::client::Kept;

/// What one of the processes in the session does; unset outside of it.
const PART: &str = "OAUTH_KEYRING_PART";

const TEST: &str =
    "a_secret_service_keeps_tokens_from_one_login_to_the_next_and_gives_none_while_it_is_locked";

/// What opens the keyring, as a login does with the password of the person.
const OPEN: &str =
    "printf hunter2 | gnome-keyring-daemon --unlock --components=secrets > \"$HOME/daemon\" && ";

#[tokio::test]
async fn a_secret_service_keeps_tokens_from_one_login_to_the_next_and_gives_none_while_it_is_locked() {
    let Ok(part) = env::var(PART) else { return sessions() };
    let locks = Path::new(&env::var("HOME").unwrap()).join("locks");
    match part.as_str() {
        "write" => write(&locks).await,
        "locked" => locked(&locks).await,
        _ => read(&locks).await,
    }
}

/// Three sessions with a home of their own, in which nothing of anybody's keyring is; a process in each.
fn sessions() {
    if env::var_os("OAUTH_PEERS").is_none() {
        eprintln!("not run: nobody asked for a keyring; `cargo xtask peers` wants one");
        return;
    }
    let home = env::temp_dir().join(format!("oauth-keyrings-{}", std::process::id()));
    std::fs::create_dir_all(&home).unwrap();
    for (open, part) in [(OPEN, "write"), ("", "locked"), (OPEN, "read")] {
        let script = format!("{open} {PART}={part} exec \"$0\" --exact {TEST} --nocapture");
        let mut session = Command::new("dbus-run-session");
        session.args(["--", "sh", "-c", &script]).arg(env::current_exe().unwrap());
        // Nobody is asked for the password.
        for variable in
            ["DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "XDG_CONFIG_HOME", "XDG_DATA_HOME"]
        {
            session.env_remove(variable);
        }
        let status = session.env("HOME", &home).env("XDG_RUNTIME_DIR", &home).status().unwrap();
        assert!(status.success(), "{part}: {status}");
    }
    let (keyrings, others): (Vec<_>, Vec<_>) =
        files(&home).into_iter().partition(|file| file.extension().is_some_and(|end| end == "keyring"));
    assert!(!keyrings.is_empty(), "{others:?}");
    for file in keyrings.iter().chain(&others) {
        let bytes = std::fs::read(file).unwrap_or_default();
        assert!(!bytes.windows(SECRET.len()).any(|at| at == SECRET.as_bytes()), "{} has it", file.display());
    }
    std::fs::remove_dir_all(home).unwrap();
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

async fn write(locks: &Path) {
    let tokens = KeyringTokens::new("printer", locks).unwrap();
    let mut photos = tokens.lock("photos").await.unwrap();
    assert_eq!(photos.load().await.unwrap(), None);
    photos.save(&kept(1)).await.unwrap();
    photos.save(&kept(2)).await.unwrap();
    assert_eq!(photos.load().await.unwrap(), Some(kept(2)));
    tokens.lock("mail").await.unwrap().save(&kept(3)).await.unwrap();
}

async fn locked(locks: &Path) {
    let tokens = KeyringTokens::new("printer", locks).unwrap();
    let mut photos = tokens.lock("photos").await.unwrap();
    let error = photos.load().await.unwrap_err();
    assert!(matches!(error, TokenStoreError::Other(_)), "{error}");
    photos.save(&kept(4)).await.unwrap_err();
    photos.remove().await.unwrap_err();
}

async fn read(locks: &Path) {
    let tokens = KeyringTokens::new("printer", locks).unwrap();
    let mut photos = tokens.lock("photos").await.unwrap();
    assert_eq!(photos.load().await.unwrap(), Some(kept(2)));
    let other = KeyringTokens::new("scanner", locks.with_extension("other")).unwrap();
    assert_eq!(other.lock("photos").await.unwrap().load().await.unwrap(), None, "another application's");
    photos.remove().await.unwrap();
    photos.remove().await.unwrap();
    assert_eq!(photos.load().await.unwrap(), None);
    assert_eq!(tokens.lock("mail").await.unwrap().load().await.unwrap(), Some(kept(3)));
}

const SECRET: &str = "a-token-that-nobody-reads";

fn kept(came_at: u64) -> Kept {
    let tokens = serde_json::json!({
        "access_token": SECRET, "token_type": "Bearer", "expires_at": 1, "refresh_token": null,
        "scope": null, "refused_scope": "", "extra": {},
    });
    Kept {
        issuer: "https://as.example".into(),
        client_id: "app".into(),
        key: None,
        came_at: Timestamp::from_unix(came_at),
        tokens: serde_json::from_value(tokens).unwrap(),
    }
}
