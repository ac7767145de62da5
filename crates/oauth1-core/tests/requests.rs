//! Requests to an API: redirected within their origin, refused for the wrong time, signed anew each time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod support;

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use oauth_sansio::{Exchange, Moment, Progress, Timestamp};
use oauth1_core::{
    client::{
        Blame, ClockOffset, Error, MAX_CLOCK_OFFSET, Placement, RedirectError, RequestExchange, SignError,
        clock_offset, redirected,
    },
    server::Reason,
};
use support::{
    PHOTOS, World,
    app::{App, callback},
};

const API: &str = "https://photos.example.net/v1/photos?size=small";
const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

fn post() -> Request<Bytes> {
    Request::post(API)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("content-length", "3")
        .header("accept", "image/png")
        .body(Bytes::from_static(b"a=b"))
        .unwrap()
}

fn answered(status: u16, headers: &[(&str, &str)]) -> Response<Bytes> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Bytes::new()).unwrap()
}

fn moved(status: u16, location: &str) -> Response<Bytes> {
    answered(status, &[("location", location)])
}

#[test]
fn o32_the_method_after_a_redirect_is_the_one_of_rfc_9110() {
    for (status, method, then) in [
        (301, Method::POST, Method::GET),
        (302, Method::POST, Method::GET),
        (303, Method::POST, Method::GET),
        (307, Method::POST, Method::POST),
        (308, Method::POST, Method::POST),
        (301, Method::PUT, Method::PUT),
        (303, Method::PUT, Method::GET),
        (303, Method::HEAD, Method::HEAD),
        (302, Method::HEAD, Method::HEAD),
        (302, Method::GET, Method::GET),
    ] {
        let mut request = post();
        *request.method_mut() = method.clone();
        let next = redirected(&request, &moved(status, "/v2/photos?size=large#top")).unwrap().unwrap();
        assert_eq!(next.uri(), "https://photos.example.net/v2/photos?size=large");
        assert_eq!((next.method(), next.headers()["accept"].as_bytes()), (&then, &b"image/png"[..]));
        let kept = method == then;
        assert_eq!(next.body(), if kept { "a=b" } else { "" }, "{status} {method}");
        for name in [header::CONTENT_TYPE, header::CONTENT_LENGTH] {
            assert_eq!(next.headers().contains_key(&name), kept, "{status} {method} {name}");
        }
    }
    for status in [200, 201, 300, 304, 305, 306, 401, 500] {
        assert!(redirected(&post(), &moved(status, "/elsewhere")).unwrap().is_none(), "{status}");
    }
}

#[test]
fn o32_a_redirect_stays_at_its_origin() {
    for location in [
        "/v2",
        "?x=1",
        "../v2",
        "https://photos.example.net/v2",
        "HTTPS://PHOTOS.EXAMPLE.NET:443/v2",
        "//photos.example.net/v2",
    ] {
        assert!(redirected(&post(), &moved(307, location)).unwrap().is_some(), "{location}");
    }
    for location in [
        "https://evil.example/v2",
        "http://photos.example.net/v2",
        "https://photos.example.net:8443/v2",
        "https://photos.example.net.evil.example/v2",
        "https://photos.example.net@evil.example/v2",
        "https://user@photos.example.net/v2",
        "https://:secret@photos.example.net/v2",
        "//evil.example/v2",
        "\\\\evil.example\\v2",
        "/\\evil.example",
        "javascript:alert(1)",
        "data:,x",
    ] {
        let refused = redirected(&post(), &moved(307, location)).map(drop);
        assert_eq!(refused, Err(RedirectError::Elsewhere), "{location}");
    }
    for headers in [&[][..], &[("location", "/a"), ("location", "/a")], &[("location", "https://[")]] {
        assert_eq!(redirected(&post(), &answered(307, headers)).map(drop), Err(RedirectError::Location));
    }
    let not_ascii = Response::builder().status(307).header("location", &b"/\xc3\xbc"[..]).body(()).unwrap();
    assert_eq!(redirected(&post(), &not_ascii).map(drop), Err(RedirectError::Location));
}

