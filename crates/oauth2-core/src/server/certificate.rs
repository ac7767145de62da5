//! Client certificates (RFC 8705): what the connection of a request has shown, and what it proves.
//!
//! Whoever serves the connection puts a [`ClientCertificate`] into the extensions of the request: the TLS layer, or a
//! proxy that is trusted to have been one. No header is read here, so none can claim a certificate.

use std::net::IpAddr;

use bytes::Bytes;
use oauth_sansio::Digest;
use serde::{Deserialize, Serialize};
use x509_cert::{
    Certificate,
    der::{Decode as _, Encode as _},
    ext::pkix::{SubjectAltName, name::GeneralName},
};

use crate::jose::JwkSet;

/// The certificate that a client has shown, and whose key it has proven to hold, when its connection began.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClientCertificate {
    der: Bytes,
    chain: Chain,
}

/// Whether a certificate leads to an authority that the operator trusts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Chain {
    /// It does, and is in its time.
    Verified,
    /// Nobody knows. The key is as good as any.
    Unverified,
}

/// What the certificate of a client names it by; there is one such member in its metadata (RFC 8705 section 2.1.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CertificateSubject {
    /// The subject, as RFC 4514 writes it.
    #[serde(rename = "tls_client_auth_subject_dn")]
    Name(String),
    /// A `dNSName` among the alternative names.
    #[serde(rename = "tls_client_auth_san_dns")]
    Dns(String),
    /// A `uniformResourceIdentifier` among the alternative names.
    #[serde(rename = "tls_client_auth_san_uri")]
    Uri(String),
    /// An `iPAddress` among the alternative names.
    #[serde(rename = "tls_client_auth_san_ip")]
    Ip(IpAddr),
    /// An `rfc822Name` among the alternative names.
    #[serde(rename = "tls_client_auth_san_email")]
    Email(String),
}

/// Why a certificate proves nothing. On the wire all of these are `invalid_client`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum CertificateError {
    /// The connection has shown none.
    #[error("the client showed no certificate")]
    Missing,
    /// It cannot be read (RFC 5280 section 4.1).
    #[error("the certificate is malformed")]
    Malformed,
    /// It leads to no authority that is trusted (RFC 8705 section 2.1).
    #[error("the certificate is of no authority that is trusted")]
    Untrusted,
    /// It is not in the name of the client (RFC 8705 section 2.1.2).
    #[error("the certificate is in another name")]
    OtherSubject,
    /// Its key is none of the client's (RFC 8705 section 2.2).
    #[error("the key of the certificate is none of the client's")]
    OtherKey,
}

impl ClientCertificate {
    /// Bytes of a certificate; one with more proves nothing.
    pub const MAX_BYTES: usize = 16 * 1024;

    /// A certificate in DER. `chain` must be the truth: an unverified one is good for a key that is registered, and for
    /// binding tokens, and for nothing else.
    pub fn new(der: Bytes, chain: Chain) -> Self {
        Self { der, chain }
    }

    /// The certificate in DER.
    pub fn der(&self) -> &Bytes {
        &self.der
    }

    /// What tokens are bound to: the SHA-256 over the DER (RFC 8705 section 3.1, `x5t#S256`).
    pub fn thumbprint(&self) -> Digest {
        Digest::of(&self.der)
    }

    /// Whether it is in this name, by an authority that is trusted (RFC 8705 section 2.1). Names are compared as texts, and
    /// one alternative name of the right kind is enough.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check_subject(&self, subject: &CertificateSubject) -> Result<(), CertificateError> {
        if self.chain == Chain::Unverified {
            return Err(CertificateError::Untrusted);
        }
        let certificate = self.read()?;
        let certificate = certificate.tbs_certificate();
        let alternatives = || -> Result<Vec<GeneralName>, CertificateError> {
            match certificate.get_extension::<SubjectAltName>() {
                Ok(found) => Ok(found.map(|(_, names)| names.0).unwrap_or_default()),
                Err(_) => Err(CertificateError::Malformed),
            }
        };
        let is_named = match subject {
            CertificateSubject::Name(name) => certificate.subject().to_string() == *name,
            CertificateSubject::Dns(dns) => alternatives()?.iter().any(
                // RFC 4343: names of hosts have no case.
                |name| matches!(name, GeneralName::DnsName(own) if own.as_str().eq_ignore_ascii_case(dns)),
            ),
            CertificateSubject::Uri(uri) => alternatives()?.iter().any(
                |name| matches!(name, GeneralName::UniformResourceIdentifier(own) if own.as_str() == uri),
            ),
            CertificateSubject::Ip(address) => alternatives()?.iter().any(
                |name| matches!(name, GeneralName::IpAddress(own) if is_address(own.as_bytes(), *address)),
            ),
            CertificateSubject::Email(email) => alternatives()?
                .iter()
                .any(|name| matches!(name, GeneralName::Rfc822Name(own) if own.as_str() == email)),
        };
        if is_named { Ok(()) } else { Err(CertificateError::OtherSubject) }
    }

    /// Whether its key is one of these (RFC 8705 section 2.2). Who has signed it does not matter.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check_key(&self, keys: &JwkSet) -> Result<(), CertificateError> {
        let certificate = self.read()?;
        let info = certificate.tbs_certificate().subject_public_key_info().to_der();
        let info = info.map_err(|_| CertificateError::Malformed)?;
        let is_registered = keys
            .keys()
            .iter()
            .any(|key| key.subject_public_key_info().is_some_and(|registered| registered == info));
        if is_registered { Ok(()) } else { Err(CertificateError::OtherKey) }
    }

    fn read(&self) -> Result<Certificate, CertificateError> {
        if self.der.len() > Self::MAX_BYTES {
            return Err(CertificateError::Malformed);
        }
        Certificate::from_der(&self.der).map_err(|_| CertificateError::Malformed)
    }
}

/// RFC 5280 section 4.2.1.6: four or sixteen octets, in network order.
fn is_address(octets: &[u8], address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => octets == address.octets(),
        IpAddr::V6(address) => octets == address.octets(),
    }
}
