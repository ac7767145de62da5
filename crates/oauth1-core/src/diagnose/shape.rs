//! A base string in its parts, written the plain way, so that each part can be bent.

use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use serde::Serialize;

use super::encoding::{Encoding, decode, pieces};
use crate::signature::AuthorizationHeader;

/// Where a parameter travels (RFC 5849 sections 3.4.1.3.1 and 3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The `Authorization` header.
    Header,
    /// The query of the URI.
    Query,
    /// The form in the body.
    Body,
}

/// A parameter with what it stands for.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) place: Place,
    pub(super) name: Vec<u8>,
    pub(super) value: Vec<u8>,
    /// Whether it is encoded at all.
    pub(super) encoded: bool,
    /// Whether there is a `=` behind the name.
    pub(super) equals: bool,
}

impl Pair {
    pub(super) fn new(place: Place, name: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        Self { place, name: name.into(), value: value.into(), encoded: true, equals: true }
    }

    pub(super) fn is_protocol(&self) -> bool {
        self.name.starts_with(b"oauth_")
    }
}

/// In which order parameters are joined.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// By encoded name, then by encoded value (RFC 5849 section 3.4.1.3.2).
    Right,
    /// By what names and values stand for.
    Decoded,
    /// By name; values as they came.
    NamesOnly,
    /// Upper and lower case as if they were the same.
    IgnoringCase,
    /// By `name=value`, so that `=` takes part.
    Joined,
    /// As they came.
    AsTheyCame,
}

/// What a base string is made from (RFC 5849 section 3.4.1).
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) method: String,
    pub(super) scheme: String,
    pub(super) host: String,
    /// With its colon; empty when there is none.
    pub(super) port: String,
    pub(super) path: String,
    pub(super) pairs: Vec<Pair>,
    pub(super) order: Order,
    /// How names and values are encoded.
    pub(super) inner: Encoding,
    /// How URI and joined parameters are encoded; `None` for not at all.
    pub(super) outer: Option<Encoding>,
}

impl Shape {
    /// A request to `path` at `origin`, which is `scheme://host` and maybe a port.
    pub(super) fn new(method: &str, origin: &str, path: &str, pairs: Vec<Pair>) -> Self {
        let mut shape = Self {
            method: method.to_ascii_uppercase(),
            scheme: String::new(),
            host: String::new(),
            port: String::new(),
            path: if path.is_empty() { "/".into() } else { path.into() },
            pairs,
            order: Order::Right,
            inner: Encoding::RIGHT,
            outer: Some(Encoding::RIGHT),
        };
        let (scheme, authority) = origin.split_once("://").unwrap_or(("", origin));
        shape.scheme = scheme.into();
        shape.set_authority(authority);
        shape
    }

    /// Takes a base string apart; `None` when it does not have three parts.
    pub(super) fn of_base_string(base: &str) -> Option<Self> {
        let mut parts = base.splitn(3, '&').map(|part| decode(part.as_bytes(), false));
        let (method, uri, parameters) = (parts.next()?, parts.next()?, parts.next()?);
        let uri = String::from_utf8(uri).ok()?;
        let authority = uri.find("://").map_or(0, |at| at + 3);
        let path = uri.get(authority..)?.find('/').map_or(uri.len(), |at| authority + at);
        let (origin, path) = uri.split_at_checked(path)?;
        let pairs = pieces(&parameters)
            .map(|(name, value)| Pair::new(Place::Header, decode(name, false), decode(value, false)));
        Some(Self::new(std::str::from_utf8(&method).ok()?, origin, path, pairs.collect()))
    }

    pub(super) fn set_authority(&mut self, authority: &str) {
        let port = authority.rfind(':').filter(|at| {
            authority.get(at + 1..).is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
        });
        let (host, port) = authority.split_at_checked(port.unwrap_or(authority.len())).unwrap_or_default();
        (self.host, self.port) = (host.into(), port.into());
    }

    /// The base string URI.
    pub(super) fn uri(&self) -> String {
        let Self { scheme, host, port, path, .. } = self;
        format!("{scheme}://{host}{port}{path}")
    }

