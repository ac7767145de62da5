//! Clients that are known by the certificate of their connection, and tokens that are bound to it (RFC 8705).

use bytes::Bytes;
use http::{Request, StatusCode};
use oauth_sansio::Reply;
use oauth2_core::{
    jose::{Algorithm, JwkSet, LocalSigner},
    server::{
        Authentication, AuthorizationServer, Binding, CertificateError, CertificateSubject, Chain, Client,
        ClientCertificate, ClientKeys, Config, ConfigError, Demands, Endpoint, GrantType, JsonText,
        MutualTls, Profile, Reason, RegistrationPolicy,
    },
};
use rcgen::{CertificateParams, DnType, KeyPair, SanType};
use serde_json::{Value, json as value};

use crate::world::*;

fn world() -> World {
    World::with(|config| config.mutual_tls = Some(MutualTls::default()))
}

/// A certificate of an application, with every kind of name that there is.
fn certificate(key: &KeyPair, change: impl FnOnce(&mut CertificateParams)) -> Bytes {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CountryName, "NZ");
    params.distinguished_name.push(DnType::OrganizationName, "Prints, Ltd");
    params.distinguished_name.push(DnType::CommonName, "printer");
    params.subject_alt_names = vec![
        SanType::DnsName("printer.example".try_into().unwrap()),
        SanType::DnsName("second.example".try_into().unwrap()),
        SanType::URI("https://printer.example/app".try_into().unwrap()),
        SanType::IpAddress("192.0.2.7".parse().unwrap()),
        SanType::Rfc822Name("printer@example.com".try_into().unwrap()),
    ];
    change(&mut params);
    Bytes::copy_from_slice(params.self_signed(key).unwrap().der())
}

fn key() -> KeyPair {
    KeyPair::generate().unwrap()
}

pub(crate) fn shown(chain: Chain) -> ClientCertificate {
    ClientCertificate::new(certificate(&key(), |_| {}), chain)
}

fn by(subject: CertificateSubject) -> Client {
    Client { authentication: Authentication::TlsClientAuth { subject }, ..machine() }
}

pub(crate) fn over(certificate: Option<&ClientCertificate>, mut request: Request<Bytes>) -> Request<Bytes> {
    if let Some(certificate) = certificate {
        request.extensions_mut().insert(certificate.clone());
    }
    request
}

fn ask(world: &World, certificate: Option<&ClientCertificate>, parameters: &[(&str, &str)]) -> Reply<Reason> {
    let request = over(certificate, post("/oauth2/token", &[], parameters));
    world.drive(world.receive(Endpoint::Token, request), None)
}

pub(crate) fn machine_asks(world: &World, certificate: Option<&ClientCertificate>) -> Reply<Reason> {
    ask(world, certificate, &[("grant_type", "client_credentials"), ("client_id", "machine")])
}

const NAMED: &str = "CN=printer,O=Prints\\, Ltd,C=NZ";

#[test]
fn a_certificate_in_the_name_of_the_client_is_its_authentication() {
    let world = world();
    let shown = shown(Chain::Verified);
    for subject in [
        CertificateSubject::Name(NAMED.into()),
        CertificateSubject::Dns("printer.example".into()),
        CertificateSubject::Dns("SECOND.example".into()),
        CertificateSubject::Uri("https://printer.example/app".into()),
        CertificateSubject::Ip("192.0.2.7".parse().unwrap()),
        CertificateSubject::Email("printer@example.com".into()),
    ] {
        world.register(by(subject.clone()));
        let reply = machine_asks(&world, Some(&shown));
        assert_eq!(reply.reason, None, "{subject:?}");
    }
    let methods = &world.server.metadata().token_endpoint_auth_methods_supported;
    for method in ["tls_client_auth", "self_signed_tls_client_auth"] {
        assert!(methods.contains(&method.to_owned()));
    }
    assert_eq!(world.server.metadata().extra["tls_client_certificate_bound_access_tokens"], true);
}

#[test]
fn k19_names_of_certificates_are_compared_whole_and_by_their_kind() {
    let world = world();
    let verified = shown(Chain::Verified);
    for subject in [
        CertificateSubject::Name("CN=printer".into()),
        CertificateSubject::Name("CN=printer,O=Prints, Ltd,C=NZ".into()),
        CertificateSubject::Name("cn=printer,O=Prints\\, Ltd,C=NZ".into()),
        CertificateSubject::Name("C=NZ,O=Prints\\, Ltd,CN=printer".into()),
        CertificateSubject::Name("CN=printer,O=Prints\\, Ltd,C=NZ,CN=admin".into()),
        CertificateSubject::Name(String::new()),
        CertificateSubject::Dns("example".into()),
        CertificateSubject::Dns("evil.printer.example".into()),
        CertificateSubject::Dns("*.example".into()),
        CertificateSubject::Dns("https://printer.example/app".into()),
        CertificateSubject::Uri("https://printer.example/".into()),
        CertificateSubject::Uri("HTTPS://printer.example/app".into()),
        CertificateSubject::Uri("printer.example".into()),
        CertificateSubject::Ip("192.0.2.8".parse().unwrap()),
        CertificateSubject::Ip("::ffff:192.0.2.7".parse().unwrap()),
        CertificateSubject::Email("printer@EXAMPLE.com".into()),
        CertificateSubject::Email("printer.example".into()),
    ] {
        world.register(by(subject.clone()));
        let reply = machine_asks(&world, Some(&verified));
        assert_eq!(
            (error(&reply).as_str(), reply.response.status()),
            ("invalid_client", StatusCode::UNAUTHORIZED)
        );
        assert_eq!(reply.reason, Some(Reason::Certificate(CertificateError::OtherSubject)), "{subject:?}");
    }
    // What merely looks like the name, inside a value.
    let forged = certificate(&key(), |params| {
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, NAMED);
    });
    world.register(by(CertificateSubject::Name(NAMED.into())));
    let forged = ClientCertificate::new(forged, Chain::Verified);
    assert_eq!(
        machine_asks(&world, Some(&forged)).reason,
        Some(Reason::Certificate(CertificateError::OtherSubject))
    );
}

