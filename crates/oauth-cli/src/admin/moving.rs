//! Clients and users, from one provider to another.

use bytes::Bytes;
use http::Method;
use serde_json::Value;

use super::api::Api;
use crate::request::file;

pub(super) async fn export(api: &mut Api) -> anyhow::Result<String> {
    let lines =
        api.exchange("Everything is exported", Method::GET, &["export"], &[], Bytes::new(), None).await?;
    Ok(String::from_utf8(lines.to_vec())?)
}

pub(super) async fn import(name: &str, api: &mut Api) -> anyhow::Result<Value> {
    let kind = Some("application/jsonl");
    let told = api
        .exchange("Clients and users come in", Method::POST, &["import"], &[], file(name)?.into(), kind)
        .await?;
    Ok(serde_json::from_slice(&told)?)
}
