//! LTI 1.1: a platform launches a tool, by the browser of a person who may be an attacker.
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
use http::Request;
use oauth_sansio::form;
use oauth1_core::{
    client::{BodyHashing, Client, Config, SignError},
    lti::{Launch, LaunchError, Launched, LaunchedError},
    resource::{Grant, Legs},
    server::Reason,
    signature::Plaintext,
};
use support::{ORIGIN, World, other_client};

const FORM: &str = "application/x-www-form-urlencoded";

fn tool() -> World {
    World::with(|_| {}, |resource| resource.two_legged = true)
}

fn platform() -> Client {
    Client::new(Config::signing_only("printer", "printer secret")).unwrap()
}

fn launch() -> Launch {
    let launch = Launch::new("course-7/quiz-3").with("user_id", "jane").with("roles", "Learner");
    launch.with("context_title", "Söme+ course & more").with("custom_empty", "")
}

/// The form as a browser posts it.
fn posted(fields: &[(String, String)]) -> Request<Bytes> {
    let body = form::encode(fields.iter().map(|(name, value)| (name, value)));
    let uri = format!("{ORIGIN}/launch?theme=dark");
    Request::post(uri).header("content-type", FORM).body(body.into()).unwrap()
}

fn signed(world: &mut World, launch: &Launch) -> Vec<(String, String)> {
    let tool = format!("{ORIGIN}/launch?theme=dark").parse().unwrap();
    launch.sign(&platform(), &tool, world.moment()).unwrap()
}

fn arrive(world: &mut World, launch: &Launch) -> Result<Launched, LaunchedError> {
    let request = posted(&signed(world, launch));
    Launched::read(&request, &world.fetch(&request).unwrap())
}

#[test]
fn a_launch_arrives_as_it_was_made() {
    let mut world = tool();
    let launched = arrive(&mut world, &launch()).unwrap();
    assert_eq!((launched.client_id(), launched.resource_link_id()), ("printer", "course-7/quiz-3"));
    assert_eq!((launched.user_id(), launched.field("custom_empty")), (Some("jane"), Some("")));
    assert_eq!(launched.field("context_title"), Some("Söme+ course & more"));
    assert_eq!(launched.fields().len(), 7);
    assert!(!format!("{launched:?} {:?}", launch()).contains("jane"));
}

#[test]
fn a_launch_names_no_callback_and_no_token() {
    let fields = signed(&mut tool(), &launch());
    let one = |name: &str| fields.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str());
    assert_eq!(one("oauth_callback"), Some("about:blank"));
    assert_eq!((one("oauth_version"), one("oauth_token")), (Some("1.0"), None));
    assert_eq!(
        (one("lti_message_type"), one("lti_version")),
        (Some("basic-lti-launch-request"), Some("LTI-1p0"))
    );
}

#[test]
fn o01_a_launch_is_good_once() {
    let mut world = tool();
    let request = posted(&signed(&mut world, &launch()));
    assert!(world.fetch(&request).is_ok());
    assert_eq!(world.fetch_refused(&request), Reason::NonceUsed);
    // The back button posts the same form; a new launch is another one.
    assert!(arrive(&mut world, &launch()).is_ok());
}

#[test]
fn o20_no_field_of_a_launch_is_changed_added_or_left_out() {
    let mut world = tool();
    let fields = signed(&mut world, &launch());
    for at in 0..fields.len() {
        let mut changed = fields.clone();
        changed[at].1.push('x');
        let mut shorter = fields.clone();
        drop(shorter.remove(at));
        for tampered in [changed, shorter] {
            assert!(world.fetch(&posted(&tampered)).is_err(), "{}", fields[at].0);
        }
    }
    let mut more = fields.clone();
    more.push(("ext_admin".into(), "1".into()));
    assert_eq!(world.fetch_refused(&posted(&more)), Reason::Signature);
    let mut elsewhere = posted(&fields);
    *elsewhere.uri_mut() = format!("{ORIGIN}/launch?theme=light").parse().unwrap();
    assert_eq!(world.fetch_refused(&elsewhere), Reason::Signature);
    // None of it has spent the honest launch.
    assert!(world.fetch(&posted(&fields)).is_ok());
}

