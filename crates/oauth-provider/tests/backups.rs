//! What an operator's command to back up the store makes, and what it refuses.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::Full;
use oauth_provider::admin::{Admin, AdminService, Backups};
use oauth_sansio::Secret;
use oauth_store::{IssuerStore, MemoryStore, Store};
use oauth_store_sqlite::SqliteStore;
use oauth2_core::server::{AuthorizationServer, Client, Config};
use serde_json::{Value, json};

const ISSUER: &str = "https://as.example.com";
const TOKEN: &str = "the operator's token";

/// A folder that goes away with its test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("oauth-backups-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn service(store: Arc<dyn Store>, backups: Option<Backups>) -> AdminService {
    let server = AuthorizationServer::new(Config::new(ISSUER.parse().unwrap())).unwrap();
    let admin = Admin::new(IssuerStore::new(store, ISSUER), server);
    let admin = match backups {
        Some(backups) => admin.backups(backups),
        None => admin,
    };
    AdminService::new(admin, &Secret::new(TOKEN))
}

fn of_file(store: &Arc<SqliteStore>) -> AdminService {
    let backups = Backups::Sqlite { store: store.clone(), seal_keys: "oauth-data/seal.keys".into() };
    service(store.clone(), Some(backups))
}

async fn back_up(service: &AdminService, body: Value) -> (StatusCode, Value) {
    let request = Request::post("/v1/backups")
        .header(header::HOST, "127.0.0.1:8081")
        .header(header::AUTHORIZATION, format!("Bearer {TOKEN}"))
        .header(header::CONTENT_TYPE, "application/json");
    let answer = service.answer(request.body(Full::new(Bytes::from(body.to_string()))).unwrap()).await;
    (answer.status(), serde_json::from_slice(answer.body()).unwrap())
}

#[tokio::test]
async fn a_backup_is_a_store_for_its_owner_alone_and_told_with_what_else_to_keep() {
    let folder = Folder::new("made");
    let store = Arc::new(SqliteStore::open(folder.file("oauth.db")).unwrap());
    let clients = |store: Arc<dyn Store>| IssuerStore::new(store, ISSUER);
    clients(store.clone()).register_oauth2(Client::new("printer")).await.unwrap();

    let file = folder.file("backup.db");
    let (status, told) = back_up(&of_file(&store), json!({ "file": file })).await;
    assert_eq!(status, StatusCode::CREATED, "{told}");
    assert_eq!(told["file"], json!(file));
    assert_eq!(told["bytes"], std::fs::metadata(&file).unwrap().len());
    let keys = Path::new(told["seal_keys"].as_str().unwrap());
    assert!(keys.is_absolute() && keys.ends_with("oauth-data/seal.keys"), "{told}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert!(!folder.file("backup.db.part").exists());

    let copy = service(Arc::new(SqliteStore::open(&file).unwrap()), None);
    let request = Request::get("/v1/clients/oauth2/printer")
        .header(header::HOST, "127.0.0.1:8081")
        .header(header::AUTHORIZATION, format!("Bearer {TOKEN}"));
    let shown = copy.answer(request.body(Full::new(Bytes::new())).unwrap()).await;
    assert_eq!(shown.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_backup_replaces_no_file_and_wants_a_whole_path_to_a_folder_that_is_there() {
    let folder = Folder::new("refused");
    let service = of_file(&Arc::new(SqliteStore::open(folder.file("oauth.db")).unwrap()));
    let there = folder.file("there");
    std::fs::write(&there, "somebody's").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.file("elsewhere"), folder.file("link")).unwrap();
    for (file, status, what) in [
        (there.as_path(), StatusCode::CONFLICT, "a backup replaces nothing"),
        (&folder.file("oauth.db"), StatusCode::CONFLICT, "a backup replaces nothing"),
        #[cfg(unix)]
        (&folder.file("link"), StatusCode::CONFLICT, "a backup replaces nothing"),
        (Path::new("backup.db"), StatusCode::BAD_REQUEST, "the whole path"),
        (Path::new(""), StatusCode::BAD_REQUEST, "the whole path"),
        (&folder.file("no/such/backup.db"), StatusCode::BAD_REQUEST, "no file can be made there"),
    ] {
        let (refused, told) = back_up(&service, json!({ "file": file })).await;
        assert_eq!(refused, status, "{file:?}: {told}");
        assert!(told["error_description"].as_str().unwrap().contains(what), "{file:?}: {told}");
    }
    assert_eq!(std::fs::read_to_string(&there).unwrap(), "somebody's");
    assert!(!folder.file("elsewhere").exists() && !Path::new("backup.db").exists());
    for body in [json!({}), json!({ "file": 7 }), json!({ "file": "/x", "replace": true })] {
        assert_eq!(back_up(&service, body).await.0, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn where_the_store_is_no_file_it_is_said_what_backs_it_up() {
    let folder = Folder::new("elsewhere");
    let file = folder.file("backup.db");
    for (backups, what) in [
        (Some(Backups::Postgres), "pg_dump"),
        (Some(Backups::Memory), "oauth admin export"),
        (None, "whoever has made it"),
    ] {
        let service = service(Arc::new(MemoryStore::new()), backups);
        let (status, told) = back_up(&service, json!({ "file": file })).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(told["error_description"].as_str().unwrap().contains(what), "{told}");
        assert!(!file.exists());
    }
}
