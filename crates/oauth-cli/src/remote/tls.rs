//! Whose word is believed about who a server is.

use anyhow::Context as _;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};

use crate::request::file;

/// Whose word is believed about who a server is.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct TlsOptions {
    /// A file with certificates of authorities (PEM), which are believed like those of the web: for servers of one's own.
    #[arg(long, value_name = "FILE", global = true, help_heading = "Server")]
    ca: Option<String>,
}

impl TlsOptions {
    /// The authorities of the web, and those of the file.
    pub(super) fn config(&self) -> anyhow::Result<ClientConfig> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(name) = &self.ca {
            let mut found = 0;
            for certificate in CertificateDer::pem_slice_iter(&file(name)?) {
                let certificate = certificate.with_context(|| format!("{name} is not PEM"))?;
                roots.add(certificate).with_context(|| format!("{name} has a certificate that is none"))?;
                found += 1;
            }
            // Whoever is asked would otherwise be the one who is blamed.
            anyhow::ensure!(found > 0, "{name} has no certificate in it");
        }
        Ok(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
    }
}