#[test]
fn o26_a_launch_counts_for_the_platform_that_signed_it() {
    let mut world = tool();
    world.store.register(other_client());
    let fields = signed(&mut world, &launch());
    let mut swapped = fields.clone();
    swapped.iter_mut().find(|(name, _)| name == "oauth_consumer_key").unwrap().1 = "other".into();
    assert_eq!(world.fetch_refused(&posted(&swapped)), Reason::Signature);
    let unknown: Vec<_> = fields.iter().filter(|(name, _)| name != "oauth_consumer_key").cloned().collect();
    assert!(world.fetch(&posted(&unknown)).is_err());
    // A grant for one request says nothing of another.
    let request = posted(&fields);
    let grant = world.fetch(&request).unwrap();
    let others = Grant { client_id: "other".into(), ..grant.clone() };
    assert_eq!(Launched::read(&request, &others), Err(LaunchedError::OtherRequest));
    let with_empty_token = Grant { legs: Legs::Zero, ..grant.clone() };
    assert!(Launched::read(&request, &with_empty_token).is_ok());
    let with_token = Grant { legs: Legs::Three, ..grant };
    assert_eq!(Launched::read(&request, &with_token), Err(LaunchedError::Token));
}

#[test]
fn what_is_signed_and_no_launch_is_told_why() {
    for (launch, wrong) in [
        (launch().with("resource_link_id", ""), LaunchedError::ResourceLink),
        (launch().with("lti_version", "LTI-2p0"), LaunchedError::Version),
        (launch().with("lti_version", ""), LaunchedError::Version),
        (launch().with("lti_message_type", "ContentItemSelectionRequest"), LaunchedError::MessageType),
    ] {
        assert_eq!(arrive(&mut tool(), &launch), Err(wrong), "{launch:?}");
    }
    // The signature may be elsewhere and good; a launch has it in its form.
    let mut world = tool();
    let mut request = posted(&[("lti_version".into(), "LTI-1p0".into())]);
    platform().sign(&mut request, None, world.moment()).unwrap();
    let grant = world.fetch(&request).unwrap();
    assert_eq!(Launched::read(&request, &grant), Err(LaunchedError::OtherRequest));
    let get = Request::get(ORIGIN).body(Bytes::new()).unwrap();
    assert_eq!(Launched::read(&get, &grant), Err(LaunchedError::NotAForm));
    // Repeated, and signed by the platform itself.
    let twice = "resource_link_id=a&resource_link_id=b&lti_version=LTI-1p0";
    let request = Request::post(format!("{ORIGIN}/launch")).header("content-type", FORM);
    let mut request = request.body(Bytes::from_static(twice.as_bytes())).unwrap();
    platform().signer(None).sign_in_form(&mut request, world.moment()).unwrap();
    let grant = world.fetch(&request).unwrap();
    assert_eq!(Launched::read(&request, &grant), Err(LaunchedError::Form(form::FormError::Repeated)));
}

#[test]
fn o21_a_launch_shows_no_secret_to_the_person() {
    let config = Config { method: Arc::new(Plaintext), ..Config::signing_only("printer", "hunter2") };
    let tool = format!("{ORIGIN}/launch").parse().unwrap();
    let signed = launch().sign(&Client::new(config).unwrap(), &tool, World::new().moment());
    assert_eq!(signed, Err(LaunchError::ShowsSecret));
}

#[test]
fn a_field_with_a_name_of_the_protocol_is_refused() {
    let tool = format!("{ORIGIN}/launch").parse().unwrap();
    let signed = launch().with("oauth_token", "x").sign(&platform(), &tool, World::new().moment());
    assert_eq!(signed, Err(LaunchError::Sign(SignError::ProtocolParameter)));
}

#[test]
fn o20_a_result_that_a_tool_sends_back_is_covered_by_its_hash() {
    // The roles are exchanged: the platform is the resource, the tool signs.
    let mut platform =
        World::with(|_| {}, |resource| (resource.two_legged, resource.body_hash_required) = (true, true));
    let config = Config { body_hash: BodyHashing::Sha1, ..Config::signing_only("printer", "printer secret") };
    let tool = Client::new(config).unwrap();
    let result = |score: &str| Bytes::from(format!("<replaceResultRequest>{score}</replaceResultRequest>"));
    let request = Request::post(format!("{ORIGIN}/outcomes")).header("content-type", "application/xml");
    let mut request = request.body(result("0.3")).unwrap();
    tool.sign(&mut request, None, platform.moment()).unwrap();
    assert_eq!(platform.fetch_refused(&request.clone().map(|_| result("1.0"))), Reason::BodyHash);
    assert_eq!(platform.fetch(&request).unwrap().legs, Legs::Two);
}
