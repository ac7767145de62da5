//! What browsers send to a client, and whether a resource takes what a client signs.

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use http::{
    HeaderValue, Method, Request, Response, StatusCode, Uri,
    header::{CONTENT_TYPE, LOCATION},
    uri::{Authority, PathAndQuery},
};
use oauth_sansio::{Exchange as _, Outcome, Progress, form};
use url::Url;

use super::verify_request::{VERIFIER, load, moment};
use crate::{
    client::{Callback, Client, Config, Provider, TokenCredentials, redirected},
    resource::Step,
    server::{self, Reason},
    signature::{AllowedMethods, Origin},
};

static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let url = |path: &str| {
        let url = Url::parse("https://photos.example.net").and_then(|origin| origin.join(path));
        url.unwrap_or_else(|error| unreachable!("{error}"))
    };
    let (temporary, authorization, token) = (url("/initiate"), url("/authorize"), url("/token"));
    let provider = Provider::new(temporary, authorization, token);
    let client = Client::new(Config::new("client", "client", provider));
    client.unwrap_or_else(|error| unreachable!("{error}"))
});

/// The query of a callback to one authorization, whose token is `temporary`.
pub fn callback(data: &[u8]) {
    let exchange = CLIENT.temporary_credentials(Callback::OutOfBand);
    let body =
        Bytes::from_static(b"oauth_token=temporary&oauth_token_secret=s&oauth_callback_confirmed=true");
    let Ok(Progress::Done(pending)) = exchange.response(Response::new(body), moment()) else {
        unreachable!()
    };
    let target = [b"/ready?", data].concat();
    let Ok(uri) = Uri::try_from(target) else { return };
    let Ok(mut exchange) = pending.callback(&CLIENT, &uri) else { return };
    let query = uri.query().unwrap_or_default().as_bytes();
    let query = form::Form::parse(query, &form::Limits::default()).unwrap_or_default();
    assert_eq!(query.one("oauth_token"), Ok(Some("temporary")));
    assert!(exchange.request(moment()).is_ok());
}

/// The `Location` of a redirect. Wherever it leads, it stays at the origin, and can be signed or is refused.
pub fn redirect(data: &[u8]) {
    let Ok(location) = HeaderValue::from_bytes(data) else { return };
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = Uri::from_static("https://photos.example.net/a/b?c=d");
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
    response.headers_mut().insert(LOCATION, location);
    let Ok(Some(mut next)) = redirected(&request, &response) else { return };
    assert_eq!(Origin::of_uri(next.uri()), Origin::of_uri(request.uri()), "{}", next.uri());
    assert_eq!(next.uri().authority().map(Authority::as_str), Some("photos.example.net"));
    let _ = CLIENT.sign(&mut next, None, moment());
}

/// What a client signs, a resource takes: four lines of place, method, path and query, and form.
pub fn signed_request(data: &[u8]) {
    if let Some(request) = signed(data) {
        assert_eq!(refusal(&request), None, "{request:?}");
    }
}

fn signed(data: &[u8]) -> Option<Request<Bytes>> {
    let mut lines = data.splitn(4, |byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let (place, method, target, body) = (line(), line(), line(), line());
    let target = PathAndQuery::try_from(target).ok()?;
    let uri =
        Uri::builder().scheme("https").authority("photos.example.net").path_and_query(target.clone()).build();
    let mut request = Request::new(Bytes::copy_from_slice(body));
    (*request.method_mut(), *request.uri_mut()) = (Method::from_bytes(method).ok()?, uri.ok()?);
    if !body.is_empty() {
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(form::MEDIA_TYPE));
    }
    // Two sets of protocol parameters are refused, and a client sets itself no limits.
    if has_protocol_parameters(&request)
        || !is_small(target.query().unwrap_or_default().as_bytes())
        || !is_small(body)
    {
        return None;
    }
    let token = TokenCredentials::new("token", "token");
    let mut signer = CLIENT.signer(Some(&token));
    let signed = match place.first() {
        Some(b'q') => signer.sign_in_query(&mut request, moment()),
        Some(b'f') => signer.sign_in_form(&mut request, moment()),
        _ => signer.sign(&mut request, moment()),
    };
    signed.is_ok().then_some(request)
}

