//! Provider profiles against what providers have published: answers, base strings and signatures.
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
use oauth_sansio::{Exchange as _, Progress};
use oauth1_core::{
    client::{AnswerError, Callback, Client, Config, Error, Placement, TokenCredentials},
    profile::{self, ProfileError},
    signature::{
        BaseString, HmacSha1, HmacSha256, Origin, Plaintext,
        rsa::{PrivateKey, Rsa},
    },
};
use support::{
    client::{answered, done, moment, sent},
    profiles::{base_string_with, client, dance, extra, is_good, pending, published, received},
};

#[test]
fn x_as_published() {
    let (pending, token) = dance(
        &profile::X,
        "oauth_token=Z6eEdO8MOmk394WozF5oKyuAv855l4Mlqo7hhlSLik&oauth_token_secret=Kd75W4OQfb2oJTV0vzGzeXftVAwgMnEK9MumzYcM&oauth_callback_confirmed=true",
        "oauth_token=6253282-eWudHldSbIaelX7swmsiHImEL4KinwaGloHANdrY&oauth_token_secret=2EEfA6BG5ly3sR3XjE0IBSnlQu4ZrUzPiYTmrkVU&user_id=6253282&screen_name=twitterapi",
    );
    let url = pending.authorization_url_with(&client(&profile::X, None), &[("force_login", "true")]);
    assert_eq!(
        url.as_str(),
        "https://api.x.com/oauth/authorize?oauth_token=Z6eEdO8MOmk394WozF5oKyuAv855l4Mlqo7hhlSLik&force_login=true"
    );
    assert_eq!(
        (extra(&token, "user_id"), extra(&token, "screen_name")),
        (Some("6253282"), Some("twitterapi"))
    );
    let request = published(
        "POST",
        "https://api.twitter.com/1.1/statuses/update.json?include_entities=true",
        Some("status=Hello%20Ladies%20%2b%20Gentlemen%2c%20a%20signed%20OAuth%20request%21"),
        &[
            ("oauth_consumer_key", "xvz1evFS4wEEPTGEFPHBog"),
            ("oauth_nonce", "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg"),
            ("oauth_signature", "hCtSmYh+iHYCEqBWrE7C7hYmtUk="),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", "1318622958"),
            ("oauth_token", "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb"),
            ("oauth_version", "1.0"),
        ],
    );
    let (secret, token) =
        ("kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw", "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE");
    assert!(is_good(&request, &HmacSha1, secret, Some(token)));
    assert!(!is_good(&request, &HmacSha1, secret, None));
}

#[test]
fn flickr_as_published() {
    let request = Request::get(
        "https://www.flickr.com/services/oauth/request_token?oauth_nonce=95613465&oauth_timestamp=1305586162&oauth_consumer_key=653e7a6ecc1d528c516cc8f92cf98611&oauth_signature_method=HMAC-SHA1&oauth_version=1.0&oauth_signature=7w18YS2bONDPL%2FzgyzP5XTr5af4%3D&oauth_callback=http%3A%2F%2Fwww.example.com",
    );
    let read = received(&request.body(Bytes::new()).unwrap());
    assert_eq!(
        read.base_string(),
        "GET&https%3A%2F%2Fwww.flickr.com%2Fservices%2Foauth%2Frequest_token&oauth_callback%3Dhttp%253A%252F%252Fwww.example.com%26oauth_consumer_key%3D653e7a6ecc1d528c516cc8f92cf98611%26oauth_nonce%3D95613465%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D1305586162%26oauth_version%3D1.0"
    );
    // Of the same page, but remembered.
    let (pending, token) = dance(
        &profile::FLICKR,
        "oauth_callback_confirmed=true&oauth_token=72157626737672178-022bbd2f4c2f3432&oauth_token_secret=fccb68c4e6103197",
        "fullname=Jamal%20Fanaian&oauth_token=72157626318069415-087bfc7b5816092c&oauth_token_secret=a202d1f853ec69de&user_nsid=21207597%40N07&username=jamalfanaian",
    );
    assert_eq!(
        (extra(&token, "user_nsid"), extra(&token, "fullname")),
        (Some("21207597@N07"), Some("Jamal Fanaian"))
    );
    // Ours is made like the published one.
    let client = client(&profile::FLICKR, None);
    let ours =
        sent(&mut client.temporary_credentials(Callback::Uri("http://www.example.com".parse().unwrap())));
    assert!(
        ours.uri().query().unwrap().contains("oauth_signature=") && is_good(&ours, &HmacSha1, "secret", None)
    );
    let url = pending.authorization_url_with(&client, &[("perms", "read")]);
    assert!(url.as_str().ends_with("?oauth_token=72157626737672178-022bbd2f4c2f3432&perms=read"));
}

