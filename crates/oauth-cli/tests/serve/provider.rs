//! A provider of `oauth serve` with one client, `machine`, that the operator registers.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, Request, Response, StatusCode, header};
use oauth_hyper_client::Client as Http;
use oauth_hyper_server::AnyClientCertificate;
use oauth_sansio::{Digest, Outgoing, form};
use oauth2_core::client::{self, ClientAuthentication, Discovery, DpopKey};
use oauth2_core::jose::{Algorithm, LocalSigner};
use oauth2_core::metadata::{AuthorizationServerMetadata, Transport};
use rustls::{ClientConfig, ServerConfig};
use serde_json::{Value, json};
use url::Url;

use crate::certificates::{Authority, Identity, pem};
use crate::running::{Place, Running, admin, admin_output, free_port, serve};

/// A provider, and its one client.
pub(crate) struct Provider {
    pub(crate) place: Place,
    admin: u16,
    /// Where it is connected to.
    pub(crate) origin: Url,
    /// Whom clients of it trust.
    pub(crate) authority: Authority,
    pub(crate) running: Running,
}

impl Provider {
    /// It speaks TLS itself, with these settings of it besides.
    pub(crate) fn with_tls(tls: &str) -> Self {
        Self::with_tls_and(tls, "")
    }

    /// And with these of others.
    pub(crate) fn with_tls_and(tls: &str, more: &str) -> Self {
        let (place, authority, port) = (Place::new(), Authority::new(), free_port());
        let own = authority.vouches_for("server");
        place.with("cert.pem", &pem("CERTIFICATE", &own.certificate));
        place.with("key.pem", &pem("PRIVATE KEY", &own.key.serialize_der()));
        place.with("authority.pem", &pem("CERTIFICATE", &authority.certificate));
        let origin = format!("https://127.0.0.1:{port}");
        let settings = format!(
            "issuer = \"{origin}\"\ntls = {{ certificate = \"cert.pem\", key = \"key.pem\", {tls} }}\n{more}"
        );
        Self::start(place, authority, port, &origin, &settings)
    }

    /// A proxy speaks TLS for it.
    pub(crate) fn with_proxy(proxy: &str) -> Self {
        Self::with_proxy_at("https://id.example.com", proxy, "")
    }

    /// Clients know it by this address.
    pub(crate) fn with_proxy_at(issuer: &str, proxy: &str, more: &str) -> Self {
        let port = free_port();
        let settings = format!("issuer = \"{issuer}\"\nbehind_proxy = {{ {proxy} }}\n{more}");
        Self::start(Place::new(), Authority::new(), port, &format!("http://127.0.0.1:{port}"), &settings)
    }

    fn start(place: Place, authority: Authority, port: u16, origin: &str, settings: &str) -> Self {
        let admin = free_port();
        let settings = format!(
            "{settings}\nlisten = \"127.0.0.1:{port}\"\nadmin.listen = \"127.0.0.1:{admin}\"\n\
             resource_servers = [\"machine\"]\nscopes = {{ photos = \"See your photos\" }}\n"
        );
        let config = place.with("oauth.toml", &settings);
        let running = Running::of(serve(&place, &["--config", config.to_str().unwrap()]), port);
        Self { place, admin, origin: origin.parse().unwrap(), authority, running }
    }

    /// The arguments by which the operator registers a client with this besides.
    fn arguments(&self, client_id: &str, method: &str, more: &Value) -> Vec<String> {
        let metadata = self.place.with("metadata.json", &more.to_string());
        let given = ["--grant", "client_credentials", "--scope", "photos", "--auth-method", method];
        let first = ["clients", "create", "oauth2", "--client-id", client_id, "--metadata"];
        let all = first.into_iter().chain([metadata.to_str().unwrap()]).chain(given);
        all.map(str::to_owned).collect()
    }

    #[track_caller]
    pub(crate) fn registers(&self, method: &str, more: &Value) -> Value {
        self.registers_as("machine", method, more)
    }

