use super::*;
use crate::{
    jwt::{AssertionError, RequestObjectError},
    server::{
        CertificateError, ClientDocumentError, ClientError, DetailsError, FetchError, MetadataError,
        RedirectUriError,
    },
};

/// Every reason there is. The match fails to compile when one is added and not listed.
fn all() -> Vec<Reason> {
    use Reason as R;
    let listed = vec![
        R::Method,
        R::TooLarge,
        R::NotAForm,
        R::Encoding,
        R::Missing("code"),
        R::Repeated("code"),
        R::Malformed("code"),
        R::InUrl("client_secret"),
        R::UnknownClient,
        R::Unauthenticated,
        R::SeveralAuthentications,
        R::BasicMalformed,
        R::ClientIdMismatch,
        R::AuthenticationMethod,
        R::WrongSecret,
        R::GrantNotAllowed,
        R::RedirectUriMissing,
        R::RedirectUriUnregistered,
        R::RedirectUriUnfit,
        R::ResponseType,
        R::ResponseMode,
        R::ChallengeMethod,
        R::ScopeMalformed,
        R::ScopeNotAllowed,
        R::UnknownHandle,
        R::PendingExpired,
        R::OtherBrowser,
        R::AlreadyDecided,
        R::ClientChanged,
        R::NoSubject,
        R::Denied,
        R::GrantType,
        R::CodeUnknown,
        R::CodeOfOtherClient,
        R::RedirectUriMismatch,
        R::PkceMismatch,
        R::CodeReplayed,
        R::CodeRevoked,
        R::CodeExpired,
        R::RefreshUnknown,
        R::RefreshOfOtherClient,
        R::RefreshReplayed,
        R::RefreshRevoked,
        R::RefreshExpired,
        R::ScopeWider,
        R::Assertion(AssertionError::Audience),
        R::AssertionType,
        R::ClientKeys,
        R::Dpop(DpopError::Stale),
        R::Dpop(DpopError::NoNonce),
        R::NotBound,
        R::OtherKey,
        R::NestedReference,
        R::ForeignReference,
        R::ReferenceUnknown,
        R::ReferenceOfOtherClient,
        R::ReferenceUsed,
        R::ReferenceExpired,
        R::PushRequired,
        R::NoIntrospection,
        R::PromptUnknown,
        R::AcrUnsupported,
        R::LoginRequired,
        R::ConsentRequired,
        R::LoginUnmet,
        R::TargetMalformed,
        R::TargetMissing,
        R::TargetUnknown,
        R::TargetWider,
        R::NoSigningKey,
        R::UserCodeUnknown,
        R::DeviceUnknown,
        R::DeviceOfOtherClient,
        R::DeviceUsed,
        R::DeviceExpired,
        R::DevicePending,
        R::DeviceTooFast,
        R::DeviceDenied,
        R::TokenType("subject_token_type"),
        R::SubjectToken,
        R::ActorToken,
        R::MayNotAct,
        R::ChainTooLong,
        R::Certificate(CertificateError::Missing),
        R::RegistrationClosed,
        R::RegistrationTokenMissing,
        R::RegistrationToken,
        R::NotJson,
        R::Metadata(MetadataError::TwoKeySets),
        R::MetadataRedirectUri(RedirectUriError::Scheme),
        R::MetadataUnfit(ClientError::NoKeys),
        R::StatementInvalid,
        R::StatementUnapproved,
        R::NotApproved,
        R::WrongPassword,
        R::NotExtended,
        R::IssuerUnknown,
        R::Grant(AssertionError::Audience),
        R::IssuerKeys,
        R::IssuerKeySet(FetchError::Refused),
        R::GrantOfOtherClient,
        R::GrantTarget,
        R::GrantReplayed,
        R::Handover,
        R::HandoverOfOtherClient,
        R::HandoverOpensNothing,
        R::HandoverReplayed,
        R::HandoverSpent,
        R::ClientKeySet(FetchError::Unreachable),
        R::ClientDocument(ClientDocumentError::Address),
        R::AssertionReplayed,
        R::ProofReplayed,
        R::RequestObject(RequestObjectError::Nested),
        R::RequestObjectKeys,
        R::TwoRequests,
        R::Details(DetailsError::TooLarge),
        R::SignatureRequired,
        R::NoServerKey,
        R::LostInStore,
        R::Unwritable,
    ];
    for reason in &listed {
        match reason {
            R::Method | R::TooLarge | R::NotAForm | R::Encoding | R::Missing(_) | R::Repeated(_) => {}
            R::Malformed(_) | R::InUrl(_) | R::UnknownClient | R::Unauthenticated => {}
            R::SeveralAuthentications | R::BasicMalformed | R::ClientIdMismatch => {}
            R::AuthenticationMethod | R::WrongSecret | R::GrantNotAllowed | R::RedirectUriMissing => {}
            R::RedirectUriUnregistered | R::RedirectUriUnfit | R::ResponseType | R::ResponseMode => {}
            R::ChallengeMethod | R::ScopeMalformed | R::ScopeNotAllowed | R::UnknownHandle => {}
            R::PendingExpired | R::OtherBrowser | R::AlreadyDecided | R::ClientChanged => {}
            R::NoSubject | R::Denied | R::GrantType | R::CodeUnknown | R::CodeOfOtherClient => {}
            R::RedirectUriMismatch | R::PkceMismatch | R::CodeReplayed | R::CodeRevoked => {}
            R::CodeExpired | R::RefreshUnknown | R::RefreshOfOtherClient | R::RefreshReplayed => {}
            R::Assertion(_) | R::AssertionType | R::ClientKeys | R::Dpop(_) | R::NotBound | R::OtherKey => {}
            R::NestedReference | R::ForeignReference | R::ReferenceUnknown | R::ReferenceOfOtherClient => {}
            R::ReferenceUsed | R::ReferenceExpired | R::PushRequired | R::NoIntrospection => {}
            R::PromptUnknown | R::AcrUnsupported | R::LoginRequired | R::ConsentRequired => {}
            R::LoginUnmet => {}
            R::TargetMalformed | R::TargetMissing | R::TargetUnknown | R::TargetWider | R::NoSigningKey => {}
            R::UserCodeUnknown | R::DeviceUnknown | R::DeviceOfOtherClient | R::DeviceUsed => {}
            R::DeviceExpired | R::DevicePending | R::DeviceTooFast | R::DeviceDenied => {}
            R::TokenType(_) | R::SubjectToken | R::ActorToken | R::MayNotAct | R::ChainTooLong => {}
            R::Certificate(_) => {}
            R::RegistrationClosed | R::RegistrationTokenMissing | R::RegistrationToken | R::NotJson => {}
            R::Metadata(_) | R::MetadataRedirectUri(_) | R::MetadataUnfit(_) => {}
            R::StatementInvalid | R::StatementUnapproved => {}
            R::NotApproved | R::WrongPassword | R::NotExtended | R::IssuerUnknown | R::Grant(_) => {}
            R::IssuerKeySet(_)
            | R::IssuerKeys
            | R::GrantOfOtherClient
            | R::GrantTarget
            | R::GrantReplayed => {}
            R::Handover | R::HandoverOfOtherClient | R::HandoverOpensNothing => {}
            R::HandoverReplayed | R::HandoverSpent => {}
            R::ClientKeySet(_) | R::ClientDocument(_) => {}
            R::RequestObject(_) | R::RequestObjectKeys | R::TwoRequests | R::SignatureRequired => {}
            R::Details(_) => {}
            R::AssertionReplayed | R::ProofReplayed | R::NoServerKey => {}
            R::RefreshRevoked | R::RefreshExpired | R::ScopeWider | R::LostInStore | R::Unwritable => {}
        }
    }
    listed
}

