//! The program speaks TLS by itself, and follows its certificate's files without hanging up on anybody.
#![expect(clippy::unwrap_used, reason = "a test whose beginnings fail has failed")]

mod program;

use rcgen::{CertifiedKey, KeyPair};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// The program with the certificate of a folder.
struct Server {
    program: program::Server,
    url: String,
}

impl Server {
    fn start(folder: &Path) -> Self {
        let words =
            ["serve", "--port", "0", "--no-demo", "--drain", "0", "--tls-cert", "cert.pem", "--tls-key", "key.pem", "--data", "data"];
        let log = std::fs::File::create(folder.join("log")).unwrap();
        let program = program::Server::start(program::portico(&words).current_dir(folder).stderr(log));
        let url = program.url();
        Self { program, url }
    }

    async fn connect(&self, roots: &[&CertificateDer<'static>], protocol: &str) -> std::io::Result<TlsStream<TcpStream>> {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(roots.iter().map(|root| (*root).clone()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let mut config = versions.with_root_certificates(store).with_no_client_auth();
        config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        let stream = TcpStream::connect(self.url.strip_prefix("https://").unwrap()).await?;
        TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), stream).await
    }

    /// Whether new connections get this certificate, after a while.
    async fn comes_to(&self, certificate: &CertificateDer<'static>) -> bool {
        for _ in 0..60 {
            if self.connect(&[certificate], "http/1.1").await.is_ok() {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        false
    }
}

/// Writes a new certificate and its key; gives the certificate back.
fn renew(folder: &Path) -> CertificateDer<'static> {
    let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(folder.join("cert.pem"), cert.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), signing_key.serialize_pem()).unwrap();
    cert.der().clone()
}

async fn asked(stream: &mut TlsStream<TcpStream>) -> String {
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut text = String::new();
    while !text.ends_with("ok\n") {
        let mut buffer = [0; 4096];
        let size = stream.read(&mut buffer).await.unwrap();
        assert!(size > 0, "it hung up: {text}");
        text += &String::from_utf8_lossy(&buffer[..size]);
    }
    text
}

#[tokio::test]
async fn a_renewed_certificate_is_served_and_nobody_is_hung_up_on() {
    let folder = tempfile::tempdir().unwrap();
    let first = renew(folder.path());
    let mut server = Server::start(folder.path());
    assert!(server.url.starts_with("https://"), "{}", server.url);

    let second_version = server.connect(&[&first], "h2").await.unwrap();
    assert_eq!(second_version.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let mut open = server.connect(&[&first], "http/1.1").await.unwrap();
    let answer = asked(&mut open).await;
    assert!(answer.contains("strict-transport-security: max-age=31536000"), "{answer}");

    let second = renew(folder.path());
    assert!(server.comes_to(&second).await, "the new certificate is not served");
    assert!(server.connect(&[&first], "http/1.1").await.is_err(), "the old one is");
    asked(&mut open).await;

    // A key that belongs to another certificate, then a file that holds none: said once each, and what works stays.
    std::fs::write(folder.path().join("key.pem"), KeyPair::generate().unwrap().serialize_pem()).unwrap();
    tokio::time::sleep(Duration::from_millis(4_500)).await;
    std::fs::write(folder.path().join("cert.pem"), "nothing").unwrap();
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert!(server.connect(&[&second], "http/1.1").await.is_ok());
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    assert_eq!(log.matches("cannot be used; the one before stays").count(), 2, "{log}");

    let third = renew(folder.path());
    assert!(server.comes_to(&third).await);
    asked(&mut open).await;
    assert_eq!(server.program.end("TERM"), Some(0));
}

#[tokio::test]
async fn who_does_not_speak_tls_is_hung_up_on_and_the_others_are_served() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = renew(folder.path());
    let server = Server::start(folder.path());
    let address = server.url.strip_prefix("https://").unwrap().to_owned();
    let mut plain = TcpStream::connect(&address).await.unwrap();
    plain.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut silent = TcpStream::connect(&address).await.unwrap();
    let mut open = server.connect(&[&certificate], "http/1.1").await.unwrap();
    asked(&mut open).await;
    let mut got = Vec::new();
    let _ = plain.read_to_end(&mut got).await;
    assert!(!got.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&got));
    let hung_up = tokio::time::timeout(Duration::from_secs(15), silent.read(&mut [0; 16])).await;
    assert!(matches!(hung_up, Ok(Ok(0) | Err(_))), "a handshake that never begins is waited for: {hung_up:?}");
}
