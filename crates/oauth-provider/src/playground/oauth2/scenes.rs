//! The steps of OAuth 2, and what is checked in each.

use oauth2_core::client::CallbackError as C;
use oauth2_core::resource::Reason as A;
use oauth2_core::server::Reason as R;

use crate::playground::story::{Check, Lane, Scene};
use crate::playground::why::Why;

/// What the whole address is called.
pub(super) const ADDRESS: &str = "where the browser is sent";

const fn check(by: Lane, what: &'static str, clause: &'static str, fails: fn(&Why) -> bool) -> Check {
    Check { by, what, clause, fails }
}

/// What nobody tells that it failed.
fn never(_: &Why) -> bool {
    false
}

pub(super) const DISCOVERY: Scene = Scene {
    title: "The application reads what the provider says of itself",
    note: "",
    clause: "RFC 8414 section 3",
    from: Lane::Application,
    to: Lane::Provider,
    checks: &[
        check(Lane::Application, "issuer is the one that was asked", "RFC 8414 section 3.3", never),
        check(Lane::Application, "S256 is among the challenge methods", "RFC 9700 section 2.1.1", never),
    ],
};

pub(super) const PREPARED: Scene = Scene {
    title: "The application draws state and code_verifier",
    note: "state, code_verifier",
    clause: "RFC 7636 section 4.1, RFC 6749 section 10.12",
    from: Lane::Application,
    to: Lane::Application,
    checks: &[],
};

const CLIENT: Check = check(Lane::Provider, "the application's secret", "RFC 6749 section 2.3.1", |why| {
    matches!(
        why,
        Why::Server(
            R::UnknownClient
                | R::Unauthenticated
                | R::WrongSecret
                | R::BasicMalformed
                | R::ClientIdMismatch
                | R::AuthenticationMethod
        )
    )
});

const ASKED: [Check; 4] = [
    check(
        Lane::Provider,
        "redirect_uri, byte for byte one that is registered",
        "RFC 9700 section 2.1",
        |why| {
            matches!(
                why,
                Why::Server(
                    R::UnknownClient
                        | R::RedirectUriMissing
                        | R::RedirectUriUnregistered
                        | R::RedirectUriUnfit
                )
            )
        },
    ),
    check(Lane::Provider, "response_type is code", "RFC 6749 section 3.1.1", |why| {
        matches!(why, Why::Server(R::ResponseType | R::Missing("response_type")))
    }),
    check(Lane::Provider, "code_challenge, by the method S256", "RFC 9700 section 2.1.1", |why| {
        matches!(
            why,
            Why::Server(R::ChallengeMethod | R::Missing("code_challenge") | R::Malformed("code_challenge"))
        )
    }),
    check(Lane::Provider, "scope, no more than the application may have", "RFC 6749 section 3.3", |why| {
        matches!(why, Why::Server(R::ScopeMalformed | R::ScopeNotAllowed))
    }),
];

pub(super) const AUTHORIZE: Scene = Scene {
    title: "The browser carries the request to the provider",
    note: "",
    clause: "RFC 6749 section 4.1.1, RFC 7636 section 4.3",
    from: Lane::Browser,
    to: Lane::Provider,
    checks: &ASKED,
};

pub(super) const PUSH: Scene = Scene {
    title: "The application pushes its request",
    note: "",
    clause: "RFC 9126 section 2.1",
    from: Lane::Application,
    to: Lane::Provider,
    checks: &{
        let [redirect, kind, challenge, scope] = ASKED;
        [CLIENT, redirect, kind, challenge, scope]
    },
};

pub(super) const PUSHED: Scene = Scene {
    title: "The browser carries a reference to the request",
    note: "",
    clause: "RFC 9126 section 4",
    from: Lane::Browser,
    to: Lane::Provider,
    checks: &[
        check(
            Lane::Provider,
            "request_uri, one that was given to this application",
            "RFC 9126 section 4",
            |why| {
                matches!(
                    why,
                    Why::Server(
                        R::UnknownClient
                            | R::ForeignReference
                            | R::ReferenceUnknown
                            | R::ReferenceOfOtherClient
                    )
                )
            },
        ),
        check(Lane::Provider, "it was not used before, and is not too old", "RFC 9126 section 4", |why| {
            matches!(why, Why::Server(R::ReferenceUsed | R::ReferenceExpired))
        }),
    ],
};

