//! The text of a token while it is judged.

use http::{HeaderValue, Request, header::AUTHORIZATION};
use oauth_sansio::Secret;
use std::borrow::Cow;

/// A token where it came. One in a header stays in the bytes that were read from the connection: it is neither copied nor
/// could it be wiped there.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) enum Token {
    /// In this header, from one byte to another.
    Header(HeaderValue, usize, usize),
    /// In a body.
    Body(Secret),
}

impl Token {
    /// What a request brought.
    pub(super) fn of<B>(request: &Request<B>, presented: Cow<'_, str>) -> Self {
        match (presented, request.headers().get(AUTHORIZATION)) {
            (Cow::Borrowed(token), Some(value)) => {
                let start = (token.as_ptr() as usize).saturating_sub(value.as_bytes().as_ptr() as usize);
                match value.as_bytes().get(start..start.saturating_add(token.len())) {
                    Some(same) if same == token.as_bytes() => {
                        Self::Header(value.clone(), start, start.saturating_add(token.len()))
                    }
                    _ => Self::Body(Secret::new(token)),
                }
            }
            (presented, _) => Self::Body(Secret::new(presented)),
        }
    }

    /// The text itself.
    pub(super) fn expose(&self) -> &str {
        match self {
            Self::Header(value, start, end) => {
                let bytes = value.as_bytes().get(*start..*end).unwrap_or_default();
                str::from_utf8(bytes).unwrap_or_default()
            }
            Self::Body(secret) => secret.expose(),
        }
    }
}
