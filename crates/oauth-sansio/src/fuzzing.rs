//! Bodies of the fuzz targets: what must hold for any bytes. Built for tests and for fuzzing only.

use crate::{
    auth::{
        Challenge, Credentials, MAX_CHALLENGES, MAX_PARAMETERS, Parameters, bearer, parse_challenges,
        scheme_of,
    },
    form::{self, Form, FormError, Limits},
    percent,
};

/// A form that parses stays within its limits, and is the same after it was written again.
pub fn form(data: &[u8]) {
    let limits = Limits { bytes: 2048, parameters: 20, name: 64, value: 512 };
    let Ok(read) = Form::parse(data, &limits) else { return };
    let pairs: Vec<(&str, &str)> = read.pairs().collect();
    assert!(data.len() <= limits.bytes && pairs.len() <= limits.parameters);
    assert!(pairs.iter().all(|(name, value)| name.len() <= limits.name && value.len() <= limits.value));

    let written = form::encode(pairs.iter().copied());
    // Written with every escape, a form is at most three times as long.
    let wider = Limits { bytes: 3 * 2048 + 64, parameters: 20, name: 3 * 64, value: 3 * 512 };
    assert_eq!(Form::parse(written.as_bytes(), &wider).as_ref(), Ok(&read));

    let repeated = |name: &str| read.one(name) == Err(FormError::Repeated);
    assert_eq!(read.has_repeats(), pairs.iter().any(|(name, _)| repeated(name)));
}

/// Encoding is undone by decoding; what is decoded has one encoding, which holds nothing but unreserved characters
/// and upper-case escapes.
pub fn percent(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let encoded = percent::encode(text);
    assert!(encoded.bytes().all(|byte| percent::is_unreserved(byte) || byte == b'%'));
    assert_eq!(percent::decode(&encoded).as_deref(), Ok(text));
    if let Ok(decoded) = percent::decode(text) {
        assert!(decoded.len() <= text.len());
        assert_eq!(percent::decode(&percent::encode(&decoded)).as_deref(), Ok(&*decoded));
    }
}

/// Challenges, one header value per line, stay within their limits, and each that can be written reads the same.
pub fn challenges(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(challenges) = parse_challenges(text.split('\n')) else { return };
    assert!(challenges.len() <= MAX_CHALLENGES);
    for challenge in &challenges {
        assert!(challenge.parameters().len() <= MAX_PARAMETERS);
        if matches!(challenge.parameters, Parameters::Token68(_)) {
            continue;
        }
        let written = write(challenge.scheme, &challenge.parameters);
        // A header value holds visible characters only (RFC 9110 section 5.5).
        let visible = |value: &str| value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        assert_eq!(written.is_some(), challenge.parameters().iter().all(|(_, value)| visible(value)));
        if let Some(written) = written {
            assert_eq!(parse_challenges([written.as_str()]).as_deref(), Ok(std::slice::from_ref(challenge)));
        }
    }
}

/// Credentials read the same after they were written again, and the short cuts agree with the whole parser.
pub fn credentials(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let token = bearer(text);
    let Ok(read) = Credentials::parse(text) else {
        assert!(!matches!(token, Ok(Some(_))));
        return;
    };
    assert_eq!(scheme_of(text), read.scheme);
    assert_eq!(
        token.is_ok_and(|token| token.is_some()),
        match &read.parameters {
            Parameters::Token68(_) => read.scheme.eq_ignore_ascii_case("Bearer"),
            Parameters::None | Parameters::Named(_) => false,
        }
    );
    if let Some(written) = write(read.scheme, &read.parameters) {
        assert_eq!(Credentials::parse(&written), Ok(read));
    }
}

fn write(scheme: &str, parameters: &Parameters<'_>) -> Option<String> {
    let named = match parameters {
        Parameters::Token68(token) => return Some(format!("{scheme} {token}")),
        Parameters::Named(named) => named.as_slice(),
        Parameters::None => &[],
    };
    let builder =
        named.iter().fold(Challenge::build(scheme), |builder, (name, value)| builder.parameter(name, value));
    builder.finish().ok()?.to_str().ok().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_body_holds_on_its_seeds() {
        let seeds: [&[u8]; 12] = [
            b"",
            b"a=1&b=2&&c&=d&a=+%2B%00",
            b"grant_type=refresh_token&scope=a+b%26c",
            b"%C3%BC%zz%",
            "r b/ü%41".as_bytes(),
            b"\xff\xfe",
            br#"Basic realm="a, b", Bearer error="invalid_token""#,
            b"Negotiate, Bearer realm=\"x\\\"y\"\nDigest a=b , c=\"\t\"\n",
            b"Bearer mF_9.B5f-4.1JqM",
            b"Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW",
            br#"OAuth realm="Photos", oauth_nonce = "a\"b",, oauth_version="1.0""#,
            b"OAuth ,",
        ];
        for seed in seeds {
            form(seed);
            percent(seed);
            challenges(seed);
            credentials(seed);
        }
    }

    proptest::proptest! {
        #[test]
        fn every_body_holds_on_any_text(text in "[A-Ca-c0-9=,%+&\" \t\\\\\u{e9}-]{0,80}") {
            form(text.as_bytes());
            percent(text.as_bytes());
            challenges(text.as_bytes());
            credentials(text.as_bytes());
        }
    }
}