#[test]
fn k19_a_name_counts_only_from_an_authority_that_is_trusted() {
    let world = world();
    world.register(by(CertificateSubject::Name(NAMED.into())));
    for (certificate, reason) in [
        (Some(shown(Chain::Unverified)), CertificateError::Untrusted),
        (
            Some(ClientCertificate::new(Bytes::from_static(b"junk"), Chain::Verified)),
            CertificateError::Malformed,
        ),
        (
            Some(ClientCertificate::new(vec![0x30; 20_000].into(), Chain::Verified)),
            CertificateError::Malformed,
        ),
        (None, CertificateError::Missing),
    ] {
        let reply = machine_asks(&world, certificate.as_ref());
        assert_eq!(
            (error(&reply).as_str(), reply.reason),
            ("invalid_client", Some(Reason::Certificate(reason)))
        );
    }
}

/// A client with a key of its own, and the certificate for it.
pub(crate) fn self_signed() -> (Client, ClientCertificate) {
    let pair = key();
    let jwk =
        LocalSigner::from_pkcs8(pair.serialized_der(), Algorithm::Es256, "k").unwrap().public().unwrap();
    let keys = ClientKeys::Jwks(JsonText::of(&JwkSet::new([jwk]).to_value()));
    let authentication = Authentication::SelfSignedTlsClientAuth;
    let certificate = ClientCertificate::new(certificate(&pair, |_| {}), Chain::Unverified);
    (Client { authentication, keys: Some(keys), ..machine() }, certificate)
}

#[test]
fn a_self_signed_certificate_counts_by_its_registered_key() {
    let world = world();
    let (client, certificate) = self_signed();
    client.check().unwrap();
    world.register(client);
    assert_eq!(machine_asks(&world, Some(&certificate)).reason, None);
    let reply = machine_asks(&world, Some(&shown(Chain::Verified)));
    assert_eq!(reply.reason, Some(Reason::Certificate(CertificateError::OtherKey)));
}

#[test]
fn k04_a_client_that_is_known_by_its_certificate_has_no_other_way() {
    let world = world();
    let (client, certificate) = self_signed();
    world.register(client);
    let parameters = [("grant_type", "client_credentials")];
    for headers in [&[("authorization", basic("machine", SECRET))][..], &[]] {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let request = over(Some(&certificate), post("/oauth2/token", &headers, &parameters));
        let reply = world.drive(world.receive(Endpoint::Token, request), None);
        assert_eq!(error(&reply), "invalid_client");
    }
    // And a certificate does nothing for a client that has a secret.
    world.register(machine());
    assert_eq!(machine_asks(&world, Some(&certificate)).reason, Some(Reason::Unauthenticated));
}

#[test]
fn where_nobody_tells_of_certificates_no_client_is_known_by_one() {
    let world = World::new();
    let (client, certificate) = self_signed();
    world.register(client);
    assert_eq!(machine_asks(&world, Some(&certificate)).reason, Some(Reason::AuthenticationMethod));
    let methods = &world.server.metadata().token_endpoint_auth_methods_supported;
    assert!(!methods.iter().any(|method| method.contains("tls")));
    assert!(!world.server.metadata().extra.contains_key("mtls_endpoint_aliases"));
}

#[test]
fn x17_tokens_are_bound_to_the_certificate_that_was_shown() {
    let world = World::with(|config| {
        config.mutual_tls = Some(MutualTls::default());
        config.resource_servers = vec!["other".into()];
    });
    let (client, certificate) = self_signed();
    let thumbprint = certificate.thumbprint();
    world.register(client);
    let reply = machine_asks(&world, Some(&certificate));
    // The connection shows it: the token is used like any other (RFC 8705 section 3).
    assert_eq!(json(&reply.response)["token_type"], "Bearer");
    let token = Tokens::of(&reply).access;
    let request =
        post("/oauth2/introspect", &[("authorization", &basic("other", SECRET))], &[("token", &token)]);
    let told = json(&world.drive(world.receive(Endpoint::Introspection, request), None).response);
    assert_eq!(told["cnf"]["x5t#S256"], oauth_sansio::base64url::encode(thumbprint.as_bytes()));
}

