//! Clients of `oauth serve` that are known by their certificates (RFC 8705).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderName, Request, Response, StatusCode, header};
use oauth_hyper_client::Client as Http;
use oauth_sansio::{Digest, Outgoing, form};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};

use crate::certificates::{Authority, Identity, pem};
use crate::running::{Place, Running, admin, admin_output, free_port, serve};

struct Provider {
    place: Place,
    admin: u16,
    /// Where it is connected to.
    origin: String,
    /// Whom clients of it trust.
    authority: Authority,
    _running: Running,
}

impl Provider {
    /// It speaks TLS itself, with these settings besides.
    fn with_tls(tls: &str) -> Self {
        let (place, authority, port) = (Place::new(), Authority::new(), free_port());
        let own = authority.vouches_for("server");
        place.with("cert.pem", &pem("CERTIFICATE", &own.certificate));
        place.with("key.pem", &pem("PRIVATE KEY", &own.key.serialize_der()));
        place.with("authority.pem", &pem("CERTIFICATE", &authority.certificate));
        let origin = format!("https://127.0.0.1:{port}");
        let settings = format!(
            "issuer = \"{origin}\"\ntls = {{ certificate = \"cert.pem\", key = \"key.pem\", {tls} }}"
        );
        Self::start(place, authority, port, origin, &settings)
    }

    /// A proxy speaks TLS for it.
    fn with_proxy(proxy: &str) -> Self {
        let port = free_port();
        let settings = format!("issuer = \"https://id.example.com\"\nbehind_proxy = {{ {proxy} }}");
        Self::start(Place::new(), Authority::new(), port, format!("http://127.0.0.1:{port}"), &settings)
    }

    fn start(place: Place, authority: Authority, port: u16, origin: String, settings: &str) -> Self {
        let admin = free_port();
        let settings = format!(
            "{settings}\nlisten = \"127.0.0.1:{port}\"\nadmin.listen = \"127.0.0.1:{admin}\"\n\
             resource_servers = [\"machine\"]\nscopes = {{ photos = \"See your photos\" }}\n"
        );
        let config = place.with("oauth.toml", &settings);
        let running = Running::of(serve(&place, &["--config", config.to_str().unwrap()]), port);
        Self { place, admin, origin, authority, _running: running }
    }

    /// The arguments by which the operator registers `machine` with this besides.
    fn machine(&self, method: &str, more: &Value) -> Vec<String> {
        let metadata = self.place.with("machine.json", &more.to_string());
        let given = ["--grant", "client_credentials", "--scope", "photos", "--auth-method", method];
        let first = ["clients", "create", "oauth2", "--client-id", "machine", "--metadata"];
        let all = first.into_iter().chain([metadata.to_str().unwrap()]).chain(given);
        all.map(str::to_owned).collect()
    }