fn is_small(form: &[u8]) -> bool {
    let mut pieces = form.split(|byte| *byte == b'&');
    pieces.clone().count() < 40 && pieces.all(|piece| piece.len() < 128)
}

/// In query or form, even in one that does not decode.
fn has_protocol_parameters(request: &Request<Bytes>) -> bool {
    let query = request.uri().query().unwrap_or_default().as_bytes();
    let mut names = [query, request.body()].into_iter().flat_map(url::form_urlencoded::parse);
    names.any(|(name, _)| name.starts_with("oauth_"))
}

fn refusal(request: &Request<Bytes>) -> Option<Reason> {
    let mut step = VERIFIER.receive(request, moment());
    loop {
        step = match step {
            Step::Load(pause) => {
                let mut facts = load(pause.wanted());
                facts.client = facts.client.map(|client| {
                    let methods = AllowedMethods::new(["HMAC-SHA1"]);
                    Arc::new(server::Client { methods, ..server::Client::clone(&client) })
                });
                pause.resume(facts, moment())
            }
            Step::Commit(pause) => pause.settle(Outcome::Applied),
            Step::Admit(_) => return None,
            Step::Reply(reply) => return reply.reason,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o15_what_is_signed_in_each_place_is_taken() {
        for place in ["h", "q", "f"] {
            let request = format!("{place}\nPOST\n/a%20b/?b=2&a=1&a=%C3%BC+~&c&=d\nx=1+2&%7E=*");
            let request = signed(request.as_bytes()).unwrap();
            assert_eq!(refusal(&request), None, "{request:?}");
            let mut tampered = request.map(|body| [&body[..], b"&x=1"].concat().into());
            assert!(refusal(&tampered).is_some(), "{tampered:?}");
            *tampered.body_mut() = Bytes::new();
            assert!(refusal(&tampered).is_some(), "{tampered:?}");
        }
    }

    #[test]
    fn a_callback_with_the_right_token_goes_on() {
        callback(b"oauth_token=temporary&oauth_verifier=v");
        callback(b"oauth_token=another&oauth_verifier=v");
    }

    #[test]
    fn o32_a_location_that_deceives_leads_nowhere_else() {
        for host in [
            "/",
            "//photos.example.net",
            "//user@photos.example.net",
            "//evil.example",
            "\\\\evil.example",
            "https:evil.example",
            "@evil.example",
        ] {
            redirect(host.as_bytes());
            redirect(format!("https:{host}/%zz?a=%zz#b").as_bytes());
        }
    }

    proptest::proptest! {
        #[test]
        fn o32_no_location_leads_to_another_origin(
            location in "(https?:)?([/\\\\@:?#.]|photos\\.example\\.net|evil\\.example|%[0-9a-f]{2}|[a-z\\t]){0,12}",
            bytes: Vec<u8>,
        ) {
            redirect(location.as_bytes());
            redirect(&bytes);
        }

        #[test]
        fn o15_what_a_client_signs_a_resource_takes(
            place in "[hqf]",
            target in "/[a-z/]{0,5}(\\?([a-cA-C~+*!'();:@,/?]|%(20|2B|7e|C3%BC|00|25|26|3D)|[&=]){0,30})?",
            body in "([a-c~+*]|%(20|2b|7E|C3%BC|00|25|26|3D)|[&=]){0,30}",
        ) {
            signed_request(format!("{place}\nPOST\n{target}\n{body}").as_bytes());
        }

        #[test]
        fn z02_no_callback_brings_a_client_down(data: Vec<u8>, text in "([a-z=&%_]|oauth_token|temporary){0,20}") {
            for data in [data.as_slice(), text.as_bytes()] {
                callback(data);
                signed_request(data);
            }
        }
    }
}