pub(super) const CALLBACK: Scene = Scene {
    title: "The browser comes back",
    note: "",
    clause: "RFC 6749 section 4.1.2",
    from: Lane::Browser,
    to: Lane::Application,
    checks: &[],
};

const BELIEF: &[Check] = &[
    check(
        Lane::Application,
        "state is the one that this browser was given",
        "RFC 6749 section 10.12",
        |why| matches!(why, Why::Callback2(C::MissingState | C::StateMismatch | C::Repeated("state"))),
    ),
    check(Lane::Application, "iss is the provider that was asked", "RFC 9207 section 2.4", |why| {
        matches!(why, Why::Callback2(C::MissingIss | C::IssMismatch | C::Repeated("iss")))
    }),
    check(Lane::Application, "there is a code, and no error", "RFC 6749 section 4.1.2", |why| {
        matches!(why, Why::Told(_) | Why::Callback2(C::MissingCode | C::CodeAndError | C::Repeated("code")))
    }),
];

pub(super) const BELIEVED: Scene = Scene {
    title: "The application looks at what came back",
    note: "state, iss, code",
    clause: "RFC 6749 section 10.12, RFC 9207 section 2.4",
    from: Lane::Application,
    to: Lane::Application,
    checks: BELIEF,
};

pub(super) const ASTRAY: Scene = Scene {
    title: "The browser opens another callback",
    note: "",
    clause: "RFC 6749 section 10.12, RFC 9207 section 2.4",
    from: Lane::Browser,
    to: Lane::Application,
    checks: BELIEF,
};

/// What a code goes through.
const TRADED: [Check; 6] = [
    CLIENT,
    check(
        Lane::Provider,
        "the code, one that was given to this application",
        "RFC 6749 section 4.1.3",
        |why| matches!(why, Why::Server(R::CodeUnknown | R::CodeOfOtherClient)),
    ),
    check(Lane::Provider, "redirect_uri, where the code was sent", "RFC 6749 section 4.1.3", |why| {
        matches!(why, Why::Server(R::RedirectUriMismatch))
    }),
    check(Lane::Provider, "the SHA-256 of code_verifier is code_challenge", "RFC 7636 section 4.6", |why| {
        matches!(why, Why::Server(R::PkceMismatch))
    }),
    check(Lane::Provider, "the code was not used before, nor revoked", "RFC 6749 section 4.1.2", |why| {
        matches!(why, Why::Server(R::CodeReplayed | R::CodeRevoked))
    }),
    check(Lane::Provider, "the code is not too old", "RFC 6749 section 4.1.2", |why| {
        matches!(why, Why::Server(R::CodeExpired))
    }),
];

pub(super) const TOKEN: Scene = Scene {
    title: "The application trades code and verifier for tokens",
    note: "",
    clause: "RFC 6749 section 4.1.3, RFC 7636 section 4.5",
    from: Lane::Application,
    to: Lane::Provider,
    checks: &TRADED,
};

/// A proof at the provider, which is judged before all else, and used up before a ticket is touched.
const PROOF: Check =
    check(Lane::Provider, "the proof, made for this request", "RFC 9449 section 4.3", |why| {
        matches!(why, Why::Server(R::Dpop(_)))
    });
const PROOF_ONCE: Check =
    check(Lane::Provider, "the proof was not used before", "RFC 9449 section 11.1", |why| {
        matches!(why, Why::Server(R::ProofReplayed))
    });

pub(super) const BOUND_TOKEN: Scene = Scene {
    title: "The application trades code and verifier for tokens that are bound to its key",
    clause: "RFC 6749 section 4.1.3, RFC 9449 section 5",
    checks: &{
        let [client, code, redirect, pkce, unused, age] = TRADED;
        let key =
            check(Lane::Provider, "the key is the one that was asked with", "RFC 9449 section 10", |why| {
                matches!(why, Why::Server(R::OtherKey | R::NotBound))
            });
        [PROOF, client, code, redirect, pkce, key, PROOF_ONCE, unused, age]
    },
    ..TOKEN
};

