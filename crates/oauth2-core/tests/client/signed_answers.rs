//! The authorization response as one signed text (JARM), and what must not pass for one.

use bytes::Bytes;
use http::{Response, Uri};
use oauth_sansio::{Exchange as _, Progress, base64url};
use oauth2_core::{
    client::{
        CallbackError, CallbackFailed, Client, Config, Error, Misuse, Pending, Server, SignedAnswerError,
        SignedMode, unverified_state,
    },
    jose::{Algorithm, ClaimError, Jwk, JwkSet, JwsError, LocalSigner, Signer as _, Unsigned},
    metadata::{AuthorizationServerMetadata, Transport},
};
use serde_json::{Value, json};

use crate::common::*;

/// A client that wants signed answers, and the key of its server.
struct Signed {
    client: Client,
    key: LocalSigner,
    keys: JwkSet,
}

impl Signed {
    fn new() -> Self {
        Self::by(Algorithm::Es256)
    }

    fn by(algorithm: Algorithm) -> Self {
        let key = LocalSigner::generate(algorithm, "theirs").unwrap();
        let keys = JwkSet::new([key.public().unwrap()]);
        Self { client: client(|config| config.signed_answers = Some(SignedMode::Query)), key, keys }
    }

    fn start(&self) -> Pending {
        start(&self.client)
    }

    fn sign(&self, typ: Option<&str>, claims: &Value) -> String {
        sign(&self.key, typ, claims)
    }

    fn read(&self, pending: Pending, query: &str) -> Result<(), CallbackFailed> {
        pending.signed_parameters(&self.client, &self.keys, SignedMode::Query, query, NOW).map(drop)
    }

    /// What becomes of these claims.
    fn told(&self, change: impl FnOnce(&mut Value)) -> Result<(), (CallbackError, bool)> {
        let pending = self.start();
        let mut claims = answer_to(&pending);
        change(&mut claims);
        let query = format!("response={}", self.sign(None, &claims));
        self.read(pending, &query).map_err(|failed| {
            let (error, pending) = flaw(failed);
            (error, pending.is_some())
        })
    }
}

fn sign(key: &LocalSigner, typ: Option<&str>, claims: &Value) -> String {
    let unsigned = Unsigned::new(key, typ, claims.to_string().as_bytes());
    let signature = key.sign(unsigned.input()).unwrap();
    unsigned.signed(&signature)
}

/// What the honest server signs.
fn answer_to(pending: &Pending) -> Value {
    json!({
        "iss": AS, "aud": "app", "exp": NOW.as_unix() + 60, "code": "the-code",
        "state": pending.state().expose(),
    })
}

fn without(name: &str) -> impl FnOnce(&mut Value) + '_ {
    move |claims| drop(claims.as_object_mut().unwrap().remove(name))
}

#[test]
fn a_signed_answer_leads_to_tokens() {
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Ps256, Algorithm::Rs256] {
        let signed = Signed::by(algorithm);
        let (url, pending) = signed.client.authorize().start(moment(1)).unwrap();
        assert!(url.query_pairs().any(|pair| pair == ("response_mode".into(), "query.jwt".into())), "{url}");
        // Also after a night in the session.
        let pending: Pending = serde_json::from_str(&serde_json::to_string(&pending).unwrap()).unwrap();
        let text = signed.sign(Some("JWT"), &answer_to(&pending));
        let uri: Uri = format!("{CALLBACK}?response={text}").parse().unwrap();
        let mut exchange = pending.signed_callback(&signed.client, &signed.keys, &uri, NOW).unwrap();
        let body = exchange.request(moment(2)).unwrap().request.into_body();
        assert!(body.starts_with(b"grant_type=authorization_code&code=the-code&"));
    }
    // A refusal is one.
    let signed = Signed::new();
    let pending = signed.start();
    let mut claims = answer_to(&pending);
    without("code")(&mut claims);
    claims["error"] = "access_denied".into();
    let query = format!("response={}", signed.sign(None, &claims));
    let failed = signed.read(pending, &query).unwrap_err();
    assert!(matches!(failed.error, Error::Refused(refusal) if refusal.code.as_str() == "access_denied"));
}

