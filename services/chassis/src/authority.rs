//! A certificate authority for one machine: what development and tests have in place of the cluster's.

use std::{
    fs, io,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};

use crate::config;

/// File of the authority's own certificate, which people's clients are given.
const CERTIFICATE: &str = "authority.pem";

/// How often processes look for a new certificate.
const RELOAD: Duration = Duration::from_secs(10);

/// Issues certificates into a folder, for as long as it lives: its own key is never written down.
pub struct Authority {
    folder: PathBuf,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// A new authority, whose certificate is written to `authority.pem` in the folder.
    pub fn create(folder: impl Into<PathBuf>) -> anyhow::Result<Self> {
        let folder = folder.into();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "Patron local authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate()?;
        fs::write(folder.join(CERTIFICATE), params.self_signed(&key)?.pem())?;
        Ok(Self { folder, issuer: Issuer::new(params, key) })
    }

    /// Writes certificate and key of the process of this name, replacing those there are, and says where.
    pub fn issue(&self, name: &str) -> anyhow::Result<config::Tls> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new([name.to_owned(), "localhost".to_owned()])?;
        params.distinguished_name.push(DnType::CommonName, name);
        let files = config::Tls {
            certificate: self.folder.join(format!("{name}.pem")),
            key: self.folder.join(format!("{name}.key")),
            authority: self.certificate(),
            reload_s: RELOAD.into(),
        };
        write_secret(&files.key, &key.serialize_pem())?;
        fs::write(&files.certificate, params.signed_by(&key, &self.issuer)?.pem())?;
        Ok(files)
    }

    /// Where its own certificate is.
    pub fn certificate(&self) -> PathBuf {
        self.folder.join(CERTIFICATE)
    }
}

/// Writes a file that only its owner may read.
fn write_secret(file: &Path, text: &str) -> io::Result<()> {
    let mut open = fs::OpenOptions::new();
    let mut file = open.write(true).create(true).truncate(true).mode(0o600).open(file)?;
    io::Write::write_all(&mut file, text.as_bytes())
}
