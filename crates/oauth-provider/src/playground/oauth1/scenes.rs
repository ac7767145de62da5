//! The steps of OAuth 1.0a, and what is checked in each.

use oauth1_core::client::CallbackError as C;
use oauth1_core::server::Reason as R;

use crate::playground::story::{Check, Lane, Scene};
use crate::playground::why::Why;

pub(super) const NORMALIZED: &str = "parameters, sorted and encoded";
pub(super) const BASE_STRING: &str = "signature base string, the same on both sides";
pub(super) const CLIENT_BASE_STRING: &str = "signature base string of the application";
pub(super) const SERVER_BASE_STRING: &str = "signature base string of what arrived";
pub(super) const DIFFERENCE: &str = "they differ in";
pub(super) const KEY: &str = "key: the two secrets, encoded and joined";

const fn check(by: Lane, what: &'static str, clause: &'static str, fails: fn(&Why) -> bool) -> Check {
    Check { by, what, clause, fails }
}

fn is_unread(why: &Why) -> bool {
    matches!(why, Why::Signed(R::NoCredentials | R::Read(_) | R::Unexpected(_)))
}

fn is_of_unknown_method(why: &Why) -> bool {
    matches!(why, Why::Signed(R::UnsupportedMethod | R::PlaintextWithoutTls))
}

fn is_of_another_time(why: &Why) -> bool {
    matches!(why, Why::Signed(R::Timestamp { .. }))
}

fn is_of_nobody(why: &Why) -> bool {
    matches!(why, Why::Signed(R::UnknownClient | R::UnknownToken | R::OtherClient | R::MethodNotAllowed))
}

fn is_forged(why: &Why) -> bool {
    matches!(why, Why::Signed(R::Signature | R::BodyHash | R::EmptySecret | R::Key(_)))
}

fn is_replayed(why: &Why) -> bool {
    matches!(why, Why::Signed(R::NonceUsed | R::NonceOrTemporaryUsed))
}

/// What every signed request goes through, up to its signature.
const fn signature(by: Lane, who: &'static str) -> [Check; 5] {
    [
        check(by, "one set of parameters, with all that must be there", "RFC 5849 section 3.1", is_unread),
        check(by, "oauth_signature_method is on offer", "RFC 5849 section 3.2", is_of_unknown_method),
        check(by, "oauth_timestamp is of these minutes", "RFC 5849 section 3.3", is_of_another_time),
        check(by, who, "RFC 5849 section 3.2", is_of_nobody),
        check(
            by,
            "oauth_signature, over the base string, by both secrets",
            "RFC 5849 section 3.2",
            is_forged,
        ),
    ]
}

const fn nonce(by: Lane) -> Check {
    check(by, "oauth_nonce was never used with this timestamp", "RFC 5849 section 3.3", is_replayed)
}

pub(super) const TEMPORARY: Scene = Scene {
    title: "The application asks for temporary credentials",
    note: "",
    clause: "RFC 5849 section 2.1",
    from: Lane::Application,
    to: Lane::Provider,
    checks: &{
        let [read, method, time, known, signature] =
            signature(Lane::Provider, "the application is known, and may sign so");
        let callback = check(
            Lane::Provider,
            "oauth_callback is one that is registered",
            "RFC 5849 section 2.1",
            |why| matches!(why, Why::Signed(R::Callback)),
        );
        [read, method, time, known, signature, callback, nonce(Lane::Provider)]
    },
};

pub(super) const AUTHORIZE: Scene = Scene {
    title: "The browser carries the identifier to the provider",
    note: "",
    clause: "RFC 5849 section 2.2",
    from: Lane::Browser,
    to: Lane::Provider,
    checks: &[check(
        Lane::Provider,
        "oauth_token, temporary credentials that are not used and not too old",
        "RFC 5849 section 2.2",
        |why| matches!(why, Why::Signed(R::Link | R::Query)),
    )],
};

pub(super) const CALLBACK: Scene = Scene {
    title: "The browser comes back",
    note: "",
    clause: "RFC 5849 section 2.2",
    from: Lane::Browser,
    to: Lane::Application,
    checks: &[],
};

const BELIEF: &[Check] = &[
    check(
        Lane::Application,
        "oauth_token is the one that this browser was given",
        "RFC 5849 section 4.14",
        |why| matches!(why, Why::Callback1(C::TokenMismatch | C::Missing("oauth_token"))),
    ),
    check(Lane::Application, "there is an oauth_verifier", "RFC 5849 section 2.2", |why| {
        matches!(why, Why::Callback1(C::Missing(_) | C::Empty(_) | C::Denied | C::Problem(_)))
    }),
];

pub(super) const BELIEVED: Scene = Scene {
    title: "The application looks at what came back",
    note: "oauth_token, verifier",
    clause: "RFC 5849 section 2.2",
    from: Lane::Application,
    to: Lane::Application,
    checks: BELIEF,
};

pub(super) const ASTRAY: Scene = Scene {
    title: "The browser opens another callback",
    note: "",
    clause: "RFC 5849 section 4.14",
    from: Lane::Browser,
    to: Lane::Application,
    checks: BELIEF,
};

pub(super) const TOKEN: Scene = Scene {
    title: "The application trades token and verifier for token credentials",
    note: "",
    clause: "RFC 5849 section 2.3",
    from: Lane::Application,
    to: Lane::Provider,
    checks: &{
        let [read, method, time, known, signature] =
            signature(Lane::Provider, "the temporary credentials are known, and this application's");
        let unused = check(Lane::Provider, "they were not traded before", "RFC 5849 section 2.3", |why| {
            matches!(why, Why::Signed(R::TemporaryUsed))
        });
        let allowed = check(
            Lane::Provider,
            "a person has allowed it, not too long ago",
            "RFC 5849 section 2.3",
            |why| matches!(why, Why::Signed(R::NotApproved | R::Expired)),
        );
        let verifier = check(
            Lane::Provider,
            "oauth_verifier is the one that the person brought",
            "RFC 5849 section 2.3",
            |why| matches!(why, Why::Signed(R::Verifier | R::LastTry)),
        );
        [read, method, time, known, signature, unused, allowed, verifier, nonce(Lane::Provider)]
    },
};

pub(super) const API: Scene = Scene {
    title: "The application signs a request to the API",
    note: "",
    clause: "RFC 5849 section 3.1",
    from: Lane::Application,
    to: Lane::Api,
    checks: &{
        let [read, method, time, known, signature] =
            signature(Lane::Api, "the token is known, and this application's");
        let alive = check(Lane::Api, "it is neither revoked nor too old", "RFC 5849 section 3.2", |why| {
            matches!(why, Why::Signed(R::Revoked | R::Replaced | R::Expired))
        });
        [read, method, time, known, signature, alive, nonce(Lane::Api)]
    },
};
