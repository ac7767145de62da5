//! What the tests of the client share.
use bytes::Bytes;
use http::{Response, Uri};
use oauth_sansio::{Exchange as _, Moment, Progress, Timestamp};
use oauth2_core::{
    client::{CallbackError, CallbackFailed, Client, Config, Error, Pending, Server, TokenExchange, Tokens},
    metadata::Transport,
};
use serde_json::json;

pub(crate) const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
pub(crate) const AS: &str = "https://as.example";
pub(crate) const CALLBACK: &str = "https://app.example/callback";

/// A moment at [`NOW`]; each seed is used once in a test.
pub(crate) fn moment(seed: u8) -> Moment {
    Moment::new(NOW, [seed; 32])
}

pub(crate) fn server() -> Server {
    let authorize = "https://as.example/authorize";
    Server::new(AS, Some(authorize), "https://as.example/token", Transport::Https).unwrap()
}

/// A public client, changed.
pub(crate) fn client(change: impl FnOnce(&mut Config)) -> Client {
    let mut config = Config::new(server(), "app");
    config.redirect_uri = Some(CALLBACK.into());
    change(&mut config);
    Client::new(config).unwrap()
}

/// A JSON answer.
pub(crate) fn reply(status: u16, body: impl Into<Bytes>) -> Response<Bytes> {
    let response = Response::builder().status(status).header("content-type", "application/json");
    response.body(body.into()).unwrap()
}

/// What the honest server answers to `pending`, with the parameters changed.
pub(crate) fn callback_uri(pending: &Pending, more: &str) -> Uri {
    format!("{CALLBACK}?code=the-code&state={}{more}", pending.state().expose()).parse().unwrap()
}

pub(crate) fn start(client: &Client) -> Pending {
    client.authorize().scope("read write").start(moment(1)).unwrap().1
}

pub(crate) fn with_iss() -> Client {
    client(|config| config.server = server().with_iss_parameter())
}

pub(crate) fn flaw(failed: CallbackFailed) -> (CallbackError, Option<Pending>) {
    match failed.error {
        Error::Callback(error) => (error, failed.pending.map(|pending| *pending)),
        other => panic!("{other:?}"),
    }
}

/// The answer to a token request.
pub(crate) fn answer(exchange: TokenExchange, response: Response<bytes::Bytes>) -> Result<Tokens, Error> {
    match exchange.response(response, moment(9))? {
        Progress::Done(tokens) => Ok(tokens),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn start_with_seed(client: &Client, seed: u8) -> Pending {
    client.authorize().scope("read write").start(Moment::new(NOW, [seed; 32])).unwrap().1
}

pub(crate) fn metadata() -> serde_json::Value {
    json!({
        "issuer": AS,
        "authorization_endpoint": "https://as.example/authorize",
        "token_endpoint": "https://as.example/token",
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
    })
}
