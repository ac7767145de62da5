//! Whole requests against provider and resource.

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use http::{
    Method, Request, StatusCode, Uri,
    header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, COOKIE, HOST, WWW_AUTHENTICATE},
};
use oauth_sansio::{Answer, Digest, Family, Loaded, Moment, Outcome, Secret, Timestamp, form};
use url::Url;

use crate::{
    resource::{self, Verifier},
    server::{
        self, Approval, Callback, Callbacks, Client, Endpoint, Facts, Interaction, KeyCache, Lifetimes, Pin,
        Provider, Renewal, Step, Temporary, Token, Wanted,
    },
    signature::{AllowedMethods, Methods, Plaintext},
};

pub(super) const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

/// Five lines: method, path and query, `Authorization`, `Cookie`, and the body, which is a form.
///
/// Whatever they are, every endpoint comes to an answer, and what is refused has spent nothing. Nothing is let
/// through but what was signed: here, PLAINTEXT with the secrets `client` and `token`.
pub fn verify_request(data: &[u8]) {
    let Some(request) = request(data) else { return };
    use Endpoint::{Authorize, Consent, Revoke, Temporary, Token};
    for endpoint in [Temporary, Authorize, Consent, Token, Revoke] {
        serve(endpoint, &request);
    }
    fetch(&request);
}

/// The request of the five lines, if they make one.
pub(super) fn request(data: &[u8]) -> Option<Request<Bytes>> {
    let mut lines = data.splitn(5, |byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let (method, target, authorization, cookie, body) = (line(), line(), line(), line(), line());
    let mut request = Request::new(Bytes::copy_from_slice(body));
    *request.method_mut() = Method::from_bytes(method).ok()?;
    *request.uri_mut() = Uri::try_from(target).ok()?;
    for (name, value) in [
        (AUTHORIZATION, authorization),
        (COOKIE, cookie),
        (CONTENT_TYPE, form::MEDIA_TYPE.as_bytes()),
        (HOST, b"evil.example"),
    ] {
        request.headers_mut().insert(name, value.try_into().ok()?);
    }
    Some(request)
}

fn serve(endpoint: Endpoint, request: &Request<Bytes>) {
    let mut step = PROVIDER.receive(endpoint, request, moment());
    let mut applied = false;
    loop {
        let answer = Answer::allowed("jane");
        step = match step {
            Step::Load(pause) => {
                let facts = load(pause.wanted());
                pause.resume(facts, moment())
            }
            Step::Interact(pause) => pause.answer(answer, moment()),
            Step::Commit(pause) => {
                assert!(!applied, "one commit for each request");
                applied = true;
                pause.settle(Outcome::Applied)
            }
            Step::Reply(reply) => {
                assert_eq!(reply.reason.is_none(), applied, "{:?}", reply.reason);
                assert_eq!(
                    reply.response.headers().get(CACHE_CONTROL).map(|value| value.as_bytes()),
                    Some(&b"no-store"[..])
                );
                let challenged = reply.response.headers().contains_key(WWW_AUTHENTICATE);
                assert!(challenged || reply.response.status() != StatusCode::UNAUTHORIZED);
                return;
            }
        };
    }
}

fn fetch(request: &Request<Bytes>) {
    let mut step = VERIFIER.receive(request, moment());
    loop {
        step = match step {
            resource::Step::Load(pause) => {
                let facts = load(pause.wanted());
                pause.resume(facts, moment())
            }
            resource::Step::Commit(pause) => pause.settle(Outcome::Applied),
            resource::Step::Admit(grant) => {
                assert_eq!((grant.client_id.as_str(), grant.subject.as_deref()), ("client", Some("jane")));
                return;
            }
            resource::Step::Reply(reply) => {
                assert!(reply.reason.is_some() && reply.response.status().is_client_error());
                return;
            }
        };
    }
}

static METHODS: LazyLock<Methods> = LazyLock::new(|| Methods::recommended().with(Arc::new(Plaintext)));

/// With all that can be switched on.
static PROVIDER: LazyLock<Provider> = LazyLock::new(|| {
    let hour = Some(std::time::Duration::from_secs(3600));
    let config = server::Config {
        methods: METHODS.clone(),
        lifetimes: Lifetimes { token: hour, authorization: hour, ..Lifetimes::default() },
        pin: Some(Pin::default()),
        problems: true,
        ..server::Config::new(origin())
    };
    Provider::new(config).unwrap_or_else(|error| unreachable!("{error}"))
});

pub(super) static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    let config = resource::Config { methods: METHODS.clone(), ..resource::Config::new(origin()) };
    Verifier::new(config).unwrap_or_else(|error| unreachable!("{error}"))
});

fn origin() -> Url {
    Url::parse("https://photos.example.net").unwrap_or_else(|error| unreachable!("{error}"))
}

pub(super) fn moment() -> Moment {
    Moment::new(NOW, [7; 32])
}

