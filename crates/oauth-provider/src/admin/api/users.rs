//! Commands about people.

use axum::Router;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Query, State};
use axum::response::Json;
use axum::routing::{get, post};
use http::StatusCode;
use oauth_sansio::secret::exposed_option;
use oauth_sansio::{Secret, base64url};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Listed, Refusal, cursor, most, with_secret};
use crate::StoredUser;
use crate::admin::{AddedUser, Admin};

pub(super) fn routes() -> Router<Admin> {
    Router::new()
        .route("/v1/users", get(list).post(add))
        .route("/v1/users/{username}", get(show).delete(remove))
        .route("/v1/users/{username}/password", post(set_password))
        .route("/v1/users/{username}/disable", post(disable))
        .route("/v1/users/{username}/enable", post(enable))
        .route("/v1/users/{username}/sign-out", post(sign_out))
}

async fn list(State(admin): State<Admin>, Query(listed): Query<Listed>) -> Result<Json<Value>, Refusal> {
    let after = listed.after.as_deref().map(cursor).transpose()?;
    let (users, next) = admin.list_users(after, most(listed.most)).await?;
    let next = next.map(|id| base64url::encode(id.as_bytes()));
    Ok(Json(json!({ "users": users, "next": next })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewUser {
    username: String,
    #[serde(default, with = "exposed_option")]
    password: Option<Secret>,
}

async fn add(
    State(admin): State<Admin>,
    body: Result<Json<NewUser>, JsonRejection>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let Json(NewUser { username, password }) = body?;
    let added = admin.add_user(&username, password).await?;
    Ok((StatusCode::CREATED, Json(told_of(&added)?)))
}

async fn show(State(admin): State<Admin>, Path(name): Path<String>) -> Result<Json<StoredUser>, Refusal> {
    Ok(Json(admin.user(&name).await?))
}

async fn remove(State(admin): State<Admin>, Path(name): Path<String>) -> Result<StatusCode, Refusal> {
    admin.remove_user(&name).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    #[serde(default, with = "exposed_option")]
    password: Option<Secret>,
}

async fn set_password(
    State(admin): State<Admin>,
    Path(name): Path<String>,
    body: Result<Json<NewPassword>, JsonRejection>,
) -> Result<Json<Value>, Refusal> {
    let Json(NewPassword { password }) = body?;
    Ok(Json(told_of(&admin.set_password(&name, password).await?)?))
}

async fn disable(State(admin): State<Admin>, Path(name): Path<String>) -> Result<StatusCode, Refusal> {
    admin.enable_user(&name, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn enable(State(admin): State<Admin>, Path(name): Path<String>) -> Result<StatusCode, Refusal> {
    admin.enable_user(&name, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn sign_out(State(admin): State<Admin>, Path(name): Path<String>) -> Result<StatusCode, Refusal> {
    admin.sign_out_user(&name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The user with the password that was drawn, which is told this once.
fn told_of(added: &AddedUser) -> Result<Value, Refusal> {
    with_secret(&added.user, "password", added.drawn.as_ref())
}
