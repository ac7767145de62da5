//! How a provider deviates from the standard: every deviation is a value here, and the default of each is the standard.

use serde::{Deserialize, Serialize};

/// All deviations of a provider. Plain serde data; what is left out is as the standard says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dialect {
    /// What goes through the browser.
    pub authorization: Authorization,
    /// What goes to the token endpoint, and to the others.
    pub requests: Requests,
    /// What they answer.
    pub answers: Answers,
    /// What goes to APIs.
    pub api: Api,
}

/// Authorization requests and responses (RFC 6749 sections 4.1.1 and 4.1.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Authorization {
    /// The parameter that scopes go into: `scope`.
    pub scope_parameter: String,
    /// What stands between two scopes, here and in token requests: a space.
    pub scope_separator: char,
    /// What becomes of PKCE.
    pub pkce: Pkce,
    /// Parameters that every request carries, unless the application sets them itself. `response_mode` may be among them,
    /// and then there are no [signed answers](crate::client::Config::signed_answers).
    pub parameters: Vec<(String, String)>,
    /// What is asked for besides where access must outlive the person's presence.
    pub offline: Offline,
    /// What a redirect URI may be.
    pub redirect_uri: RedirectUris,
    /// Whether responses always carry `iss`, the issuer of the profile (RFC 9207). One that is there is compared anyway.
    pub iss: bool,
    /// The parameter of the response with an HMAC-SHA256 of all the others, in hexadecimal, keyed with the client secret.
    pub hmac: Option<String>,
    /// What error codes in responses mean in the words of the standard.
    pub error_codes: Vec<(String, String)>,
    /// Parameters that the response must have with this value; `{site}` is the site.
    pub equal: Vec<(String, String)>,
}

/// What becomes of PKCE (RFC 7636) at a provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pkce {
    /// It is sent, and checked.
    #[default]
    Checked,
    /// It is sent, and the provider is not known to look at it: `state` alone protects the code.
    Ignored,
    /// It is not sent, because the provider refuses requests that have it, or is not known to take them: `state` alone
    /// protects the code.
    NotSent,
}

/// What [`AuthorizationRequest::offline`](crate::client::AuthorizationRequest::offline) adds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Offline {
    /// Parameters.
    pub parameters: Vec<(String, String)>,
    /// Scopes.
    pub scope: Option<String>,
}

/// What a redirect URI may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RedirectUris {
    /// Whatever the standard allows.
    #[default]
    Standard,
    /// `https` with a domain name: no address, not `localhost`.
    HttpsDomain,
    /// As the standard says, but `localhost` is written as an address.
    NotLocalhost,
    /// No address at all but a name that the provider knows one by. The callback is read with
    /// [`callback_query`](crate::client::Pending::callback_query).
    Name,
}

/// Requests to endpoints (RFC 6749 sections 2.3.1, 3.2 and 4.1.3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Requests {
    /// How identifier and secret are written in the `Authorization` header.
    pub basic: Basic,
    /// How parameters are written.
    pub body: Body,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Headers that the application must add, see [`Profile::with_header`](super::Profile::with_header).
    pub wanted_headers: Vec<String>,
}

/// How identifier and secret are written in the `Authorization` header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basic {
    /// Each form-encoded, then both in base64 (RFC 6749 section 2.3.1).
    #[default]
    Encoded,
    /// Both in base64 as they are (RFC 7617).
    Raw,
}

/// How the parameters of a request are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// As a form (RFC 6749 appendix B).
    #[default]
    Form,
    /// As a JSON object.
    Json,
}

/// Answers of endpoints (RFC 6749 sections 5.1 and 5.2). A path is the names of members with dots between them, and
/// numbers for the places of lists: `authed_user.access_token`, `errors.0.message`. What is `null` counts as absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Answers {
    /// Whether a body that is labelled as a form is read as one.
    pub form: bool,
    /// The path of the access token.
    pub access_token: String,
    /// The path of its type.
    pub token_type: String,
    /// The type of a token that comes without one.
    pub missing_token_type: Option<String>,
    /// Types that are other names of `Bearer`; read without regard to case.
    pub bearer_types: Vec<String>,
    /// Whether the answer to a refresh has everything where the standard has it, whatever the paths say.
    pub refreshed_at_top: bool,
    /// The path of the refresh token.
    pub refresh_token: String,
    /// The path of the end of the access token.
    pub expiry: String,
    /// What it says.
    pub expiry_unit: ExpiryUnit,
    /// The path of the scope.
    pub scope: String,
    /// The characters between two scopes.
    pub scope_separators: String,
    /// Whether scopes may come as a list.
    pub scope_list: bool,
    /// A member that is `true` in every answer that grants something, and only there.
    pub success_flag: Option<String>,
    /// Whether an answer with status 200 and an error is a refusal.
    pub error_with_success: bool,
    /// Paths of the error code; the first one that is there counts, as a text or as a number.
    pub error: Vec<String>,
    /// What error codes of the provider mean in the words of the standard.
    pub error_codes: Vec<(String, String)>,
    /// Paths of the description of an error. None where it may repeat a secret.
    pub error_description: Vec<String>,
    /// The path of the address that a person with a device goes to (RFC 8628 section 3.2).
    pub verification_uri: String,
    /// Whether a token is revoked with any status of success, and not with 200 alone (RFC 7009 section 2.2).
    pub revoked_with_any_success: bool,
}

/// What the end of an access token is told in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpiryUnit {
    /// Seconds from now, a number.
    #[default]
    Seconds,
    /// Seconds from now, a number or a text.
    SecondsOrText,
    /// A Unix time in seconds, a number or a text.
    UnixSeconds,
    /// A Unix time in milliseconds, a number or a text.
    UnixMilliseconds,
}

/// Requests to APIs (RFC 6750 section 2.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Api {
    /// The header that the access token goes into.
    pub header: String,
    /// What stands before it, with a space behind; empty for nothing.
    pub scheme: String,
    /// Other headers, where the application has not set them; `{client_id}` is the client identifier.
    pub headers: Vec<(String, String)>,
}

impl Default for Authorization {
    fn default() -> Self {
        Self {
            scope_parameter: "scope".into(),
            scope_separator: ' ',
            pkce: Pkce::default(),
            parameters: Vec::new(),
            offline: Offline::default(),
            redirect_uri: RedirectUris::default(),
            iss: false,
            hmac: None,
            error_codes: Vec::new(),
            equal: Vec::new(),
        }
    }
}

impl Default for Answers {
    fn default() -> Self {
        Self {
            form: false,
            access_token: "access_token".into(),
            token_type: "token_type".into(),
            missing_token_type: None,
            bearer_types: Vec::new(),
            refreshed_at_top: false,
            refresh_token: "refresh_token".into(),
            expiry: "expires_in".into(),
            expiry_unit: ExpiryUnit::default(),
            scope: "scope".into(),
            scope_separators: " ".into(),
            scope_list: false,
            success_flag: None,
            error_with_success: false,
            error: vec!["error".into()],
            error_codes: Vec::new(),
            error_description: vec!["error_description".into()],
            verification_uri: "verification_uri".into(),
            revoked_with_any_success: false,
        }
    }
}

impl Default for Api {
    fn default() -> Self {
        Self { header: "authorization".into(), scheme: "Bearer".into(), headers: Vec::new() }
    }
}
