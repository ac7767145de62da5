//! Provider profiles against what clients of these providers have captured and published: answers, refusals, callbacks,
//! base strings and signatures. The facts of a profile say where.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod support;

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, StatusCode};
use oauth_sansio::Exchange as _;
use oauth1_core::{
    client::{AnswerError, Blame, Callback, Client, CredentialMethod, Error, Placement},
    profile,
    signature::{HmacSha1, Plaintext},
};
use support::{
    client::{answered, done, moment, sent},
    profiles::{base_string_with, client, dance, described, extra, is_good, pending, published, received},
};

#[test]
fn tumblr_as_captured() {
    let addresses = [
        "https://www.tumblr.com/oauth/request_token",
        "https://www.tumblr.com/oauth/authorize",
        "https://www.tumblr.com/oauth/access_token",
    ];
    assert_eq!(described(&profile::TUMBLR), (addresses, CredentialMethod::Post, Placement::Header));
    let key = "xnr8wCo3LynwHN5G4EpPgvEnLsQsFh17QuT2rNpUrnl0JdwjZO";
    let token = "lTdTm5rKIhRKwlqtjoFgiDxuEgDefr1BYaLNXqfGwpn6Ro2FCC";
    let verifier = "aOPAHwBJBUqjPUP3LT9JzJ08ywleE2xLTk1FgOwrh9rEUlj80f";
    // When it was captured, the addresses were http yet.
    let captured = published(
        "POST",
        "http://www.tumblr.com/oauth/access_token",
        None,
        &[
            ("oauth_consumer_key", key),
            ("oauth_nonce", "17616581727913238353"),
            ("oauth_signature", "APWCxCfDVNwB1gI/Gntz3Ftmp7c="),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", "1353470277"),
            ("oauth_token", token),
            ("oauth_verifier", verifier),
            ("oauth_version", "1.0"),
        ],
    );
    // Ours is made like the captured one. The secrets behind that were somebody's, and are not repeated here.
    let client = Client::new(profile::TUMBLR.config(key, "secret").unwrap()).unwrap();
    let answer = format!("oauth_token={token}&oauth_token_secret=hidden&oauth_callback_confirmed=true");
    let ours = sent(&mut pending(&client, &answer).verifier(&client, verifier));
    assert!(is_good(&ours, &HmacSha1, "secret", Some("hidden")));
    assert_eq!(
        base_string_with(&ours, "17616581727913238353", 1_353_470_277).replace("https", "http"),
        received(&captured).base_string()
    );
}

#[test]
fn discogs_as_captured() {
    let addresses = [
        "https://api.discogs.com/oauth/request_token",
        "https://www.discogs.com/oauth/authorize",
        "https://api.discogs.com/oauth/access_token",
    ];
    assert_eq!(described(&profile::DISCOGS), (addresses, CredentialMethod::Post, Placement::Header));
    // Whoever captured it put `aaaa` and `bbbb` for the secrets. Their `&` went without being encoded.
    let header = r#"OAuth oauth_consumer_key="xxxxxxxx", oauth_nonce="1454382050", oauth_token="xxxxxxxx", oauth_signature="aaaa&bbbb", oauth_signature_method="PLAINTEXT", oauth_timestamp="1454382050""#;
    let captured = Request::get("https://api.discogs.com/oauth/identity").header("authorization", header);
    let captured = captured.body(Bytes::new()).unwrap();
    assert!(is_good(&captured, &Plaintext, "aaaa", Some("bbbb")));
    assert!(!is_good(&captured, &Plaintext, "aaaa", None));
    let config = profile::DISCOGS.config_signed_by(Arc::new(Plaintext), None, "xxxxxxxx", "aaaa").unwrap();
    let client = Client::new(config).unwrap();
    let answer = "oauth_token=vxqsJpIgvEUjWdlTwdHAxiNocyvvzZObbbbPojbf&oauth_token_secret=ajRMHfrXLxSnKNfrwRAEoCuvHgeNGvlLDLIBpmTu&oauth_callback_confirmed=true";
    let pending = pending(&client, answer);
    assert_eq!(
        pending.authorization_url(&client).as_str(),
        "https://www.discogs.com/oauth/authorize?oauth_token=vxqsJpIgvEUjWdlTwdHAxiNocyvvzZObbbbPojbf"
    );
    let ours = sent(&mut pending.verifier(&client, "v"));
    assert_eq!(received(&ours).signature(), "aaaa&ajRMHfrXLxSnKNfrwRAEoCuvHgeNGvlLDLIBpmTu");
    // An application that is not registered.
    let exchange = client.temporary_credentials(Callback::OutOfBand);
    let refused = exchange.response(answered(401, "Invalid consumer."), moment()).map(drop).unwrap_err();
    assert_eq!(refused, Error::Refused { status: StatusCode::UNAUTHORIZED, problem: None });
}

