//! The store is copied while the provider is in use.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use super::api::Api;

/// A large store takes minutes.
const PATIENCE: Duration = Duration::from_secs(60 * 60);

pub(super) async fn back_up(file: &str, for_people: bool, api: &mut Api) -> anyhow::Result<Value> {
    api.wait_for(PATIENCE);
    let told = api
        .send("The store is copied", Method::POST, &["backups"], &[], Some(&json!({ "file": file })))
        .await?;
    if for_people {
        anstream::eprintln!(
            "What else to keep: the file of `seal_keys`, in another place, as nobody opens the backup without it; the \
             settings, and the files that they name."
        );
    }
    Ok(told)
}
