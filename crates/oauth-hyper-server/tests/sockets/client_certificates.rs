//! Clients that are known by their certificates (RFC 8705): over TLS of this process, and behind a proxy.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, Response, StatusCode};
use oauth_hyper_client::Client as Http;
use oauth_hyper_server::{AnyClientCertificate, CertificateHeader, ProviderService, Server, TrustedProxy};
use oauth_sansio::Outgoing;
use oauth_store::{IssuerStore, MemoryStore};
use oauth2_core::server::{
    Authentication, AuthorizationServer, CertificateSubject, Chain, Client, Config, GrantType, MutualTls,
};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use serde_json::Value;
use tokio::net::TcpListener;
use url::Url;

use crate::common::{StubPages, form_post};

/// An authority, and who it has vouched for.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
}

type Identity = (CertificateDer<'static>, PrivateKeyDer<'static>);

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "authority");
        let certificate = params.self_signed(&key).unwrap().der().clone();
        Self { issuer: Issuer::new(params, key), certificate }
    }

    fn vouches_for(&self, name: &str) -> Identity {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["127.0.0.1".into()]).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        let certificate = params.signed_by(&key, &self.issuer).unwrap().der().clone();
        (certificate, PrivateKeyDer::Pkcs8(key.serialize_der().into()))
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        roots
    }

    fn verifier(&self) -> Arc<dyn ClientCertVerifier> {
        WebPkiClientVerifier::builder(Arc::new(self.roots())).build().unwrap()
    }
}

/// A provider whose one client is `machine`, known by the name `CN=machine`.
async fn provider(issuer: &str) -> ProviderService {
    let mut config = Config::new(issuer.parse().unwrap());
    config.scopes = "photos".parse().unwrap();
    config.mutual_tls = Some(MutualTls::default());
    config.insecure_loopback = true;
    let store = IssuerStore::new(Arc::new(MemoryStore::new()), issuer);
    let client = Client {
        authentication: Authentication::TlsClientAuth {
            subject: CertificateSubject::Name("CN=machine".into()),
        },
        grants: vec![GrantType::ClientCredentials],
        scopes: "photos".parse().unwrap(),
        ..Client::new("machine")
    };
    store.register_oauth2(client).await.unwrap();
    ProviderService::new(store, Arc::new(StubPages)).oauth2(AuthorizationServer::new(config).unwrap())
}

async fn over_tls(authority: &Authority, shown: Option<Identity>) -> Response<Bytes> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("https://{}/oauth2/token", listener.local_addr().unwrap()).parse().unwrap();
    let provider = provider(&url.origin().ascii_serialization()).await;
    let (certificate, key) = authority.vouches_for("server");
    let crypto = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ServerConfig::builder()
        .with_client_cert_verifier(Arc::new(AnyClientCertificate::new(crypto)))
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let server = Server::new(listener).tls(Arc::new(tls)).client_authorities(authority.verifier());
    tokio::spawn(server.serve(provider, std::future::pending()));
    let config = ClientConfig::builder().with_root_certificates(authority.roots());
    let config = match shown {
        Some((certificate, key)) => config.with_client_auth_cert(vec![certificate], key).unwrap(),
        None => config.with_no_client_auth(),
    };
    ask(&Http::with_tls(config), &url, &[]).await
}

async fn ask(http: &Http, url: &Url, headers: &[(&str, &str)]) -> Response<Bytes> {
    let mut request = form_post(url, &[("grant_type", "client_credentials"), ("client_id", "machine")]);
    for (name, value) in headers {
        request.headers_mut().append(HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
    }
    http.send(Outgoing::once(request)).await.unwrap()
}

fn is_invalid_client(response: &Response<Bytes>) -> bool {
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    response.status() == StatusCode::UNAUTHORIZED && body["error"] == "invalid_client"
}

#[tokio::test]
async fn a_client_is_known_by_its_certificate_and_by_no_other() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let own = over_tls(&authority, Some(authority.vouches_for("machine"))).await;
    assert_eq!(own.status(), StatusCode::OK);
    assert!(is_invalid_client(&over_tls(&authority, Some(authority.vouches_for("other"))).await));
    assert!(is_invalid_client(&over_tls(&authority, Some(stranger.vouches_for("machine"))).await));
    assert!(is_invalid_client(&over_tls(&authority, None).await));
}

/// The server behind a proxy that speaks plain HTTP to it.
async fn behind(proxy: Option<TrustedProxy>) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("http://{}/oauth2/token", listener.local_addr().unwrap()).parse().unwrap();
    let mut provider = provider(&url.origin().ascii_serialization()).await;
    if let Some(proxy) = proxy {
        provider = provider.behind(proxy);
    }
    tokio::spawn(Server::new(listener).serve(provider, std::future::pending()));
    url
}

fn headers(authority: &Authority) -> [(&'static str, String); 2] {
    use base64::Engine as _;
    let (certificate, _) = authority.vouches_for("machine");
    let text = base64::engine::general_purpose::STANDARD.encode(&certificate);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
    let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"));
    [("client-cert", format!(":{text}:")), ("x-ssl-cert", oauth_sansio::percent::encode(&pem).into_owned())]
}

fn trusting(address: [u8; 4], header: &str) -> TrustedProxy {
    let header = match header {
        "client-cert" => CertificateHeader::ClientCert,
        name => CertificateHeader::EscapedPem(name.parse().unwrap()),
    };
    TrustedProxy::new([IpAddr::from(address)]).certificate(header, Chain::Verified)
}

#[tokio::test]
async fn k18_a_certificate_in_a_header_counts_only_from_the_proxy_that_is_trusted() {
    let authority = Authority::new();
    let http = Http::new();
    for (name, value) in headers(&authority) {
        let header = [(name, value.as_str())];
        let trusted = behind(Some(trusting([127, 0, 0, 1], name))).await;
        assert_eq!(ask(&http, &trusted, &header).await.status(), StatusCode::OK, "{name}");
        assert!(is_invalid_client(&ask(&http, &trusted, &[]).await));
        // From anywhere else, and in any other header, it is a header like others.
        let other = behind(Some(trusting([192, 0, 2, 1], name))).await;
        assert!(is_invalid_client(&ask(&http, &other, &header).await), "{name}");
        assert!(is_invalid_client(&ask(&http, &behind(None).await, &header).await), "{name}");
        let elsewhere = behind(Some(trusting([127, 0, 0, 1], "x-other"))).await;
        assert!(is_invalid_client(&ask(&http, &elsewhere, &header).await), "{name}");
        // One of two was not written by the proxy.
        let twice = [header[0], header[0]];
        assert_eq!(ask(&http, &trusted, &twice).await.status(), StatusCode::BAD_REQUEST, "{name}");
        let broken = ask(&http, &trusted, &[(name, "%zz not a certificate")]).await;
        assert_eq!(broken.status(), StatusCode::BAD_REQUEST, "{name}");
    }
}

#[tokio::test]
async fn k18_a_proxy_that_checks_no_authority_vouches_for_no_name() {
    let authority = Authority::new();
    let [(name, value), _] = headers(&authority);
    let proxy = TrustedProxy::new([IpAddr::from([127, 0, 0, 1])])
        .certificate(CertificateHeader::ClientCert, Chain::Unverified);
    let url = behind(Some(proxy)).await;
    assert!(is_invalid_client(&ask(&Http::new(), &url, &[(name, &value)]).await));
}