#[test]
fn l26_an_answer_that_the_server_did_not_sign_for_this_client_is_no_answer() {
    use SignedAnswerError as S;
    let signed = Signed::new();
    let waits = |error: SignedAnswerError| Err((CallbackError::Signed(error), true));
    assert_eq!(signed.told(|_| {}), Ok(()));
    for other in [json!("other"), json!(["other"]), json!("APP"), json!("")] {
        assert_eq!(signed.told(|claims| claims["aud"] = other.clone()), waits(S::Audience), "{other}");
    }
    assert_eq!(signed.told(|claims| claims["aud"] = json!(["app"])), Ok(()));
    assert_eq!(signed.told(without("aud")), waits(S::Audience));
    for (exp, wanted) in
        [(NOW.as_unix(), waits(S::Expired)), (0, waits(S::Expired)), (NOW.as_unix() + 1, Ok(()))]
    {
        assert_eq!(signed.told(|claims| claims["exp"] = exp.into()), wanted, "{exp}");
    }
    assert_eq!(signed.told(without("exp")), waits(ClaimError::Missing("exp").into()));
    assert_eq!(signed.told(|claims| claims["exp"] = "1".into()), waits(ClaimError::Type("exp").into()));
    assert_eq!(signed.told(|claims| claims["code"] = 7.into()), waits(ClaimError::Type("code").into()));
    // By whom: the state is right, so somebody lies.
    for other in ["https://evil.example", "https://as.example/", "https://AS.example"] {
        let told = signed.told(|claims| claims["iss"] = other.into());
        assert_eq!(told, Err((CallbackError::IssMismatch, false)), "{other}");
    }
    assert_eq!(signed.told(without("iss")), Err((CallbackError::MissingIss, true)));
    assert_eq!(signed.told(|claims| claims["iss"] = "".into()), Err((CallbackError::MissingIss, true)));
    // And then as any other answer.
    assert_eq!(signed.told(without("state")), Err((CallbackError::MissingState, true)));
    let told = signed.told(|claims| claims["state"] = "guess".into());
    assert_eq!(told, Err((CallbackError::StateMismatch, true)));
    assert_eq!(signed.told(without("code")), Err((CallbackError::MissingCode, false)));
    for name in ["access_token", "id_token", "response"] {
        let told = signed.told(|claims| claims[name] = "x".into());
        assert_eq!(told, Err((CallbackError::Unexpected(name), false)));
    }
    assert_eq!(
        signed.told(|claims| claims["error"] = "access_denied".into()),
        Err((CallbackError::CodeAndError, false))
    );
}

