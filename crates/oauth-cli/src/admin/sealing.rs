//! Secrets are sealed anew.

use http::Method;
use serde_json::{Value, json};

use super::api::Api;

/// Some rows at a time, until all were looked at; how far it is goes to the standard error.
pub(super) async fn reseal(api: &mut Api) -> anyhow::Result<Value> {
    let [mut seen, mut resealed, mut unopened] = [0; 3];
    let mut after: Option<String> = None;
    loop {
        let query: Vec<_> = after.iter().map(|after| ("after", after.as_str())).collect();
        let told = api.send("Secrets are sealed anew", Method::POST, &["reseals"], &query, None).await?;
        let count = |name: &str| told[name].as_u64().unwrap_or_default();
        seen += count("seen");
        resealed += count("resealed");
        unopened += count("unopened");
        match told["next"].as_str() {
            Some(next) => after = Some(next.to_owned()),
            None => return Ok(json!({ "seen": seen, "resealed": resealed, "unopened": unopened })),
        }
        if count("seen") > 0 {
            anstream::eprintln!("{seen} rows seen, {resealed} sealed anew");
        }
    }
}