    #[track_caller]
    pub(crate) fn registers_as(&self, client_id: &str, method: &str, more: &Value) -> Value {
        let arguments = self.arguments(client_id, method, more);
        admin(&self.place, self.admin, &arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    #[track_caller]
    pub(crate) fn refuses(&self, method: &str, more: &Value) -> String {
        let arguments = self.arguments("machine", method, more);
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let output = admin_output(&self.place, self.admin, &arguments);
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    }

    /// Connections that show this certificate.
    pub(crate) fn showing(&self, shown: Option<&Identity>) -> Http {
        let tls = ClientConfig::builder().with_root_certificates(self.authority.roots());
        Http::with_tls(match shown {
            Some(shown) => {
                tls.with_client_auth_cert(vec![shown.certificate.clone()], shown.private_key()).unwrap()
            }
            None => tls.with_no_client_auth(),
        })
    }

    /// Where it speaks TLS itself.
    pub(crate) fn issuer(&self) -> &str {
        self.origin.as_str().trim_end_matches('/')
    }

    /// What a client or an API learns of it, where it speaks TLS itself.
    pub(crate) async fn discovered(&self) -> AuthorizationServerMetadata {
        self.discovered_at(self.issuer()).await
    }

    pub(crate) async fn discovered_at(&self, issuer: &str) -> AuthorizationServerMetadata {
        self.showing(None).run(Discovery::new(issuer, Transport::Https).unwrap()).await.unwrap()
    }

    pub(crate) async fn metadata(&self) -> Value {
        let url = self.origin.join("/.well-known/oauth-authorization-server").unwrap();
        let request = Request::get(url.as_str()).body(Bytes::new()).unwrap();
        let answer = self.showing(None).send(Outgoing::repeatable(request)).await.unwrap();
        serde_json::from_slice(answer.body()).unwrap()
    }

    /// What `machine` is answered there, over these connections and with these headers. An address that is whole leads
    /// elsewhere.
    pub(crate) async fn asks(
        &self,
        http: &Http,
        address: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Response<Bytes> {
        let body = form::encode(fields.iter().copied().chain([("client_id", "machine")]));
        let request = Request::post(self.origin.join(address).unwrap().as_str());
        let mut request =
            request.header(header::CONTENT_TYPE, form::MEDIA_TYPE).body(Bytes::from(body)).unwrap();
        for (name, value) in headers {
            request.headers_mut().append(HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        http.send(Outgoing::once(request)).await.unwrap()
    }

    pub(crate) async fn token(&self, shown: Option<&Identity>) -> Response<Bytes> {
        self.asks(&self.showing(shown), "/oauth2/token", &CREDENTIALS, &[]).await
    }

    /// What introspection tells of a token, to whom shows this.
    pub(crate) async fn introspects(&self, shown: &Identity, token: &str) -> Response<Bytes> {
        self.asks(&self.showing(Some(shown)), "/oauth2/introspect", &[("token", token)], &[]).await
    }
}

/// A client of the core that proves who it is like this, and binds its tokens to this key.
pub(crate) fn client_of(
    metadata: &AuthorizationServerMetadata,
    client_id: &str,
    authentication: ClientAuthentication,
    dpop: Option<DpopKey>,
) -> client::Client {
    let server = client::Server::from_metadata(metadata, Transport::Https).unwrap();
    let config = client::Config { authentication, dpop, ..client::Config::new(server, client_id) };
    client::Client::new(config).unwrap()
}

/// A service on this machine that speaks TLS, and asks for certificates or does not.
pub(crate) fn tls_of(own: &Identity, asks: bool) -> Arc<ServerConfig> {
    let crypto = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder();
    let builder = match asks {
        true => builder.with_client_cert_verifier(Arc::new(AnyClientCertificate::new(crypto))),
        false => builder.with_no_client_auth(),
    };
    Arc::new(builder.with_single_cert(vec![own.certificate.clone()], own.private_key()).unwrap())
}

pub(crate) const CREDENTIALS: [(&str, &str); 1] = [("grant_type", "client_credentials")];

#[track_caller]
pub(crate) fn told(response: &Response<Bytes>) -> Value {
    assert_eq!(response.status(), StatusCode::OK, "{response:?}");
    serde_json::from_slice(response.body()).unwrap()
}

#[track_caller]
pub(crate) fn is_invalid_client(response: &Response<Bytes>) {
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!((response.status(), &body["error"]), (StatusCode::UNAUTHORIZED, &json!("invalid_client")));
}

pub(crate) fn methods(metadata: &Value) -> Vec<&str> {
    let methods = metadata["token_endpoint_auth_methods_supported"].as_array().unwrap();
    methods.iter().map(|method| method.as_str().unwrap()).filter(|method| method.contains("tls")).collect()
}

pub(crate) fn bound(identity: &Identity) -> Value {
    json!({ "x5t#S256": Digest::of(&identity.certificate) })
}

/// With this metadata, `machine` is known by its certificate: its tokens are bound to that or, where it has one, to a key.
pub(crate) async fn is_bound_either_way(
    provider: &Provider,
    metadata: &AuthorizationServerMetadata,
    own: &Identity,
) {
    let http = provider.showing(Some(own));
    let key = DpopKey::local(LocalSigner::generate(Algorithm::Es256, "").unwrap()).unwrap();
    let thumbprint = json!({ "jkt": key.thumbprint() });
    for (dpop, cnf) in [(None, bound(own)), (Some(key), thumbprint)] {
        let client = client_of(metadata, "machine", ClientAuthentication::TlsClientAuth, dpop);
        let tokens = http.run(client.client_credentials(&"photos".parse().unwrap()).unwrap()).await.unwrap();
        let seen = http.run(client.introspect(&tokens.access_token).unwrap()).await.unwrap();
        assert_eq!((seen.active, &seen.members["cnf"]), (true, &cnf));
    }
}
