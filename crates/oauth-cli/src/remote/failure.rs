//! What went wrong, who has to do something about it, and what.

use std::fmt;

use oauth_hyper_client::{Error, SendError};
use oauth2_core::{
    client::{self, Blame, CallbackError, ErrorCode, Misuse, Refusal},
    metadata::{MetadataError, UrlError},
};

/// Who has to do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// Its answer is not what the standard says.
    Server,
    /// It did its part, and said no.
    Refusal,
    /// Nobody knows; there was no answer.
    Network,
    /// Whoever typed the command.
    Caller,
}

impl Who {
    const fn name(self) -> &'static str {
        match self {
            Self::Server => "the server, or somebody in its place",
            Self::Refusal => "nobody: the server did its part, and refused",
            Self::Network => "the way to the server",
            Self::Caller => "this command line",
        }
    }
}

/// A command that did not come to its end.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    who: Who,
    next: Option<String>,
    error: Option<Box<client::Error>>,
}

impl Failure {
    pub(crate) fn caller(what: impl Into<String>) -> Self {
        Self { what: what.into(), who: Who::Caller, next: None, error: None }
    }

    pub(crate) fn server(what: impl Into<String>) -> Self {
        Self { who: Who::Server, ..Self::caller(what) }
    }

    #[must_use]
    pub(crate) fn next(self, next: impl Into<String>) -> Self {
        Self { next: Some(next.into()), ..self }
    }

    /// In front of what went wrong: for what it was done.
    #[must_use]
    pub(crate) fn during(self, what: &str) -> Self {
        Self { what: format!("{what}: {}", self.what), ..self }
    }

    /// Whether there is no document where one was looked for.
    pub(crate) fn is_absence(&self) -> bool {
        matches!(self.error.as_deref(), Some(client::Error::Answer { status, problem: oauth2_core::DocumentError::Status, .. })
            if status.is_client_error())
    }

    pub(crate) fn is_dead_grant(&self) -> bool {
        self.error.as_ref().is_some_and(|error| error.is_dead_grant())
    }

    /// Whether the same may succeed later, and nothing was lost.
    pub(crate) fn is_transient(&self) -> bool {
        self.who == Who::Network || self.error.as_ref().is_some_and(|error| error.is_transient())
    }

