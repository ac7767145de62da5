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

use std::path::PathBuf;
use std::time::Duration;

use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Path, Query, Request as Received, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Json, Response as Answered};
use axum::routing::{delete, get, post, put};
use axum::{Router, body};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::Body;
use oauth_hyper_server::Protocol;
use oauth_sansio::secret::exposed_option;
use oauth_sansio::{Digest, Secret, auth, base64url};
use oauth_store::{Key, Resealed};
use oauth_store_sqlite::BackupError;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower_service::Service;

use super::door::{Door, LINK};
use super::service::path;
use super::{
    AddedUser, Admin, AdminError, BackedUp, Created, Description, Imported, Moved, OAuth1Description,
    tell_when,
};
use crate::grants::{from_hex, hex};
use crate::{Grant, StoredUser, Whose};

/// Bytes of a request's body.
const MAX_BODY: usize = 256 * 1024;

/// Bytes of what is imported at once.
const MAX_IMPORT: usize = 64 << 20;

/// How many things one answer lists, unless fewer are asked for.
const MAX_LISTED: usize = 1000;

/// How long the secret before works, unless it is said.
pub(super) const OVERLAP: u64 = 24 * 60 * 60;

/// The longest that it may work.
pub(super) const MAX_OVERLAP: u64 = 90 * 24 * 60 * 60;

/// The commands. Clones share everything.
#[derive(Clone)]
pub(super) struct Api(Router);

impl Api {
    /// For whoever shows the token with this digest.
    pub(super) fn new(admin: Admin, token: Digest, door: Door) -> Self {
        let router = Router::new()
            .route("/v1/clients/{protocol}", get(list_clients).post(create_client))
            .route("/v1/clients/{protocol}/{client_id}", get(show_client).delete(remove_client))
            .route("/v1/clients/{protocol}/{client_id}/secret", post(renew_secret))
            .route("/v1/clients/{protocol}/{client_id}/migrates_from", put(migrates_from))
            .route("/v1/users", get(list_users).post(add_user))
            .route("/v1/users/{username}", get(show_user).delete(remove_user))
            .route("/v1/users/{username}/password", post(set_password))
            .route("/v1/users/{username}/disable", post(disable_user))
            .route("/v1/users/{username}/enable", post(enable_user))
            .route("/v1/users/{username}/sign-out", post(sign_out_user))
            .route("/v1/keys", get(list_keys).post(rotate_keys))
            .route("/v1/keys/{key_id}", delete(revoke_key))
            .route("/v1/reseals", post(reseal))
            .route("/v1/backups", post(back_up))
            .route("/v1/grants", get(list_grants))
            .route("/v1/grants/{id}", delete(revoke_grant))
            .route("/v1/export", get(export))
            .route("/v1/import", post(import).layer(DefaultBodyLimit::max(MAX_IMPORT)))
            .route("/v1/revocations", post(revoke_all))
            .route("/v1/links", post(async move || make_link(&door).await))
            .fallback(async || Refusal(StatusCode::NOT_FOUND, "not_found", "there is no such address".into()))
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
        let body = match head.status.is_client_error() && !is_json(&head.headers) {
            true => refusal_of(&mut head, &body),
            false => body,
        };
        head.headers.insert(header::CONTENT_LENGTH, body.len().into());
        Response::from_parts(head, body)
    }
}

/// An answer to what never gets as far as a command.
pub(super) fn refused(status: StatusCode, description: &str) -> Response<Bytes> {
    let (mut head, ()) = Response::new(()).into_parts();
    head.status = status;
    let body = refusal_of(&mut head, description.as_bytes());
    Response::from_parts(head, body)
}

/// What the router refuses in plain words, in the shape of every other refusal.
fn refusal_of(head: &mut http::response::Parts, words: &[u8]) -> Bytes {
    let words = String::from_utf8_lossy(words);
    let description =
        if words.is_empty() { head.status.canonical_reason().unwrap_or_default() } else { &words };
    head.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    json!({ "error": "invalid", "error_description": description }).to_string().into()
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"))
}

/// What was asked for and not done, for a program and for a person.
struct Refusal(StatusCode, &'static str, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Answered {
        let Self(status, error, description) = self;
        let told = Json(json!({ "error": error, "error_description": description }));
        let mut answer = (status, told).into_response();
        tell_when(status, answer.headers_mut());
        answer
    }
}

impl From<AdminError> for Refusal {
    fn from(error: AdminError) -> Self {
        let status = error.status();
        let code = match &error {
            AdminError::NotFound => "not_found",
            AdminError::Taken | AdminError::Backup(BackupError::Exists | BackupError::Unfinished(_)) => {
                "taken"
            }
            AdminError::Changed => "changed",
            _ if status.is_server_error() => {
                tracing::error!(%error, "a command was not carried out");
                "unavailable"
            }
            _ => "invalid",
        };
        Self(status, code, error.to_string())
    }
}