#[test]
fn netsuite_as_published() {
    let (secret, token_secret) = (
        "d26ad321a4b2f23b0741c8d38392ce01c3e23e109df6c96eac6d099e9ab9e8b5",
        "c29a677df7d5439a458c063654187e3d678d73aca8e3c9d8bea1478a3eb0d295",
    );
    for (method, url, signature) in [
        (
            "POST",
            "https://123456.restlets.api.netsuite.com/app/site/hosting/restlet.nl?script=6&deploy=1&customParam=someValue&testParam=someOtherValue",
            "+KK4SKNgz4ZiILGLwOMtfYlgcXSy1eis8ldE9X90azQ=",
        ),
        (
            "POST",
            "https://1234567.restlets.api.netsuite.com/app/site/hosting/restlet.nl?script=6&deploy=1&customParam=someValue&testParam=someOtherValue",
            "i7MEtGwhCTIZbTsTrNGw9LdcERn4wsjt5C7TxmKWIfU=",
        ),
        (
            "GET",
            "https://123456.suitetalk.api.netsuite.com/services/rest/record/v1/employee/40",
            "B5OIWznZ2YP0OB7VrJrGkYsTh+8H+5T9Hag+o92q0zY=",
        ),
    ] {
        let request = published(
            method,
            url,
            None,
            &[
                ("realm", "123456"),
                ("oauth_consumer_key", "ef40afdd8abaac111b13825dd5e5e2ddddb44f86d5a0dd6dcf38c20aae6b67e4"),
                ("oauth_token", "2b0ce516420110bcbd36b69e99196d1b7f6de3c6234c5afb799b73d87569f5cc"),
                ("oauth_signature_method", "HMAC-SHA256"),
                ("oauth_timestamp", "1508242306"),
                ("oauth_nonce", "fjaLirsIcCGVZWzBX0pg"),
                ("oauth_version", "1.0"),
                ("oauth_signature", signature),
            ],
        );
        assert!(is_good(&request, &HmacSha256, secret, Some(token_secret)), "{url}");
    }
    let client = client(&profile::NETSUITE, Some("1234567-sb1"));
    let mut request = Request::get("https://1234567-sb1.suitetalk.api.netsuite.com/x").body("").unwrap();
    client.sign(&mut request, Some(&TokenCredentials::new("t", "s")), moment()).unwrap();
    let header = request.headers()["authorization"].to_str().unwrap();
    assert!(header.starts_with("OAuth realm=\"1234567_SB1\", ") && header.contains("\"HMAC-SHA256\""));
    assert_eq!(profile::NETSUITE.config("key", "secret").map(drop), Err(ProfileError::Site));
}

