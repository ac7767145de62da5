//! What is kept leaves this provider, or comes from another one.

use std::path::PathBuf;

use axum::Router;
use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse as _, Json, Response as Answered};
use axum::routing::{get, post};
use bytes::Bytes;
use http::{StatusCode, header};
use serde::Deserialize;

use super::{Refusal, invalid};
use crate::admin::{Admin, BackedUp, Imported, Moved};

/// Bytes of what is imported at once.
const MAX_IMPORT: usize = 64 << 20;

pub(super) fn routes() -> Router<Admin> {
    Router::new()
        .route("/v1/export", get(export))
        .route("/v1/import", post(import).layer(DefaultBodyLimit::max(MAX_IMPORT)))
        .route("/v1/backups", post(back_up))
}

async fn export(State(admin): State<Admin>) -> Result<Answered, Refusal> {
    let mut lines = Vec::new();
    for one in admin.export().await? {
        serde_json::to_writer(&mut lines, &one).map_err(invalid)?;
        lines.push(b'\n');
    }
    tracing::info!("exported by the operator");
    Ok(([(header::CONTENT_TYPE, "application/jsonl")], lines).into_response())
}

/// Everything is read before anything is written.
async fn import(State(admin): State<Admin>, lines: Bytes) -> Result<Json<Imported>, Refusal> {
    let lines = lines.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let mut moved = Vec::new();
    for (place, line) in lines.enumerate().filter(|(_, line)| !line.is_empty()) {
        let one = serde_json::from_slice::<Moved>(line);
        moved.push(one.map_err(|error| invalid(format!("line {}: {error}", place + 1)))?);
    }
    let told = admin.import(moved).await?;
    tracing::info!(imported = told.imported, "imported by the operator");
    Ok(Json(told))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Backup {
    file: PathBuf,
}

async fn back_up(
    State(admin): State<Admin>,
    body: Result<Json<Backup>, JsonRejection>,
) -> Result<(StatusCode, Json<BackedUp>), Refusal> {
    let Json(Backup { file }) = body?;
    let made = admin.back_up(&file).await?;
    tracing::info!(file = %made.file.display(), bytes = made.bytes, "backed up by the operator");
    Ok((StatusCode::CREATED, Json(made)))
}
