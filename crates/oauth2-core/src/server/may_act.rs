//! Who may act for the subject of a token (RFC 8693 section 4.4): `may_act`, which an operator puts into a token.

use serde_json::Value;

use super::{Access, JsonText};

/// The name of the claim.
pub(super) const CLAIM: &str = "may_act";

/// The party that a token names.
struct MayAct<'a> {
    sub: &'a str,
    iss: Option<&'a str>,
}

impl<'a> MayAct<'a> {
    /// A `sub`, perhaps an `iss`, both texts, and nothing that would have to be understood besides.
    fn read(claim: &'a Value) -> Option<Self> {
        let members = claim.as_object()?;
        let sub = members.get("sub")?.as_str().filter(|sub| !sub.is_empty())?;
        let iss = match members.get("iss") {
            None => None,
            Some(iss) => Some(iss.as_str()?),
        };
        let known = 1 + usize::from(iss.is_some());
        (members.len() == known).then_some(Self { sub, iss })
    }
}

/// Whether a token names this party, which is known by that identifier at this issuer; `None` where it names nobody.
pub(super) fn names(access: &Access, issuer: &str, party: &str) -> Option<bool> {
    let claims = access.claims.as_ref().map(JsonText::value)?;
    let claim = claims.get(CLAIM)?;
    let is_named = |named: MayAct<'_>| named.sub == party && named.iss.is_none_or(|iss| iss == issuer);
    // What cannot be read gives nobody leave.
    Some(MayAct::read(claim).is_some_and(is_named))
}
