//! Commands about clients.

use std::time::Duration;

use axum::Router;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Query, State};
use axum::response::Json;
use axum::routing::{get, post, put};
use http::StatusCode;
use oauth_hyper_server::Protocol;
use oauth_sansio::base64url;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Listed, Refusal, cursor, invalid, most, with_secret};
use crate::admin::clients::{MAX_OVERLAP, OVERLAP};
use crate::admin::{Admin, Created, Description, OAuth1Description};

pub(super) fn routes() -> Router<Admin> {
    Router::new()
        .route("/v1/clients/{protocol}", get(list).post(create))
        .route("/v1/clients/{protocol}/{client_id}", get(show).delete(remove))
        .route("/v1/clients/{protocol}/{client_id}/secret", post(renew_secret))
        .route("/v1/clients/{protocol}/{client_id}/migrates_from", put(migrates_from))
}

#[derive(Serialize)]
struct Clients {
    clients: Vec<Description>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

async fn list(
    State(admin): State<Admin>,
    Path(protocol): Path<Protocol>,
    Query(listed): Query<Listed>,
) -> Result<Json<Clients>, Refusal> {
    let after = listed.after.as_deref().map(cursor).transpose()?;
    let (clients, next) = admin.clients(protocol, after, most(listed.most)).await?;
    let next = next.map(|id| base64url::encode(id.as_bytes()));
    Ok(Json(Clients { clients, next }))
}

async fn create(
    State(admin): State<Admin>,
    Path(protocol): Path<Protocol>,
    body: Result<Json<Value>, JsonRejection>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let Json(body) = body?;
    let created = match protocol {
        Protocol::OAuth2 => admin.create_oauth2(body.to_string().as_bytes()).await?,
        Protocol::OAuth1 => {
            let description = OAuth1Description::deserialize(body).map_err(invalid)?;
            admin.create_oauth1(description).await?
        }
    };
    Ok((StatusCode::CREATED, Json(told(&created)?)))
}

async fn show(
    State(admin): State<Admin>,
    Path((protocol, client_id)): Path<(Protocol, String)>,
) -> Result<Json<Description>, Refusal> {
    Ok(Json(admin.client(protocol, &client_id).await?))
}

async fn remove(
    State(admin): State<Admin>,
    Path((protocol, client_id)): Path<(Protocol, String)>,
) -> Result<StatusCode, Refusal> {
    admin.remove_client(protocol, &client_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Renewal {
    overlap_seconds: Option<u64>,
}

async fn renew_secret(
    State(admin): State<Admin>,
    Path((protocol, client_id)): Path<(Protocol, String)>,
    body: Result<Json<Renewal>, JsonRejection>,
) -> Result<Json<Value>, Refusal> {
    let Json(Renewal { overlap_seconds }) = body?;
    let overlap = overlap_seconds.unwrap_or(OVERLAP);
    if overlap > MAX_OVERLAP {
        return Err(invalid(format!("overlap_seconds is at most {MAX_OVERLAP}")));
    }
    let renewed = admin.renew_secret(protocol, &client_id, Duration::from_secs(overlap)).await?;
    Ok(Json(told(&renewed)?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MigratesFrom {
    migrates_from: Vec<String>,
}

async fn migrates_from(
    State(admin): State<Admin>,
    Path((protocol, client_id)): Path<(Protocol, String)>,
    body: Result<Json<MigratesFrom>, JsonRejection>,
) -> Result<Json<Description>, Refusal> {
    let Json(MigratesFrom { migrates_from }) = body?;
    match protocol {
        Protocol::OAuth2 => Ok(Json(admin.migrates_from(&client_id, migrates_from).await?)),
        Protocol::OAuth1 => Err(invalid("a client of OAuth 2 trades what one of OAuth 1 was given")),
    }
}

/// The client with its secret, which is told this once.
fn told(created: &Created) -> Result<Value, Refusal> {
    with_secret(&created.client, "client_secret", created.secret.as_ref())
}