#[test]
fn trello_as_captured() {
    let addresses = [
        "https://trello.com/1/OAuthGetRequestToken",
        "https://trello.com/1/OAuthAuthorizeToken",
        "https://trello.com/1/OAuthGetAccessToken",
    ];
    assert_eq!(described(&profile::TRELLO), (addresses, CredentialMethod::Post, Placement::Header));
    let (pending, token) = dance(
        &profile::TRELLO,
        "oauth_token=71b38be804a54c661b78c852c630cf8a&oauth_token_secret=f93b366c38923498baee110c9edce4e0&oauth_callback_confirmed=true",
        "oauth_token=aaaaaaaaaaaaaaaaaaaaa123&oauth_token_secret=bbbbbbbbbbbbbbb32",
    );
    assert_eq!((token.token.as_str(), token.extra.len()), ("aaaaaaaaaaaaaaaaaaaaa123", 0));
    let client = client(&profile::TRELLO, None);
    let url = pending.authorization_url_with(&client, &[("name", "Printer"), ("scope", "read,write")]);
    assert_eq!(
        url.query(),
        Some("oauth_token=71b38be804a54c661b78c852c630cf8a&name=Printer&scope=read%2Cwrite")
    );
    for (status, body, blame) in [
        (500, "request expired", Blame::Peer),
        (500, "Invalid Signature", Blame::Peer),
        (400, "Invalid Signature", Blame::Refusal),
    ] {
        let mut exchange = pending.verifier(&client, "v");
        let request = sent(&mut exchange);
        assert!(is_good(&request, &HmacSha1, "secret", Some("f93b366c38923498baee110c9edce4e0")));
        let refused = exchange.response(answered(status, body), moment()).map(drop).unwrap_err();
        assert_eq!(refused.blame(), blame, "{status} {body}");
        let status = StatusCode::from_u16(status).unwrap();
        assert_eq!(refused, Error::Refused { status, problem: None });
    }
}

