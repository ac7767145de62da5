//! What is signed, against an oracle, and what a provider answers to the client.

use std::sync::LazyLock;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, Uri, header};
use oauth_sansio::{Exchange, Moment, Progress, Timestamp, form};
use url::Url;

use super::oracle;
use crate::{
    client::{AnswerError, Callback, Client, Config, Error, Provider, TokenCredentials},
    signature::{AuthorizationHeader, BaseString, Limits, Origin, ReadError, Received},
};

const PLAIN: &str =
    r#"OAuth oauth_consumer_key="k", oauth_signature_method="PLAINTEXT", oauth_signature="s%26""#;
const PLAIN_PARAMETERS: [(&str, &str); 2] =
    [("oauth_consumer_key", "k"), ("oauth_signature_method", "PLAINTEXT")];
const ORIGIN: &str = "https://photos.example.net";

/// The value of an `Authorization` header. What it holds can be written down and read again, and its base string is
/// the oracle's.
pub fn authorization_header(data: &[u8]) {
    let Ok(Some(header)) = AuthorizationHeader::parse(data) else { return };
    let quoted = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"");
    let mut written: Vec<String> = Vec::new();
    written.extend(header.realm.as_deref().map(|realm| format!("realm=\"{}\"", quoted(realm))));
    let encode = oauth_sansio::percent::encode;
    written.extend(header.parameters.iter().map(|(n, v)| format!("{}=\"{}\"", encode(n), encode(v))));
    let written = format!("OAuth {}", written.join(", "));
    // Encoding may have made it longer than a header may be.
    if written.len() <= oauth_sansio::auth::MAX_HEADER_BYTES {
        assert_eq!(AuthorizationHeader::parse(written.as_bytes()), Ok(Some(header.clone())), "{written:?}");
    }
    let Ok(value) = HeaderValue::from_bytes(data) else { return };
    let mut request = Request::new("");
    request.headers_mut().insert(header::AUTHORIZATION, value);
    if let Ok(Some(received)) = Received::read(&request, &ORIGIN_READ, &Limits::default()) {
        let others: Vec<_> = header.parameters.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(
            Some(received.base_string()),
            oracle::base_string("GET", ORIGIN, "/", &[], &others).as_deref()
        );
        assert_eq!(received.realm(), header.realm.as_deref());
    }
}

/// A form body beside a signature in the header. Its base string is the oracle's, and where it has none, it is
/// refused.
pub fn form_body(data: &[u8]) {
    let expected = oracle::base_string("POST", ORIGIN, "/photos", &[data], &PLAIN_PARAMETERS);
    let request = Request::post("/photos")
        .header(header::AUTHORIZATION, PLAIN)
        .header(header::CONTENT_TYPE, "Application/X-WWW-Form-Urlencoded; charset=utf-8")
        .body(data);
    let Ok(request) = request else { return };
    match Received::read(&request, &ORIGIN_READ, &Limits::default()) {
        Ok(received) => assert_eq!(received.map(|r| r.base_string().to_owned()), expected),
        Err(ReadError::TooLarge | ReadError::SeveralPlaces) => {}
        Err(error) => assert_eq!((error, expected), (ReadError::Escape, None)),
    }
}

/// An absolute URI that is signed. Its origin has one spelling, and its base string is the oracle's.
pub fn request_url(data: &[u8]) {
    let Ok(uri) = Uri::try_from(data) else { return };
    let Ok(origin) = Origin::of_uri(&uri) else { return };
    let text = origin.as_str();
    assert!(!text.contains('@') && !text.bytes().any(|byte| byte.is_ascii_uppercase()), "{text}");
    assert!(!text.ends_with(':') && !text.ends_with("]:80") && !text.contains(' '), "{text}");
    let again = text.parse::<Uri>().map_err(|_| ()).and_then(|uri| Origin::of_uri(&uri).map_err(|_| ()));
    assert_eq!(again.as_ref(), Ok(&origin));
    let query = uri.query().unwrap_or_default().as_bytes();
    let mut base = BaseString::default();
    base.form(query);
    let read = base.write("get", &origin, uri.path()).ok();
    assert_eq!(read, oracle::base_string("get", text, uri.path(), &[query], &[]));
}

/// The body of an answer to a credential request. What is taken from it is enough, and can be written and read again.
pub fn token_response(data: &[u8]) {
    let response = || Response::new(Bytes::copy_from_slice(data));
    let pending = match CLIENT.temporary_credentials(Callback::OutOfBand).response(response(), moment()) {
        Ok(Progress::Done(pending)) => pending,
        _ => return,
    };
    assert!(!pending.token().is_empty());
    let token = match pending.verifier(&CLIENT, "v").response(response(), moment()) {
        Ok(Progress::Done(token)) => token,
        Err(Error::Answer(AnswerError::Seconds(_) | AnswerError::Repeated(_))) => return,
        _ => unreachable!("what was read as one pair of credentials is read as the other"),
    };
    assert_eq!(token.token, pending.token());
    assert!(token.extra.iter().any(|(name, value)| name == "oauth_callback_confirmed" && value == "true"));
    let again = pending.verifier(&CLIENT, "v").response(Response::new(written(&token).into()), moment());
    match again {
        Ok(Progress::Done(again)) => assert!(again == token),
        // What fits into JSON may be too much for a form.
        Err(Error::Answer(AnswerError::Form(_))) => {}
        _ => unreachable!("what was read is written"),
    }
}

