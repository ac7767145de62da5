//! Where the endpoints are.

/// The paths of the endpoints on the issuer's origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// The authorization endpoint (RFC 6749 section 3.1).
    pub authorize: String,
    /// Where the person logs in and decides.
    pub consent: String,
    /// The token endpoint (RFC 6749 section 3.2).
    pub token: String,
    /// Where authorization requests are pushed to (RFC 9126 section 2).
    pub pushed: String,
    /// The introspection endpoint (RFC 7662 section 2).
    pub introspection: String,
    /// The revocation endpoint (RFC 7009 section 2).
    pub revocation: String,
    /// Where devices begin (RFC 8628 section 3.1).
    pub device_authorization: String,
    /// Where a person types the code of a device (RFC 8628 section 3.3). Short, as it is typed, too.
    pub device: String,
    /// Where clients register; behind it, one path for each client (RFC 7591 section 3, RFC 7592 section 2).
    pub registration: String,
    /// The public keys (RFC 8414 section 2, `jwks_uri`).
    pub jwks: String,
}

impl Paths {
    /// The usual paths below another one (`/one`): for several issuers on one origin, each with a path of its own.
    pub fn below(prefix: &str) -> Self {
        let path = |name| format!("{prefix}/oauth2/{name}");
        Self {
            authorize: path("authorize"),
            consent: path("consent"),
            token: path("token"),
            pushed: path("par"),
            introspection: path("introspect"),
            revocation: path("revoke"),
            device_authorization: path("device_authorization"),
            device: format!("{prefix}/device"),
            registration: path("register"),
            jwks: path("jwks"),
        }
    }

    pub(super) fn all(&self) -> [&String; 10] {
        [
            &self.authorize,
            &self.consent,
            &self.token,
            &self.pushed,
            &self.introspection,
            &self.revocation,
            &self.device_authorization,
            &self.device,
            &self.registration,
            &self.jwks,
        ]
    }
}

impl Default for Paths {
    fn default() -> Self {
        Self::below("")
    }
}
