//! What is asked, and what must be in the store for it.

use std::sync::Arc;
use std::time::Duration;

use http::{Request, header};
use oauth_bench::setting::{SECRET, basic};
use oauth_clock::{Clock as _, SystemClock};
use oauth_sansio::{Digest, Family, Outcome, form};
use oauth_store::IssuerStore;
use oauth1_core::client::{Client, Config, TokenCredentials};
use oauth1_core::server as core1;
use oauth2_core::pkce::Challenge;
use oauth2_core::server::{Authorization, Batch, Code, Record};

use crate::load::Asking;

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Where the API is that requests of OAuth 1 go to.
pub(crate) const API: &str = "https://api.example.com";

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    ClientCredentials,
    Code,
    Refresh,
    Introspection,
    OAuth1,
}

pub(crate) const KINDS: [(Kind, &str); 5] = [
    (Kind::ClientCredentials, "client credentials"),
    (Kind::Code, "code redeemed"),
    (Kind::Refresh, "refresh"),
    (Kind::Introspection, "introspection"),
    (Kind::OAuth1, "OAuth 1 resource"),
];

impl Kind {
    /// What so many connections send, so many requests each.
    pub(crate) async fn askings(
        self,
        store: &IssuerStore,
        count: usize,
        each: usize,
        tokens: &[String],
    ) -> anyhow::Result<Vec<Asking>> {
        let mut askings: Vec<Asking> = Vec::with_capacity(count);
        for number in 0..count {
            askings.push(match self {
                Self::ClientCredentials => {
                    let request = post("token", "grant_type=client_credentials&scope=photos");
                    Box::new(move |_| request.clone())
                }
                Self::Code => {
                    let mut requests = codes(store, number, each).await?.into_iter();
                    Box::new(move |_| requests.next().unwrap_or_default())
                }
                Self::Refresh => {
                    let mut first = codes(store, number, 1).await?.pop();
                    Box::new(move |answer| match first.take() {
                        Some(request) => request,
                        None => {
                            let token = member(answer, "refresh_token");
                            post("token", &format!("grant_type=refresh_token&refresh_token={token}"))
                        }
                    })
                }
                Self::Introspection => {
                    let token = tokens.get(number % tokens.len()).map_or("", String::as_str);
                    let request = post("introspect", &format!("token={token}"));
                    Box::new(move |_| request.clone())
                }
                Self::OAuth1 => {
                    let mut requests = signed(store, number, each).await?.into_iter();
                    Box::new(move |_| requests.next().unwrap_or_default())
                }
            });
        }
        Ok(askings)
    }
}

/// A member of a JSON object that is a text.
pub(crate) fn member(json: &str, name: &str) -> String {
    let json: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
    json[name].as_str().unwrap_or_default().to_owned()
}

/// A request with a form, by the client.
pub(crate) fn post(endpoint: &str, form: &str) -> String {
    format!(
        "POST /oauth2/{endpoint} HTTP/1.1\r\nhost: as.example.com\r\nauthorization: {}\r\ncontent-type: {}\r\n\
         content-length: {}\r\n\r\n{form}",
        basic(),
        form::MEDIA_TYPE,
        form.len(),
    )
}

/// Stores codes of a person, and tells how each is redeemed.
async fn codes(store: &IssuerStore, person: usize, count: usize) -> anyhow::Result<Vec<String>> {
    let (mut put, mut requests) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let moment = SystemClock.moment()?;
        let expires = moment.now().plus(Duration::from_secs(600));
        let mut entropy = moment.entropy();
        let (text, family) = (entropy.token(), Family::from_bytes(entropy.bytes()));
        let subject = Some(format!("person-{person}"));
        let authorization = Authorization::new("app", subject, "photos".parse()?, family);
        let code = Code {
            authorization: authorization.into(),
            dpop_jkt: None,
            redirect_uri: "https://app.example.com/cb".into(),
            code_challenge: Challenge::parse(CHALLENGE, Some("S256"))?,
            expires,
        };
        put.push(Record::Code(Digest::of_token(text.expose()), code.into()));
        let form = format!("grant_type=authorization_code&code={}&code_verifier={VERIFIER}", text.expose());
        requests.push(post("token", &form));
    }
    let outcome = store.commit_oauth2(&Batch { put, ..Batch::default() }).await?;
    anyhow::ensure!(outcome == Outcome::Applied, "codes are stored");
    Ok(requests)
}

/// Stores token credentials, and signs requests with them, each with a nonce of its own.
async fn signed(store: &IssuerStore, number: usize, count: usize) -> anyhow::Result<Vec<String>> {
    let moment = SystemClock.moment()?;
    let now = moment.now();
    let mut entropy = moment.entropy();
    let (text, secret) = (entropy.token(), entropy.text());
    let token = core1::Token {
        secret: secret.clone(),
        client_id: "printer".into(),
        subject: format!("person-{number}").into(),
        realms: [].into(),
        family: Family::from_bytes(entropy.bytes()),
        issued: now,
        expires: None,
        renewal: None,
        key: Default::default(),
    };
    let put = vec![core1::Record::Token(Digest::of_token(text.expose()), Arc::new(token))];
    let outcome = store.commit_oauth1(&core1::Batch { put, ..core1::Batch::default() }).await?;
    anyhow::ensure!(outcome == Outcome::Applied, "credentials are stored");
    let client = Client::new(Config::signing_only("printer", SECRET))?;
    let credentials = TokenCredentials::new(text.expose(), secret);
    let sign = |_| {
        let mut request = Request::get(format!("{API}/photos")).body("")?;
        client.sign(&mut request, Some(&credentials), SystemClock.moment()?)?;
        let value = request.headers()[header::AUTHORIZATION].to_str()?;
        Ok(format!("GET /photos HTTP/1.1\r\nhost: api.example.com\r\nauthorization: {value}\r\n\r\n"))
    };
    (0..count).map(sign).collect()
}