const USED: [Check; 4] = [
    check(Lane::Api, "one token, in the header", "RFC 6750 section 2", |why| {
        matches!(why, Why::Token(A::NoToken | A::Malformed | A::SeveralTokens))
    }),
    check(Lane::Api, "the token, one that was given out", "RFC 6750 section 3.1", |why| {
        matches!(why, Why::Token(A::Unknown | A::Inactive | A::Signed(_)))
    }),
    check(Lane::Api, "it is neither revoked nor too old", "RFC 6750 section 3.1", |why| {
        matches!(why, Why::Token(A::Revoked | A::Expired))
    }),
    check(Lane::Api, "its scope opens this", "RFC 6750 section 3.1", |why| {
        matches!(why, Why::Token(A::InsufficientScope))
    }),
];

pub(super) const API: Scene = Scene {
    title: "The application shows the token to the API",
    note: "",
    clause: "RFC 6750 section 2.1",
    from: Lane::Application,
    to: Lane::Api,
    checks: &USED,
};

const PROVEN: &[Check] = &{
    let [place, known, alive, scope] = USED;
    let proof = check(
        Lane::Api,
        "the proof, made for this request and this token by the key of the token",
        "RFC 9449 section 4.3",
        |why| matches!(why, Why::Token(A::Dpop(_) | A::NoProof | A::Possession(_))),
    );
    let once = check(Lane::Api, "the proof was not used before", "RFC 9449 section 11.1", |why| {
        matches!(why, Why::Token(A::ProofReplayed))
    });
    [place, proof, known, alive, scope, once]
};

pub(super) const BOUND_API: Scene = Scene {
    title: "The application shows the token, and that it holds the key",
    note: "",
    clause: "RFC 9449 section 7.1",
    checks: PROVEN,
    ..API
};

/// What a refresh token goes through.
const RENEWED: [Check; 3] = [
    CLIENT,
    check(
        Lane::Provider,
        "the refresh token, one that was given to this application",
        "RFC 6749 section 6",
        |why| matches!(why, Why::Server(R::RefreshUnknown | R::RefreshOfOtherClient)),
    ),
    check(Lane::Provider, "it is not revoked", "RFC 9700 section 4.14.2", |why| {
        matches!(why, Why::Server(R::RefreshRevoked))
    }),
];

pub(super) const REFRESH: Scene = Scene {
    title: "The application trades the refresh token for new tokens",
    note: "",
    clause: "RFC 6749 section 6, RFC 9700 section 4.14",
    from: Lane::Application,
    to: Lane::Provider,
    checks: &RENEWED,
};

pub(super) const BOUND_REFRESH: Scene = Scene {
    clause: "RFC 6749 section 6, RFC 9449 section 5",
    checks: &{
        let [client, known, alive] = RENEWED;
        [PROOF, client, known, alive, PROOF_ONCE]
    },
    ..REFRESH
};

pub(super) const INTROSPECTION: Scene = Scene {
    title: "The API asks the provider what the token is",
    note: "",
    clause: "RFC 7662 section 2.1",
    from: Lane::Api,
    to: Lane::Provider,
    checks: &[
        check(Lane::Provider, "the API's own secret", "RFC 7662 section 2.1", CLIENT.fails),
        check(Lane::Api, "active is true", "RFC 7662 section 2.2", |why| {
            matches!(why, Why::Token(A::Inactive))
        }),
    ],
};

pub(super) const REVOKE: Scene = Scene {
    title: "The application gives its tokens back",
    note: "",
    clause: "RFC 7009 section 2",
    from: Lane::Application,
    to: Lane::Provider,
    checks: &[CLIENT],
};

pub(super) const DEAD_API: Scene =
    Scene { title: "The token that was given back opens nothing any more", ..API };

pub(super) const DEAD_BOUND_API: Scene =
    Scene { title: "The token that was given back opens nothing any more", ..BOUND_API };

pub(super) const DEAD_INTROSPECTION: Scene =
    Scene { title: "The API asks about the token that was given back", ..INTROSPECTION };
