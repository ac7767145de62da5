//! What a protected resource is configured with.

use std::time::Duration;

use url::Url;

use crate::{
    server::{DEFAULT_WINDOW, TrustedHop, verify::Rules},
    signature::{Limits, Methods},
};

/// The configuration of a [`Verifier`](super::Verifier).
#[derive(Clone, Debug)]
pub struct Config {
    /// Scheme, host and port under which clients reach the resource, as in `https://photos.example.net`. Never taken
    /// from a request.
    pub origin: Url,
    /// Takes the origin of a request from what a reverse proxy says, out of a list, in the place of
    /// [`origin`](Self::origin).
    pub trusted_hop: Option<TrustedHop>,
    /// The protection space named in challenges.
    pub realm: String,
    /// How far a timestamp may be from this clock, to either side (RFC 5849 section 3.3).
    pub window: Duration,
    /// The signature methods on offer; a client's own list narrows them.
    pub methods: Methods,
    /// How large the parameters of a request may be.
    pub limits: Limits,
    /// Lets a client come without a token and act for itself. Off, because a resource that forgets to look at
    /// [`Grant::subject`](super::Grant::subject) would show everybody's data to every client.
    pub two_legged: bool,
    /// Lets a client come with `oauth_token=""` and act for itself, as drafts before RFC 5849 had it. Off for the same
    /// reason.
    pub zero_legged: bool,
    /// Whether a body that is no form must be covered by `oauth_body_hash`. Without, it is verified where it comes, and
    /// only TLS protects the others (RFC 5849 section 4.3).
    pub body_hash_required: bool,
    /// Tells clients exactly why they are refused (`oauth_problem` of the extension "Problem Reporting", in the challenge
    /// and in the body). Off, because it tells those who guess as well.
    pub problems: bool,
    /// Lets `origin` be plain `http` on a loopback host. For demonstrations and tests: everything goes over the
    /// wire readable.
    pub insecure_loopback: bool,
}

impl Config {
    /// The defaults for a resource at `origin`.
    pub fn new(origin: Url) -> Self {
        Self {
            realm: origin.as_str().trim_end_matches('/').to_owned(),
            origin,
            trusted_hop: None,
            window: DEFAULT_WINDOW,
            methods: Methods::recommended(),
            limits: Limits::default(),
            two_legged: false,
            zero_legged: false,
            body_hash_required: false,
            problems: false,
            insecure_loopback: false,
        }
    }

    pub(crate) fn rules(&self) -> Rules<'_> {
        Rules {
            origin: &self.origin,
            trusted_hop: self.trusted_hop.as_ref(),
            insecure_loopback: self.insecure_loopback,
            realm: &self.realm,
            problems: self.problems,
            window: self.window,
            methods: &self.methods,
            limits: self.limits,
            absent_token_allowed: self.two_legged,
            empty_token_allowed: self.zero_legged,
            body_hash_required: self.body_hash_required,
        }
    }
}
