//! What can be done next in OAuth 2, and what can be broken then.

use super::scenes::{
    API, AUTHORIZE, BELIEVED, BOUND_API, BOUND_REFRESH, BOUND_TOKEN, DEAD_API, DEAD_BOUND_API,
    DEAD_INTROSPECTION, DISCOVERY, INTROSPECTION, PUSH, REFRESH, REVOKE, TOKEN,
};
use crate::playground::alter::{Alter, Break, To};
use crate::playground::run::Next;

pub(super) const TO_DISCOVER: Next = Next {
    scene: &DISCOVERY,
    what: "The application knows the provider by its name alone. It asks where the endpoints are, and what is supported.",
    go: "Ask the provider",
    breaks: &[],
};

pub(super) const TO_SEND_AWAY: Next = Next {
    scene: &AUTHORIZE,
    what: "The application draws a state, which ties the answer to this browser, and a code_verifier, of which only the \
           digest travels. Then it sends this browser to the provider, where you sign in and decide. Where it refuses to send you back, come by the back button.",
    go: "Go to the provider",
    breaks: &[
        Break {
            name: "redirect_uri",
            words: "Ask for the answer at an address that is not registered",
            alter: Alter::Query("redirect_uri", To::This("https://attacker.example/callback")),
        },
        Break {
            name: "scope",
            words: "Ask for a scope that this application may not have",
            alter: Alter::Query("scope", To::This("everything")),
        },
        Break {
            name: "challenge_method",
            words: "Ask for the challenge method plain, which shows the verifier to whoever sees the request",
            alter: Alter::Query("code_challenge_method", To::This("plain")),
        },
    ],
};

pub(super) const TO_PUSH: Next = Next {
    scene: &PUSH,
    what: "The application draws state and code_verifier and sends its request to the provider itself, where nobody on the \
           way can read or change it. This browser carries only a reference, and you sign in and decide. Where it refuses to send you back, come by the back button.",
    go: "Push, then go to the provider",
    breaks: &[
        Break {
            name: "pushed_redirect_uri",
            words: "Push an address that is not registered",
            alter: Alter::Form("redirect_uri", To::This("https://attacker.example/callback")),
        },
        Break {
            name: "request_uri",
            words: "Carry another reference than the one that was given out",
            alter: Alter::Query("request_uri", To::Another),
        },
    ],
};

pub(super) const TO_BELIEVE: Next = Next {
    scene: &BELIEVED,
    what: "The browser is back. Anybody could have sent it there with any address, so before the code counts the \
           application looks at state and iss.",
    go: "Look at what came back",
    breaks: &[
        Break {
            name: "state",
            words: "Open the callback with another state, as a page of somebody else would",
            alter: Alter::Query("state", To::Another),
        },
        Break {
            name: "iss",
            words: "Open the callback with the iss of another provider, as in a mix-up",
            alter: Alter::Query("iss", To::This("https://other.example")),
        },
    ],
};

const BREAKS_OF_TRADE: [Break; 4] = [
    Break {
        name: "code_verifier",
        words: "Send another code_verifier, as somebody would who has stolen the code",
        alter: Alter::Form("code_verifier", To::Another),
    },
    Break {
        name: "token_redirect_uri",
        words: "Send another redirect_uri than the code was sent to",
        alter: Alter::Form("redirect_uri", To::This("https://attacker.example/callback")),
    },
    Break { name: "secret", words: "Send a wrong secret of the application", alter: Alter::Credentials },
    Break {
        name: "code",
        words: "Send a code that was never given out",
        alter: Alter::Form("code", To::Another),
    },
];

pub(super) const TO_TRADE: Next = Next {
    scene: &TOKEN,
    what: "The application sends the code to the provider, with the code_verifier that only it knows, and with its secret.",
    go: "Trade the code",
    breaks: &{
        let [verifier, redirect_uri, secret, code] = BREAKS_OF_TRADE;
        let twice = Break {
            name: "code_twice",
            words: "Send the code a second time after that. Look at what the token is worth then.",
            alter: Alter::Again,
        };
        [verifier, redirect_uri, secret, code, twice]
    },
};