/// Sends the requests of an exchange to the protected resource, or to the one who answers before it.
fn run(
    world: &mut World,
    mut exchange: RequestExchange,
    slow_by: Duration,
    answer: impl Fn(&Request<Bytes>) -> Option<Response<Bytes>>,
) -> (Vec<Request<Bytes>>, Result<Response<Bytes>, Error>) {
    let mut sent = Vec::new();
    loop {
        let mut ours = || {
            let moment = world.moment();
            let now = moment.now().minus(slow_by);
            Moment::new(now, moment.entropy().bytes())
        };
        let (first, second) = (ours(), ours());
        let request = match exchange.request(first) {
            Ok(outgoing) => outgoing.request,
            Err(error) => return (sent, Err(error)),
        };
        let response = answer(&request).unwrap_or_else(|| match world.fetch(&request) {
            Ok(_) => answered(200, &[]),
            Err(reply) => reply.response,
        });
        sent.push(request);
        exchange = match exchange.response(response, second) {
            Ok(Progress::Done(response)) => return (sent, Ok(response)),
            Ok(Progress::Again(next)) => next,
            Ok(Progress::Wait(..)) => panic!("nothing here waits"),
            Err(error) => return (sent, Err(error)),
        };
    }
}

#[test]
fn o32_a_request_is_signed_anew_on_every_hop() {
    for placement in [Placement::Header, Placement::Query] {
        let mut world = World::new();
        let app = App::new(&world);
        let token = app.connect(&mut world);
        let request = Request::get("https://photos.example.net/old?a=1").body(Bytes::new()).unwrap();
        let exchange = app.0.request(request, Some(&token)).placed(placement);
        let old = |request: &Request<Bytes>| {
            (request.uri().path() == "/old").then(|| moved(307, "/photos?file=vacation.jpg"))
        };
        let (sent, answer) = run(&mut world, exchange, Duration::ZERO, old);
        assert_eq!(answer.unwrap().status(), StatusCode::OK);
        assert_eq!((sent.len(), sent[1].uri().path()), (2, "/photos"));
        // The first signature would not have been good there, and the second is not good twice.
        assert_eq!(world.fetch_refused(&sent[1]), Reason::NonceUsed);
        let mut stale = sent[1].clone();
        match placement {
            Placement::Query => {
                let query = sent[0].uri().query().unwrap().replace("a=1", "file=vacation.jpg");
                *stale.uri_mut() = format!("https://photos.example.net/photos?{query}").parse().unwrap();
            }
            _ => {
                drop(stale.headers_mut().insert("authorization", sent[0].headers()["authorization"].clone()));
            }
        }
        assert_eq!(world.fetch_refused(&stale), Reason::Signature);
    }
}

#[test]
fn o32_nothing_is_sent_to_another_origin_nor_round_and_round() {
    let mut world = World::new();
    let app = App::new(&world);
    let token = app.connect(&mut world);
    let request = || Request::get(PHOTOS).body(Bytes::new()).unwrap();
    for (location, hops, refused) in [
        ("https://evil.example/", 1, Error::Redirect(RedirectError::Elsewhere)),
        ("http://photos.example.net/", 1, Error::Redirect(RedirectError::Elsewhere)),
        ("/again", 1 + usize::from(RequestExchange::MAX_REDIRECTS), Error::Redirect(RedirectError::TooMany)),
        // Somebody would have us sign what is not ours.
        ("/photos?oauth_token=evil", 1, Error::Sign(SignError::ProtocolParameter)),
    ] {
        let exchange = app.0.request(request(), Some(&token));
        let (sent, answer) = run(&mut world, exchange, Duration::ZERO, |_| Some(moved(302, location)));
        assert_eq!((sent.len(), answer.unwrap_err()), (hops, refused.clone()), "{location}");
        assert!(refused.blame() != Blame::Refusal);
    }
}