#[test]
fn media_wiki_as_captured() {
    let config = profile::MEDIA_WIKI.config_at(
        "www.mediawiki.org",
        "85c9f176fcb96952f1b3b967cbb4ef9e",
        "not captured",
    );
    let client = Client::new(config.unwrap()).unwrap();
    let mut exchange = client.temporary_credentials(Callback::Established);
    let request = sent(&mut exchange);
    assert_eq!(request.uri(), "https://www.mediawiki.org/w/index.php?title=Special%3AOAuth%2Finitiate");
    let read = received(&request);
    let base = read.base_string();
    assert!(base.starts_with("POST&https%3A%2F%2Fwww.mediawiki.org%2Fw%2Findex.php&oauth_callback%3Doob%26"));
    assert!(base.ends_with("%26title%3DSpecial%253AOAuth%252Finitiate"));
    let answer = "oauth_token=d44ce3a59d2d8cbcc0ebbae4d0157f4a&oauth_token_secret=a10676b7e6c4ae44db1411d1dece9267&oauth_callback_confirmed=true";
    let pending = done(exchange, answer).unwrap();
    assert_eq!(
        pending.authorization_url(&client).as_str(),
        "https://www.mediawiki.org/wiki/Special:OAuth/authorize?oauth_token=d44ce3a59d2d8cbcc0ebbae4d0157f4a&oauth_consumer_key=85c9f176fcb96952f1b3b967cbb4ef9e"
    );
    let callback = "/oauth/callback?oauth_verifier=5eb313f9b4006e922c3e4a7d2493df98&oauth_token=d44ce3a59d2d8cbcc0ebbae4d0157f4a";
    let mut exchange = pending.callback(&client, &callback.parse().unwrap()).unwrap();
    let request = sent(&mut exchange);
    assert_eq!(request.uri(), "https://www.mediawiki.org/w/index.php?title=Special%3AOAuth%2Ftoken");
    assert_eq!(received(&request).verifier(), Some("5eb313f9b4006e922c3e4a7d2493df98"));
    assert!(is_good(&request, &HmacSha1, "not captured", Some("a10676b7e6c4ae44db1411d1dece9267")));
    // It confirms the callback a second time.
    let answer = "oauth_token=2f227cce369edad1ff3880bb4dab84f2&oauth_token_secret=10e284c0ce48c2c2c6ce4f58fca358d6ff495a55&oauth_callback_confirmed=true";
    let token = done(exchange, answer).unwrap();
    assert_eq!(token.token, "2f227cce369edad1ff3880bb4dab84f2");
    // What a refusal looks like is remembered alone.
    let refused = done(pending.verifier(&client, "v"), r#"{"error":"mwoauth-invalid-authorization"}"#);
    assert_eq!(refused.map(drop), Err(Error::Answer(AnswerError::Missing("oauth_token"))));
}

#[test]
fn media_wiki_signs_a_form_as_captured() {
    let captured = published(
        "POST",
        "http://fagonie-dev.v102.abes.fr:8181/w/api.php",
        Some(
            "action=wbeditentity&data=%7B%22labels%22%3A%7B%22fr%22%3A%7B%22language%22%3A%22fr%22%2C%22value%22%3A%22Titre%22%7D%7D%2C%22descriptions%22%3A%7B%22fr%22%3A%7B%22language%22%3A%22fr%22%2C%22value%22%3A%22Le+titre+de+la+notice%22%7D%7D%2C%22datatype%22%3A%22string%22%7D&format=json&new=property&token=8bc8d258f391fb58613d6660e3441b0e5f443644%2B%5C",
        ),
        &[
            ("oauth_nonce", "2995820181"),
            ("oauth_signature", "G8+0JZf1UfJ4M6t5sJHXYRcdy1U="),
            ("oauth_token", "e91e447c81cf157d2eb7253bc8822349"),
            ("oauth_consumer_key", "b754aaed4712e64936c584c8c0a9c48d"),
            ("oauth_timestamp", "1598305890"),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_version", "1.0"),
        ],
    );
    assert_eq!(
        received(&captured).base_string(),
        "POST&http%3A%2F%2Ffagonie-dev.v102.abes.fr%3A8181%2Fw%2Fapi.php&action%3Dwbeditentity%26data%3D%257B%2522labels%2522%253A%257B%2522fr%2522%253A%257B%2522language%2522%253A%2522fr%2522%252C%2522value%2522%253A%2522Titre%2522%257D%257D%252C%2522descriptions%2522%253A%257B%2522fr%2522%253A%257B%2522language%2522%253A%2522fr%2522%252C%2522value%2522%253A%2522Le%2520titre%2520de%2520la%2520notice%2522%257D%257D%252C%2522datatype%2522%253A%2522string%2522%257D%26format%3Djson%26new%3Dproperty%26oauth_consumer_key%3Db754aaed4712e64936c584c8c0a9c48d%26oauth_nonce%3D2995820181%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D1598305890%26oauth_token%3De91e447c81cf157d2eb7253bc8822349%26oauth_version%3D1.0%26token%3D8bc8d258f391fb58613d6660e3441b0e5f443644%252B%255C"
    );
}

#[test]
fn zotero_as_a_client_tests_it() {
    let addresses = [
        "https://www.zotero.org/oauth/request",
        "https://www.zotero.org/oauth/authorize",
        "https://www.zotero.org/oauth/access",
    ];
    assert_eq!(described(&profile::ZOTERO), (addresses, CredentialMethod::Post, Placement::Header));
    // Names were put for the values.
    let (pending, token) = dance(
        &profile::ZOTERO,
        "oauth_token_secret=foobar-secret&oauth_token=foobar&oauth_callback_confirmed=true",
        "oauth_token=foobar&oauth_token_secret=the-api-key-as-secret-24&userID=123456_abcdef&username=FooBar",
    );
    assert_eq!(token.secret.expose(), "the-api-key-as-secret-24");
    assert_eq!((extra(&token, "userID"), extra(&token, "username")), (Some("123456_abcdef"), Some("FooBar")));
    let client = client(&profile::ZOTERO, None);
    let url = pending.authorization_url_with(&client, &[("library_access", "1"), ("all_groups", "read")]);
    assert_eq!(
        url.as_str(),
        "https://www.zotero.org/oauth/authorize?oauth_token=foobar&library_access=1&all_groups=read"
    );
    assert!(is_good(&sent(&mut pending.verifier(&client, "v")), &HmacSha1, "secret", Some("foobar-secret")));
}