fn written(token: &TokenCredentials) -> String {
    let seconds = |end: Option<Timestamp>| end.map(|end| end.since(moment().now()).as_secs().to_string());
    let ends = [
        ("oauth_expires_in", seconds(token.expires)),
        ("oauth_authorization_expires_in", seconds(token.authorization_expires)),
        ("oauth_session_handle", token.session_handle.as_ref().map(|handle| handle.expose().to_owned())),
    ];
    let mut pairs =
        vec![("oauth_token", token.token.as_str()), ("oauth_token_secret", token.secret.expose())];
    pairs.extend(ends.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))));
    pairs.extend(token.extra.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    form::encode(pairs)
}

fn moment() -> Moment {
    Moment::new(Timestamp::from_unix(1_800_000_000), [7; 32])
}

static ORIGIN_READ: LazyLock<Origin> = LazyLock::new(|| {
    let url = Url::parse(ORIGIN).map_err(|_| ());
    url.and_then(|url| Origin::new(&url).map_err(|_| ())).unwrap_or_else(|()| unreachable!("an origin"))
});

static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let url = |path| Url::parse(ORIGIN).and_then(|url| url.join(path));
    let (Ok(temporary), Ok(authorization), Ok(token)) = (url("/i"), url("/a"), url("/t")) else {
        unreachable!("three URLs")
    };
    let provider = Provider::new(temporary, authorization, token);
    Client::new(Config::new("k", "s", provider)).unwrap_or_else(|_| unreachable!("a client"))
});

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The corners where base strings go wrong.
    const FORMS: &[&str] = &[
        "",
        "&&a&b=&=c&=&d==e;f&&",
        "b5=%3D%253D&a3=a&c%40=&a2=r%20b&c2&a3=2+q",
        "a=2&a=1&a=10&a-=1&a.=2&a1=3&a%40=4&%61=0",
        "plus=a+b&pct=a%20b&enc=a%2Bb&tilde=~&low=%c3%a9&up=%C3%A9&nul=x%00y",
        "\u{e9}=raw&x='*!()",
        "bad=%",
        "bad=%4",
        "bad=%zz",
        "%4=bad",
        "oauth%5Fnonce=1",
        "oauth_signature=1",
        "realm=Photos",
        "=",
        "a=%ff%fe",
    ];

    #[test]
    fn corners_of_forms_headers_and_urls() {
        for form in FORMS {
            form_body(form.as_bytes());
            request_url(format!("HTTP://User:Pw@EXAMPLE.com:80/r%20v/X?{form}").as_bytes());
            token_response(
                format!("oauth_token=t&oauth_token_secret=&oauth_callback_confirmed=true&{form}").as_bytes(),
            );
        }
        token_response(
            br#"{"oauth_token":"t","oauth_token_secret":"","oauth_callback_confirmed":true,"a":[1],"oauth_expires_in":9}"#,
        );
        for url in [
            "https://[2001:0DB8::1]:443/x",
            "http://[::ffff:1.2.3.4]:80",
            "https://photos.example.net:",
            "https://photos.example.net:8443?a",
            "myapp://x?a=b",
            "/relative?a=b",
        ] {
            request_url(url.as_bytes());
        }
        for header in
            [PLAIN, "OAuth", "oauth realm=\"a \\\"b\\\"\", x=\"%20\"", "Basic YTpi", "OAuth a=\"\u{e9}\""]
        {
            authorization_header(header.as_bytes());
        }
    }

    proptest! {
        #[test]
        fn base_string_equals_the_oracle(form in "([a-c%&=+~é*]|%[0-9a-fA-F]{2}|oauth_|&|=){0,40}") {
            form_body(form.as_bytes());
            request_url(format!("https://h/p?{form}").as_bytes());
        }

        #[test]
        fn base_string_of_any_bytes_equals_the_oracle(form: Vec<u8>) {
            form_body(&form);
        }

        #[test]
        fn base_string_of_any_parameters_equals_the_oracle(
            parameters in prop::collection::vec((".{0,20}", ".{0,40}"), 0..80),
            path in "(/[ -~]{0,10}){0,3}",
            method in "[A-Za-z-]{1,10}",
        ) {
            let mut base = BaseString::default();
            for (name, value) in &parameters {
                base.parameter(name, value);
            }
            let others: Vec<_> = parameters.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            let expected = oracle::base_string(&method, ORIGIN, &path, &[], &others);
            prop_assert_eq!(base.write(&method, &ORIGIN_READ, &path).ok(), expected);
        }

        #[test]
        fn any_header_reads_or_is_refused(header in "OAuth ([a-z%=\", \\\\]|oauth_nonce=\"1\"|realm=\"[^\"]{0,3}\"){0,20}") {
            authorization_header(header.as_bytes());
        }

        #[test]
        fn any_url_signs_or_is_refused(url in "https?://[a-zA-Z0-9.:@\\[\\]]{0,20}(/[!-~]{0,20})?") {
            request_url(url.as_bytes());
        }

        #[test]
        fn any_answer_reads_or_is_refused(answer: Vec<u8>) {
            token_response(&answer);
        }
    }
}
