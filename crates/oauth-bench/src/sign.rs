//! Signing OAuth 1 requests, beside one HMAC over the same base string with one pass of percent-encoding.

use std::hint::black_box;

use base64::Engine as _;
use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderValue, Request, header};
use oauth_sansio::{Moment, Timestamp, form};
use oauth1_core::client::{Client, Config, Provider, TokenCredentials};
use oauth1_core::signature::{Origin, Received};
use oauth1_request::{HMAC_SHA1, ParameterList};
use sha1::Sha1;

use crate::harness::{Case, compare};
use crate::oauthlib::Oauthlib;
use crate::one_pass::OnePass;

pub(crate) const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
pub(crate) const ORIGIN: &str = "https://photos.example.net";

pub(crate) fn run(rounds: usize) -> anyhow::Result<()> {
    for parameters in [6, 60] {
        let body = body(parameters);
        let (client, token) = client()?;
        let signed = signed(parameters)?;
        let base = base_string(&signed)?;

        let limit = Limit::new(&base, &plain(&signed));
        let mut prepared = request(&body)?;
        let mut theirs_prepared = request(&body)?;
        let mut signer = client.signer(Some(&token));
        let theirs = Theirs::new(&body);
        let python = Oauthlib::start(&format!("{ORIGIN}/photos"), std::str::from_utf8(&body)?)?;
        let mut cases = vec![
            Case::new("limit: every parameter encoded once, HMAC-SHA1", || limit.run()),
            Case::new("sign: the Authorization value, signer kept", || {
                signer.sign(&mut prepared, moment()).expect("signs");
                black_box(&prepared);
            }),
            Case::new("sign: a whole request, from nothing", || {
                let mut request = request(&body).expect("a request");
                client.sign(&mut request, Some(&token), moment()).expect("signs");
                black_box(request);
            }),
            Case::new("oauth1-request: the Authorization value", || {
                let value = HeaderValue::try_from(theirs.header()).expect("a header");
                theirs_prepared.headers_mut().insert(header::AUTHORIZATION, value);
                black_box(&theirs_prepared);
            }),
            Case::new("oauth1-request: a whole request", || drop(black_box(theirs.request()))),
        ];
        let signs = |python| {
            Case::elsewhere("oauthlib: Client.sign", move |runs| Oauthlib::run(python, "sign", runs))
        };
        cases.extend(python.as_ref().map(signs));
        compare(
            &format!("oauth1-sign, {parameters} form parameters, base string of {}", base.len()),
            rounds,
            cases,
        );
    }
    Ok(())
}

/// The same with `oauth1-request`: parameters sorted beforehand, since it takes no others.
struct Theirs {
    parameters: ParameterList<String, String, Vec<(String, String)>>,
    token: oauth1_request::Token<&'static str>,
}

impl Theirs {
    fn new(body: &[u8]) -> Self {
        let form = form::Form::parse(body, &Default::default()).expect("a form");
        let parameters = form.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let (client, token) = ("dpf43f3p2l4k3l03", "AAAAAAAAnnch734d00sl2jdk");
        let token = oauth1_request::Token::from_parts(client, "kd94hf93k423kf44", token, "pfkkdhi9sl3r4s00");
        Self { parameters: ParameterList::new(parameters), token }
    }

    fn header(&self) -> String {
        oauth1_request::post(format!("{ORIGIN}/photos"), &self.parameters, &self.token, HMAC_SHA1)
    }

    fn request(&self) -> Request<Bytes> {
        let body = oauth1_request::to_form(&self.parameters);
        Request::post(format!("{ORIGIN}/photos"))
            .header(header::CONTENT_TYPE, form::MEDIA_TYPE)
            .header(header::AUTHORIZATION, self.header())
            .body(body.into())
            .expect("a request")
    }
}

/// What no implementation can do without: the parameters encoded once, and the HMAC of the base string under a key
/// that is at hand.
pub(crate) struct Limit<'a> {
    base: &'a str,
    /// Every name and value, as it is before any encoding.
    plain: String,
    key: Hmac<Sha1>,
    encode: OnePass,
}

impl<'a> Limit<'a> {
    pub(crate) fn new(base: &'a str, plain: &str) -> Self {
        let key = Hmac::new_from_slice(b"kd94hf93k423kf44&pfkkdhi9sl3r4s00").expect("any length is a key");
        Self { base, plain: plain.to_owned(), key, encode: OnePass::new() }
    }

    pub(crate) fn run(&self) {
        let mut encoded = vec![0; OnePass::room(self.plain.len())];
        self.encode.write(black_box(&self.plain), &mut encoded, 0);
        black_box(&encoded);
        let mut mac = self.key.clone();
        mac.update(self.base.as_bytes());
        let mut text = [0; 28];
        let tag = mac.finalize().into_bytes();
        let _ = base64::engine::general_purpose::STANDARD.encode_slice(tag, &mut text);
        black_box(text);
    }
}

pub(crate) fn moment() -> Moment {
    Moment::new(NOW, [7; 32])
}

pub(crate) fn client() -> anyhow::Result<(Client, TokenCredentials)> {
    let url = |path| format!("{ORIGIN}{path}").parse();
    let provider = Provider::new(url("/initiate")?, url("/authorize")?, url("/token")?);
    let client = Client::new(Config::new("dpf43f3p2l4k3l03", "kd94hf93k423kf44", provider))?;
    Ok((client, TokenCredentials::new("AAAAAAAAnnch734d00sl2jdk", "pfkkdhi9sl3r4s00")))
}

/// A signed request with so many form parameters, some of which need encoding.
pub(crate) fn signed(parameters: usize) -> anyhow::Result<Request<Bytes>> {
    let (client, token) = client()?;
    let mut request = request(&body(parameters))?;
    client.sign(&mut request, Some(&token), moment())?;
    Ok(request)
}

pub(crate) fn base_string(signed: &Request<Bytes>) -> anyhow::Result<String> {
    let origin = Origin::new(&ORIGIN.parse()?)?;
    let received = Received::read(signed, &origin, &Default::default())?;
    Ok(received.map(|received| received.base_string().to_owned()).unwrap_or_default())
}

/// The names and values of a signed request, decoded: of its form and of its header.
pub(crate) fn plain(signed: &Request<Bytes>) -> String {
    let header = signed.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let form = form::Form::parse(signed.body(), &Default::default()).expect("a form");
    form.pairs().flat_map(|(name, value)| [name, value]).chain(header).collect()
}

fn body(parameters: usize) -> Bytes {
    let value = |i| format!("a value & some more, number {i} of them: über 100% of what is needed");
    form::encode((0..parameters).map(|i| (format!("parameter_{i}"), value(i)))).into()
}

fn request(body: &Bytes) -> anyhow::Result<Request<Bytes>> {
    Ok(Request::post(format!("{ORIGIN}/photos"))
        .header(header::CONTENT_TYPE, form::MEDIA_TYPE)
        .body(body.clone())?)
}
