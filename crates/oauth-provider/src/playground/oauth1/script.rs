//! What is said of each step of OAuth 1.0a, what is checked there, and what can be broken.

use oauth1_core::client::CallbackError as C;
use oauth1_core::server::Reason as R;

use crate::playground::alter::{Alter, Break, To};
use crate::playground::run::Next;
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

// What can be done next.

pub(super) const TO_ASK: Next = Next {
    scene: &TEMPORARY,
    what: "The application asks for temporary credentials, and says where the browser shall come back. Every parameter is \
           signed with its secret, which does not travel.",
    go: "Ask the provider",
    breaks: &[
        Break {
            name: "callback",
            words: "Change oauth_callback on the way, after it was signed",
            alter: Alter::Header("oauth_callback", To::This("https://attacker.example/ready")),
        },
        Break {
            name: "secret",
            words: "Sign with a wrong secret of the application",
            alter: Alter::ClientSecret,
        },
        Break {
            name: "method",
            words: "Name a signature method that nobody knows",
            alter: Alter::Header("oauth_signature_method", To::This("HMAC-MD5")),
        },
        Break { name: "timestamp", words: "Sign by a clock that is a day behind", alter: Alter::Yesterday },
        Break { name: "nonce", words: "Send the same request a second time after that", alter: Alter::Again },
    ],
};

pub(super) const TO_SEND_AWAY: Next = Next {
    scene: &AUTHORIZE,
    what: "The application sends this browser to the provider, where you sign in and decide. The address carries an \
           identifier, and no secret.",
    go: "Go to the provider",
    breaks: &[Break {
        name: "link",
        words: "Carry an identifier that was never given out. The provider does not send you back from there: come back by \
                the back button.",
        alter: Alter::Query("oauth_token", To::Another),
    }],
};

pub(super) const TO_BELIEVE: Next = Next {
    scene: &BELIEVED,
    what: "The browser is back. Anybody could have sent it there with any address, so before the verifier counts the \
           application looks at oauth_token.",
    go: "Look at what came back",
    breaks: &[Break {
        name: "callback_token",
        words: "Open the callback with the token of somebody else, who wants to get into your account",
        alter: Alter::Query("oauth_token", To::Another),
    }],
};

pub(super) const TO_TRADE: Next = Next {
    scene: &TOKEN,
    what: "The application trades the temporary credentials and the verifier, signed with both secrets, for credentials that \
           last.",
    go: "Trade the verifier",
    breaks: &[
        Break {
            name: "verifier_on_the_way",
            words: "Change oauth_verifier on the way, after it was signed",
            alter: Alter::Header("oauth_verifier", To::Another),
        },
        Break { name: "verifier", words: "Guess a verifier, and sign it well", alter: Alter::Verifier },
        Break {
            name: "token_client_secret",
            words: "Sign with a wrong secret of the application",
            alter: Alter::ClientSecret,
        },
        Break {
            name: "temporary_twice",
            words: "Trade the same temporary credentials a second time after that",
            alter: Alter::Again,
        },
    ],
};

pub(super) const TO_USE: Next = Next {
    scene: &API,
    what: "The application asks the API for what you allowed. Method, address and every parameter are signed with both \
           secrets.",
    go: "Send a signed request",
    breaks: &[
        Break {
            name: "parameter",
            words: "Change a parameter of the address on the way",
            alter: Alter::Query("size", To::This("thumbnail")),
        },
        Break {
            name: "method_on_the_way",
            words: "Send it by another HTTP method than was signed",
            alter: Alter::Method,
        },
        Break {
            name: "token_secret",
            words: "Sign with a wrong secret of the token",
            alter: Alter::TokenSecret,
        },
        Break {
            name: "token",
            words: "Name a token that was never given out",
            alter: Alter::Header("oauth_token", To::Another),
        },
        Break {
            name: "api_timestamp",
            words: "Sign by a clock that is a day behind",
            alter: Alter::Yesterday,
        },
        Break {
            name: "api_nonce",
            words: "Send the same request a second time after that",
            alter: Alter::Again,
        },
    ],
};
