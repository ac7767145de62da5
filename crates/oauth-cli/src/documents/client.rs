//! A client's document (draft-ietf-oauth-client-id-metadata-document), or what it registers (RFC 7591).

use oauth2_core::client::{ClientDocument, ClientMetadata};
use serde_json::Value;

use crate::check::Checks;

/// `address` is where the document is; without one, it is taken at its word.
pub(crate) fn check(body: &[u8], address: Option<&str>) -> Checks {
    let mut checks = Checks::default();
    const FORM: &str = "one JSON object, each member once and of its type (RFC 7591 section 2)";
    // Whoever reads it must see each member once; only afterwards one may be taken out.
    let read = serde_json::from_slice::<ClientMetadata>(body).map_err(|error| error.to_string());
    let members = serde_json::from_slice::<Value>(body).ok().and_then(|value| value.as_object().cloned());
    let (Ok(_), Some(mut members)) = (&read, members) else {
        checks.result(FORM, read.and(Err("it is no object".to_owned())));
        return checks;
    };
    checks.holds(FORM);
    let named = members.remove("client_id").and_then(|value| value.as_str().map(str::to_owned));
    match (&named, address) {
        (None, _) => checks.fails("client_id", "it is missing, and must be the address of the document"),
        (Some(named), Some(address)) => {
            let same = if named == address { Ok(()) } else { Err("it is another address") };
            checks.result("client_id is the address of the document", same);
        }
        (Some(_), None) => {
            checks.unchecked("client_id is the address of the document", "--client-id says where it is");
        }
    }
    if body.len() > ClientDocument::MAX_BYTES {
        let most = ClientDocument::MAX_BYTES;
        checks.fails("size", format!("servers read {most} bytes, and these are {}", body.len()));
    }
    if members.contains_key("client_secret") {
        checks
            .fails("no secret", "there is a client_secret, which everybody can read: it must be changed now");
        members.remove("client_secret");
    }
    let metadata = serde_json::from_value::<ClientMetadata>(Value::Object(members));
    if let (Some(named), Ok(metadata)) = (named, metadata) {
        let believed = ClientDocument::new(&named, metadata.clone()).map(|_| ());
        checks.result("servers can believe it", believed);
        judge(&metadata, &mut checks);
    }
    checks
}

/// What is allowed, and matters.
fn judge(metadata: &ClientMetadata, checks: &mut Checks) {
    if metadata.redirect_uris.iter().any(|uri| uri.contains('*')) {
        checks.odd(
            "redirect_uris",
            "an asterisk stands for itself: they are compared byte for byte (RFC 9700 section 4.1.3)",
        );
    }
    if metadata.grant_types.iter().any(|grant| matches!(grant.as_str(), "implicit" | "password")) {
        checks.odd(
            "grant_types",
            "implicit and password are no longer to be used (RFC 9700 sections 2.1.2 and 2.4)",
        );
    }
    if metadata.client_uri.is_none() {
        checks.odd("client_uri", "people can look nowhere what the client is");
    }
}