#[test]
fn a_wrong_clock_is_learned_from_a_refusal_and_the_request_sent_once_more() {
    let slow = Duration::from_secs(3600);
    let request = || Request::get(PHOTOS).body(Bytes::new()).unwrap();
    let mut world = World::with(|_| {}, |resource| resource.problems = true);
    let app = App::new(&world);
    let token = app.connect(&mut world);
    // Opt-in.
    let (sent, answer) = run(&mut world, app.0.request(request(), Some(&token)), slow, |_| None);
    assert_eq!((sent.len(), answer.unwrap().status()), (1, StatusCode::UNAUTHORIZED));
    let learning = || app.0.request(request(), Some(&token)).learning_the_clock();
    let (sent, answer) = run(&mut world, learning(), slow, |_| None);
    let answer = answer.unwrap();
    assert_eq!((sent.len(), answer.status()), (2, StatusCode::OK));
    let learned = *answer.extensions().get::<ClockOffset>().unwrap();
    assert_eq!(learned, ClockOffset(3600));
    // From then on the first request is good.
    let corrected = app.0.with_clock_offset(learned.0).request(request(), Some(&token));
    let (sent, answer) = run(&mut world, corrected, slow, |_| None);
    assert_eq!((sent.len(), answer.unwrap().status()), (1, StatusCode::OK));
    // Once.
    let late = |_: &Request<Bytes>| Some(answered(401, &[("date", "Fri, 15 Jan 2027 09:00:00 GMT")]));
    let (sent, answer) = run(&mut world, learning(), slow, late);
    assert_eq!((sent.len(), answer.unwrap().status()), (2, StatusCode::UNAUTHORIZED));
    // A clock that is right teaches nothing.
    let (sent, _) = run(&mut world, learning(), Duration::ZERO, |_| {
        Some(answered(401, &[("date", "Fri, 15 Jan 2027 08:00:29 GMT")]))
    });
    assert_eq!(sent.len(), 1);
    // Nobody without TLS tells us the time.
    let plain = Request::get(PHOTOS.replace("https", "http")).body(Bytes::new()).unwrap();
    let exchange = app.0.request(plain, Some(&token)).learning_the_clock();
    let (sent, _) = run(&mut world, exchange, slow, late);
    assert_eq!(sent.len(), 1);
}

#[test]
fn only_a_believable_refusal_of_the_timestamp_moves_the_clock() {
    let date = |date| clock_offset(&answered(401, &[("date", date)]), NOW);
    assert_eq!(date("Fri, 15 Jan 2027 08:00:00 GMT"), Some(0));
    assert_eq!(date("Fri, 15 Jan 2027 07:00:00 GMT"), Some(-3600));
    assert_eq!(date("Sat, 16 Jan 2027 08:00:00 GMT"), Some(MAX_CLOCK_OFFSET));
    for unbelievable in [
        "Sat, 16 Jan 2027 08:00:01 GMT",
        "Thu, 14 Jan 2027 07:59:59 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "soon",
        "",
    ] {
        assert_eq!(date(unbelievable), None, "{unbelievable}");
    }
    let told = |status, challenge: &str| {
        let headers = [("www-authenticate", challenge), ("date", "Fri, 15 Jan 2027 09:00:00 GMT")];
        clock_offset(&answered(status, &headers), NOW)
    };
    assert_eq!(told(401, "OAuth oauth_problem=\"timestamp_refused\""), Some(3600));
    assert_eq!(told(401, "OAuth oauth_problem=\"nonce_used\""), None);
    assert_eq!(told(403, "OAuth oauth_problem=\"timestamp_refused\""), None);
    let range = |range| told(401, &format!("OAuth oauth_acceptable_timestamps=\"{range}\""));
    assert_eq!(range("1800000300-1800000900"), Some(600));
    for nonsense in ["", "-", "1800000900-1800000300", "1800000300", "a-b", "0-18446744073709551615"] {
        assert_eq!(range(nonsense), None, "{nonsense}");
    }
}

#[test]
fn a_request_prints_where_it_goes_and_no_secret() {
    let world = World::new();
    let app = App::new(&world);
    let request = Request::get("https://photos.example.net/photos?key=hunter2").body(Bytes::new()).unwrap();
    let printed = format!("{:?}", app.0.request(request, None));
    assert!(printed.contains("photos.example.net") && !printed.contains("hunter2"), "{printed}");
    let printed = format!("{:?}", app.0.temporary_credentials(callback()).with("scope", "hunter2"));
    assert!(printed.contains("scope") && !printed.contains("hunter2"), "{printed}");
}
