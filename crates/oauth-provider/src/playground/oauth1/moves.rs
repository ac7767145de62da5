//! What can be done next in OAuth 1.0a, and what can be broken then.

use super::scenes::{API, AUTHORIZE, BELIEVED, TEMPORARY, TOKEN};
use crate::playground::alter::{Alter, Break, To};
use crate::playground::run::Next;

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
           identifier, and no secret. Where the provider refuses to send you back, come by the back button.",
    go: "Go to the provider",
    breaks: &[Break {
        name: "link",
        words: "Carry an identifier that was never given out",
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
