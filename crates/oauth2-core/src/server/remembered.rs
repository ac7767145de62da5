//! Whether a person is asked who has answered before.
//!
//! A remembered consent is one grant that goes on: everything that is issued under it has the family that it was first
//! granted with. So whoever withdraws any of it withdraws all, is asked again, and what was on its way meanwhile is
//! dead when it arrives.

use oauth_sansio::{Loaded, Timestamp};

use super::{
    Application, Authorization, AuthorizationServer, Client, Consent, Goal, Origin, RememberedConsent,
    Requested, Wish, redirect,
};

/// When the person is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Asking {
    /// Every time.
    Always,
    /// Unless they had this very thing remembered.
    UnlessRemembered,
    /// Never: it is the operator's own application.
    Never,
}

/// When the person is asked for what a client wants.
pub(super) fn asking(server: &AuthorizationServer, client: &Client, goal: &Goal) -> Asking {
    let Goal::Code(requested) = goal else { return Asking::Always };
    // What answers on the device can be any program there (RFC 8252 section 8.6).
    let on_device =
        client.application == Application::Native || redirect::stays_on_device(&requested.redirect_uri);
    // What is granted in detail is granted each time (RFC 9396 section 6.1).
    if on_device || requested.details.is_some() {
        return Asking::Always;
    }
    match (client.origin, server.config().policy.remembered_consent) {
        (Origin::FirstParty, _) => Asking::Never,
        (_, RememberedConsent::Never) => Asking::Always,
        (Origin::Operator, _) | (_, RememberedConsent::AlsoForUnknownClients) => Asking::UnlessRemembered,
        (Origin::Registered | Origin::Document, RememberedConsent::ForKnownClients) => Asking::Always,
    }
}

/// Whether the client itself wants its question seen, or the account chosen.
pub(super) const fn wants_a_page(wish: Wish) -> bool {
    wish.consent || wish.select_account
}

/// The grant that is remembered, if it is of all that is asked for, at the same place, and has not ended.
pub(super) fn covering(
    known: Option<Loaded<Consent>>,
    client_id: &str,
    subject: &str,
    requested: &Requested,
    now: Timestamp,
) -> Option<Authorization> {
    let Loaded { record: known, revoked, .. } = known?;
    let same = *known.client_id == *client_id
        && known.subject == subject
        && known.redirect_uri == requested.redirect_uri;
    // A token for no resource in particular is more than one for some.
    let within = requested.scopes.is_within(&known.scopes)
        && requested.resources.is_empty() == known.resources.is_empty()
        && requested.resources.iter().all(|resource| known.resources.contains(resource));
    let covers = same && within && !revoked && now < known.expires;
    covers.then(|| {
        let scopes = requested.scopes.clone();
        let granted = Authorization::new(client_id, Some(subject.to_owned()), scopes, known.family);
        Authorization { resources: requested.resources.clone(), ..granted }
    })
}

/// What is remembered of a grant.
pub(super) fn consent(
    granted: &Authorization,
    redirect_uri: &str,
    expires: Timestamp,
) -> Option<super::Record> {
    let subject = granted.subject.clone()?;
    let key = Consent::key(&granted.client_id, &subject);
    let consent = Consent {
        client_id: granted.client_id.clone(),
        subject,
        scopes: granted.scopes.clone(),
        resources: granted.resources.clone(),
        redirect_uri: redirect_uri.to_owned(),
        family: granted.family,
        expires,
    };
    Some(super::Record::Consent(key, consent.into()))
}
