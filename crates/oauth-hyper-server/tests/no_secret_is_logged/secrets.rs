//! What must not be known of a message to those who read logs.

use std::collections::BTreeSet;

use http::{HeaderMap, header};
use oauth_sansio::auth::{Credentials, Parameters};
use oauth_sansio::form::{Form, Limits};
use oauth_sansio::percent;
use serde_json::Value;

use crate::common::line::Message;

/// Parameters of queries, forms, headers and documents that are secrets.
const NAMES: [&str; 13] = [
    "access_token",
    "client_secret",
    "code",
    "code_verifier",
    "handle",
    "oauth_nonce",
    "oauth_signature",
    "oauth_token",
    "oauth_token_secret",
    "oauth_verifier",
    "password",
    "refresh_token",
    "state",
];

/// Headers that carry secrets of their own.
const HEADERS: [&str; 4] = ["Basic", "Bearer", "Cookie", "Set-Cookie"];

/// All secrets of these messages, by what they are; and these ones that belong to the application and the person.
pub(crate) fn of(messages: &[Message], more: [&str; 2]) -> BTreeSet<(String, String)> {
    let mut secrets = Secrets::default();
    for Message { request, response } in messages {
        secrets.form(request.uri().query().unwrap_or_default());
        secrets.body(request.body());
        secrets.headers(request.headers());
        secrets.body(response.body());
        secrets.headers(response.headers());
    }
    let found: BTreeSet<&str> = secrets.0.iter().map(|(name, _)| name.as_str()).collect();
    for expected in NAMES.iter().chain(&HEADERS) {
        assert!(found.contains(expected), "no {expected} was seen: what would be looked for?");
    }
    secrets.0.extend(more.map(|secret| ("configured".into(), secret.into())));
    secrets.0
}

#[derive(Default)]
struct Secrets(BTreeSet<(String, String)>);

impl Secrets {
    fn add(&mut self, name: &str, value: &str) {
        // A test's own words are no secrets, and are too short to be told from a log's.
        if value.len() >= 12 {
            self.0.insert((name.to_owned(), value.to_owned()));
        }
    }

    fn form(&mut self, text: &str) {
        let form =
            Form::parse(text.as_bytes(), &Limits { value: 1 << 20, bytes: 1 << 20, ..Limits::default() });
        for (name, value) in form.unwrap_or_default().pairs() {
            if NAMES.contains(&name) {
                self.add(name, value);
            }
        }
    }

    fn body(&mut self, body: &[u8]) {
        let Ok(text) = str::from_utf8(body) else { return };
        match serde_json::from_str(text) {
            Ok(Value::Object(members)) => {
                for (name, value) in &members {
                    if let (true, Some(value)) = (NAMES.contains(&name.as_str()), value.as_str()) {
                        self.add(name, value);
                    }
                }
            }
            _ => self.form(text),
        }
    }

    fn headers(&mut self, headers: &HeaderMap) {
        for (name, value) in headers {
            let value = value.to_str().unwrap();
            match *name {
                header::AUTHORIZATION => self.credentials(value),
                header::COOKIE => value.split("; ").for_each(|pair| self.cookie("Cookie", pair)),
                header::SET_COOKIE => self.cookie("Set-Cookie", value.split("; ").next().unwrap()),
                header::LOCATION => {
                    let query = value.split_once('?').map_or("", |(_, query)| query);
                    self.form(query.split('#').next().unwrap());
                }
                _ => {}
            }
        }
    }

    fn credentials(&mut self, value: &str) {
        let Ok(Credentials { scheme, parameters }) = Credentials::parse(value) else {
            // What no parser takes may still be a token.
            return value.split(' ').for_each(|word| self.add("Bearer", word));
        };
        match parameters {
            Parameters::None => {}
            Parameters::Token68(token) => self.add(scheme, token),
            Parameters::Named(named) => {
                for (name, value) in named {
                    if NAMES.contains(&name) {
                        self.add(name, &percent::decode(&value).unwrap());
                    }
                }
            }
        }
    }

    fn cookie(&mut self, name: &str, pair: &str) {
        self.add(name, pair.split_once('=').unwrap().1);
    }
}
