//! TLS with a private authority: only its certificates are trusted, not those of the system besides, and the connection may
//! prove by a certificate of its own who it is (SASL EXTERNAL) instead of by a password.

use std::path::Path;
use std::sync::Arc;

use lapin::tcp::RustlsConnector;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use serde::Deserialize;

use crate::error::BrokerError;

/// Where the files of a connection's TLS lie.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsFiles {
    /// Certificates (PEM) of the authority that is trusted; none: the system's authorities.
    pub authority: Option<std::path::PathBuf>,
    /// Certificate (PEM) and key (PEM, PKCS#8) by which the connection proves who it is.
    pub identity: Option<(std::path::PathBuf, std::path::PathBuf)>,
}

/// What makes a TLS connection of a plain one; none where the system's authorities will do.
pub(crate) fn connector(files: &TlsFiles) -> Result<Option<RustlsConnector>, BrokerError> {
    let Some(authority) = &files.authority else { return Ok(None) };
    let mut roots = RootCertStore::empty();
    for certificate in certificates(authority)? {
        roots.add(certificate).map_err(|_| unreadable(authority, "is no certificate of an authority"))?;
    }
    let config = ClientConfig::builder().with_root_certificates(roots);
    let config = match &files.identity {
        None => config.with_no_client_auth(),
        Some((certificate, key)) => {
            let private = PrivateKeyDer::from_pem_file(key).map_err(|_| unreadable(key, "holds no private key"))?;
            let chain = certificates(certificate)?;
            let fitting = config.with_client_auth_cert(chain, private);
            fitting.map_err(|_| unreadable(certificate, "and the key beside it do not fit together"))?
        }
    };
    Ok(Some(RustlsConnector::from(Arc::new(config))))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, BrokerError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(unreadable(path, "cannot be read, or holds no certificate (PEM)")),
    }
}

fn unreadable(path: &Path, what: &str) -> BrokerError {
    BrokerError::Away { place: path.display().to_string(), reason: what.to_owned() }
}