pub(super) const TO_TRADE_BOUND: Next = Next {
    scene: &BOUND_TOKEN,
    what: "The application sends the code to the provider, with the code_verifier that only it knows, with its secret, and with \
           a proof that it holds the key which the tokens shall be bound to.",
    breaks: &{
        let [verifier, redirect_uri, secret, code] = BREAKS_OF_TRADE;
        let twice = Break {
            name: "code_proof_twice",
            words: "Send the same request a second time after that. Its proof is used up, so the code is not even looked at.",
            alter: Alter::Again,
        };
        [verifier, redirect_uri, secret, code, twice]
    },
    ..TO_TRADE
};

const BREAKS_OF_USE: [Break; 2] = [
    Break {
        name: "token",
        words: "Show a token that was changed by one character",
        alter: Alter::Credentials,
    },
    Break {
        name: "token_in_query",
        words: "Put the token into the address, where logs would keep it",
        alter: Alter::TokenInQuery,
    },
];

pub(super) const TO_USE: Next = Next {
    scene: &API,
    what: "The application asks the API for what you allowed. Whoever has the token has what it opens.",
    go: "Use the token",
    breaks: &BREAKS_OF_USE,
};

pub(super) const TO_PROVE: Next = Next {
    scene: &BOUND_API,
    what: "The application asks the API for what you allowed, and proves by a signature that it holds the key of the token. \
           Whoever has the token alone has nothing.",
    go: "Use the token",
    breaks: &{
        let [token, query] = BREAKS_OF_USE;
        let again = Break {
            name: "proof_twice",
            words: "Send the same request with the same proof a second time",
            alter: Alter::Again,
        };
        [again, token, query]
    },
};

pub(super) const TO_RENEW: Next = Next {
    scene: &REFRESH,
    what: "The access token lives for minutes. The refresh token brings the next one, and each time another of itself.",
    go: "Renew the token",
    breaks: &[
        Break {
            name: "refresh_secret",
            words: "Send a wrong secret of the application",
            alter: Alter::Credentials,
        },
        Break {
            name: "refresh_token",
            words: "Send a refresh token that was never given out",
            alter: Alter::Form("refresh_token", To::Another),
        },
    ],
};

pub(super) const TO_RENEW_BOUND: Next = Next { scene: &BOUND_REFRESH, ..TO_RENEW };

pub(super) const TO_ASK: Next = Next {
    scene: &INTROSPECTION,
    what: "The API has looked the token up where the provider keeps it. One that runs elsewhere asks the provider, as a client of its \
           own, and learns whose the token is, what it opens and when it ends.",
    go: "Ask about the token",
    breaks: &[
        Break {
            name: "unnamed",
            words: "Ask without saying who asks, as somebody would who tries tokens out",
            alter: Alter::NoCredentials,
        },
        Break { name: "api_secret", words: "Ask with a wrong secret of the API", alter: Alter::Credentials },
        Break {
            name: "asked_token",
            words: "Ask about a token that was never given out",
            alter: Alter::Form("token", To::Another),
        },
        Break {
            name: "asked_refresh_token",
            words: "Ask about the refresh token. It is good, and no API's business.",
            alter: Alter::RefreshToken,
        },
    ],
};

pub(super) const TO_REVOKE: Next = Next {
    scene: &REVOKE,
    what: "The application has done its work and gives back what it has. All that grew from your permission ends.",
    go: "Give the tokens back",
    breaks: &[],
};

pub(super) const TO_USE_DEAD: Next = Next {
    scene: &DEAD_API,
    what: "Is it over? The application shows its last token to the API once more.",
    go: "Try the token",
    breaks: &[],
};

pub(super) const TO_PROVE_DEAD: Next = Next { scene: &DEAD_BOUND_API, ..TO_USE_DEAD };

pub(super) const TO_ASK_DEAD: Next = Next {
    scene: &DEAD_INTROSPECTION,
    what: "An API that asks learns it as well: the token is not active. Why it is not, the provider keeps to itself.",
    go: "Ask about the token",
    breaks: &[],
};