impl From<JsonRejection> for Refusal {
    fn from(rejection: JsonRejection) -> Self {
        let status = match rejection.status() {
            StatusCode::UNPROCESSABLE_ENTITY => StatusCode::BAD_REQUEST,
            status => status,
        };
        Self(status, "invalid", rejection.body_text())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    after: Option<String>,
    most: Option<usize>,
}

#[derive(Serialize)]
struct Clients {
    clients: Vec<Description>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

async fn list_clients(
    State(admin): State<Admin>,
    Path(protocol): Path<Protocol>,
    Query(listed): Query<Listed>,
) -> Result<Json<Clients>, Refusal> {
    let after = listed.after.as_deref().map(cursor).transpose()?;
    let (clients, next) = admin.clients(protocol, after, most(listed.most)).await?;
    let next = next.map(|id| base64url::encode(id.as_bytes()));
    Ok(Json(Clients { clients, next }))
}

async fn create_client(
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

async fn show_client(
    State(admin): State<Admin>,
    Path((protocol, client_id)): Path<(Protocol, String)>,
) -> Result<Json<Description>, Refusal> {
    Ok(Json(admin.client(protocol, &client_id).await?))
}

async fn remove_client(
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

async fn list_users(
    State(admin): State<Admin>,
    Query(listed): Query<Listed>,
) -> Result<Json<Value>, Refusal> {
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

async fn add_user(
    State(admin): State<Admin>,
    body: Result<Json<NewUser>, JsonRejection>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let Json(NewUser { username, password }) = body?;
    let added = admin.add_user(&username, password).await?;
    Ok((StatusCode::CREATED, Json(told_of(&added)?)))
}

async fn show_user(
    State(admin): State<Admin>,
    Path(name): Path<String>,
) -> Result<Json<StoredUser>, Refusal> {
    Ok(Json(admin.user(&name).await?))
}

async fn remove_user(State(admin): State<Admin>, Path(name): Path<String>) -> Result<StatusCode, Refusal> {
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

async fn disable_user(State(admin): State<Admin>, Path(name): Path<String>) -> Result<StatusCode, Refusal> {
    admin.enable_user(&name, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn enable_user(State(admin): State<Admin>, Path(name): Path<String>) -> Result<StatusCode, Refusal> {
    admin.enable_user(&name, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn sign_out_user(State(admin): State<Admin>, Path(name): Path<String>) -> Result<StatusCode, Refusal> {
    admin.sign_out_user(&name).await?;
    Ok(StatusCode::NO_CONTENT)
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

async fn list_keys(State(admin): State<Admin>) -> Result<Json<Value>, Refusal> {
    Ok(Json(json!({ "keys": admin.list_keys().await? })))
}

async fn rotate_keys(State(admin): State<Admin>) -> Result<Json<Value>, Refusal> {
    Ok(Json(json!({ "keys": admin.rotate_keys().await? })))
}

async fn revoke_key(State(admin): State<Admin>, Path(key_id): Path<String>) -> Result<StatusCode, Refusal> {
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

async fn list_grants(
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

async fn revoke_grant(State(admin): State<Admin>, Path(id): Path<String>) -> Result<StatusCode, Refusal> {
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

async fn make_link(door: &Door) -> Result<(StatusCode, Json<Value>), Refusal> {
    let link = path(&door.link().await?);
    let told = json!({ "path": link.expose(), "expires_in": LINK.as_secs() });
    Ok((StatusCode::CREATED, Json(told)))
}

/// The client with its secret, which is told this once.
fn told(created: &Created) -> Result<Value, Refusal> {
    with_secret(&created.client, "client_secret", created.secret.as_ref())
}

/// The user with the password that was drawn, which is told this once.
fn told_of(added: &AddedUser) -> Result<Value, Refusal> {
    with_secret(&added.user, "password", added.drawn.as_ref())
}

fn with_secret(told: &impl Serialize, name: &str, secret: Option<&Secret>) -> Result<Value, Refusal> {
    let unwritable = |_| Refusal(StatusCode::INTERNAL_SERVER_ERROR, "unwritable", String::new());
    let mut told = serde_json::to_value(told).map_err(unwritable)?;
    if let (Some(members), Some(secret)) = (told.as_object_mut(), secret) {
        members.insert(name.to_owned(), secret.expose().into());
    }
    Ok(told)
}

fn cursor(text: &str) -> Result<Digest, Refusal> {
    let id = base64url::decode_array(text.as_bytes()).ok_or_else(|| invalid("after is what next was"))?;
    Ok(Digest::from_bytes(id))
}

fn most(asked: Option<usize>) -> usize {
    asked.unwrap_or(MAX_LISTED).clamp(1, MAX_LISTED)
}

fn invalid(description: impl ToString) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, "invalid", description.to_string())
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

fn unauthorized() -> Answered {
    let refusal = Refusal(StatusCode::UNAUTHORIZED, "invalid_token", "the operator's token is needed".into());
    let mut answer = refusal.into_response();
    answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    answer
}
