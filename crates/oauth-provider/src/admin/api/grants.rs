//! Commands about what was granted.

use axum::Router;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Query, State};
use axum::response::Json;
use axum::routing::{delete, get, post};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Refusal, invalid, most};
use crate::admin::{Admin, AdminError};
use crate::grants::{from_hex, hex};
use crate::{Grant, Whose};

pub(super) fn routes() -> Router<Admin> {
    Router::new()
        .route("/v1/grants", get(list))
        .route("/v1/grants/{id}", delete(revoke))
        .route("/v1/revocations", post(revoke_all))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Granted {
    subject: Option<String>,
    client_id: Option<String>,
    most: Option<usize>,
}

#[derive(Serialize)]
struct GrantList {
    grants: Vec<Grant>,
    /// Whether there are no others.
    complete: bool,
}

async fn list(
    State(admin): State<Admin>,
    Query(granted): Query<Granted>,
) -> Result<Json<GrantList>, Refusal> {
    let whose = match (&granted.subject, &granted.client_id) {
        (Some(subject), None) => Whose::Subject(subject),
        (None, Some(client_id)) => Whose::Client(client_id),
        (None, None) => Whose::Everybody,
        (Some(_), Some(_)) => return Err(invalid("either subject or client_id")),
    };
    let now = admin.clock.moment().map_err(AdminError::from)?.now();
    let (grants, complete) =
        admin.grants().list(whose, now, most(granted.most)).await.map_err(AdminError::from)?;
    Ok(Json(GrantList { grants, complete }))
}

async fn revoke(State(admin): State<Admin>, Path(id): Path<String>) -> Result<StatusCode, Refusal> {
    let id = from_hex(&id).ok_or_else(|| invalid("the id of a grant has 32 hexadecimal digits"))?;
    admin.grants().revoke(id).await.map_err(AdminError::from)?;
    tracing::info!(grant = hex(id), "revoked by the operator");
    Ok(StatusCode::NO_CONTENT)
}

/// Exactly one of them: nobody revokes everything by leaving a member out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
enum Revocation {
    Subject(String),
    ClientId(String),
    Everybody(Yes),
}

/// `true`, and nothing else.
struct Yes;

impl<'de> Deserialize<'de> for Yes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match bool::deserialize(deserializer)? {
            true => Ok(Self),
            false => Err(serde::de::Error::custom("true is meant")),
        }
    }
}

async fn revoke_all(
    State(admin): State<Admin>,
    body: Result<Json<Revocation>, JsonRejection>,
) -> Result<Json<Value>, Refusal> {
    let Json(revocation) = body?;
    let whose = match &revocation {
        Revocation::Subject(subject) => Whose::Subject(subject),
        Revocation::ClientId(client_id) => Whose::Client(client_id),
        Revocation::Everybody(Yes) => Whose::Everybody,
    };
    let revoked = admin.grants().revoke_all(whose).await.map_err(AdminError::from)?;
    tracing::info!(?whose, revoked, "revoked by the operator");
    Ok(Json(json!({ "revoked": revoked })))
}
