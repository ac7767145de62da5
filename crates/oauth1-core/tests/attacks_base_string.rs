//! Attacks on what is signed, and on what reads it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use std::collections::HashSet;

use http::{HeaderValue, Request, header};
use oauth_sansio::{Entropy, Moment, Secret, Timestamp};
use oauth1_core::signature::{
    AuthorizationHeader, BaseString, HmacSha1, HmacSha256, HmacSha512, Key, Limits, Origin, Plaintext,
    ReadError, Received, SignatureMethod,
};
use url::Url;

const HEADER: &str = concat!(
    r#"OAuth realm="Photos", oauth_consumer_key="k", oauth_signature_method="HMAC-SHA1", "#,
    r#"oauth_timestamp="1", oauth_nonce="n", oauth_signature="s""#,
);

fn origin(url: &str) -> Origin {
    Origin::new(&Url::parse(url).unwrap()).unwrap()
}

fn entropy() -> Entropy {
    Moment::new(Timestamp::from_unix(0), [1; 32]).entropy()
}

fn read<B: AsRef<[u8]>>(request: &Request<B>) -> Result<Option<Received>, ReadError> {
    Received::read(request, &origin("https://photos.example.net"), &Limits::default())
}

/// The base string of a request whose protocol parameters are in the header.
fn base(target: &str, content_type: &str, body: &str) -> String {
    let request = Request::post(target)
        .header("authorization", HEADER)
        .header("content-type", content_type)
        .body(body.to_owned())
        .unwrap();
    read(&request).unwrap().unwrap().base_string().to_owned()
}

const FORM: &str = "application/x-www-form-urlencoded";

#[test]
fn o15_what_differs_when_decoded_differs_when_signed() {
    let queries = [
        "",
        "a",
        "a&a",
        "a&b",
        "a=b",
        "a=b+c",
        "a=b%2Bc",
        "a=b%2520c",
        "a=b%2526c=d",
        "a=b&c=d",
        "a=b%26c=d",
        "a=%00",
        "a=~",
        "a=%257E",
        "a=%C3%A9",
        "a=e%CC%81",
        "a=%E9",
        "=a",
        "a==b",
        "a%3Db",
        "a=%3D",
        "A=b",
        "a=B",
        "a=1;b=2",
    ];
    let bases: HashSet<String> = queries.iter().map(|query| base(&format!("/p?{query}"), FORM, "")).collect();
    assert_eq!(bases.len(), queries.len());
}

#[test]
fn o15_spellings_of_one_parameter_are_signed_alike() {
    for spellings in [
        &["a=b+c", "a=b%20c", "%61=b%20c", "&a=b+c&&"][..],
        &["a=%C3%A9", "a=%c3%a9", "a=%c3%A9"],
        &["a=~", "a=%7E", "a=%7e"],
        &["a", "a="],
        &["a=*", "a=%2A"],
    ] {
        let bases: HashSet<String> =
            spellings.iter().map(|query| base(&format!("/p?{query}"), FORM, "")).collect();
        assert_eq!(bases.len(), 1, "{spellings:?}");
        // Where it travels plays no part.
        assert!(spellings.iter().all(|form| bases.contains(&base("/p", FORM, form))), "{spellings:?}");
    }
}

#[test]
fn o15_a_value_is_decoded_once() {
    let mut form = BaseString::default();
    form.form(b"a=%2541");
    let text = form.write("GET", &origin("https://h"), "/").unwrap();
    assert_eq!(text, "GET&https%3A%2F%2Fh%2F&a%3D%252541");
}

#[test]
fn o15_a_stray_percent_sign_is_refused_everywhere() {
    let request = |target: &str, body: &str, header: &str| {
        Request::post(target)
            .header("authorization", header)
            .header("content-type", FORM)
            .body(body.to_owned())
            .unwrap()
    };
    for (target, body, header) in [
        ("/p?a=%zz", "", HEADER.to_owned()),
        ("/p?a%4=1", "", HEADER.to_owned()),
        ("/p", "a=%", HEADER.to_owned()),
        ("/p", "", HEADER.replace("\"n\"", "\"%n\"")),
        ("/p", "", HEADER.replace("\"s\"", "\"s%\"")),
        ("/p", "", HEADER.replace("\"s\"", "\"s%4\"")),
    ] {
        assert_eq!(read(&request(target, body, &header)), Err(ReadError::Escape), "{target} {body} {header}");
    }
}

#[test]
fn o16_order_is_by_encoded_name_then_encoded_value() {
    let sorted = "a%3D%26a%3D1%26a%3D10%26a%3D2%26a%2540%3D%26a-%3D1%26a1%3D3%26oauth_";
    for query in ["a=2&a=1&a=10&a&a-=1&a1=3&a%40", "a%40=&a1=3&a-=1&a=10&a=&a=1&a=2"] {
        let text = base(&format!("/p?{query}"), FORM, "");
        assert_eq!(text.split('&').nth(2).unwrap().get(..sorted.len()), Some(sorted), "{text}");
    }
    // Names from query and body are one list.
    assert_eq!(base("/p?a=2&b=1", FORM, "a=1"), base("/p?b=1&a=1", FORM, "a=2"));
}

