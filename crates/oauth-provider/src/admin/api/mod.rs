//! The operator's commands over HTTP: JSON, for whoever has the operator's token, on an address of its own.
//!
//! | request | does |
//! |---|---|
//! | `GET /v1/clients/{protocol}` | lists clients, `after` and `most` in the query |
//! | `POST /v1/clients/{protocol}` | registers one, answers with its secret |
//! | `GET`, `DELETE /v1/clients/{protocol}/{client_id}` | shows one; removes it with all that it was given |
//! | `POST /v1/clients/{protocol}/{client_id}/secret` | another secret; the one before lasts `overlap_seconds` |
//! | `PUT /v1/clients/oauth2/{client_id}/migrates_from` | whose token credentials of OAuth 1 it may trade: `migrates_from` |
//! | `GET`, `POST /v1/users` | lists users; adds one, with `username` and, unless it is drawn, `password` |
//! | `GET`, `DELETE /v1/users/{username}` | shows one; removes one with all logins and grants |
//! | `POST /v1/users/{username}/password` | another password, drawn unless it is given |
//! | `POST /v1/users/{username}/disable`, `…/enable` | lets one in no more, or again |
//! | `POST /v1/users/{username}/sign-out` | ends all logins of one |
//! | `GET`, `POST /v1/keys` | lists the keys that sign tokens; makes the next one now |
//! | `DELETE /v1/keys/{key_id}` | revokes one |
//! | `POST /v1/reseals` | seals some secrets with the current key, behind `after` in the query; answers with `next` until it is done |
//! | `POST /v1/backups` | copies the store into a new `file` on the provider's machine, whose whole path is given |
//! | `GET /v1/grants` | lists grants, `subject` or `client_id` in the query |
//! | `DELETE /v1/grants/{id}` | revokes one |
//! | `GET /v1/export` | all clients and users with their secrets, a JSON object a line |
//! | `POST /v1/import` | takes in such lines; what is there already stays as it is |
//! | `POST /v1/revocations` | revokes all of a `subject`, a `client_id`, or of `everybody` |
//! | `POST /v1/links` | the `path` of a link by which a browser comes in, once, good for `expires_in` seconds |

mod clients;
mod grants;
mod keys;
mod moving;
mod refusal;
mod users;

use axum::extract::{DefaultBodyLimit, Request as Received};
use axum::middleware::{self, Next};
use axum::response::Json;
use axum::routing::post;
use axum::{Router, body};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::Body;
use oauth_sansio::{Digest, Secret, auth, base64url};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower_service::Service;

use super::Admin;
use super::door::{Door, LINK};
use super::service::path;

pub(super) use refusal::refused;
use refusal::{Refusal, in_our_shape, invalid, unauthorized};

/// Bytes of a request's body.
const MAX_BODY: usize = 256 * 1024;

/// How many things one answer lists, unless fewer are asked for.
const MAX_LISTED: usize = 1000;

/// The commands. Clones share everything.
#[derive(Clone)]
pub(super) struct Api(Router);

impl Api {
    /// For whoever shows the token with this digest.
    pub(super) fn new(admin: Admin, token: Digest, door: Door) -> Self {
        let router = Router::new()
            .merge(clients::routes())
            .merge(users::routes())
            .merge(keys::routes())
            .merge(grants::routes())
            .merge(moving::routes())
            .route("/v1/links", post(async move || make_link(&door).await))
            .fallback(async || Refusal::of(StatusCode::NOT_FOUND, "not_found", "there is no such address"))
            .layer(DefaultBodyLimit::max(MAX_BODY))
            .layer(middleware::from_fn(move |request: Received, next: Next| async move {
                match is_operator(request.headers(), &token) {
                    true => next.run(request).await,
                    false => unauthorized(),
                }
            }))
            .with_state(admin);
        Self(router)
    }

    /// Answers one request.
    pub(super) async fn answer<B>(&self, request: Request<B>) -> Response<Bytes>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let Ok(answer) = self.0.clone().call(request.map(body::Body::new)).await;
        let (mut head, body) = answer.into_parts();
        head.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // Answers are in memory, and so do not fail.
        let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        let body = in_our_shape(&mut head, body);
        head.headers.insert(header::CONTENT_LENGTH, body.len().into());
        Response::from_parts(head, body)
    }
}

async fn make_link(door: &Door) -> Result<(StatusCode, Json<Value>), Refusal> {
    let link = path(&door.link().await?);
    let told = json!({ "path": link.expose(), "expires_in": LINK.as_secs() });
    Ok((StatusCode::CREATED, Json(told)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    after: Option<String>,
    most: Option<usize>,
}

fn cursor(text: &str) -> Result<Digest, Refusal> {
    let id = base64url::decode_array(text.as_bytes()).ok_or_else(|| invalid("after is what next was"))?;
    Ok(Digest::from_bytes(id))
}

fn most(asked: Option<usize>) -> usize {
    asked.unwrap_or(MAX_LISTED).clamp(1, MAX_LISTED)
}

fn with_secret(told: &impl Serialize, name: &str, secret: Option<&Secret>) -> Result<Value, Refusal> {
    let unwritable = |_| Refusal::of(StatusCode::INTERNAL_SERVER_ERROR, "unwritable", String::new());
    let mut told = serde_json::to_value(told).map_err(unwritable)?;
    if let (Some(members), Some(secret)) = (told.as_object_mut(), secret) {
        members.insert(name.to_owned(), secret.expose().into());
    }
    Ok(told)
}

/// Compared in constant time: both are digests.
fn is_operator(headers: &HeaderMap, token: &Digest) -> bool {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return false };
    let Some(value) =
        value.to_str().ok().filter(|value| auth::scheme_of(value).eq_ignore_ascii_case("Bearer"))
    else {
        return false;
    };
    value.split_once(' ').is_some_and(|(_, shown)| kept(shown.trim()) == *token)
}

/// As the operator's token is kept.
pub(super) fn kept(token: &str) -> Digest {
    Digest::of_parts(&[b"operator", token.as_bytes()])
}
