//! Profiles of signed JSON: one file each.

mod access_token;
mod assertion;
mod grant;
mod possession;
mod request_object;

pub use access_token::{
    AccessToken, AccessTokenClaims, AccessTokenError, AccessTokenPolicy, Confirmation, validate_access_token,
};
pub use assertion::{Assertion, AssertionError, AssertionPolicy, claimed_client};
pub use grant::{GrantAssertion, claimed_issuer};
pub use possession::PossessionError;
pub use request_object::{RequestObject, RequestObjectError};
