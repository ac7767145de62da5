//! A client without a world: what it sends is read, what it is answered is made up.

use bytes::Bytes;
use http::{Request, Response};
use oauth_sansio::{Exchange, Moment, Progress, Secret, Timestamp};
use oauth1_core::{
    client::{Client, Config, Error, Pending, Provider, TokenCredentials},
    signature::{HmacSha1, Key, Limits, Origin, Received},
};
use url::Url;

use super::{ORIGIN, app::callback};

pub const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

pub fn moment() -> Moment {
    Moment::new(NOW, [7; 32])
}

pub fn config(change: impl FnOnce(&mut Config)) -> Config {
    let url = |path: &str| Url::parse(ORIGIN).unwrap().join(path).unwrap();
    let mut config =
        Config::new("printer", "hunter2", Provider::new(url("/i?a=1"), url("/a?x=1"), url("/t")));
    change(&mut config);
    config
}

pub fn client(change: impl FnOnce(&mut Config)) -> Client {
    Client::new(config(change)).unwrap()
}

pub fn sent<E: Exchange>(exchange: &mut E) -> Request<Bytes> {
    exchange.request(moment()).unwrap_or_else(|_| panic!("no request")).request
}

pub fn answered(status: u16, body: impl Into<Bytes>) -> Response<Bytes> {
    Response::builder().status(status).body(body.into()).unwrap()
}

pub fn done<E: Exchange>(exchange: E, body: &str) -> Result<E::Done, E::Error> {
    match exchange.response(answered(200, body.to_owned()), moment())? {
        Progress::Done(done) => Ok(done),
        _ => panic!("more than one round trip"),
    }
}

/// What a provider reads of a request that is signed as it should be.
pub fn received(request: &Request<Bytes>, token_secret: Option<&str>) -> Received {
    let origin = Origin::new(&Url::parse(ORIGIN).unwrap()).unwrap();
    let received = Received::read(request, &origin, &Limits::default()).unwrap().expect("it is signed");
    let key = Key::shared(&Secret::new("hunter2"), token_secret.map(Secret::new).as_ref());
    assert!(received.is_signed_with(&HmacSha1, &key), "{}", received.base_string());
    received
}

pub fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

pub fn begin(client: &Client) -> Pending {
    let body = "oauth_token=tmp&oauth_token_secret=s&oauth_callback_confirmed=true";
    done(client.temporary_credentials(callback()), body).unwrap()
}

pub fn exchanged(body: &str) -> Result<TokenCredentials, Error> {
    let client = client(|_| {});
    done(begin(&client).verifier(&client, "v"), body)
}
