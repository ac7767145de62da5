//! What can be done to a message on its way, for real.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Uri, header};
use oauth_sansio::form::{self, Form, Limits};
use oauth_sansio::{Secret, percent};

/// A step that goes wrong on purpose.
pub(crate) struct Break {
    /// As it stands in a form.
    pub(crate) name: &'static str,
    pub(crate) words: &'static str,
    pub(crate) alter: Alter,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alter {
    /// A parameter of the form in the body has another value.
    Form(&'static str, To),
    /// A parameter of the query has another value, or is there although it was not.
    Query(&'static str, To),
    /// A parameter of the `Authorization: OAuth` header has another value.
    Header(&'static str, To),
    /// Name and password, or token, of the `Authorization` header are others.
    Credentials,
    /// There is no `Authorization` header.
    NoCredentials,
    /// The token travels in the query, and not in the header.
    TokenInQuery,
    /// The whole message is sent a second time.
    Again,
    /// It is made a day late, by a clock that is wrong.
    Yesterday,
    /// It is signed with another secret of the client.
    ClientSecret,
    /// It is signed with another secret of the token.
    TokenSecret,
    /// Its verifier is guessed before it is signed.
    Verifier,
    /// It is about the refresh token.
    RefreshToken,
    /// It is sent by another HTTP method.
    Method,
}

/// What a value becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum To {
    /// Another one of the same form.
    Another,
    /// This one.
    This(&'static str),
}

impl Alter {
    /// Does it to a request. What is no alteration of the message itself leaves it alone.
    pub(crate) fn apply(self, request: &mut Request<Bytes>) {
        match self {
            Self::Form(name, to) => *request.body_mut() = in_form(request.body(), name, to).into(),
            Self::Query(name, to) => {
                if let Some(uri) = in_query(request.uri(), name, to) {
                    *request.uri_mut() = uri;
                }
            }
            Self::Header(name, to) => edit_credentials(request, |text| in_header(text, name, to)),
            Self::Credentials => edit_credentials(request, |text| match text.split_once(' ') {
                Some(("Basic", rest)) => {
                    let pair = STANDARD.decode(rest).unwrap_or_default();
                    format!("Basic {}", STANDARD.encode(another(&String::from_utf8_lossy(&pair))))
                }
                Some((scheme, token)) => format!("{scheme} {}", another(token)),
                None => text.to_owned(),
            }),
            Self::TokenInQuery => {
                let credentials = request.headers_mut().remove(header::AUTHORIZATION);
                let token = credentials.as_ref().and_then(|value| value.to_str().ok()?.split(' ').nth(1));
                let uri = in_query(request.uri(), "access_token", To::Another);
                if let (Some(token), Some(uri)) = (token, uri) {
                    let query = form::encode([("access_token", token)]);
                    let path = format!("{}?{query}", uri.path());
                    *request.uri_mut() = with_path(&uri, &path).unwrap_or(uri);
                }
            }
            Self::NoCredentials => {
                request.headers_mut().remove(header::AUTHORIZATION);
            }
            Self::Method => *request.method_mut() = Method::POST,
            Self::Again
            | Self::Yesterday
            | Self::ClientSecret
            | Self::TokenSecret
            | Self::Verifier
            | Self::RefreshToken => {}
        }
    }
}

/// A text of the same length and alphabet that is not the same. One character is another, close to the end: a name in front
/// of a secret stays.
pub(crate) fn another(text: &str) -> String {
    let place = text.char_indices().rev().nth(5).or_else(|| text.char_indices().last());
    let Some((at, old)) = place else { return "another".to_owned() };
    let new = if old == 'A' { 'B' } else { 'A' };
    let (before, rest) = text.split_at(at);
    format!("{before}{new}{}", rest.get(old.len_utf8()..).unwrap_or_default())
}

/// Another secret.
pub(crate) fn another_secret(secret: &Secret) -> Secret {
    another(secret.expose()).into()
}

/// A query or a callback with one parameter altered.
pub(crate) fn in_query(uri: &Uri, name: &str, to: To) -> Option<Uri> {
    let query = in_form(uri.query().unwrap_or_default().as_bytes(), name, to);
    with_path(uri, &format!("{}?{query}", uri.path()))
}

impl To {
    fn of(self, value: &str) -> String {
        match self {
            Self::Another => another(value),
            Self::This(text) => text.to_owned(),
        }
    }
}

/// A form with one parameter altered, or added.
fn in_form(bytes: &[u8], name: &str, to: To) -> String {
    let parsed = Form::parse(bytes, &Limits::default()).unwrap_or_default();
    let is_there = parsed.all(name).next().is_some();
    let altered = parsed.pairs().map(|(one, value)| match one == name {
        true => (one, to.of(value)),
        false => (one, value.to_owned()),
    });
    form::encode(altered.chain((!is_there).then(|| (name, to.of("")))))
}

fn with_path(uri: &Uri, path: &str) -> Option<Uri> {
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path.parse().ok()?);
    Uri::from_parts(parts).ok()
}

/// `OAuth a="…", name="value", …` with another value of one name.
fn in_header(text: &str, name: &str, to: To) -> String {
    let start = format!("{name}=\"");
    let Some((before, rest)) = text.split_once(&start) else { return text.to_owned() };
    let Some((value, after)) = rest.split_once('"') else { return text.to_owned() };
    let value = percent::decode(value).unwrap_or_default();
    format!("{before}{start}{}\"{after}", percent::encode(&to.of(&value)))
}

fn edit_credentials(request: &mut Request<Bytes>, edit: impl FnOnce(&str) -> String) {
    let Some(before) = request.headers().get(header::AUTHORIZATION) else { return };
    let Ok(Ok(mut after)) = before.to_str().map(|text| HeaderValue::try_from(edit(text))) else { return };
    after.set_sensitive(true);
    request.headers_mut().insert(header::AUTHORIZATION, after);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn altered(alter: Alter, authorization: &str, body: &'static str) -> Request<Bytes> {
        let request =
            Request::post("http://127.0.0.1:8080/token?size=large").header("authorization", authorization);
        let mut request = request.body(Bytes::from_static(body.as_bytes())).unwrap();
        alter.apply(&mut request);
        request
    }

    #[test]
    fn one_value_changes_and_nothing_else() {
        let form = altered(Alter::Form("code", To::Another), "", "code=abc%2Fdefghijkl&x=y+z");
        assert_eq!(form.body(), "code=abc%2FdefAhijkl&x=y+z");
        let query = altered(Alter::Query("size", To::This("small")), "", "");
        assert_eq!(query.uri(), "http://127.0.0.1:8080/token?size=small");
        let added = altered(Alter::Query("more", To::This("1")), "", "");
        assert_eq!(added.uri(), "http://127.0.0.1:8080/token?size=large&more=1");
        let signed = "OAuth realm=\"r\", oauth_verifier=\"ab%2Fc\", oauth_nonce=\"n\"";
        let header = altered(Alter::Header("oauth_verifier", To::Another), signed, "");
        assert_eq!(
            header.headers()["authorization"],
            "OAuth realm=\"r\", oauth_verifier=\"ab%2FA\", oauth_nonce=\"n\""
        );
        let basic =
            altered(Alter::Credentials, &format!("Basic {}", STANDARD.encode("me:a long secret")), "");
        assert_eq!(
            basic.headers()["authorization"],
            format!("Basic {}", STANDARD.encode("me:a long Aecret"))
        );
        let bearer = altered(Alter::Credentials, "Bearer abcdefghijklm", "");
        assert_eq!(bearer.headers()["authorization"], "Bearer abcdefgAijklm");
        let in_query = altered(Alter::TokenInQuery, "Bearer a.b~c", "");
        assert_eq!(in_query.uri(), "http://127.0.0.1:8080/token?access_token=a.b%7Ec");
        assert!(in_query.headers().get("authorization").is_none());
    }

    #[test]
    fn another_text_is_never_the_same() {
        for text in ["", "a", "A", "AAAAAAAAAAAAAA", "abcdefghij", "ünïcödé ünïcödé"] {
            let other = another(text);
            assert_ne!(other, text);
            assert!(text.is_empty() || other.chars().count() == text.chars().count(), "{other}");
        }
    }
}
