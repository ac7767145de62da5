//! The application: registered for both protocols, with the same secret.

use bytes::Bytes;
use http::{Request, Uri, header};
use oauth_sansio::Secret;
use oauth_sansio::form;
use oauth1_core::client as core1;
use oauth1_core::signature::{Draft, HmacSha1, Key, Scratch, SignatureMethod as _, Target};
use oauth2_core::client as core2;
use oauth2_core::metadata::Transport;
use url::Url;

use super::{CALLBACK, CLIENT_ID, SCOPE, Stage};

impl Stage {
    pub(crate) fn client1(&self) -> core1::Client {
        self.client1_with(|config| config)
    }

    pub(crate) fn client1_with(&self, change: impl FnOnce(core1::Config) -> core1::Config) -> core1::Client {
        let url = |path| self.provider.join(path).unwrap();
        let mut provider =
            core1::Provider::new(url("/oauth1/initiate"), url("/oauth1/authorize"), url("/oauth1/token"));
        provider.realm = Some(SCOPE.into());
        let mut config = core1::Config::new(CLIENT_ID, self.secret.clone(), provider);
        config.allow_insecure_loopback = !self.is_secure;
        core1::Client::new(change(config)).unwrap()
    }

    /// Temporary credentials, waiting for a person.
    pub(crate) async fn pending1(&self) -> core1::Pending {
        let callback = core1::Callback::Uri(CALLBACK.parse().unwrap());
        self.line.run(self.client1().temporary_credentials(callback)).await.unwrap()
    }

    /// Temporary credentials that a person has allowed.
    pub(crate) async fn allowed1(&self) -> core1::TokenExchange {
        let (client, pending) = (self.client1(), self.pending1().await);
        let back = self.browser().authorize(&pending.authorization_url(&client), "allow").await;
        pending.callback(&client, &back).unwrap()
    }

    /// The whole dance of OAuth 1.0a.
    pub(crate) async fn token1(&self) -> core1::TokenCredentials {
        self.line.run(self.allowed1().await).await.unwrap()
    }

    /// A client of a server that was written down; for one that was discovered see the dances.
    pub(crate) fn client2(&self) -> core2::Client {
        self.client2_with(core2::ClientAuthentication::SecretBasic(self.secret.clone()))
    }

    pub(crate) fn client2_with(&self, authentication: core2::ClientAuthentication) -> core2::Client {
        let url = |path| self.provider.join(path).unwrap().to_string();
        let server = core2::Server::new(
            self.issuer(),
            Some(&url("/oauth2/authorize")),
            &url("/oauth2/token"),
            self.transport(),
        );
        let mut config = core2::Config::new(server.unwrap().with_iss_parameter(), CLIENT_ID);
        config.authentication = authentication;
        config.redirect_uri = Some(CALLBACK.into());
        core2::Client::new(config).unwrap()
    }

    /// An authorization code on its way to the token endpoint.
    pub(crate) async fn code2(&self) -> core2::TokenExchange {
        let client = self.client2();
        let (url, pending) = client.authorize().scope(SCOPE).start(self.moment()).unwrap();
        let back = self.browser().authorize(&url, "allow").await;
        pending.callback(&client, &back, self.moment().now()).unwrap()
    }

    /// The whole dance of OAuth 2.
    pub(crate) async fn tokens2(&self) -> core2::Tokens {
        self.line.run(self.code2().await).await.unwrap()
    }

    /// Token credentials of OAuth 1 on their way to be traded.
    pub(crate) fn trade(
        &self,
        token: &core1::TokenCredentials,
    ) -> core1::SigningExchange<core2::TokenExchange> {
        self.client1().signing(self.client2().migration(&SCOPE.parse().unwrap()), token)
    }

    /// A post to an endpoint for clients, with the client's credentials in its body.
    pub(crate) fn as_client(&self, path: &str, fields: &[(&str, &str)]) -> Request<Bytes> {
        let credentials = [("client_id", CLIENT_ID), ("client_secret", self.secret.expose())];
        form_post(&self.provider.join(path).unwrap(), &[&credentials, fields].concat())
    }

    pub(crate) fn issuer(&self) -> &str {
        self.provider.as_str().trim_end_matches('/')
    }

    pub(crate) fn transport(&self) -> Transport {
        if self.is_secure { Transport::Https } else { Transport::HttpsOrInsecureLoopback }
    }

    /// A request for a photo, without credentials.
    pub(crate) fn photo(&self) -> Request<Bytes> {
        Request::get(self.photo_url().as_str()).body(Bytes::new()).unwrap()
    }

    pub(crate) fn photo_url(&self) -> Url {
        self.api.join("/photos?file=vacation.jpg&size=original").unwrap()
    }

    /// A request for a photo, signed in the header.
    pub(crate) fn signed_photo(&self, token: &core1::TokenCredentials) -> Request<Bytes> {
        let mut request = self.photo();
        self.client1().sign(&mut request, Some(token), self.moment()).unwrap();
        request
    }

    /// A request of OAuth 1.0a to the provider, with these protocol parameters besides the usual ones.
    pub(crate) fn signed_post(
        &self,
        path: &str,
        token: (&str, &Secret),
        nonce: &str,
        extra: &[(&str, &str)],
    ) -> Request<Bytes> {
        let uri: Uri = self.provider.join(path).unwrap().as_str().parse().unwrap();
        let timestamp = self.moment().now().as_unix().to_string();
        let draft = Draft {
            consumer_key: CLIENT_ID,
            token: Some(token.0),
            method: HmacSha1.name(),
            timestamp: Some(&timestamp),
            nonce: Some(nonce),
            realm: None,
            version: true,
            extra,
        };
        let key = HmacSha1.prepare(&Key::shared(&self.secret, Some(token.1))).unwrap();
        let mut entropy = self.moment().entropy();
        let target = Target { method: "POST", uri: &uri, form: None };
        let mut scratch = Scratch::default();
        let header = draft.sign(&*key, &target, &mut entropy, &mut scratch).unwrap().authorization().unwrap();
        Request::post(uri).header(header::AUTHORIZATION, header).body(Bytes::new()).unwrap()
    }

    /// A request for a photo, with a bearer token.
    pub(crate) fn bearer_photo(&self, tokens: &core2::Tokens) -> Request<Bytes> {
        let mut request = self.photo();
        tokens.authorize(&mut request).unwrap();
        request
    }
}

pub(crate) fn form_post(url: &Url, fields: &[(&str, &str)]) -> Request<Bytes> {
    let body = Bytes::from(form::encode(fields.iter().copied()));
    let uri: Uri = url.as_str().parse().unwrap();
    Request::post(uri).header(header::CONTENT_TYPE, form::MEDIA_TYPE).body(body).unwrap()
}
