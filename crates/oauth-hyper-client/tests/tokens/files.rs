//! Tokens in files.

use std::fs;
use std::path::PathBuf;

use oauth_hyper_client::{FileTokens, TokenError, TokenStoreError};

use crate::*;

/// A directory that is removed afterwards.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("oauth-tokens-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    fn store(&self) -> Arc<FileTokens> {
        Arc::new(FileTokens::new(&self.0).unwrap())
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn tokens_outlive_the_process_and_are_the_owners_alone() {
    let (server, clock) = (Peer::start(|n, _| granted(n)).await, Arc::new(Hands::default()));
    let directory = Directory::new("outlive");
    keeper_at(&server, directory.store(), clock.clone(), None).start(tokens("Bearer")).await.unwrap();
    // Another process.
    let keeper = keeper_at(&server, directory.store(), clock.clone(), None);
    assert_eq!(keeper.tokens().await.unwrap().tokens, tokens("Bearer"));
    let names: Vec<_> = fs::read_dir(&directory.0).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&directory.0), 0o700);
        assert!(names.iter().all(|path| mode(path) == 0o600));
        // Somebody has opened it to others, who may have read it.
        fs::set_permissions(directory.0.join("photos.json"), fs::Permissions::from_mode(0o640)).unwrap();
        let exposed = keeper_at(&server, directory.store(), clock, None).tokens().await.unwrap_err();
        assert!(matches!(exposed, TokenError::Store(TokenStoreError::Exposed)), "{exposed}");
    }
}

#[tokio::test]
async fn processes_that_share_a_file_renew_once() {
    let (server, clock) = (Peer::start(|n, _| granted(n)).await, Arc::new(Hands::default()));
    let directory = Directory::new("share");
    keeper_at(&server, directory.store(), clock.clone(), None).start(tokens("Bearer")).await.unwrap();
    clock.pass(3600);
    let all: Vec<_> = (0..8)
        .map(|_| {
            // Each has a lock of its own on the file, as each process would have.
            let keeper = keeper_at(&server, directory.store(), clock.clone(), None);
            tokio::spawn(async move { keeper.tokens().await.unwrap() })
        })
        .collect();
    for one in all {
        assert_eq!(one.await.unwrap().tokens.access_token.expose(), "a0");
    }
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn what_cannot_be_understood_is_left_as_it_is() {
    let (server, clock) = (Peer::start(|n, _| granted(n)).await, Arc::new(Hands::default()));
    let directory = Directory::new("left");
    let keeper = keeper_at(&server, directory.store(), clock.clone(), None);
    keeper.start(tokens("Bearer")).await.unwrap();
    let file = directory.0.join("photos.json");
    for torn in ["", "{\"issuer\":", "[]"] {
        fs::write(&file, torn).unwrap();
        let error = keeper_at(&server, directory.store(), clock.clone(), None).tokens().await.unwrap_err();
        assert!(matches!(error, TokenError::Store(TokenStoreError::Unreadable)), "{error}");
        assert_eq!(fs::read_to_string(&file).unwrap(), torn);
    }
    // What a killed process has left beside it is no hindrance.
    fs::write(directory.0.join("photos.new"), "torn").unwrap();
    keeper.start(tokens("Bearer")).await.unwrap();
    assert!(keeper_at(&server, directory.store(), clock, None).tokens().await.is_ok());
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn a_name_is_no_path() {
    let directory = Directory::new("names");
    let store = directory.store();
    for name in ["../up", "/etc/passwd", "a/b", "..", "nul\0", "https://as.example.com client"] {
        let mut locked = store.lock(name).await.unwrap();
        assert!(locked.load().await.unwrap().is_none(), "{name}");
        drop(locked);
    }
    let entries = fs::read_dir(&directory.0).unwrap().count();
    assert_eq!(entries, 6);
    let long = "x".repeat(300);
    for bad in ["", long.as_str()] {
        assert!(matches!(store.lock(bad).await, Err(TokenStoreError::Name)));
    }
}
