//! Why two sides sign different things.

use serde::Serialize;

macro_rules! causes {
    ($($(#[doc = $doc:literal])+ $cause:ident => $sentence:literal,)+) => {
        /// What the other side did differently, each with a sentence (`Display`).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum Cause {
            $($(#[doc = $doc])+ $cause,)+
        }

        impl Cause {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$cause),+];
        }

        impl std::fmt::Display for Cause {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self { $(Self::$cause => $sentence,)+ })
            }
        }
    };
}

causes! {
    /// Another HTTP method (RFC 5849 section 3.4.1.1).
    OtherHttpMethod => "another HTTP method was signed than the one that arrived",
    /// The HTTP method in lower case (RFC 5849 section 3.4.1.1).
    HttpMethodCase => "the HTTP method was not brought to upper case",
    /// `http` for `https`, or the other way round, as behind a proxy that ends TLS (RFC 5849 section 3.4.1.2).
    Scheme => "http was signed for https, or https for http; a proxy that ends TLS makes it look so",
    /// The scheme's own port (RFC 5849 section 3.4.1.2).
    DefaultPortKept => "the scheme's own port was signed; it is left out",
    /// A port that is not the scheme's own (RFC 5849 section 3.4.1.2).
    PortDropped => "the port was left out, although it is not the scheme's own",
    /// The host in another case (RFC 5849 section 3.4.1.2).
    HostCase => "the host was not brought to lower case",
    /// The host of a `Host` or `X-Forwarded-Host` header, where it is not the configured one.
    OtherHost => "another host was signed than the one configured here",
    /// The path with its escapes decoded (RFC 5849 section 3.4.1.2).
    PathDecoded => "the path was decoded before it was signed",
    /// The path with its escapes encoded again (RFC 5849 section 3.4.1.2).
    PathEncodedTwice => "the escapes of the path were encoded once more",
    /// The path with other characters encoded than were sent, or other digits (RFC 5849 section 3.4.1.2).
    PathEncoded => "the path was encoded in another way than it was sent",
    /// A `/` at the end of the path, more or less.
    TrailingSlash => "the path was signed with a slash at its end that is not there, or without the one that is",
    /// No path where `/` is meant (RFC 5849 section 3.4.1.2).
    EmptyPath => "an empty path was signed; it counts as a slash",
    /// The query within the base string URI (RFC 5849 section 3.4.1.2).
    QueryInUri => "the query was left in the URI that is signed",

    /// The query is missing among the parameters (RFC 5849 section 3.4.1.3.1).
    QueryLeftOut => "the parameters of the query were not signed",
    /// The form is missing among the parameters (RFC 5849 section 3.4.1.3.1).
    FormLeftOut => "the parameters of the form body were not signed",
    /// A body that is no form is among the parameters (RFC 5849 section 3.4.1.3.1).
    BodySigned => "the body was signed as if it were a form; its media type is another",
    /// The realm is among the parameters (RFC 5849 section 3.4.1.3.1).
    RealmSigned => "the realm was signed; it is left out",
    /// An empty `oauth_token` that was sent and not signed.
    EmptyTokenNotSigned => "the empty oauth_token was sent but not signed",
    /// An empty `oauth_token` that was signed and not sent.
    EmptyTokenSigned => "an empty oauth_token was signed but not sent",
    /// `oauth_version` that was sent and not signed.
    VersionNotSigned => "oauth_version was sent but not signed",
    /// `oauth_version` that was signed and not sent.
    VersionSigned => "oauth_version was signed but not sent",
    /// `oauth_body_hash` that was sent and not signed.
    BodyHashNotSigned => "oauth_body_hash was sent but not signed",
    /// Parameters with empty values are missing (RFC 5849 section 3.4.1.3.2).
    EmptyValuesLeftOut => "parameters without a value were not signed",
    /// An empty value without its `=` (RFC 5849 section 3.4.1.3.2).
    EqualsLeftOut => "parameters without a value were signed without their equals sign",
    /// Of a name that comes several times, the last only (RFC 5849 section 3.4.1.3.2).
    RepeatsLeftOut => "of parameters with the same name only one was signed",

    /// `+` of a query or form as a plus (RFC 5849 section 3.4.1.3.1).
    PlusKept => "a plus sign in the query or form was signed as a plus; it stands for a space",
    /// A space as `+` (RFC 5849 section 3.6).
    SpaceAsPlus => "spaces were encoded as plus signs; they are %20",
    /// `!*'()` as they are (RFC 5849 section 3.6).
    ReservedKept => "some of the characters ! * ' ( ) were not encoded",
    /// `~` encoded (RFC 5849 section 3.6).
    TildeEncoded => "the tilde was encoded; it stays as it is",
    /// `%2f` for `%2F` (RFC 5849 section 3.6).
    LowerCaseHex => "percent-encoding was written with lower-case digits",
    /// Parameters encoded once more (RFC 5849 section 3.4.1.3.2).
    EncodedTwice => "the parameters were encoded once too often",
    /// Parameters not encoded before they are joined (RFC 5849 section 3.4.1.3.2).
    NotEncoded => "the parameters were not encoded before they were joined",
    /// Timestamp, nonce, token and the like encoded once more.
    ProtocolEncodedTwice => "the oauth_ parameters were encoded once too often, as a nonce with reserved characters shows",
    /// Timestamp, nonce, token and the like not encoded.
    ProtocolNotEncoded => "the oauth_ parameters were not encoded before they were joined",
    /// The parts not encoded before they are joined (RFC 5849 section 3.4.1.1).
    PartsNotEncoded => "the URI and the joined parameters were not encoded once more",
    /// Another character set than UTF-8 (RFC 5849 section 3.6).
    Charset => "characters outside ASCII were signed in another character set than they were sent in; it is UTF-8",

    /// Sorted before they were encoded (RFC 5849 section 3.4.1.3.2).
    SortedDecoded => "the parameters were sorted before they were encoded",
    /// Values of one name not sorted (RFC 5849 section 3.4.1.3.2).
    ValuesNotSorted => "parameters with the same name were not sorted by value",
    /// Sorted without regard to case (RFC 5849 section 3.4.1.3.2).
    SortedIgnoringCase => "the parameters were sorted as if upper and lower case were the same",
    /// Sorted with the `=` in them (RFC 5849 section 3.4.1.3.2).
    SortedJoined => "the parameters were sorted as name=value, so that the equals sign took part",
    /// Not sorted (RFC 5849 section 3.4.1.3.2).
    NotSorted => "the parameters were not sorted",

    /// The two secrets changed places (RFC 5849 section 3.4.2).
    SecretsSwapped => "client secret and token secret changed places in the key",
    /// The token secret is missing (RFC 5849 section 3.4.2).
    TokenSecretMissing => "the key was made without the token secret",
    /// A token secret without a token (RFC 5849 section 3.4.2).
    TokenSecretUsed => "the key was made with a token secret, although the request names no token",
    /// The client secret is missing (RFC 5849 section 3.4.2).
    ClientSecretMissing => "the key was made without the client secret",
    /// No `&` (RFC 5849 section 3.4.2).
    AmpersandMissing => "the ampersand is missing in the key; it is there even when a secret is empty",
    /// Secrets not encoded (RFC 5849 section 3.4.2).
    KeyNotEncoded => "the secrets were not percent-encoded in the key",
    /// White space around a secret.
    SecretWhiteSpace => "a secret was signed with without the white space around the one that is configured here",
    /// A secret that is kept in encoded form.
    SecretEncoded => "a secret is configured here in percent-encoded form; it was signed with as it is",

    /// The signature encoded once more (RFC 5849 section 3.5.1).
    SignatureEncodedTwice => "the signature was encoded once too often",
    /// `+` of the signature as a space (RFC 5849 section 3.6).
    SignatureNotEncoded => "the signature was not percent-encoded, so that its plus signs were read as spaces",
    /// White space in the signature.
    SignatureWhiteSpace => "there is white space in the signature, as a tool puts it at the end of a line",
    /// A beginning of the signature.
    SignatureTruncated => "the signature is cut off",
    /// base64url for base64 (RFC 5849 section 3.4.2).
    SignatureBase64Url => "the signature is in the alphabet for URLs; it is plain base64 with padding",
    /// Hexadecimal for base64 (RFC 5849 section 3.4.2).
    SignatureHex => "the signature is hexadecimal; it is base64",
    /// Another signature method than the named one.
    OtherMethod => "the signature was made with another method than the one it names",

    /// A timestamp in milliseconds (RFC 5849 section 3.3).
    Milliseconds => "oauth_timestamp counts milliseconds; it counts seconds",

    /// Found by comparison only: a parameter is missing.
    ParameterMissing => "a parameter is not signed on the other side",
    /// Found by comparison only: a parameter too many.
    ParameterAdded => "a parameter is signed on the other side only",
    /// Found by comparison only: a parameter with another value.
    OtherValue => "a parameter has another value on the other side",
    /// Found by comparison only: another URI.
    OtherUri => "the other side signs another URI",
}