#[test]
fn mastercard_as_published() {
    let request = published(
        "POST",
        "https://sandbox.api.mastercard.com/fraud/merchant/v1/termination-inquiry?Format=XML&PageOffset=0&PageLength=10",
        None,
        &[
            ("oauth_consumer_key", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
            ("oauth_nonce", "1111111111111111111"),
            ("oauth_timestamp", "1111111111"),
            ("oauth_signature_method", "RSA-SHA1"),
            ("oauth_version", "1.0"),
            ("oauth_body_hash", "WhqqH+TU95VgZMItpdq78BWb4cE="),
            ("oauth_signature", "not published"),
        ],
    );
    assert_eq!(
        received(&request).base_string(),
        "POST&https%3A%2F%2Fsandbox.api.mastercard.com%2Ffraud%2Fmerchant%2Fv1%2Ftermination-inquiry&Format%3DXML%26PageLength%3D10%26PageOffset%3D0%26oauth_body_hash%3DWhqqH%252BTU95VgZMItpdq78BWb4cE%253D%26oauth_consumer_key%3Dxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx%26oauth_nonce%3D1111111111111111111%26oauth_signature_method%3DRSA-SHA1%26oauth_timestamp%3D1111111111%26oauth_version%3D1.0"
    );
    // Also a request without a body carries the hash of nothing.
    let key = PrivateKey::from_pem(include_str!("keys/client.pem")).unwrap();
    let method = Arc::new(Rsa::sha256().signing_with(key).unwrap());
    let config = profile::MASTERCARD.config_signed_by(method, None, "key!store", "").unwrap();
    let mut request = Request::get("https://sandbox.api.mastercard.com/x").body(Bytes::new()).unwrap();
    Client::new(config).unwrap().sign(&mut request, None, moment()).unwrap();
    let read = received(&request);
    assert_eq!(read.body_hash(), Some("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="));
    assert_eq!((read.consumer_key(), read.signature_method()), ("key!store", "RSA-SHA256"));
}

#[test]
fn garmin_as_published() {
    let (key, secret) = ("cb60d7f5-4173-7bcd-ae02-e5a52a6940ac", "3LFNjTLbGk5QqWVoypl8S2wAYcSL586E285");
    // Signed for an installation for tests.
    let request = published(
        "POST",
        "https://connectapitest.garmin.com/oauth-service-1.0/oauth/request_token",
        None,
        &[
            ("oauth_consumer_key", key),
            ("oauth_nonce", "kbki9sCGRwU"),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", "1484837456"),
            ("oauth_version", "1.0"),
            ("oauth_signature", "+HlCpVX8Qgdw5Djfw0W30s7pfrY="),
        ],
    );
    assert!(is_good(&request, &HmacSha1, secret, None));
    // It has no callback, and none is confirmed.
    let config = profile::GARMIN.config(key, secret).unwrap();
    let callback = Callback::Uri("https://printer.example.com/ready".parse().unwrap());
    let unconfirmed = "oauth_token=temporary&oauth_token_secret=hidden";
    let careful = Client::new(config.clone()).unwrap();
    let refused = done(careful.temporary_credentials(callback.clone()), unconfirmed).map(drop);
    assert_eq!(refused, Err(Error::Answer(AnswerError::CallbackNotConfirmed)));
    let insisting = Client::new(Config { dangerously_accept_oauth_1_0: true, ..config }).unwrap();
    let pending = done(insisting.temporary_credentials(callback), unconfirmed).unwrap();
    assert_eq!(
        pending.authorization_url(&insisting).as_str(),
        "https://connect.garmin.com/oauthConfirm?oauth_token=temporary&oauth_callback=https%3A%2F%2Fprinter.example.com%2Fready"
    );
    let ours = sent(&mut pending.verifier(&insisting, "verifier"));
    assert_eq!(
        base_string_with(&ours, "kbki9sCGRwU", 1_484_837_456),
        "POST&https%3A%2F%2Fconnectapi.garmin.com%2Foauth-service%2Foauth%2Faccess_token&oauth_consumer_key%3Dcb60d7f5-4173-7bcd-ae02-e5a52a6940ac%26oauth_nonce%3Dkbki9sCGRwU%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D1484837456%26oauth_token%3Dtemporary%26oauth_verifier%3Dverifier%26oauth_version%3D1.0"
    );
}

#[test]
fn here_as_published() {
    const FORM: &str = "key1=value1&key1=value2&key2=value1";
    for (query, form, signature) in [
        ("", None, "FeKRSQawLAt3GwVBYCJqY2lawFkEHs2u78MfT7m1P+A="),
        ("", Some(FORM), "THFhaWB1Lbp/SVU+FSc/ix4CS6LpNY1suaZBSKQ4na4="),
        (FORM, Some(FORM), "bw5G7oIjsicO2Lp8rNa1H0bNj3Pkv+5aP2g9EedRpxI="),
    ] {
        for host in ["www.sampleurl.com", "www.sampleurl.com:443"] {
            let request = published(
                "POST",
                &format!("https://{host}/some/path?{query}"),
                form,
                &[
                    ("oauth_consumer_key", "testKey"),
                    ("oauth_signature_method", "HMAC-SHA256"),
                    ("oauth_timestamp", "123456789"),
                    ("oauth_nonce", "ab1Xo3"),
                    ("oauth_version", "1.0"),
                    ("oauth_signature", signature),
                ],
            );
            assert!(is_good(&request, &HmacSha256, "testSecret", None), "{host} {query}");
        }
    }
}

#[test]
fn lti_1_1_as_published() {
    let body = "context_id=456434513&context_label=SI182&context_title=Design%20of%20Personal%20Environments&launch_presentation_css_url=http%3A%2F%2Fwww.imsglobal.org%2Fdevelopers%2FLTI%2Ftest%2Fv1p1%2Flms.css&launch_presentation_document_target=frame&launch_presentation_locale=en-US&launch_presentation_return_url=http%3A%2F%2Fwww.imsglobal.org%2Fdevelopers%2FLTI%2Ftest%2Fv1p1%2Flms_return.php&lis_outcome_service_url=http%3A%2F%2Fwww.imsglobal.org%2Fdevelopers%2FLTI%2Ftest%2Fv1p1%2Fcommon%2Ftool_consumer_outcome.php%3Fb64%3DMTIzNDU6OjpzZWNyZXQ%3D&lis_person_contact_email_primary=user%40school.edu&lis_person_name_family=Public&lis_person_name_full=Jane%20Q.%20Public&lis_person_name_given=Given&lis_person_sourcedid=school.edu%3Auser&lis_result_sourcedid=feb-123-456-2929%3A%3A28883&lti_message_type=basic-lti-launch-request&lti_version=LTI-1p0&oauth_callback=about%3Ablank&oauth_consumer_key=12345&oauth_nonce=45f32b44e314244a222d0e070fa55384&oauth_signature=SKhxr%2Bx4p9jVO6sFxKdpA5neDtg%3D&oauth_signature_method=HMAC-SHA1&oauth_timestamp=1420370306&oauth_version=1.0&resource_link_description=A%20weekly%20blog.&resource_link_id=120988f929-274612&resource_link_title=Weekly%20Blog&roles=Instructor&tool_consumer_info_product_family_code=ims&tool_consumer_info_version=1.1&tool_consumer_instance_description=University%20of%20School%20%28LMSng%29&tool_consumer_instance_guid=lmsng.school.edu&user_id=292832126";
    let request = Request::post("http://www.example.com/launch")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Bytes::from_static(body.as_bytes()))
        .unwrap();
    assert!(is_good(&request, &HmacSha1, "secret", None));
    assert_eq!(profile::LTI_1_1.placement, Placement::Form);
}

