//! One nonce in several transports at once: header, query and form (RFC 5849 section 3.5).

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Request, Uri};
use oauth_sansio::form::MEDIA_TYPE;
use oauth_sansio::{Moment, Secret};
use oauth1_core::resource::Verifier;
use oauth1_core::signature::{Draft, HmacSha256, Key, Scratch, SignatureMethod as _, Target};

use crate::explorer::{ISSUER, NOW, Rules, Seen, explore};
use crate::oauth1::{CONSUMER, Flying, TOKEN, knowledge, photo, verifier};

#[derive(Clone, Copy)]
enum Place {
    Header,
    Query,
    Form,
}

/// A request with the nonce `a`, signed in its place.
fn signed(verifier: &Verifier, place: Place) -> Flying {
    let timestamp = NOW.as_unix().to_string();
    let draft = Draft {
        consumer_key: CONSUMER.0,
        token: Some(TOKEN.0),
        method: HmacSha256.name(),
        timestamp: Some(&timestamp),
        nonce: Some("a"),
        version: true,
        extra: &[],
        realm: None,
    };
    let secret = Secret::new(TOKEN.1);
    let key = HmacSha256.prepare(&Key::shared(&CONSUMER.1.into(), Some(&secret))).unwrap();
    let url = format!("{ISSUER}/photos");
    let uri: Uri = url.parse().unwrap();
    let mut scratch = Scratch::default();
    let mut entropy = Moment::new(NOW, [0; 32]).entropy();
    let (method, form) = match place {
        Place::Header | Place::Query => ("GET", None),
        Place::Form => ("POST", Some("album=summer")),
    };
    let target = Target { method, uri: &uri, form: form.map(str::as_bytes) };
    let signed = draft.sign(&*key, &target, &mut entropy, &mut scratch).unwrap();
    let (request, mut text) = (Request::builder().method(method), form.unwrap_or_default().to_owned());
    signed.append_to(&mut text);
    let request = match place {
        Place::Header => {
            request.uri(url).header(AUTHORIZATION, signed.authorization().unwrap()).body(Bytes::new())
        }
        Place::Query => request.uri(format!("{url}?{text}")).body(Bytes::new()),
        Place::Form => request.uri(url).header(CONTENT_TYPE, MEDIA_TYPE).body(text.into()),
    };
    Flying::Resource(verifier.receive(&request.unwrap(), Moment::new(NOW, [0; 32])))
}

fn run(name: &str, requests: Vec<Flying>, admitted: usize) {
    let always = |world: &Seen<'_, Flying>| {
        assert!(world.granted() <= admitted, "a nonce was good in two places");
        assert!(world.knowledge.tombstones.is_empty(), "nothing here revokes");
    };
    let at_the_end = |world: &Seen<'_, Flying>| assert_eq!(world.granted(), admitted);
    let rules = Rules { always: &always, at_the_end: &at_the_end };
    assert!(explore(name, knowledge(), requests, &rules) > 1);
}

#[test]
fn each_place_alone_is_admitted() {
    let verifier = verifier();
    for place in [Place::Header, Place::Query, Place::Form] {
        run("one place", vec![signed(&verifier, place)], 1);
    }
}

#[test]
fn one_nonce_in_three_places_at_once_is_admitted_in_one() {
    let verifier = verifier();
    let mut requests: Vec<_> =
        [Place::Header, Place::Query, Place::Form].map(|place| signed(&verifier, place)).into();
    requests.push(signed(&verifier, Place::Query));
    run("one nonce in three places", requests, 1);
}

#[test]
fn places_do_not_hinder_what_has_a_nonce_of_its_own() {
    let verifier = verifier();
    let requests = vec![
        signed(&verifier, Place::Header),
        signed(&verifier, Place::Form),
        photo(&verifier, "b"),
        photo(&verifier, "b"),
    ];
    run("two places and another nonce", requests, 2);
}
