//! Attacks that layer 0 answers alone. Numbers as in `docs/attacks.md`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::time::{Duration, Instant};

use oauth_sansio::{
    Digest, Moment, Secret, Timestamp,
    auth::{Challenge, Credentials, HeaderError, MAX_HEADER_BYTES, bearer, parse_challenges},
    form::{Form, Limits},
    percent,
};

#[test]
fn s06_a_challenge_cannot_be_left_or_split_by_its_values() {
    for value in ["a\r\nSet-Cookie: x=1", "a\nb", "a\0", "a\u{7f}"] {
        assert_eq!(
            Challenge::build("Bearer").parameter("realm", value).finish(),
            Err(HeaderError::Forbidden),
            "{value:?}"
        );
    }
    for value in [r#"", error="x"#, r"\", r#"\", Basic realm="y"#] {
        let header = Challenge::build("Bearer").parameter("realm", value).finish().unwrap();
        let challenges = parse_challenges([header.to_str().unwrap()]).unwrap();
        assert_eq!(challenges.len(), 1, "{value:?}");
        assert_eq!(challenges[0].parameters().len(), 1, "{value:?}");
        assert_eq!(challenges[0].parameter("realm"), Some(value));
    }
    for name in ["a b", "a=\"x\", b", ""] {
        assert_eq!(
            Challenge::build("Bearer").parameter(name, "v").finish(),
            Err(HeaderError::Forbidden),
            "{name:?}"
        );
    }
}

#[test]
fn s08_a_bearer_token_is_one_token68_behind_any_spelling_of_the_scheme() {
    for value in ["Bearer abc", "bearer abc", "BEARER  abc", "Bearer abc "] {
        assert_eq!(bearer(value), Ok(Some("abc")), "{value:?}");
    }
    for value in
        ["Bearer", "Bearer ", "Bearer a b", "Bearer a,b", "Bearer \"abc\"", "Bearer\tabc", "Bearer é"]
    {
        assert!(bearer(value).is_err(), "{value:?}");
    }
    for value in ["Bearerabc", "Basic abc", "", " Bearer abc"] {
        assert_eq!(bearer(value), Ok(None), "{value:?}");
    }
}

#[test]
fn l31_commas_and_quotes_do_not_confuse_challenges() {
    let headers = [
        r#"Basic realm="Bearer error=\"invalid_token\", x", Bearer error="insufficient_scope""#,
        "Negotiate, OAuth realm=\"a\"",
    ];
    let challenges = parse_challenges(headers).unwrap();
    let schemes: Vec<&str> = challenges.iter().map(|challenge| challenge.scheme).collect();
    assert_eq!(schemes, ["Basic", "Bearer", "Negotiate", "OAuth"]);
    assert_eq!(challenges[0].parameter("error"), None);
    assert_eq!(challenges[1].parameter("error"), Some("insufficient_scope"));
}

#[test]
fn o29_authorization_headers_have_one_reading() {
    for value in ["OAuth a=\"1\" b=\"2\"", "OAuth a=\"1", "OAuth a=1;b=2", "OAuth a=\"1\"b=\"2\"", "OAuth =1"]
    {
        assert_eq!(Credentials::parse(value), Err(HeaderError::Malformed), "{value:?}");
    }
    assert_eq!(Credentials::parse("OAuth a=1, A=1"), Err(HeaderError::Repeated));
}

#[test]
#[allow(clippy::disallowed_methods, reason = "how long parsing takes is the point")]
fn z03_a_mebibyte_of_anything_is_read_in_linear_time() {
    let limits = Limits { bytes: 1 << 20, parameters: 1 << 20, name: 1 << 20, value: 1 << 20 };
    let pieces = ["a", "%41", "&", "=", "+", "a=b&", "%"];
    let start = Instant::now();
    for piece in pieces {
        let text = piece.repeat((1 << 20) / piece.len());
        let _ = Form::parse(text.as_bytes(), &limits).map(|form| form.has_repeats());
        let _ = percent::decode(&text);
    }
    for piece in ["a", "a ", "a,", "a=b,", "\"", "a=\"\\\"", ",", " ", "a=\"", "=", "a b ", "a b=c "] {
        let text = piece.repeat(MAX_HEADER_BYTES / piece.len());
        let _ = Credentials::parse(&text);
        let _ = parse_challenges([text.as_str()]);
    }
    // Quadratic time over a mebibyte is minutes; this leaves room for slow machines and no optimization.
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn z07_randomness_does_not_repeat_within_or_between_moments() {
    let now = Timestamp::from_unix(1_800_000_000);
    let mut seen = std::collections::HashSet::new();
    for seed in 0..32 {
        let mut entropy = Moment::new(now, [seed; 32]).entropy();
        for _ in 0..32 {
            assert!(seen.insert(entropy.token().expose().to_owned()));
            assert!(seen.insert(entropy.text().expose().to_owned()));
        }
    }
}

#[test]
fn z06_a_token_is_not_readable_from_the_key_it_is_stored_under() {
    let now = Timestamp::from_unix(1_800_000_000);
    let token = Moment::new(now, [7; 32]).entropy().token();
    let stored = oauth_sansio::base64url::encode(Digest::of_token(token.expose()).as_bytes());
    // The selector, which tells only when the token was made, is all that both share.
    assert_eq!(stored[..8], token.expose()[..8]);
    assert_ne!(stored[8..], token.expose()[8..]);
    let other = Secret::new(format!("{}A", &token.expose()[..42]));
    assert!(other == token || Digest::of_token(other.expose()) != Digest::of_token(token.expose()));
}

proptest::proptest! {
    #[test]
    fn z08_no_clock_makes_arithmetic_wrap(now: u64, span: u64, earlier: u64) {
        let (now, earlier) = (Timestamp::from_unix(now), Timestamp::from_unix(earlier));
        let span = Duration::from_secs(span);
        proptest::prop_assert!(now.plus(span) >= now);
        proptest::prop_assert!(now.minus(span) <= now);
        proptest::prop_assert_eq!(now.since(earlier).is_zero(), now <= earlier);
    }

    #[test]
    fn z02_no_bytes_crash_the_parsers(bytes: Vec<u8>) {
        let _ = Form::parse(&bytes, &Limits::default());
        let text = String::from_utf8_lossy(&bytes);
        let _ = percent::decode(&text);
        let _ = parse_challenges([&*text]);
        let _ = Credentials::parse(&text);
        let _ = bearer(&text);
    }

    #[test]
    fn z11_no_text_splits_a_header(value in "[ -~\r\n\t\u{0}\u{e9}\"\\\\,=]{0,40}") {
        if let Ok(header) = Challenge::build("OAuth").parameter("realm", &value).finish() {
            proptest::prop_assert!(!header.as_bytes().iter().any(|byte| b"\r\n\0".contains(byte)));
            let text = std::str::from_utf8(header.as_bytes()).unwrap();
            let read = parse_challenges([text]).unwrap();
            proptest::prop_assert_eq!(read[0].parameter("realm"), Some(value.as_str()));
        }
    }
}