#[test]
fn o17_realm_of_the_header_and_the_signature_are_not_signed() {
    let text = base("/p", FORM, "");
    assert!(!text.contains("realm") && !text.contains("oauth_signature%3D"), "{text}");
    assert!(text.contains("oauth_signature_method"));
    // A parameter of the application that is called realm is signed like any other.
    assert!(base("/p?realm=x", FORM, "").contains("realm%3Dx"));
    let without = HEADER.replace(r#"realm="Photos", "#, "").replace("\"s\"", "\"t\"");
    let request = Request::post("/p").header("authorization", without).body("").unwrap();
    assert_eq!(read(&request).unwrap().unwrap().base_string(), text);
}

#[test]
fn o18_base_uri_has_one_spelling_for_each_origin() {
    for (written, expected) in [
        ("http://EXAMPLE.com:80", "http://example.com/p"),
        ("https://example.com:443/", "https://example.com/p"),
        ("http://example.com:443", "http://example.com:443/p"),
        ("https://example.com:80", "https://example.com:80/p"),
        ("HTTPS://user:pw@example.com", "https://example.com/p"),
        ("http://example.com:", "http://example.com/p"),
        ("http://[2001:DB8:0::1]:80", "http://[2001:db8::1]/p"),
        ("https://[::1]:8443", "https://[::1]:8443/p"),
    ] {
        assert_eq!(origin(written).base_uri("/p"), expected, "{written}");
        assert_eq!(Origin::of_uri(&written.parse().unwrap()).unwrap().base_uri("/p"), expected, "{written}");
    }
    assert_eq!(origin("https://h").base_uri(""), "https://h/");
    for refused in ["ftp://example.com", "mailto:a@b", "/relative"] {
        assert!(refused.parse().map_or(true, |uri| Origin::of_uri(&uri).is_err()), "{refused}");
    }
}

#[test]
fn o18_forwarded_headers_do_not_choose_the_base_uri() {
    let request = Request::get("http://inner.example/p")
        .header("authorization", HEADER)
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example")
        .header("x-forwarded-proto", "http")
        .header("forwarded", "host=evil.example;proto=http")
        .body("")
        .unwrap();
    let received = read(&request).unwrap().unwrap();
    assert!(received.base_string().starts_with("GET&https%3A%2F%2Fphotos.example.net%2Fp&"));
}

#[test]
fn o19_a_form_is_signed_whatever_its_charset_and_case() {
    let signed = base("/p", FORM, "a=1");
    assert!(signed.contains("a%3D1"));
    for form in [
        "application/x-www-form-urlencoded; charset=utf-8",
        "application/x-www-form-urlencoded;charset=ISO-8859-1",
        "Application/X-WWW-Form-URLencoded",
        " application/x-www-form-urlencoded ; x=y",
    ] {
        assert_eq!(base("/p", form, "a=1"), signed, "{form}");
    }
    for other in
        ["text/plain", "application/x-www-form-urlencoded2", "multipart/form-data", "application/json"]
    {
        assert!(!base("/p", other, "a=1").contains("a%3D1"), "{other}");
    }
}

#[test]
fn o19_a_second_content_type_does_not_hide_a_form() {
    let request = Request::post("/p")
        .header("authorization", HEADER)
        .header("content-type", "text/plain")
        .header("content-type", FORM)
        .body("a=1")
        .unwrap();
    assert!(read(&request).unwrap().unwrap().base_string().contains("a%3D1"));
}

#[test]
fn o29_a_header_that_could_be_read_in_two_ways_is_refused() {
    let refused = |header: &str, expected: ReadError| {
        let mut request = Request::new("");
        request.headers_mut().insert(header::AUTHORIZATION, HeaderValue::from_str(header).unwrap());
        assert_eq!(read(&request), Err(expected), "{header}");
        assert_eq!(AuthorizationHeader::parse(header.as_bytes()), Err(expected), "{header}");
    };
    for header in [
        "OAuth",
        "OAuth ",
        "OAuth\toauth_nonce=\"n\"",
        "OAuth oauth_nonce=n",
        "OAuth oauth_nonce='n'",
        "OAuth oauth_nonce=\"n",
        "OAuth oauth_nonce=\"n\" oauth_token=\"t\"",
        "OAuth oauth_nonce=\"n\",,oauth_token=\"t\"",
        "OAuth oauth_nonce=\"n\",",
        "OAuth ,oauth_nonce=\"n\"",
        "OAuth oauth_nonce = \"n\"",
        "OAuth oauth_nonce=\"a b\"",
        "OAuth oauth_nonce=\"a\\\"b\"",
        "OAuth =\"n\"",
        "OAuth oauth_nonce",
        "OAuth (x)=\"n\"",
    ] {
        refused(header, ReadError::MalformedHeader);
    }
    refused("OAuth oauth_nonce=\"n\", oauth_nonce=\"n\"", ReadError::Repeated);
    refused("OAuth oauth_nonce=\"n\", oauth%5Fnonce=\"m\"", ReadError::Repeated);
    refused("OAuth realm=\"a\", Realm=\"b\"", ReadError::Repeated);
    refused("OAuth x=\"a\", x=\"a\"", ReadError::Repeated);
    refused(&format!("OAuth x=\"{}\"", "a".repeat(17_000)), ReadError::TooLarge);
    let many: Vec<String> = (0..65).map(|i| format!("p{i}=\"\"")).collect();
    refused(&format!("OAuth {}", many.join(",")), ReadError::TooLarge);
}

#[test]
fn o29_scheme_is_read_without_regard_to_case_and_commas_stay_in_values() {
    for scheme in ["OAuth", "oauth", "OAUTH"] {
        let header = format!("{scheme}  realm=\"a, b=\\\"c\\\"\" ,\toauth_nonce=\"a,b\"");
        let read = AuthorizationHeader::parse(header.as_bytes()).unwrap().unwrap();
        assert_eq!(read.realm.as_deref(), Some("a, b=\"c\""));
        assert_eq!(read.parameters, [("oauth_nonce".into(), "a,b".into())]);
    }
    for other in ["Basic YTpi", "OAuth2 a=\"b\"", "OAuthx", "Bearer x", ""] {
        assert_eq!(AuthorizationHeader::parse(other.as_bytes()), Ok(None), "{other}");
    }
}

#[test]
fn o29_two_authorization_headers_are_one_too_many() {
    for (first, second) in [(HEADER, HEADER), ("Bearer x", HEADER), (HEADER, "Bearer x")] {
        let request = Request::get("/p")
            .header("authorization", first)
            .header("authorization", second)
            .body("")
            .unwrap();
        assert_eq!(read(&request), Err(ReadError::SeveralHeaders));
    }
}

#[test]
fn o33_a_method_override_is_not_signed_and_not_obeyed() {
    let request = Request::post("/p?_method=DELETE")
        .header("authorization", HEADER)
        .header("x-http-method-override", "DELETE")
        .body("")
        .unwrap();
    assert!(read(&request).unwrap().unwrap().base_string().starts_with("POST&"));
}

#[test]
fn o35_both_secrets_are_encoded_and_the_ampersand_is_always_there() {
    let key = |client: &str, token: Option<&str>| {
        Key::shared(&Secret::new(client), token.map(Secret::new).as_ref()).text().expose().to_owned()
    };
    assert_eq!(key("a&b%", Some("c d+é")), "a%26b%25&c%20d%2B%C3%A9");
    assert_eq!(key("a", None), "a&");
    assert_eq!(key("", Some("b")), "&b");
    assert_eq!(key("", None), "&");
    // No two pairs share a key.
    assert_ne!(key("a&b", Some("c")), key("a", Some("b&c")));
    assert_ne!(key("a", Some("")), key("", Some("a")));
}

#[test]
fn a_signature_is_one_text_and_no_other() {
    let key = Key::shared(&Secret::new("a"), None);
    for method in [&HmacSha1 as &dyn SignatureMethod, &HmacSha256, &HmacSha512] {
        let mut signature = String::new();
        let verify = |key: &Key, base, signature: &str| method.verify(key, base, signature).unwrap();
        method.prepare(&key).unwrap().sign("base", &mut entropy(), &mut signature).unwrap();
        assert!(verify(&key, "base", &signature), "{}", method.name());
        let url_safe = signature.replace('+', "-").replace('/', "_");
        let spellings = [
            String::new(),
            signature.trim_end_matches('=').to_owned(),
            format!("{signature}="),
            format!(" {signature}"),
            format!("{signature}\n"),
            signature.repeat(20),
            signature.to_lowercase(),
        ];
        assert!(spellings.iter().all(|text| !verify(&key, "base", text)), "{}", method.name());
        assert!(url_safe == signature || !verify(&key, "base", &url_safe));
        assert!(!verify(&key, "Base", &signature));
        assert!(!verify(&Key::shared(&Secret::new("b"), None), "base", &signature));
    }
    assert_eq!(["a&", "a"].map(|text| Plaintext.verify(&key, "any", text).unwrap()), [true, false]);
}

#[test]
fn z01_parameters_over_a_limit_are_refused_before_they_are_decoded() {
    let limits = Limits::default();
    for query in [
        "a&".repeat(limits.form.parameters + 1),
        format!("a={}", "b".repeat(limits.form.value + 1)),
        format!("{}=b", "a".repeat(limits.form.name + 1)),
        format!("a={}", "%zz".repeat(limits.form.bytes)),
    ] {
        let request = Request::post("/p")
            .header("authorization", HEADER)
            .header("content-type", FORM)
            .body(query)
            .unwrap();
        assert_eq!(read(&request), Err(ReadError::TooLarge));
    }
    let long = HEADER.replace("\"n\"", &format!("\"{}\"", "n".repeat(limits.protocol_value + 1)));
    let request = Request::get("/p").header("authorization", long).body("").unwrap();
    assert_eq!(read(&request), Err(ReadError::TooLarge));
}
