//! A request that is to be signed, explained.

use http::Request;
use oauth_sansio::{Entropy, form};
use serde::Serialize;

use super::{
    Anatomy, Credentials, KeyForm, Place,
    shape::{self, Shape},
};
use crate::signature::{BodyHash, Draft, DraftError, Origin, Protocol, Scratch, SignatureMethod, Target};

/// How a request is signed, step by step.
///
/// Besides the parameters of the request it holds the signature, which opens nothing but this one request; under
/// `PLAINTEXT`, where the signature is the secrets, it is left out.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// What is signed.
    pub anatomy: Anatomy,
    /// What it is signed with.
    pub key: KeyForm,
    /// `oauth_signature_method`
    pub signature_method: String,
    /// What becomes of the body.
    pub body: BodyCover,
    /// The value of the `Authorization` header, the query, or the form, with the signature at its end.
    pub carrier: String,
}

/// How a body is covered by the signature (RFC 5849 sections 3.4.1.3.1 and 4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyCover {
    /// There is no body.
    Empty,
    /// It is a form, and its parameters are signed.
    Form,
    /// `oauth_body_hash` is signed, and is that of the body.
    Hash,
    /// `oauth_body_hash` is signed, and is that of another body.
    OtherHash,
    /// Nothing but TLS covers it.
    Nothing,
}

impl BodyCover {
    pub(super) fn of(body: &[u8], is_form: bool, hash: Option<&[u8]>, method: &dyn SignatureMethod) -> Self {
        let is_hash = |hash: &[u8]| {
            [method.body_hash(), BodyHash::Sha1].iter().any(|one| one.of(body).as_bytes() == hash)
        };
        match hash {
            _ if is_form => Self::Form,
            Some(hash) if is_hash(hash) => Self::Hash,
            Some(_) => Self::OtherHash,
            None if body.is_empty() => Self::Empty,
            None => Self::Nothing,
        }
    }
}

impl std::fmt::Display for BodyCover {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Empty => "there is none",
            Self::Form => "a form: its parameters are signed",
            Self::Hash => "covered by oauth_body_hash",
            Self::OtherHash => "oauth_body_hash is that of another body",
            Self::Nothing => "no form, and no oauth_body_hash: the signature does not cover it",
        })
    }
}

/// Why a request cannot be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExplainError {
    /// It cannot be signed.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// Only a form of text can carry the parameters in its body (RFC 5849 section 3.5.2).
    #[error("the body is not a form")]
    NotAForm,
}

/// Signs a request and tells how. The URI must be absolute; a signature that is there already plays no part, nor does
/// [`Draft::method`]: it is the name of `method`.
///
/// # Errors
/// When the request cannot be signed, or carried where it should be.
pub fn explain<B: AsRef<[u8]>>(
    request: &Request<B>,
    draft: &Draft<'_>,
    place: Place,
    method: &dyn SignatureMethod,
    credentials: &Credentials,
    entropy: &mut Entropy,
) -> Result<Explanation, ExplainError> {
    let (uri, body, is_form) = (request.uri(), request.body().as_ref(), form::is_declared(request.headers()));
    let form = is_form.then_some(body);
    let key = method.prepare(&credentials.key()).map_err(DraftError::from)?;
    let draft = Draft { method: method.name(), ..*draft };
    let target = Target { method: request.method().as_str(), uri, form };
    let mut scratch = Scratch::default();
    let signed = draft.sign(&*key, &target, entropy, &mut scratch)?;
    let base_string = signed.base_string().to_owned();
    let (mut query, mut text) = (uri.query().unwrap_or_default().to_owned(), String::new());
    let mut header = Vec::new();
    if let Some(form) = form {
        text = String::from_utf8(form.to_vec()).map_err(|_| ExplainError::NotAForm)?;
    }
    let carrier = match place {
        Place::Header => {
            header = signed.authorization()?.as_bytes().to_vec();
            String::from_utf8_lossy(&header).into_owned()
        }
        Place::Query => {
            signed.append_to(&mut query);
            query.clone()
        }
        Place::Body if is_form => {
            signed.append_to(&mut text);
            text.clone()
        }
        Place::Body => return Err(ExplainError::NotAForm),
    };
    let origin = Origin::of_uri(uri).map_err(DraftError::from)?;
    let pairs = shape::pairs(&header, query.as_bytes(), text.as_bytes());
    let hash = pairs.iter().find(|pair| pair.name == Protocol::BodyHash.name().as_bytes());
    let cover = BodyCover::of(body, is_form, hash.map(|pair| pair.value.as_slice()), method);
    let shape = Shape::new(request.method().as_str(), origin.as_str(), uri.path(), pairs);
    Ok(Explanation {
        anatomy: Anatomy::of(&shape, &base_string),
        key: KeyForm::of(credentials, method),
        signature_method: method.name().to_owned(),
        body: cover,
        carrier: if method.covers_request() { carrier } else { without_signature(&carrier) },
    })
}

/// The signature is the last parameter.
fn without_signature(carrier: &str) -> String {
    let name = Protocol::Signature.name();
    let end = carrier.rfind(name).map_or(0, |at| at + name.len());
    let (kept, signature) = carrier.split_at_checked(end).unwrap_or_default();
    format!("{kept}{}", if signature.starts_with("=\"") { "=\"…\"" } else { "=…" })
}

impl std::fmt::Debug for Explanation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Explanation")
            .field("anatomy", &self.anatomy)
            .field("key", &self.key)
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}
