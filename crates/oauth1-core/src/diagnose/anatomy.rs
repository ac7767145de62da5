//! A base string in readable pieces.

use serde::Serialize;

use super::{Place, shape::Shape};

/// A base string and what it is made from (RFC 5849 section 3.4.1).
///
/// It shows the parameters of the request as they are. `Debug` shows how many there are.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Anatomy {
    /// The HTTP method, in upper case.
    pub http_method: String,
    /// The base string URI (RFC 5849 section 3.4.1.2).
    pub uri: String,
    /// The parameters in the order in which they are signed.
    pub parameters: Vec<Parameter>,
    /// The parameters, encoded and joined (RFC 5849 section 3.4.1.3.2).
    pub normalized: String,
    /// All of it, encoded once more and joined.
    pub base_string: String,
}

/// A parameter that is signed. `Debug` shows its name.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Parameter {
    /// Where it travels.
    pub place: Place,
    /// Its name, decoded; what is no UTF-8 is replaced.
    pub name: String,
    /// Its value, decoded; what is no UTF-8 is replaced.
    pub value: String,
    /// Its name as it is signed.
    pub encoded_name: String,
    /// Its value as it is signed.
    pub encoded_value: String,
}

impl Anatomy {
    pub(super) fn of(shape: &Shape, base_string: &str) -> Self {
        let lossy = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        let parameters = shape.encoded().into_iter().map(|(pair, encoded_name, encoded_value)| Parameter {
            place: pair.place,
            name: lossy(&pair.name),
            value: lossy(&pair.value),
            encoded_name,
            encoded_value,
        });
        Self {
            http_method: shape.method.clone(),
            uri: shape.uri(),
            parameters: parameters.collect(),
            normalized: shape.normalized(),
            base_string: base_string.to_owned(),
        }
    }
}

impl std::fmt::Debug for Anatomy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Anatomy")
            .field("uri", &self.uri)
            .field("parameters", &self.parameters.len())
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Parameter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parameter").field("name", &self.name).finish_non_exhaustive()
    }
}