#[test]
fn magento_1_as_published() {
    let header = r#"OAuth oauth_consumer_key="d208adaf663a85029c33f55ce73d2705",oauth_signature_method="PLAINTEXT",oauth_signature="9faba5ec4c19aa68ca96511201b20f69&",oauth_callback="http://domain.com/callback.php""#;
    let request = Request::post("http://domain.com/oauth/initiate").header("authorization", header);
    let request = request.body(Bytes::new()).unwrap();
    assert!(is_good(&request, &Plaintext, "9faba5ec4c19aa68ca96511201b20f69", None));
    let client = client(&profile::MAGENTO_1, Some("domain.com"));
    let pending = pending(
        &client,
        "oauth_token=ca27cc39c40d7e8dd6b8712f1f1471b1&oauth_token_secret=fc9fb4880ef0cb456808bbc101e14e8a&oauth_callback_confirmed=true",
    );
    let callback = "/callback.php?oauth_token=ca27cc39c40d7e8dd6b8712f1f1471b1&oauth_verifier=bf4a49d78505fc69351c2a46dc9b3cef";
    let mut exchange = pending.callback(&client, &callback.parse().unwrap()).unwrap();
    let request = sent(&mut exchange);
    assert_eq!(received(&request).verifier(), Some("bf4a49d78505fc69351c2a46dc9b3cef"));
    assert!(request.headers()["authorization"].to_str().unwrap().contains("oauth_verifier"));
}

