//! Clients made of provider profiles, and requests as providers have published them.

use bytes::Bytes;
use http::Request;
use oauth_sansio::{Secret, percent};
use oauth1_core::{
    client::{Callback, Client, CredentialMethod, Pending, Placement, TokenCredentials},
    profile::Profile,
    signature::{Key, Limits, Origin, Received, SignatureMethod},
};
use url::Url;

use super::client::done;

pub fn client(profile: &Profile, site: Option<&str>) -> Client {
    let config = match site {
        Some(site) => profile.config_at(site, "key", "secret"),
        None => profile.config("key", "secret"),
    };
    Client::new(config.unwrap()).unwrap()
}

pub fn pending(client: &Client, body: &str) -> Pending {
    let callback = Callback::Uri("https://printer.example.com/ready".parse().unwrap());
    done(client.temporary_credentials(callback), body).unwrap()
}

/// Both answers of a dance, read with the profile.
pub fn dance(profile: &Profile, temporary: &str, token: &str) -> (Pending, TokenCredentials) {
    let client = client(profile, None);
    let pending = pending(&client, temporary);
    let token = done(pending.verifier(&client, "v"), token).unwrap();
    (pending, token)
}

pub fn extra<'t>(token: &'t TokenCredentials, name: &str) -> Option<&'t str> {
    token.extra.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
}

/// A request that was published with these parameters in its header.
pub fn published(
    method: &str,
    url: &str,
    form: Option<&'static str>,
    parameters: &[(&str, &str)],
) -> Request<Bytes> {
    let quoted = parameters.iter().map(|(name, value)| format!("{name}=\"{}\"", percent::encode(value)));
    let header = format!("OAuth {}", quoted.collect::<Vec<_>>().join(", "));
    let mut request = Request::builder().method(method).uri(url).header("authorization", header);
    if form.is_some() {
        request = request.header("content-type", "application/x-www-form-urlencoded");
    }
    request.body(Bytes::from_static(form.unwrap_or_default().as_bytes())).unwrap()
}

pub fn received(request: &Request<Bytes>) -> Received {
    let origin = Origin::new(&Url::parse(&request.uri().to_string()).unwrap()).unwrap();
    Received::read(request, &origin, &Limits::default()).unwrap().expect("it is signed")
}

pub fn is_good(
    request: &Request<Bytes>,
    method: &dyn SignatureMethod,
    secret: &str,
    token: Option<&str>,
) -> bool {
    let received = received(request);
    assert_eq!(received.signature_method(), method.name());
    let key = Key::shared(&Secret::new(secret), token.map(Secret::new).as_ref());
    received.is_signed_with(method, &key)
}

/// The base string of a request, had it been sent with another nonce at another time.
pub fn base_string_with(request: &Request<Bytes>, nonce: &str, timestamp: u64) -> String {
    let received = received(request);
    let (ours, now) = (received.nonce().unwrap(), received.timestamp().unwrap().as_unix());
    received
        .base_string()
        .replace(&format!("oauth_nonce%3D{ours}%26"), &format!("oauth_nonce%3D{nonce}%26"))
        .replace(&format!("oauth_timestamp%3D{now}"), &format!("oauth_timestamp%3D{timestamp}"))
}

/// The addresses of a dance, its HTTP method and its placement.
pub fn described(profile: &Profile) -> ([&'static str; 3], CredentialMethod, Placement) {
    let dance = profile.dance.unwrap();
    ([dance.temporary, dance.authorization, dance.token], dance.method, dance.placement)
}