    /// The lines behind the error.
    pub(crate) fn advice(&self) -> Vec<(&'static str, String)> {
        let blame = ("blame", self.who.name().to_owned());
        std::iter::once(blame).chain(self.next.iter().map(|next| ("next", next.clone()))).collect()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Failure {}

impl From<client::Error> for Failure {
    fn from(error: client::Error) -> Self {
        let who = match error.blame() {
            Blame::Peer => Who::Server,
            Blame::Refusal => Who::Refusal,
            Blame::Caller => Who::Caller,
        };
        Self { what: error.to_string(), who, next: next(&error), error: Some(Box::new(error)) }
    }
}

impl From<Misuse> for Failure {
    fn from(misuse: Misuse) -> Self {
        client::Error::from(misuse).into()
    }
}

impl From<MetadataError> for Failure {
    fn from(error: MetadataError) -> Self {
        client::Error::from(error).into()
    }
}

impl From<SendError> for Failure {
    fn from(error: SendError) -> Self {
        let (who, next) = match &error {
            SendError::Transport(_) => {
                (Who::Network, "check the address, the network and the server's certificate")
            }
            SendError::TimedOut(_) => {
                (Who::Network, "try again; nobody knows whether the server acted on it")
            }
            SendError::Refused => (
                Who::Server,
                "an API named this server, which is none that everybody can reach; if you know it, name it with --issuer",
            ),
            SendError::Compressed | SendError::TooLong(_) => (Who::Server, "ask the operator of the server"),
        };
        Self { what: told(&error), who, next: Some(next.to_owned()), error: None }
    }
}

impl From<Error<client::Error>> for Failure {
    fn from(error: Error<client::Error>) -> Self {
        match error {
            Error::Exchange(error) => error.into(),
            Error::Send(error) => error.into(),
            Error::NoEntropy(error) => Self::caller(error.to_string()),
        }
    }
}

/// The whole chain: what the transport says last is what helps.
fn told(error: &SendError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error).and_then(std::error::Error::source);
    while let Some(error) = source {
        let more = error.to_string();
        if !text.ends_with(&more) {
            text += &format!(": {more}");
        }
        source = error.source();
    }
    text
}

fn next(error: &client::Error) -> Option<String> {
    let text = match error {
        client::Error::Refused(refusal) => return refused(refusal),
        client::Error::Answer { retry_after: Some(wait), .. } => {
            return Some(format!("try again in {} seconds", wait.as_secs()));
        }
        error if error.is_transient() => "try again later; nothing is lost",
        client::Error::Answer { .. } => {
            "--verbose shows the answer; --lenient reads the usual deviations from the standard"
        }
        client::Error::Metadata(error) => metadata(error),
        client::Error::Callback(CallbackError::Expired) => "begin again, and come back sooner",
        client::Error::Callback(_) => {
            "do not go on with this login: begin again, and look where the browser is sent"
        }
        client::Error::Misuse(misuse) => return misused(*misuse).map(str::to_owned),
        client::Error::Signature(_) => "check the key",
    };
    Some(text.to_owned())
}

fn refused(refusal: &Refusal) -> Option<String> {
    if let Some(wait) = refusal.retry_after {
        return Some(format!("try again in {} seconds", wait.as_secs()));
    }
    let text = match &refusal.code {
        ErrorCode::InvalidClient => "check --client-id, the secret or key, and --auth-method",
        ErrorCode::InvalidGrant => {
            "what was sent is no longer good: begin again, with `oauth login` where a person grants it"
        }
        ErrorCode::InvalidScope => "check --scope; `oauth discover` shows the scopes that the server names",
        ErrorCode::InvalidTarget => "check --resource; the server issues no tokens for it",
        ErrorCode::InvalidToken => "check the token: it is not good at this server",
        ErrorCode::UnauthorizedClient => {
            "the client is not registered for this: ask the operator of the server"
        }
        ErrorCode::UnsupportedGrantType => "the server does not do this; `oauth discover` shows what it does",
        ErrorCode::AccessDenied => "the person or the server said no: ask them, and begin again",
        ErrorCode::InvalidRedirectUri => {
            "register http://127.0.0.1/callback for any port, or fix one with --port"
        }
        ErrorCode::InvalidClientMetadata => {
            "check what is asked for; the server does not register such clients"
        }
        ErrorCode::ServerError | ErrorCode::TemporarilyUnavailable => "try again later; nothing is lost",
        ErrorCode::Other(code) if code == "expired_token" => "the codes have ended: begin again",
        ErrorCode::InvalidRequest => {
            "--verbose shows what was sent; the server misses or refuses a part of it"
        }
        _ => return None,
    };
    Some(text.to_owned())
}

const fn metadata(error: &MetadataError) -> &'static str {
    match error {
        MetadataError::IssuerMismatch => {
            "name the issuer exactly as its document does, with or without a slash at its end; \
             if that is somebody else, do not go on"
        }
        MetadataError::ResourceMismatch => {
            "name the resource exactly as its document does; if that is somebody else, do not go on"
        }
        MetadataError::NoS256 => {
            "ask the operator of the server; --dangerously-accept-missing-s256 goes on all the same"
        }
        MetadataError::Url { problem: UrlError::Insecure, .. } => {
            "use https; http is taken on this machine only, where the address given is http too"
        }
        MetadataError::Url { .. } => "check the address, or ask the operator of the server",
        MetadataError::Document(_) => {
            "ask the operator of the server; `oauth inspect` tells more about a document"
        }
    }
}

const fn misused(misuse: Misuse) -> Option<&'static str> {
    Some(match misuse {
        Misuse::AuthenticationNotSupported => {
            "choose another --auth-method; `oauth discover` shows those that the server names"
        }
        Misuse::PublicClient => {
            "give the secret of the client by --client-secret-file or OAUTH_CLIENT_SECRET, or a --private-key"
        }
        Misuse::NoSecret => "give it by --client-secret-file or OAUTH_CLIENT_SECRET",
        Misuse::NoKey => "give it by --private-key",
        Misuse::NoAuthorizationEndpoint
        | Misuse::NoTokenEndpoint
        | Misuse::NoPushEndpoint
        | Misuse::NoDeviceEndpoint
        | Misuse::NoRevocationEndpoint
        | Misuse::NoIntrospectionEndpoint
        | Misuse::NoRegistrationEndpoint => {
            "if it has one that its metadata does not name, give it by hand; `oauth login --help` lists the options"
        }
        Misuse::DeviceExpired => "begin again, and enter the code sooner",
        Misuse::OtherIssuer => "register at this issuer, or name the one that the registration is of",
        Misuse::NoRegistrationAccess => "ask the operator of the server",
        Misuse::TokenType => "a token that is bound to a key needs the key, and the request that it is for",
        _ => return None,
    })
}
