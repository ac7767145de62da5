//! Signs requests as a client would, or nearly so.

use bytes::Bytes;
use http::{
    Request,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use oauth_sansio::{Moment, Secret, Timestamp, form};
use oauth1_core::signature::{Draft, Key, Methods, Plaintext, Scratch, Target};

use super::Credentials;

/// Signs requests as a client would, or nearly so.
#[derive(Clone)]
pub struct Signer {
    client: (String, Secret),
    token: Option<Credentials>,
    method: String,
    timestamp: Option<String>,
    nonce: Option<String>,
    realm: Option<String>,
    extra: Vec<(String, String)>,
    form: Option<String>,
    methods: Methods,
}

impl Signer {
    pub fn new(client_id: &str, secret: &str, now: Timestamp) -> Self {
        Self {
            client: (client_id.into(), secret.into()),
            token: None,
            method: "HMAC-SHA1".into(),
            timestamp: Some(now.as_unix().to_string()),
            nonce: Some("nonce".into()),
            realm: None,
            extra: Vec::new(),
            form: None,
            methods: Methods::recommended().with(std::sync::Arc::new(Plaintext)),
        }
    }

    pub fn token(mut self, token: &Credentials) -> Self {
        self.token = Some(token.clone());
        self
    }

    pub fn method(mut self, method: &str) -> Self {
        self.method = method.into();
        self
    }

    pub fn timestamp(mut self, text: impl ToString) -> Self {
        self.timestamp = Some(text.to_string());
        self
    }

    pub fn nonce(mut self, text: &str) -> Self {
        self.nonce = Some(text.into());
        self
    }

    pub fn without_nonce(mut self) -> Self {
        (self.timestamp, self.nonce) = (None, None);
        self
    }

    pub fn realm(mut self, realm: &str) -> Self {
        self.realm = Some(realm.into());
        self
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.extra.push((name.into(), value.into()));
        self
    }

    pub fn form(mut self, form: &str) -> Self {
        self.form = Some(form.into());
        self
    }

    pub fn get(&self, url: &str) -> Request<Bytes> {
        self.request("GET", url)
    }

    pub fn post(&self, url: &str) -> Request<Bytes> {
        self.request("POST", url)
    }

    pub fn request(&self, method: &str, url: &str) -> Request<Bytes> {
        let extra: Vec<_> = self.extra.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let draft = Draft {
            consumer_key: &self.client.0,
            token: self.token.as_ref().map(|token| token.token.as_str()),
            method: &self.method,
            timestamp: self.timestamp.as_deref(),
            nonce: self.nonce.as_deref(),
            realm: self.realm.as_deref(),
            version: true,
            extra: &extra,
        };
        let secret = self.token.as_ref().map(|token| &token.secret);
        let key = Key::shared(&self.client.1, secret);
        let uri = url.parse().unwrap();
        let target = Target { method, uri: &uri, form: self.form.as_deref().map(str::as_bytes) };
        let signature_method = self.methods.find(&self.method).unwrap_or(&oauth1_core::signature::HmacSha1);
        let mut scratch = Scratch::default();
        let prepared = signature_method.prepare(&key).unwrap();
        let mut entropy = Moment::new(Timestamp::from_unix(0), [5; 32]).entropy();
        let signed = draft.sign(&*prepared, &target, &mut entropy, &mut scratch).unwrap();
        let header = signed.authorization().unwrap();
        let mut request = Request::builder().method(method).uri(url).header(AUTHORIZATION, header);
        if self.form.is_some() {
            request = request.header(CONTENT_TYPE, form::MEDIA_TYPE);
        }
        request.body(Bytes::from(self.form.clone().unwrap_or_default())).unwrap()
    }
}
