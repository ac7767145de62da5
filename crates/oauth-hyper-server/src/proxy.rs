//! A proxy in front of the server that ends the clients' TLS: what it says of them, and that nobody else says it.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use http::{HeaderName, Request};
use oauth_sansio::{base64, percent};
use oauth2_core::server::{Chain, ClientCertificate};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};

use crate::Connection;

/// A proxy that is trusted. It must drop what a client sends in the headers that it writes itself (RFC 9440 section 2.4,
/// RFC 9700 section 4.13); from any other address they are not looked at.
#[derive(Clone, Debug)]
pub struct TrustedProxy {
    addresses: Vec<IpAddr>,
    certificate: Option<(CertificateHeader, Chain)>,
    client_address: Option<HeaderName>,
}

/// Where a proxy writes the certificate of the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateHeader {
    /// `Client-Cert`: DER as a byte sequence of structured fields (RFC 9440 section 2.2).
    ClientCert,
    /// PEM, percent-encoded: what nginx has in `$ssl_client_escaped_cert`.
    EscapedPem(HeaderName),
}

/// The proxy wrote something that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable;

impl TrustedProxy {
    /// A proxy whose connections come from these addresses. It is trusted to say nothing yet.
    pub fn new(addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        Self {
            addresses: addresses.into_iter().map(|address| address.to_canonical()).collect(),
            certificate: None,
            client_address: None,
        }
    }

    /// It tells the certificate of the client, having made sure that the client holds its key. `chain` says whether it also
    /// lets no certificate pass that is not of an authority that the operator trusts.
    #[must_use]
    pub fn certificate(self, header: CertificateHeader, chain: Chain) -> Self {
        Self { certificate: Some((header, chain)), ..self }
    }

    /// It appends the address of the client to this header (`x-forwarded-for`).
    #[must_use]
    pub fn client_address(self, header: HeaderName) -> Self {
        Self { client_address: Some(header), ..self }
    }

    /// Whether the request came over a connection of the proxy.
    pub fn sent<B>(&self, request: &Request<B>) -> bool {
        Connection::address(request).is_some_and(|peer| self.addresses.contains(&peer))
    }

    /// Puts what the proxy says in the place of what its own connection shows.
    pub(crate) fn apply<B>(&self, request: &mut Request<B>) -> Result<(), Unreadable> {
        if !self.sent(request) {
            return Ok(());
        }
        // Its own certificate is not the client's.
        request.extensions_mut().remove::<ClientCertificate>();
        if let Some((header, chain)) = &self.certificate
            && let Some(der) = header.read(request)?
        {
            request.extensions_mut().insert(ClientCertificate::new(der, *chain));
        }
        if let Some(header) = &self.client_address
            && let Some(address) = last_address(request, header)?
        {
            request.extensions_mut().insert(Connection { peer: SocketAddr::new(address, 0) });
        }
        Ok(())
    }
}

impl CertificateHeader {
    fn read<B>(&self, request: &Request<B>) -> Result<Option<Bytes>, Unreadable> {
        let name = match self {
            Self::ClientCert => HeaderName::from_static("client-cert"),
            Self::EscapedPem(name) => name.clone(),
        };
        let mut values = request.headers().get_all(name).iter();
        let value = match (values.next(), values.next()) {
            (None, _) => return Ok(None),
            (Some(value), None) => value.to_str().map_err(|_| Unreadable)?.trim_matches(' '),
            // One of them is not the proxy's.
            (Some(_), Some(_)) => return Err(Unreadable),
        };
        match self {
            Self::ClientCert => {
                let inner =
                    value.strip_prefix(':').and_then(|rest| rest.strip_suffix(':')).ok_or(Unreadable)?;
                base64::decode(inner.as_bytes()).map(|der| Some(der.into())).ok_or(Unreadable)
            }
            Self::EscapedPem(_) if value.is_empty() => Ok(None),
            Self::EscapedPem(_) => {
                let pem = percent::decode(value).map_err(|_| Unreadable)?;
                let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| Unreadable)?;
                Ok(Some(Bytes::copy_from_slice(&certificate)))
            }
        }
    }
}

/// What the nearest proxy wrote: whatever stands in front of it came with the request.
fn last_address<B>(request: &Request<B>, header: &HeaderName) -> Result<Option<IpAddr>, Unreadable> {
    let Some(value) = request.headers().get_all(header).iter().next_back() else { return Ok(None) };
    let text = value.to_str().map_err(|_| Unreadable)?;
    let last = text.rsplit(',').next().unwrap_or_default().trim_matches([' ', '\t']);
    last.parse().map(Some).map_err(|_| Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");

    fn from(peer: &str, headers: &[&str]) -> Request<()> {
        let mut request = Request::new(());
        request.extensions_mut().insert(Connection { peer: peer.parse().unwrap() });
        for value in headers {
            request.headers_mut().append(FORWARDED, value.parse().unwrap());
        }
        request
    }

    #[test]
    fn the_address_of_a_client_is_the_last_one_that_the_proxy_wrote() {
        let proxy = TrustedProxy::new([IpAddr::from([10, 0, 0, 1])]).client_address(FORWARDED);
        let address = |peer: &str, headers: &[&str]| {
            let mut request = from(peer, headers);
            proxy.apply(&mut request).map(|()| Connection::address(&request).unwrap().to_string())
        };
        assert_eq!(address("10.0.0.1:1", &["203.0.113.9, 192.0.2.7"]).unwrap(), "192.0.2.7");
        assert_eq!(address("[::ffff:10.0.0.1]:1", &["1.1.1.1", "2001:db8::1"]).unwrap(), "2001:db8::1");
        assert_eq!(address("10.0.0.1:1", &[]).unwrap(), "10.0.0.1");
        assert_eq!(address("10.0.0.2:1", &["192.0.2.7"]).unwrap(), "10.0.0.2");
        assert_eq!(address("10.0.0.1:1", &["unknown"]), Err(Unreadable));
    }
}
