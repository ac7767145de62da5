//! Certificates of clients, from the TLS layer of this process (RFC 8705).

use std::sync::Arc;

use bytes::Bytes;
use oauth2_core::server::{Chain, ClientCertificate};
use rustls::{
    DigitallySignedStruct, DistinguishedName, Error, ServerConnection, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, UnixTime},
    server::danger::{ClientCertVerified, ClientCertVerifier},
};

/// Asks a client for its certificate, lets it have none, and takes any: it need only prove that it holds the key.
///
/// For [`rustls::ServerConfig`], where clients come with certificates that nobody has signed (RFC 8705 section 2.2), or
/// where some come without one. Whose it is, the authorization server judges by what is registered; whether an authority
/// vouches for it, [`Server::client_authorities`](crate::Server::client_authorities) tells.
#[derive(Debug)]
pub struct AnyClientCertificate(Arc<CryptoProvider>);

impl AnyClientCertificate {
    /// A verifier with the signatures that this provider knows.
    pub fn new(provider: Arc<CryptoProvider>) -> Self {
        Self(provider)
    }
}

impl ClientCertVerifier for AnyClientCertificate {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// The certificate that the client of a connection has shown, and whether one of these authorities vouches for it.
pub(crate) fn shown(
    connection: &ServerConnection,
    authorities: Option<&Arc<dyn ClientCertVerifier>>,
) -> Option<ClientCertificate> {
    let (own, others) = connection.peer_certificates()?.split_first()?;
    let is_vouched_for = authorities
        .is_some_and(|authorities| authorities.verify_client_cert(own, others, UnixTime::now()).is_ok());
    let chain = if is_vouched_for { Chain::Verified } else { Chain::Unverified };
    Some(ClientCertificate::new(Bytes::copy_from_slice(own), chain))
}
