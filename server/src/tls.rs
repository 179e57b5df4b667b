//! TLS without a proxy in front: a certificate and its key from two files, which are read again when they change.

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::Duration;
use tokio_rustls::TlsAcceptor;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(2);

/// Where the certificate and its key lie, both in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The certificate first, then those that lead to one that clients know.
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// What the two files hold.
#[derive(PartialEq, Eq)]
struct Texts {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// The certificate that new connections get. Those that are open keep the one they began with.
#[derive(Debug)]
struct Identity(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Identity {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// Answers handshakes with what the files hold, and follows them for as long as it is in use.
///
/// # Errors
/// One sentence that names the file, or says that the two do not belong together.
pub async fn acceptor(files: Files) -> Result<TlsAcceptor, String> {
    let texts = files.read().await?;
    let identity = Arc::new(Identity(RwLock::new(files.pair(&texts)?)));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
    tokio::spawn(follow(files, texts, Arc::downgrade(&identity)));
    let mut config = builder.with_no_client_auth().with_cert_resolver(identity);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Looks at what the files hold, not at their times: a volume that is swapped as a whole may keep those.
async fn follow(files: Files, mut seen: Texts, identity: Weak<Identity>) {
    loop {
        tokio::time::sleep(LOOK).await;
        let Some(identity) = identity.upgrade() else { return };
        // A file that is away is about to come back.
        let Ok(texts) = files.read().await else { continue };
        if texts == seen {
            continue;
        }
        match files.pair(&texts) {
            Ok(pair) => {
                *identity.0.write().unwrap_or_else(PoisonError::into_inner) = pair;
                tracing::info!(certificate = %files.certificate.display(), "new connections get the new certificate");
            }
            Err(error) => tracing::warn!(error, "the new certificate cannot be used; the one before stays"),
        }
        seen = texts;
    }
}

impl Files {
    async fn read(&self) -> Result<Texts, String> {
        let read = async |path: &PathBuf| {
            tokio::fs::read(path).await.map_err(|error| format!("The file {} cannot be read: {error}.", path.display()))
        };
        Ok(Texts { certificate: read(&self.certificate).await?, key: read(&self.key).await? })
    }

    fn pair(&self, texts: &Texts) -> Result<Arc<CertifiedKey>, String> {
        let (certificate, key) = (self.certificate.display(), self.key.display());
        let chain = CertificateDer::pem_slice_iter(&texts.certificate).collect::<Result<Vec<_>, _>>().unwrap_or_default();
        if chain.is_empty() {
            return Err(format!("The file {certificate} holds no certificate in PEM."));
        }
        let secret = PrivateKeyDer::from_pem_slice(&texts.key).map_err(|_| format!("The file {key} holds no private key in PEM."))?;
        let pair = CertifiedKey::from_der(chain, secret, &rustls::crypto::ring::default_provider());
        pair.map(Arc::new).map_err(|error| format!("The certificate {certificate} and the key {key} cannot be used together: {error}."))
    }
}
