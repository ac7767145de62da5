//! Commands about keys that sign tokens, and about those that seal secrets in the store.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Json;
use axum::routing::{delete, get, post};
use http::StatusCode;
use oauth_sansio::base64url;
use oauth_store::{Key, Resealed};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Refusal;
use crate::admin::{Admin, AdminError};

pub(super) fn routes() -> Router<Admin> {
    Router::new()
        .route("/v1/keys", get(list).post(rotate))
        .route("/v1/keys/{key_id}", delete(revoke))
        .route("/v1/reseals", post(reseal))
}

async fn list(State(admin): State<Admin>) -> Result<Json<Value>, Refusal> {
    Ok(Json(json!({ "keys": admin.list_keys().await? })))
}

async fn rotate(State(admin): State<Admin>) -> Result<Json<Value>, Refusal> {
    Ok(Json(json!({ "keys": admin.rotate_keys().await? })))
}

async fn revoke(State(admin): State<Admin>, Path(key_id): Path<String>) -> Result<StatusCode, Refusal> {
    admin.revoke_key(&key_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Behind {
    after: Option<String>,
}

async fn reseal(
    State(admin): State<Admin>,
    Query(Behind { after }): Query<Behind>,
) -> Result<Json<Value>, Refusal> {
    let place = |text: &str| {
        let bytes = base64url::decode(text.as_bytes()).unwrap_or_default();
        Key::from_bytes(&bytes).ok_or(AdminError::NotFound)
    };
    let Resealed { seen, resealed, unopened, next } =
        admin.reseal(after.as_deref().map(place).transpose()?).await?;
    let next = next.map(|next| base64url::encode(&next.to_bytes()));
    Ok(Json(json!({ "seen": seen, "resealed": resealed, "unopened": unopened, "next": next })))
}