    #[track_caller]
    fn registers(&self, method: &str, more: &Value) -> Value {
        let arguments = self.machine(method, more);
        admin(&self.place, self.admin, &arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    #[track_caller]
    fn refuses(&self, method: &str, more: &Value) -> String {
        let arguments = self.machine(method, more);
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let output = admin_output(&self.place, self.admin, &arguments);
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    }

    /// Connections that show this certificate.
    fn showing(&self, shown: Option<&Identity>) -> Http {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.certificate.clone()).unwrap();
        let tls = ClientConfig::builder().with_root_certificates(roots);
        Http::with_tls(match shown {
            Some(shown) => {
                tls.with_client_auth_cert(vec![shown.certificate.clone()], shown.private_key()).unwrap()
            }
            None => tls.with_no_client_auth(),
        })
    }

    async fn metadata(&self) -> Value {
        let url = format!("{}/.well-known/oauth-authorization-server", self.origin);
        let request = Request::get(url).body(Bytes::new()).unwrap();
        let answer = self.showing(None).send(Outgoing::repeatable(request)).await.unwrap();
        serde_json::from_slice(answer.body()).unwrap()
    }

    /// What `machine` is answered there, over these connections and with these headers.
    async fn asks(
        &self,
        http: &Http,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Response<Bytes> {
        let body = form::encode(fields.iter().copied().chain([("client_id", "machine")]));
        let request = Request::post(format!("{}{path}", self.origin));
        let mut request =
            request.header(header::CONTENT_TYPE, form::MEDIA_TYPE).body(Bytes::from(body)).unwrap();
        for (name, value) in headers {
            request.headers_mut().append(HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        http.send(Outgoing::once(request)).await.unwrap()
    }

    async fn token(&self, shown: Option<&Identity>) -> Response<Bytes> {
        self.asks(&self.showing(shown), "/oauth2/token", &CREDENTIALS, &[]).await
    }

    /// What introspection tells of a token, to whom shows this.
    async fn introspects(&self, shown: &Identity, token: &str) -> Response<Bytes> {
        self.asks(&self.showing(Some(shown)), "/oauth2/introspect", &[("token", token)], &[]).await
    }
}

const CREDENTIALS: [(&str, &str); 1] = [("grant_type", "client_credentials")];

#[track_caller]
fn told(response: &Response<Bytes>) -> Value {
    assert_eq!(response.status(), StatusCode::OK, "{response:?}");
    serde_json::from_slice(response.body()).unwrap()
}

#[track_caller]
fn is_invalid_client(response: &Response<Bytes>) {
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!((response.status(), &body["error"]), (StatusCode::UNAUTHORIZED, &json!("invalid_client")));
}

fn methods(metadata: &Value) -> Vec<&str> {
    let methods = metadata["token_endpoint_auth_methods_supported"].as_array().unwrap();
    methods.iter().map(|method| method.as_str().unwrap()).filter(|method| method.contains("tls")).collect()
}

fn bound(identity: &Identity) -> Value {
    json!({ "x5t#S256": Digest::of(&identity.certificate) })
}

#[tokio::test]
async fn a_client_is_known_by_a_certificate_of_the_authorities_that_the_settings_name() {
    let provider = Provider::with_tls("client_authorities = \"authority.pem\"");
    let metadata = provider.metadata().await;
    assert_eq!(methods(&metadata), ["tls_client_auth", "self_signed_tls_client_auth"]);
    assert_eq!(metadata["tls_client_certificate_bound_access_tokens"], true);
    let machine =
        provider.registers("tls_client_auth", &json!({ "tls_client_auth_subject_dn": "CN=machine" }));
    assert_eq!(machine.get("client_secret"), None);

    let (own, other) = (provider.authority.vouches_for("machine"), provider.authority.vouches_for("other"));
    let token = told(&provider.token(Some(&own)).await);
    let token = token["access_token"].as_str().unwrap();
    let seen = told(&provider.introspects(&own, token).await);
    assert_eq!((&seen["active"], &seen["cnf"]), (&json!(true), &bound(&own)));
    // The next certificate in its name is another one, and so is what its tokens are bound to.
    let renewed = provider.authority.vouches_for("machine");
    let next = told(&provider.token(Some(&renewed)).await);
    let seen = told(&provider.introspects(&own, next["access_token"].as_str().unwrap()).await);
    assert_eq!(seen["cnf"], bound(&renewed));

    is_invalid_client(&provider.introspects(&other, token).await);
    is_invalid_client(&provider.token(Some(&other)).await);
    is_invalid_client(&provider.token(Some(&Authority::new().vouches_for("machine"))).await);
    is_invalid_client(&provider.token(Some(&Identity::self_signed("machine"))).await);
    is_invalid_client(&provider.token(None).await);
}

#[tokio::test]
async fn without_settings_no_certificate_is_asked_for_and_none_is_advertised() {
    let provider = Provider::with_tls("");
    let metadata = provider.metadata().await;
    assert!(methods(&metadata).is_empty(), "{metadata}");
    assert_eq!(metadata.get("tls_client_certificate_bound_access_tokens"), None);
    let named = json!({ "tls_client_auth_subject_dn": "CN=machine" });
    assert!(provider.refuses("tls_client_auth", &named).contains("token_endpoint_auth_method"));
    // Whoever has one is served as everybody else.
    let secret = provider.registers("client_secret_post", &json!({}))["client_secret"].clone();
    let http = provider.showing(Some(&provider.authority.vouches_for("machine")));
    let secret = ("client_secret", secret.as_str().unwrap());
    let token = told(&provider.asks(&http, "/oauth2/token", &[CREDENTIALS[0], secret], &[]).await);
    let token = ("token", token["access_token"].as_str().unwrap());
    let seen = told(&provider.asks(&http, "/oauth2/introspect", &[token, secret], &[]).await);
    assert_eq!((&seen["active"], seen.get("cnf")), (&json!(true), None));
}

#[tokio::test]
async fn k18_a_certificate_in_a_header_is_believed_from_the_address_in_the_settings_alone() {
    let told_by = |address: &str, verified: bool| {
        let header = format!("{{ header = \"client-cert\", verified = {verified} }}");
        Provider::with_proxy(&format!("addresses = [\"{address}\"], client_certificate = {header}"))
    };
    let (trusted, other) = (told_by("127.0.0.1", true), told_by("192.0.2.1", true));
    let named = json!({ "tls_client_auth_subject_dn": "CN=machine" });
    let own = trusted.authority.vouches_for("machine");
    let value = format!(":{}:", STANDARD.encode(&own.certificate));
    let asks = async |provider: &Provider, header| {
        provider.asks(&Http::new(), "/oauth2/token", &CREDENTIALS, &[(header, value.as_str())]).await
    };
    for provider in [&trusted, &other] {
        assert_eq!(methods(&provider.metadata().await).len(), 2);
        provider.registers("tls_client_auth", &named);
    }
    told(&asks(&trusted, "client-cert").await);
    is_invalid_client(&asks(&trusted, "x-client-cert").await);
    is_invalid_client(&asks(&other, "client-cert").await);

    // One that checks no authority vouches for no name.
    let unverified = told_by("127.0.0.1", false);
    assert_eq!(methods(&unverified.metadata().await), ["self_signed_tls_client_auth"]);
    unverified.refuses("tls_client_auth", &named);
}

#[tokio::test]
async fn a_client_is_known_by_the_key_of_its_certificate_that_nobody_vouches_for() {
    let provider = Provider::with_tls("client_certificates = true");
    assert_eq!(methods(&provider.metadata().await), ["self_signed_tls_client_auth"]);
    let named = json!({ "tls_client_auth_subject_dn": "CN=machine" });
    let refused = provider.refuses("tls_client_auth", &named);
    assert!(refused.contains("token_endpoint_auth_method"), "no authority vouches for a name: {refused}");

    let own = Identity::self_signed("machine");
    let [x, y] = own.coordinates();
    let keys = json!({ "jwks": { "keys": [{ "kty": "EC", "crv": "P-256", "x": x, "y": y }] } });
    provider.registers("self_signed_tls_client_auth", &keys);
    let token = told(&provider.token(Some(&own)).await);
    let seen = told(&provider.introspects(&own, token["access_token"].as_str().unwrap()).await);
    assert_eq!(seen["cnf"], bound(&own));
    is_invalid_client(&provider.token(Some(&Identity::self_signed("machine"))).await);
    is_invalid_client(&provider.token(None).await);
}

#[tokio::test]
async fn an_authority_that_is_taken_away_vouches_for_no_new_connection() {
    let provider = Provider::with_tls("client_authorities = \"authority.pem\", read_every = \"1s\"");
    provider.registers("tls_client_auth", &json!({ "tls_client_auth_subject_dn": "CN=machine" }));
    let next = Authority::new();
    let (old, new) = (provider.authority.vouches_for("machine"), next.vouches_for("machine"));
    // Each request comes over a new connection, which may go on with the session of the one before.
    let http = provider.showing(Some(&old));
    told(&provider.asks(&http, "/oauth2/token", &CREDENTIALS, &[]).await);
    is_invalid_client(&provider.token(Some(&new)).await);

    provider.place.with("authority.pem", &pem("CERTIFICATE", &next.certificate));
    let taken = async {
        while provider.token(Some(&new)).await.status() != StatusCode::OK {
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), taken).await.unwrap();
    is_invalid_client(&provider.asks(&http, "/oauth2/token", &CREDENTIALS, &[]).await);
    is_invalid_client(&provider.token(Some(&old)).await);
}
