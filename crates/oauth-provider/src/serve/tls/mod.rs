//! TLS out of files, which are read again: a certificate is renewed while people are served.

mod files;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use oauth_hyper_server::{AnyClientCertificate, Server};
use oauth_sansio::Digest;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, ring::default_provider};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme};
use tokio::sync::Notify;

use super::Meter;
use crate::config::{Problem, Tls};
use files::{Files, Pair};

/// What each handshake begins with. Those that are made already go on with what they began with.
pub(super) struct Identity {
    tls: Tls,
    crypto: Arc<CryptoProvider>,
    current: RwLock<Arc<Pair>>,
    /// The files that were looked at last, whether they were of use or not.
    seen: Mutex<Option<Digest>>,
}

impl Identity {
    pub(super) fn open(tls: &Tls) -> Result<Arc<Self>, Problem> {
        let crypto = Arc::new(default_provider());
        let files = Files::read(tls)?;
        let current = RwLock::new(Arc::new(files.pair(tls, &crypto)?));
        Ok(Arc::new(Self { tls: tls.clone(), crypto, current, seen: Mutex::new(Some(files.digest())) }))
    }

    /// For everybody. Clients are asked for a certificate where there is no other place for it.
    pub(super) fn serve(self: &Arc<Self>, server: Server) -> Result<Server, Problem> {
        self.speak(server, self.tls.asks_for_certificates() && self.tls.mutual.is_none())
    }

    /// For clients with certificates. It takes up no session of the other listener: whoever began there has shown nothing.
    pub(super) fn serve_mutual(self: &Arc<Self>, server: Server) -> Result<Server, Problem> {
        self.speak(server, true)
    }

    /// TLS 1.3 and 1.2, with HTTP/2.
    fn speak(self: &Arc<Self>, server: Server, asks: bool) -> Result<Server, Problem> {
        let builder = ServerConfig::builder_with_provider(self.crypto.clone());
        let builder = builder
            .with_safe_default_protocol_versions()
            .map_err(|error| Problem::new("tls", error, "start a build with TLS 1.2 or 1.3"))?;
        let builder = match asks {
            true => {
                builder.with_client_cert_verifier(Arc::new(AnyClientCertificate::new(self.crypto.clone())))
            }
            false => builder.with_no_client_auth(),
        };
        let mut config = builder.with_cert_resolver(self.clone());
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let server = server.tls(Arc::new(config));
        Ok(match self.tls.client_authorities {
            Some(_) => server.client_authorities(Arc::new(Authorities(self.clone()))),
            None => server,
        })
    }

    /// Reads the files again now and then, and whenever it is told to; until the end.
    pub(super) async fn follow(self: Arc<Self>, now: Arc<Notify>, meter: Meter) {
        loop {
            let told = tokio::time::timeout(self.tls.read_every.duration(), now.notified()).await;
            let identity = self.clone();
            // A file may lie on a disk that is far away.
            let read = tokio::task::spawn_blocking(move || identity.read(told.is_ok())).await;
            match read {
                Ok(Ok(false)) => {}
                Ok(Ok(true)) => {
                    meter.tls_read("taken");
                    tracing::info!("the certificate was read again");
                }
                Ok(Err(problem)) => {
                    meter.tls_read("refused");
                    tracing::error!(%problem, "the certificate stays as it was");
                }
                Err(error) => tracing::error!(%error, "the certificate stays as it was"),
            }
        }
    }

    /// Whether there was something new. What cannot be used is told once, unless somebody asks.
    fn read(&self, is_asked: bool) -> Result<bool, Problem> {
        let files = Files::read(&self.tls);
        let digest = files.as_ref().ok().map(Files::digest);
        let before =
            std::mem::replace(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner), digest);
        if before == digest && !is_asked {
            return Ok(false);
        }
        let pair = files?.pair(&self.tls, &self.crypto)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(pair);
        Ok(true)
    }

    fn current(&self) -> Arc<Pair> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ResolvesServerCert for Identity {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current().certified.clone())
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("tls", &self.tls).finish_non_exhaustive()
    }
}

/// Who vouches for the certificates of clients, as the file says now.
#[derive(Debug)]
struct Authorities(Arc<Identity>);

impl Authorities {
    fn current(&self) -> Result<Arc<dyn ClientCertVerifier>, Error> {
        self.0.current().authorities.clone().ok_or_else(|| Error::General("there are no authorities".into()))
    }
}

impl ClientCertVerifier for Authorities {
    /// None: a client comes with a certificate of theirs, with another, or without.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.current()?.verify_client_cert(own, others, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.current()?.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.current()?.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.crypto.signature_verification_algorithms.supported_schemes()
    }
}