    /// Names and values as they are joined, in order, each with the parameter it is.
    pub(super) fn encoded(&self) -> Vec<(&Pair, String, String)> {
        let write = |octets: &[u8], encoded: bool| match encoded {
            true => self.inner.write(octets),
            false => String::from_utf8_lossy(octets).into_owned(),
        };
        let mut all: Vec<(&Pair, String, String)> = Vec::with_capacity(self.pairs.len());
        for pair in &self.pairs {
            all.push((pair, write(&pair.name, pair.encoded), write(&pair.value, pair.encoded)));
        }
        match self.order {
            Order::Right => all.sort_by(|(_, a, x), (_, b, y)| (a, x).cmp(&(b, y))),
            Order::Decoded => {
                all.sort_by(|(a, ..), (b, ..)| (&a.name, &a.value).cmp(&(&b.name, &b.value)));
            }
            Order::NamesOnly => all.sort_by(|(_, a, _), (_, b, _)| a.cmp(b)),
            Order::IgnoringCase => all.sort_by_cached_key(|(_, name, value)| {
                (name.to_ascii_lowercase(), value.to_ascii_lowercase())
            }),
            Order::Joined => all.sort_by_cached_key(|(_, name, value)| format!("{name}={value}")),
            Order::AsTheyCame => {}
        }
        all
    }

    /// The normalized parameters (RFC 5849 section 3.4.1.3.2).
    pub(super) fn normalized(&self) -> String {
        let mut out = String::new();
        for (pair, name, value) in self.encoded() {
            if !out.is_empty() {
                out.push('&');
            }
            out.push_str(&name);
            if pair.equals {
                out.push('=');
                out.push_str(&value);
            }
        }
        out
    }

    /// The base string.
    pub(super) fn base_string(&self) -> String {
        let (uri, normalized) = (self.uri(), self.normalized());
        match self.outer {
            Some(outer) => {
                let write = |text: &str| outer.write(text.as_bytes());
                format!("{}&{}&{}", write(&self.method), write(&uri), write(&normalized))
            }
            None => format!("{}&{uri}&{normalized}", self.method),
        }
    }
}

/// The parameters of a request (RFC 5849 section 3.4.1.3.1), in the order they came, without the signature.
pub(super) fn pairs(header: &[u8], query: &[u8], form: &[u8]) -> Vec<Pair> {
    let header = AuthorizationHeader::parse(header).ok().flatten().map(|header| header.parameters);
    let header = header.into_iter().flatten().map(|(name, value)| Pair::new(Place::Header, name, value));
    let mut pairs: Vec<Pair> = header.collect();
    for (place, text) in [(Place::Query, query), (Place::Body, form)] {
        let read = |(name, value)| Pair::new(place, decode(name, true), decode(value, true));
        pairs.extend(pieces(text).map(read));
    }
    pairs.retain(|pair| pair.name != b"oauth_signature");
    pairs
}

/// The `Authorization: OAuth` header; empty when there is none.
pub(super) fn authorization(headers: &HeaderMap) -> &[u8] {
    let is_ours = |value: &&[u8]| value.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"OAuth "));
    let mut values = headers.get_all(AUTHORIZATION).iter().map(HeaderValue::as_bytes);
    values.find(is_ours).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_path_is_a_slash() {
        assert_eq!(
            Shape::new("get", "https://example.net:8443", "", Vec::new()).base_string(),
            "GET&https%3A%2F%2Fexample.net%3A8443%2F&"
        );
    }

    #[test]
    fn a_base_string_is_taken_apart_and_written_again() {
        for base in [
            "POST&https%3A%2F%2Fexample.net%3A8443%2Fa&a%3Dx%2520y%26a%3Dz%26b%3D%25E9",
            "GET&https%3A%2F%2F%5B%3A%3A1%5D%2F&",
        ] {
            assert_eq!(Shape::of_base_string(base).map(|shape| shape.base_string()).as_deref(), Some(base));
        }
        assert!(Shape::of_base_string("GET&x").is_none());
    }
}
