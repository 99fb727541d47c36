//! Certificates of this process and of its peers, read from disk and read again when they change.

use std::{path::Path, sync::Arc};

use anyhow::{Context as _, bail};
use rustls::{
    RootCertStore, ServerConfig,
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use x509_parser::{extensions::GeneralName, prelude::X509Certificate};

use crate::{config, peer::Peer};

/// What the files hold at one moment.
pub struct Material {
    /// Certificate chain of this process, PEM.
    pub certificate: Vec<u8>,
    /// Its private key, PEM.
    pub key: Vec<u8>,
    /// The authority's certificates, PEM.
    pub authority: Vec<u8>,
    /// For the listener: TLS 1.3, HTTP/2, callers verified if they show a certificate.
    pub server: Arc<ServerConfig>,
}

impl Material {
    async fn read(files: &config::Tls) -> anyhow::Result<Self> {
        let (certificate, key, authority) =
            tokio::try_join!(read(&files.certificate), read(&files.key), read(&files.authority))?;
        let server = Arc::new(server_config(&certificate, &key, &authority)?);
        Ok(Self { certificate, key, authority, server })
    }

    fn holds(&self, other: &Self) -> bool {
        self.certificate == other.certificate && self.key == other.key && self.authority == other.authority
    }
}

async fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    tokio::fs::read(file).await.with_context(|| format!("reading {}", file.display()))
}

fn server_config(certificate: &[u8], key: &[u8], authority: &[u8]) -> anyhow::Result<ServerConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(verifier(authority, provider)?)
        .with_single_cert(
            chain(certificate)?,
            PrivateKeyDer::from_pem_slice(key).context("no private key in the key file")?,
        )
        .context("certificate and key do not fit")?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

/// People's clients have no certificate, so one is optional; one that is shown must be signed by the
/// authority.
fn verifier(
    authority: &[u8],
    provider: Arc<rustls::crypto::CryptoProvider>,
) -> anyhow::Result<Arc<dyn ClientCertVerifier>> {
    let mut roots = RootCertStore::empty();
    for certificate in chain(authority)? {
        roots.add(certificate)?;
    }
    Ok(WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
        .allow_unauthenticated()
        .build()?)
}

fn chain(pem: &[u8]) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let certificates = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .context("malformed certificate")?;
    if certificates.is_empty() {
        bail!("no certificate in the file");
    }
    Ok(certificates)
}

/// The files' present content, for everyone who listens or connects. Cheap to clone.
#[derive(Clone)]
pub struct Credentials(watch::Receiver<Arc<Material>>);

impl Credentials {
    /// Reads the files. What comes second looks for changes.
    pub async fn load(files: config::Tls) -> anyhow::Result<(Self, Follow)> {
        let (sender, receiver) = watch::channel(Arc::new(Material::read(&files).await?));
        Ok((Self(receiver), Follow { files, sender }))
    }

    /// What is in force now.
    pub fn current(&self) -> Arc<Material> {
        self.0.borrow().clone()
    }

    /// Waits until something else is in force than what [`Self::current`] gave last to this clone's owner.
    /// Never returns once nobody follows the files.
    pub async fn changed(&mut self) -> Arc<Material> {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
        self.0.borrow_and_update().clone()
    }
}

/// Looks for changes of the files.
pub struct Follow {
    files: config::Tls,
    sender: watch::Sender<Arc<Material>>,
}

impl Follow {
    /// Looks until `stop`. Files that cannot be used are logged, and what was read before stays in force.
    pub async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(self.files.reload_s.get()) => {}
            }
            match Material::read(&self.files).await {
                Ok(material) if !material.holds(&self.sender.borrow()) => {
                    self.sender.send_replace(Arc::new(material));
                    tracing::info!("certificates changed on disk and are in force");
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(
                        error = format!("{error:#}"),
                        "certificates on disk cannot be used; the old ones stay in force"
                    );
                }
            }
        }
    }
}

/// The process a verified certificate names: its common name, which must also be one of its alternative
/// names.
pub fn peer_of(certificate: &CertificateDer<'_>) -> Option<Peer> {
    let (_, certificate) = x509_parser::parse_x509_certificate(certificate).ok()?;
    let name = certificate.subject().iter_common_name().next()?.as_str().ok()?;
    alternative_names(&certificate)
        .any(|alternative| alternative == name)
        .then(|| name.parse().ok())
        .flatten()
}

fn alternative_names<'a>(certificate: &'a X509Certificate<'_>) -> impl Iterator<Item = &'a str> {
    let names =
        certificate.subject_alternative_name().ok().flatten().map(|extension| &extension.value.general_names);
    names.into_iter().flatten().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some(*name),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair};

    use super::*;
    use crate::authority::Authority;

    fn certificate(common_name: &str, alternative_name: &str) -> CertificateDer<'static> {
        let mut params = CertificateParams::new([alternative_name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, common_name);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone()
    }

    #[test]
    fn a_certificate_names_a_peer_if_both_its_names_do() {
        assert_eq!(peer_of(&certificate("profile", "profile")), Some(Peer::PROFILE));
        assert_eq!(peer_of(&certificate("profile", "localhost")), None);
        assert_eq!(peer_of(&certificate("stranger", "stranger")), None);
        assert_eq!(peer_of(&CertificateDer::from(vec![0; 16])), None);
    }

    #[tokio::test]
    async fn files_that_do_not_belong_together_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::create(folder.path()).unwrap();
        let (files, other) = (authority.issue("group").unwrap(), authority.issue("profile").unwrap());
        let mixed = config::Tls { key: other.key, ..files.clone() };
        assert!(Credentials::load(mixed).await.is_err());
        let absent = config::Tls { certificate: folder.path().join("absent.pem"), ..files };
        assert!(Credentials::load(absent).await.is_err());
    }
}