/// There is one of each, and its name is its kind.
pub(super) fn load(wanted: &Wanted) -> Facts {
    let named = |id: Option<Digest>, name: &str| id == Some(Digest::of_token(name));
    let expires = NOW.plus(std::time::Duration::from_secs(60));
    let secret = || Secret::new("token");
    let (client_id, callback, realms) =
        ("client".to_owned(), Callback::OutOfBand, <std::sync::Arc<[String]>>::default());
    let client = Client {
        client_id: client_id.clone(),
        name: "Client".into(),
        secret: Secret::new("client"),
        public_key: None,
        callbacks: Callbacks::Any,
        methods: AllowedMethods::new(["PLAINTEXT"]),
    };
    let temporary = Temporary {
        secret: secret(),
        client_id: client_id.clone(),
        callback: callback.clone(),
        realms: realms.clone(),
        expires,
    };
    let token = Token {
        secret: secret(),
        client_id: client_id.clone(),
        subject: "jane".into(),
        realms: realms.clone(),
        family: Family::from_bytes([1; 16]),
        issued: NOW,
        expires: None,
        renewal: Some(Renewal { handle: Digest::of("handle"), until: expires }),
        key: KeyCache::default(),
    };
    let browser = Digest::of("A".repeat(43));
    let interaction =
        Interaction { token: "temporary".into(), client_id, callback, realms, browser, expires };
    let approval =
        Approval { verifier: Digest::of("verifier"), subject: "jane".into(), expires, tries: None };
    Facts {
        client: (wanted.client.as_deref() == Some("client")).then(|| Arc::new(client)),
        temporary: named(wanted.temporary, "temporary").then(|| Loaded::fresh(temporary)),
        interaction: named(wanted.interaction, "interaction").then(|| Loaded::fresh(interaction)),
        approval: named(wanted.approval, "temporary").then(|| Loaded::fresh(approval)),
        token: named(wanted.token, "token").then(|| Loaded::fresh(token)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_holds_on_its_seeds() {
        let seeds: [&[u8]; 8] = [
            b"",
            b"GET\n/",
            b"GET\n/p?a=1\nOAuth oauth_consumer_key=\"client\", oauth_token=\"token\", oauth_signature_method=\"PLAINTEXT\", oauth_signature=\"client%26token\"",
            b"POST\n/\nOAuth oauth_consumer_key=\"client\", oauth_signature_method=\"PLAINTEXT\", oauth_signature=\"client%26\", oauth_callback=\"https%3A%2F%2Fa.example\"",
            b"POST\n/\n\n\noauth_consumer_key=client&oauth_token=temporary&oauth_verifier=verifier&oauth_signature_method=PLAINTEXT&oauth_signature=client%26token",
            b"POST\n/\n\n\noauth_consumer_key=client&oauth_token=token&oauth_session_handle=handle&oauth_signature_method=PLAINTEXT&oauth_signature=client%26token",
            b"GET\n/?oauth_token=temporary",
            b"POST\n/?handle=interaction\n\n__Host-oauth-browser=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ];
        seeds.into_iter().for_each(verify_request);
    }

    /// That the seeds come as far as they should is what makes the target worth running.
    #[test]
    fn the_seeds_reach_every_end() {
        let client = "OAuth oauth_consumer_key=\"client\", oauth_signature_method=\"PLAINTEXT\"";
        let request = Request::get("/p?a=1").header(
            AUTHORIZATION,
            format!("{client}, oauth_token=\"token\", oauth_signature=\"client%26token\""),
        );
        let resource::Step::Load(pause) = VERIFIER.receive(&request.body(Bytes::new()).unwrap(), moment())
        else {
            panic!("no load")
        };
        let facts = load(pause.wanted());
        assert!(matches!(pause.resume(facts, moment()), resource::Step::Admit(_)));

        let signature = "oauth_signature=\"client%26token\"";
        for (endpoint, handle) in
            [(Endpoint::Token, ", oauth_session_handle=\"handle\""), (Endpoint::Revoke, "")]
        {
            let header = format!("{client}, oauth_token=\"token\", {signature}{handle}");
            let request = Request::post("/").header(AUTHORIZATION, header).body(Bytes::new()).unwrap();
            let Step::Load(pause) = PROVIDER.receive(endpoint, &request, moment()) else { panic!("no load") };
            let facts = load(pause.wanted());
            assert!(matches!(pause.resume(facts, moment()), Step::Commit(_)), "{endpoint:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn z02_no_request_brings_provider_or_resource_down(
            method in "GET|POST|PUT",
            target in "/[a-z%?&=+0-9]{0,20}",
            pairs in proptest::collection::vec(("oauth_(token|nonce|timestamp|callback|verifier|version|session_handle)", "[a-z0-9%:/.]{0,12}"), 0..5),
            signature in "client%26(token)?|x|",
        ) {
            let pairs: String = pairs.iter().map(|(name, value)| format!("{name}=\"{value}\", ")).collect();
            let header = format!(
                "OAuth {pairs}oauth_consumer_key=\"client\", oauth_signature_method=\"PLAINTEXT\", \
                 oauth_signature=\"{signature}\""
            );
            verify_request(format!("{method}\n{target}\n{header}").as_bytes());
        }

        #[test]
        fn the_body_holds_on_any_bytes(data: Vec<u8>) {
            verify_request(&data);
        }
    }
}
