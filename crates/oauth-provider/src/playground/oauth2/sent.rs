//! What there is to know of a message of OAuth 2 besides itself.

use oauth_sansio::base64url;
use oauth_sansio::form::{self, Form, Limits};
use oauth2_core::pkce::Verifier;

use crate::playground::stage::Sent;
use crate::playground::story::Fact;

/// The parameters of its form, what its verifier is the answer to, and what its proof says.
pub(super) fn facts(sent: &Sent) -> Vec<Fact> {
    let mut facts = Vec::new();
    if form::is_declared(sent.arrived.headers()) {
        let form = Form::parse(sent.arrived.body(), &Limits::default()).unwrap_or_default();
        // One a line.
        let lines: Vec<_> = form.pairs().map(|(name, value)| format!("{name} = {value}")).collect();
        facts.push(Fact::new("parameters", lines.join("\n")));
        let verifier = form.one("code_verifier").ok().flatten();
        if let Some(verifier) = verifier.and_then(|verifier| Verifier::parse(verifier).ok()) {
            facts.push(Fact::new(CHALLENGE, verifier.challenge().to_string()));
        }
    }
    let proof = sent.arrived.headers().get("dpop").and_then(|proof| proof.to_str().ok());
    if let Some(said) = proof.and_then(said) {
        facts.push(Fact::new("the proof says, behind its signature", said));
    }
    facts
}

pub(super) const CHALLENGE: &str = "BASE64URL(SHA256(code_verifier)), to be the code_challenge";

/// Header and claims of a JWT (RFC 7519 section 3).
fn said(jwt: &str) -> Option<String> {
    let mut parts = jwt.split('.').map(|part| base64url::decode(part.as_bytes()));
    let text = |part: Option<Option<Vec<u8>>>| String::from_utf8(part??).ok();
    Some(format!("{}\n{}", text(parts.next())?, text(parts.next())?))
}