#[test]
fn x17_the_refresh_token_of_a_public_client_needs_its_certificate() {
    let world = world();
    let demands = Demands { tls_client_certificate_bound_access_tokens: true, ..Demands::default() };
    world.register(Client { demands, ..native() });
    let certificate = shown(Chain::Unverified);
    let issued = world.code("native");
    let redeem = |certificate| {
        let parameters = [
            ("grant_type", "authorization_code"),
            ("code", issued.code.as_str()),
            ("code_verifier", &issued.verifier),
            ("client_id", "native"),
        ];
        ask(&world, certificate, &parameters)
    };
    // It wants bound tokens, and a proof by another means is none.
    assert_eq!(redeem(None).reason, Some(Reason::NotBound));
    let refresh = Tokens::of(&redeem(Some(&certificate))).refresh;
    let other = shown(Chain::Verified);
    let again = |certificate| {
        let parameters =
            [("grant_type", "refresh_token"), ("refresh_token", &*refresh), ("client_id", "native")];
        ask(&world, certificate, &parameters)
    };
    assert_eq!(again(None).reason, Some(Reason::OtherKey));
    assert_eq!(again(Some(&other)).reason, Some(Reason::OtherKey));
    assert_eq!(again(Some(&certificate)).reason, None);
    let bindings: Vec<_> = world.store.borrow().access.values().map(|access| access.binding).collect();
    assert!(bindings.iter().all(|binding| *binding == Some(Binding::Certificate(certificate.thumbprint()))));
}

#[test]
fn a_certificate_that_nobody_asked_for_binds_nothing() {
    let world = world();
    world.register(machine());
    let parameters =
        [("grant_type", "client_credentials"), ("client_id", "machine"), ("client_secret", SECRET)];
    assert_eq!(ask(&world, Some(&shown(Chain::Verified)), &parameters).reason, None);
    assert_eq!(world.store.borrow().access.values().next().unwrap().binding, None);
}

#[test]
fn where_tokens_must_be_bound_a_certificate_does_it() {
    let world = World::with(|config| {
        config.policy = Profile::Fapi2.policy();
        config.mutual_tls = Some(MutualTls::default());
    });
    let (client, certificate) = self_signed();
    world.register(client);
    assert_eq!(machine_asks(&world, Some(&certificate)).reason, None);
    assert!(world.store.borrow().access.values().next().unwrap().binding.is_some());
}

#[test]
fn clients_with_certificates_find_the_endpoints_elsewhere_if_the_settings_say_so() {
    let with = |aliases: &str| {
        let mut config = Config::new(ISSUER.parse().unwrap());
        config.mutual_tls = Some(MutualTls { aliases: Some(aliases.parse().unwrap()) });
        AuthorizationServer::new(config)
    };
    let server = with("https://mtls.as.example").unwrap();
    let aliases = &server.metadata().extra["mtls_endpoint_aliases"];
    assert_eq!(aliases["token_endpoint"], "https://mtls.as.example/oauth2/token");
    assert_eq!(aliases["pushed_authorization_request_endpoint"], "https://mtls.as.example/oauth2/par");
    for bad in ["http://mtls.as.example", "https://mtls.as.example/path", "https://a@mtls.as.example"] {
        assert_eq!(with(bad).map(drop), Err(ConfigError::Aliases), "{bad}");
    }
}

#[test]
fn a_client_registers_the_name_of_its_certificate_and_one_only() {
    use oauth2_core::server::AuthenticationMethod as M;
    let world = World::with(|config| {
        config.mutual_tls = Some(MutualTls::default());
        let mut policy = RegistrationPolicy::for_applications(scopes("read"));
        policy.authentication_methods.insert(M::TlsClientAuth);
        policy.grants.insert(GrantType::ClientCredentials);
        config.registration = Some(policy);
    });
    let register = |metadata: &Value| {
        let request = Request::post("/oauth2/register").header("content-type", "application/json");
        let request = request.body(Bytes::from(metadata.to_string())).unwrap();
        world.drive(world.receive(Endpoint::Registration, request), None)
    };
    let mut metadata = value!({
        "token_endpoint_auth_method": "tls_client_auth",
        "grant_types": ["client_credentials"],
        "tls_client_auth_san_dns": "printer.example",
    });
    let told = json(&register(&metadata).response);
    assert_eq!(told["tls_client_auth_san_dns"], "printer.example");
    assert!(told.get("client_secret").is_none());
    let client_id = told["client_id"].as_str().unwrap();
    let parameters = [("grant_type", "client_credentials"), ("client_id", client_id)];
    assert_eq!(ask(&world, Some(&shown(Chain::Verified)), &parameters).reason, None);
    metadata["tls_client_auth_subject_dn"] = value!(NAMED);
    assert_eq!(error(&register(&metadata)), "invalid_client_metadata");
    let none =
        value!({ "token_endpoint_auth_method": "tls_client_auth", "grant_types": ["client_credentials"] });
    assert_eq!(error(&register(&none)), "invalid_client_metadata");
}
