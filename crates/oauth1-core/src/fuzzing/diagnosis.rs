//! Diagnoses of whatever arrives.

use std::sync::LazyLock;

use url::Url;

use super::verify_request::{NOW, request};
use crate::{
    diagnose::{Credentials, compare, diagnose},
    resource::Config,
};

static CONFIG: LazyLock<Config> = LazyLock::new(|| {
    let origin = Url::parse("https://photos.example.net");
    Config::new(origin.unwrap_or_else(|error| unreachable!("{error}")))
});

/// The five lines of a request, and two texts, the second of which begins at the first line break. A diagnosis finds what is
/// wrong, shows no secret, and says of two texts that they are the same only where they are.
pub fn diagnosis(data: &[u8]) {
    if let Some(request) = request(data) {
        let credentials =
            Credentials::of_client("Hunter-of-the-client").with_token_secret("Hunter-of-the-token");
        let Ok(found) = diagnose(&CONFIG, &request, Some(&credentials), NOW) else {
            unreachable!("an origin")
        };
        assert_eq!(found.is_valid(), found.failure.is_none());
        assert!(!format!("{found:?}").contains("Hunter-of"), "{found:?}");
    }
    let text = String::from_utf8_lossy(data);
    let (ours, theirs) = text.split_once('\n').unwrap_or((&text, ""));
    assert_eq!(compare(ours, theirs).is_none(), ours == theirs);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_request_and_two_texts() {
        let header = r#"OAuth oauth_consumer_key="k", oauth_signature_method="HMAC-SHA1", oauth_timestamp="1800000000", "#;
        for signature in ["", "AAAA", "%2B%2F%3D"] {
            let header =
                format!(r#"{header}oauth_nonce="n", oauth_token="t", oauth_signature="{signature}""#);
            diagnosis(format!("GET\n/photos?a=b+c\n{header}\n\na=b").as_bytes());
        }
        diagnosis(b"GET&a\nGET&a");
        diagnosis(b"GET&a%3Db%26c\nPOST&a%3Db");
    }

    proptest! {
        #[test]
        fn anything_is_diagnosed(data: Vec<u8>, header in "OAuth [ -~]{0,60}") {
            diagnosis(&data);
            diagnosis(format!("GET\n/a\n{header}\n\n").as_bytes());
        }
    }
}
