//! An API's document (RFC 9728), beyond what a client insists on.

use oauth2_core::metadata::{ProtectedResourceMetadata, Transport};

use super::{Words, believe};
use crate::check::Checks;

/// `resource` is the one that was asked for; without one, the document is taken at its word.
pub(crate) fn check(
    body: &[u8],
    resource: Option<&str>,
    transport: Transport,
) -> (Checks, Option<ProtectedResourceMetadata>) {
    let validate = |metadata: &ProtectedResourceMetadata| {
        metadata.validate(resource.unwrap_or(&metadata.resource), transport)
    };
    believe(&WORDS, ProtectedResourceMetadata::parse(body), resource.is_some(), validate, judge)
}

const WORDS: Words = Words {
    form: "one JSON object, each member once and of its type (RFC 9728 section 2)",
    believed: "resource and addresses (RFC 9728 sections 2 and 3.3)",
    asked: ("it is of the resource that was asked for", "--resource says which one"),
};

/// What is allowed, and matters.
fn judge(metadata: &ProtectedResourceMetadata, checks: &mut Checks) {
    match metadata.authorization_servers.as_slice() {
        [] => checks.odd("where tokens come from", "it names no authorization server"),
        [_] => checks.holds("where tokens come from"),
        _ => checks.odd("where tokens come from", "it names several servers, and a client has to choose"),
    }
    if metadata.scopes_supported.is_empty() {
        checks.odd("scopes_supported", "a client has to find out the scopes elsewhere");
    }
    let methods = metadata.bearer_methods_supported.iter().flatten();
    if methods.clone().any(|method| method == "query") {
        checks.odd("tokens stay out of addresses", "they are taken in the query (RFC 9700 section 4.3.2)");
    }
    if let Some(unknown) =
        methods.clone().find(|method| !matches!(method.as_str(), "header" | "body" | "query"))
    {
        checks.fails("bearer_methods_supported", format!("`{unknown}` is no method (RFC 9728 section 2)"));
    }
    if metadata.dpop_signing_alg_values_supported.iter().any(|name| name == "none" || name.starts_with("HS"))
    {
        checks.fails(
            "dpop_signing_alg_values_supported",
            "proofs are signed with key pairs (RFC 9449 section 4.2)",
        );
    }
    if metadata.dpop_bound_access_tokens_required == Some(true) {
        checks.holds("only tokens that are bound to a key are taken (RFC 9449)");
    }
    if metadata.extra.contains_key("signed_metadata") {
        checks.unchecked("signed_metadata", "who may sign it is not known here (RFC 9728 section 2.2)");
    }
}