#[test]
fn magento_2_as_published() {
    let client = client(&profile::MAGENTO_2, Some("shop.example.com"));
    let mut exchange = client.credentials_without_a_person().verifier("told beforehand");
    assert_eq!(sent(&mut exchange).uri(), "https://shop.example.com/oauth/token/request");
    let answer =
        "oauth_token=4cqw0r7vo0s5goyyqnjb72sqj3vxwr0h&oauth_token_secret=rig3x3j5a9z5j6d4ubjwyf9f1l21itrr";
    let Ok(Progress::Again(mut exchange)) = exchange.response(answered(200, answer), moment()) else {
        panic!()
    };
    let request = sent(&mut exchange);
    assert_eq!(request.uri(), "https://shop.example.com/oauth/token/access");
    let read = received(&request);
    assert_eq!(
        (read.token(), read.verifier()),
        (Some("4cqw0r7vo0s5goyyqnjb72sqj3vxwr0h"), Some("told beforehand"))
    );
    assert!(is_good(&request, &HmacSha256, "secret", Some("rig3x3j5a9z5j6d4ubjwyf9f1l21itrr")));
}

#[test]
fn woo_commerce_as_published() {
    let mut base = BaseString::default();
    base.parameter("oauth_signature_method", "HMAC-SHA1");
    base.parameter("oauth_consumer_key", "abc123");
    let origin = Origin::new(&"http://www.example.com".parse().unwrap()).unwrap();
    assert_eq!(
        base.write("GET", &origin, "/wc-api/v1/orders").unwrap(),
        "GET&http%3A%2F%2Fwww.example.com%2Fwc-api%2Fv1%2Forders&oauth_consumer_key%3Dabc123%26oauth_signature_method%3DHMAC-SHA1"
    );
    let mut request =
        Request::get("http://www.example.com/wp-json/wc/v3/orders?per_page=2").body(Bytes::new()).unwrap();
    let client = client(&profile::WOO_COMMERCE, None);
    client.signer(None).sign_in(profile::WOO_COMMERCE.placement, &mut request, moment()).unwrap();
    assert!(request.uri().query().unwrap().starts_with("per_page=2&oauth_consumer_key=key&"));
    assert!(is_good(&request, &HmacSha256, "secret", None));
}

#[test]
fn etsy_v2_as_published_with_its_gaps_filled() {
    let client = client(&profile::ETSY_V2, None);
    let callback = Callback::OutOfBand;
    let request =
        sent(&mut client.temporary_credentials(callback.clone()).with("scope", "email_r listings_r"));
    assert_eq!(request.uri(), "https://openapi.etsy.com/v2/oauth/request_token?scope=email_r+listings_r");
    assert!(is_good(&request, &HmacSha1, "secret", None));
    let answer = "login_url=https%3A%2F%2Fwww.etsy.com%2Foauth%2Fsignin%3Foauth_consumer_key%3Dkey%26oauth_token%3Dyyy%26service%3Dv2_prod&oauth_token=yyy&oauth_token_secret=aaa&oauth_callback_confirmed=true&oauth_consumer_key=key&oauth_callback=oob";
    let pending = done(client.temporary_credentials(callback), answer).unwrap();
    let login = &pending.extra().iter().find(|(name, _)| name == "login_url").unwrap().1;
    let ours = pending.authorization_url(&client);
    assert_eq!(
        login,
        "https://www.etsy.com/oauth/signin?oauth_consumer_key=key&oauth_token=yyy&service=v2_prod"
    );
    assert_eq!(ours.as_str(), "https://www.etsy.com/oauth/signin?oauth_token=yyy&oauth_consumer_key=key");
}