#[test]
fn l26_a_signature_is_by_a_key_of_the_server_in_its_algorithm() {
    let signed = Signed::new();
    let refused = |text: &str| {
        let (error, pending) = flaw(signed.read(signed.start(), &format!("response={text}")).unwrap_err());
        assert!(pending.is_some(), "the right one may still come");
        match error {
            CallbackError::Signed(SignedAnswerError::Signature(error)) => error,
            other => panic!("{other:?}"),
        }
    };
    let claims = answer_to(&signed.start());
    let good = signed.sign(None, &claims);
    // Another key of the same name, another name, another algorithm.
    let other = LocalSigner::generate(Algorithm::Es256, "theirs").unwrap();
    assert_eq!(refused(&sign(&other, None, &claims)), JwsError::Signature);
    let stranger = LocalSigner::generate(Algorithm::Es256, "new").unwrap();
    assert_eq!(refused(&sign(&stranger, None, &claims)), JwsError::NoKey);
    let other = LocalSigner::generate(Algorithm::EdDsa, "theirs").unwrap();
    assert_eq!(refused(&sign(&other, None, &claims)), JwsError::KeyMismatch);
    // The public key as a shared secret.
    let public: &Jwk = &signed.keys.keys()[0];
    let secret = LocalSigner::from_secret(&public.to_value().to_string().into()).unwrap();
    assert_eq!(refused(&sign(&secret, None, &claims)), JwsError::NoKey);
    // No signature at all, and one that was cut off.
    let none = base64url::encode(br#"{"alg":"none"}"#);
    let payload = base64url::encode(claims.to_string().as_bytes());
    assert_eq!(refused(&format!("{none}.{payload}.AA")), JwsError::Algorithm);
    let cut = &good[..=good.rfind('.').unwrap()];
    assert_eq!(refused(cut), JwsError::Malformed);
    // A key that the text brings itself is nobody's.
    let own = LocalSigner::generate(Algorithm::Es256, "").unwrap();
    let (jwk, payload) = (own.public().unwrap(), claims.to_string());
    let unsigned = Unsigned::with_embedded_key(&jwk, Algorithm::Es256, "JWT", payload.as_bytes());
    let signature = own.sign(unsigned.input()).unwrap();
    assert_eq!(refused(&unsigned.signed(&signature)), JwsError::Signature);
    // Other claims under the signature.
    let (header, rest) = good.split_once('.').unwrap();
    let (_, signature) = rest.split_once('.').unwrap();
    let forged = base64url::encode(claims.to_string().replace("the-code", "evil").as_bytes());
    assert_eq!(refused(&format!("{header}.{forged}.{signature}")), JwsError::Signature);
    // Another kind of text by the same key.
    for typ in ["at+jwt", "token-introspection+jwt", "dpop+jwt", "logout+jwt"] {
        assert_eq!(refused(&signed.sign(Some(typ), &claims)), JwsError::Typ, "{typ}");
    }
    assert_eq!(refused(""), JwsError::Malformed);
    let large = signed.read(signed.start(), &format!("response={}", "a".repeat(16 * 1024 + 1)));
    assert!(matches!(flaw(large.unwrap_err()).0, CallbackError::Form(_)));
}

#[test]
fn l26_a_callback_for_another_authorization_does_not_use_this_one_up() {
    let signed = Signed::new();
    let mine = signed.start();
    let theirs = start_with_seed(&signed.client, 2);
    let query = format!("response={}", signed.sign(None, &answer_to(&theirs)));
    let (error, kept) = flaw(signed.read(mine, &query).unwrap_err());
    assert_eq!(error, CallbackError::StateMismatch);
    let mine = kept.unwrap();
    let query = format!("response={}", signed.sign(None, &answer_to(&mine)));
    assert!(signed.read(mine, &query).is_ok());
}

#[test]
fn an_answer_says_before_it_is_read_which_authorization_it_may_be_of() {
    let signed = Signed::new();
    let pending = signed.start();
    let response = |claims: &Value| format!("response={}", signed.sign(None, claims));
    let state = unverified_state(&response(&answer_to(&pending)));
    assert_eq!(state.as_deref(), Some(pending.state().expose()));
    let mut without_state = answer_to(&pending);
    without("state")(&mut without_state);
    let good = response(&answer_to(&pending));
    for none in
        ["", "response=", "response=x", "state=x", &response(&without_state), &format!("{good}&{good}")]
    {
        assert_eq!(unverified_state(none), None, "{none}");
    }
}

#[test]
fn l27_a_plain_answer_to_a_request_for_a_signed_one_is_refused() {
    let signed = Signed::new();
    let pending = signed.start();
    let plain = callback_uri(&pending, "&iss=https%3A%2F%2Fas.example");
    let not_signed = CallbackError::Signed(SignedAnswerError::NotSigned);
    // By either way of reading it, and the authorization goes on.
    let (error, kept) = flaw(pending.callback(&signed.client, &plain, NOW).unwrap_err());
    assert_eq!(error, not_signed);
    let failed = kept.unwrap().signed_callback(&signed.client, &signed.keys, &plain, NOW).unwrap_err();
    let (error, kept) = flaw(failed);
    assert_eq!(error, not_signed);
    // Nor does one count that stands beside a signed one.
    let mut pending = kept.unwrap();
    let good = signed.sign(None, &answer_to(&pending));
    for (more, wanted) in [
        ("code=evil", CallbackError::Unexpected("code")),
        ("state=x", CallbackError::Unexpected("state")),
        ("iss=https://as.example", CallbackError::Unexpected("iss")),
        ("error=access_denied", CallbackError::Unexpected("error")),
        (&format!("response={good}"), CallbackError::Repeated("response")),
    ] {
        let (error, kept) = flaw(signed.read(pending, &format!("response={good}&{more}")).unwrap_err());
        assert_eq!(error, wanted, "{more}");
        pending = kept.unwrap();
    }
    // Parameters that mean nothing are ignored (RFC 6749 section 4.1.2).
    assert!(signed.read(pending, &format!("response={good}&session_state=x")).is_ok());
}

#[test]
fn l27_a_signed_answer_to_a_request_for_a_plain_one_is_refused() {
    let (signed, plain) = (Signed::new(), client(|_| {}));
    let pending = start(&plain);
    let text = signed.sign(None, &answer_to(&pending));
    let (error, kept) = flaw(pending.callback_query(&plain, &format!("response={text}"), NOW).unwrap_err());
    assert_eq!(error, CallbackError::MissingState);
    let pending = kept.unwrap();
    let query = format!("response={text}&code=x&state={}", pending.state().expose());
    let (error, _) = flaw(pending.clone().callback_query(&plain, &query, NOW).unwrap_err());
    assert_eq!(error, CallbackError::Unexpected("response"));
    let failed =
        pending.signed_parameters(&plain, &signed.keys, SignedMode::Query, &format!("response={text}"), NOW);
    let failed = failed.unwrap_err();
    assert_eq!((failed.error, failed.pending.is_some()), (Misuse::NoSignedAnswer.into(), true));
}

#[test]
fn l27_an_answer_that_comes_another_way_than_asked_for_is_refused_signed_or_plain() {
    const WAYS: [SignedMode; 3] = [SignedMode::Query, SignedMode::Fragment, SignedMode::FormPost];
    for (asked, name) in WAYS.into_iter().zip(["query.jwt", "fragment.jwt", "form_post.jwt"]) {
        let signed = Signed { client: client(|config| config.signed_answers = Some(asked)), ..Signed::new() };
        let (url, pending) = signed.client.authorize().start(moment(1)).unwrap();
        assert!(url.query_pairs().any(|pair| pair == ("response_mode".into(), name.into())), "{url}");
        // Also after a night in the session.
        let mut pending: Pending = serde_json::from_str(&serde_json::to_string(&pending).unwrap()).unwrap();
        let response = format!("response={}", signed.sign(None, &answer_to(&pending)));
        let plain = format!("code=evil&state={}&iss={AS}", pending.state().expose());
        for came in WAYS {
            let read = |pending: Pending, text: &str| {
                pending.signed_parameters(&signed.client, &signed.keys, came, text, NOW)
            };
            let wanted = if came == asked { SignedAnswerError::NotSigned } else { SignedAnswerError::Mode };
            let (error, kept) = flaw(read(pending, &plain).unwrap_err());
            assert_eq!(error, CallbackError::Signed(wanted), "{asked:?} {came:?}");
            pending = kept.unwrap();
            if came != asked {
                let (error, kept) = flaw(read(pending, &response).unwrap_err());
                assert_eq!(error, CallbackError::Signed(SignedAnswerError::Mode), "{asked:?} {came:?}");
                pending = kept.unwrap();
            }
        }
        let uri: Uri = format!("{CALLBACK}?{response}").parse().unwrap();
        let in_query = pending.clone().signed_callback(&signed.client, &signed.keys, &uri, NOW);
        assert_eq!(in_query.is_ok(), asked == SignedMode::Query);
        // After all of that, the right one still leads to tokens.
        let right = pending.signed_parameters(&signed.client, &signed.keys, asked, &response, NOW);
        let body = right.unwrap().request(moment(2)).unwrap().request.into_body();
        assert!(body.starts_with(b"grant_type=authorization_code&code=the-code&"));
    }
}

#[test]
fn a_signed_answer_is_read_with_keys() {
    let signed = Signed::new();
    let pending = signed.start();
    let text = signed.sign(None, &answer_to(&pending));
    let uri: Uri = format!("{CALLBACK}?response={text}").parse().unwrap();
    let failed = pending.callback(&signed.client, &uri, NOW).unwrap_err();
    assert_eq!(failed.error, Misuse::SignedAnswer.into());
    // The server has new keys: fetched, they read what still waits.
    let none = JwkSet::default();
    let failed = failed.pending.unwrap().signed_callback(&signed.client, &none, &uri, NOW).unwrap_err();
    let (error, kept) = flaw(failed);
    assert_eq!(error, CallbackError::Signed(JwsError::NoKey.into()));
    let (pending, elsewhere) = (kept.unwrap(), "https://app.example/other".parse().unwrap());
    let failed = pending.signed_callback(&signed.client, &signed.keys, &elsewhere, NOW).unwrap_err();
    let (error, kept) = flaw(failed);
    assert_eq!(error, CallbackError::WrongPath);
    assert!(kept.unwrap().signed_callback(&signed.client, &signed.keys, &uri, NOW).is_ok());
}

fn discovered(change: impl FnOnce(&mut Value)) -> Server {
    let mut document = metadata();
    document["token_endpoint_auth_methods_supported"] = json!(["none"]);
    change(&mut document);
    let metadata = AuthorizationServerMetadata::parse(document.to_string().as_bytes()).unwrap();
    Server::from_metadata(&metadata, Transport::Https).unwrap()
}

#[test]
fn signed_answers_are_asked_for_in_a_mode_that_the_server_has() {
    use SignedMode::{FormPost, Fragment, Query};
    let none = || Err(Misuse::NoSignedAnswer.into());
    for (modes, way, wanted) in [
        (json!([]), Query, Ok("query.jwt")),
        (json!(["query", "query.jwt", "jwt"]), Query, Ok("query.jwt")),
        (json!(["query", "jwt"]), Query, Ok("jwt")),
        (json!(["query", "fragment.jwt"]), Query, none()),
        (json!([]), Fragment, Ok("fragment.jwt")),
        (json!(["fragment.jwt", "jwt"]), Fragment, Ok("fragment.jwt")),
        (json!(["jwt", "fragment", "form_post.jwt"]), Fragment, none()),
        (json!([]), FormPost, Ok("form_post.jwt")),
        (json!(["query.jwt", "form_post.jwt"]), FormPost, Ok("form_post.jwt")),
        (json!(["jwt", "form_post"]), FormPost, none()),
    ] {
        let server = discovered(|document| document["response_modes_supported"] = modes.clone());
        let mut config = Config::new(server, "app");
        (config.redirect_uri, config.signed_answers) = (Some(CALLBACK.into()), Some(way));
        let mode = Client::new(config).map(|client| {
            let (url, _) = client.authorize().start(moment(1)).unwrap();
            url.query_pairs().find(|(name, _)| name == "response_mode").unwrap().1.into_owned()
        });
        assert_eq!(mode, wanted.map(str::to_owned), "{modes} {way:?}");
    }
}

#[test]
fn the_keys_of_a_server_are_where_its_metadata_says() {
    let server = discovered(|document| document["jwks_uri"] = "https://as.example/keys".into());
    let client = Client::new(Config::new(server, "app")).unwrap();
    let mut discovery = client.server_keys().unwrap();
    let request = discovery.request(moment(1)).unwrap().request;
    assert_eq!(request.uri(), "https://as.example/keys");
    let keys = Signed::new().keys.to_value();
    let answered = |status: u16, kind: &str, body: &str| {
        let response = Response::builder().status(status).header("content-type", kind);
        match discovery.clone().response(response.body(Bytes::from(body.to_owned())).unwrap(), moment(1)) {
            Ok(Progress::Done(keys)) => Ok(keys.keys().len()),
            Err(Error::Answer { .. }) => Err(()),
            other => panic!("{other:?}"),
        }
    };
    let text = keys.to_string();
    for kind in ["application/json", "application/jwk-set+json", "application/jwk-set+json; charset=utf-8"] {
        assert_eq!(answered(200, kind, &text), Ok(1), "{kind}");
    }
    assert_eq!(answered(200, "text/html", &text), Err(()));
    assert_eq!(answered(302, "application/json", &text), Err(()));
    assert_eq!(answered(404, "application/json", &text), Err(()));
    assert_eq!(answered(200, "application/json", "{}"), Err(()));
    assert_eq!(answered(200, "application/json", &" ".repeat(JwkSet::MAX_BYTES + 1)), Err(()));
    let silent = Client::new(Config::new(discovered(|_| {}), "app")).unwrap();
    assert_eq!(silent.server_keys().map(drop), Err(Misuse::NoServerKeys.into()));
}
