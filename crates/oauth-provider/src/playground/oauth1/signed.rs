//! What a signature is made of, on both sides of the wire.

use bytes::Bytes;
use http::Request;
use oauth_sansio::{Secret, percent};
use oauth1_core::diagnose::{Anatomy, compare, diagnose};
use oauth1_core::resource;

use super::scenes;
use crate::playground::stage::{Sent, Stage};
use crate::playground::story::Fact;

/// The base string as the application built it, as the other side builds it from what arrived, and the key.
pub(super) fn facts(stage: &Stage, sent: &Sent, secret: &Secret, token_secret: Option<&Secret>) -> Vec<Fact> {
    let (Some(ours), theirs) = (anatomy(stage, &sent.made), anatomy(stage, &sent.arrived)) else {
        return Vec::new();
    };
    let mut facts = vec![Fact::new(scenes::NORMALIZED, &*ours.normalized)];
    match theirs {
        Some(theirs) if theirs.base_string == ours.base_string => {
            facts.push(Fact::new(scenes::BASE_STRING, ours.base_string));
        }
        theirs => {
            facts.push(Fact::new(scenes::CLIENT_BASE_STRING, &*ours.base_string));
            let theirs = theirs.map_or_else(String::new, |theirs| theirs.base_string);
            if let Some(difference) = compare(&theirs, &ours.base_string) {
                facts.push(Fact::new(scenes::SERVER_BASE_STRING, theirs));
                facts.push(Fact::new(scenes::DIFFERENCE, difference.part.to_string()));
            }
        }
    }
    let token_secret = token_secret.map(Secret::expose).unwrap_or_default();
    let key = format!("{}&{}", percent::encode(secret.expose()), percent::encode(token_secret));
    facts.push(Fact::hidden(scenes::KEY, key));
    facts
}

/// What is signed of a request, if anything can be read of it.
fn anatomy(stage: &Stage, request: &Request<Bytes>) -> Option<Anatomy> {
    let config = resource::Config::new(stage.origin.clone());
    diagnose(&config, request, None, stage.moment().ok()?.now()).ok()?.anatomy
}