#[test]
fn k22_every_error_is_one_of_the_standard_in_its_characters() {
    for reason in all() {
        let reply = token_error(reason);
        let body: serde_json::Value = serde_json::from_slice(reply.response.body()).unwrap();
        // RFC 6749 section 5.2
        let allowed = |b: u8| matches!(b, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        assert!(body["error_description"].as_str().unwrap().bytes().all(allowed), "{reason:?}");
        assert!(body["error"].as_str().unwrap().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
        assert_eq!(body.as_object().unwrap().len(), 2);
        assert_eq!(reply.response.headers()[CACHE_CONTROL], "no-store");
        assert!(!reply.response.status().is_success());
        let is_401 = reply.response.status() == StatusCode::UNAUTHORIZED;
        assert_eq!(reply.response.headers().contains_key(WWW_AUTHENTICATE), is_401);
        assert_eq!(reply.reason, Some(reason));
    }
}

#[test]
fn a_direct_error_never_redirects_and_never_asks_a_browser_for_a_password() {
    for reason in all() {
        let reply = direct_error(reason, "GET");
        assert!(!reply.response.headers().contains_key(LOCATION), "{reason:?}");
        assert!(!reply.response.headers().contains_key(WWW_AUTHENTICATE), "{reason:?}");
        assert!(reply.response.status().is_client_error() || reply.response.status().is_server_error());
    }
}

#[test]
fn z11_what_no_header_can_carry_becomes_an_error() {
    let reply = see_other("https://app.example/\r\nSet-Cookie: a=b".to_owned(), None);
    assert_eq!(reply.response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(reply.reason, Some(Reason::Unwritable));
}
