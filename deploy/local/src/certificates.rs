//! The certificate authority of one machine, and a certificate for each process of Patron.
//!
//! Processes know each other by these certificates; a person's client needs `authority.pem` alone to trust them.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};
use time::{Duration, OffsetDateTime};
use x509_parser::prelude::{GeneralName, X509Certificate};

use crate::service;
use crate::state::write_private;

/// How long a certificate of a process is valid. They are looked at when the mesh starts, and a mesh may run for months.
const LEAF_LIFETIME: Duration = Duration::days(365);
/// How long the authority is valid.
const AUTHORITY_LIFETIME: Duration = Duration::days(3650);
/// What is left of the lifetime when a certificate is made anew.
const RENEW_BEFORE: Duration = Duration::days(60);
/// How far in the past validity begins, for clocks that differ.
const BACKDATE: Duration = Duration::hours(1);
/// Common name of the authority.
const AUTHORITY_NAME: &str = "Patron local authority";

/// The authority that signs a mesh's certificates.
#[derive(Debug)]
pub struct Authority {
    folder: PathBuf,
    /// The address that the processes listen on, named in their certificates beside `localhost`.
    address: Ipv4Addr,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key as files, PEM.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The certificate, followed by none of its issuers.
    pub certificate: PathBuf,
    /// Its private key, PKCS#8.
    pub key: PathBuf,
}

impl Identity {
    fn at(folder: &Path, name: &str) -> Self {
        Self { certificate: folder.join(format!("{name}.pem")), key: folder.join(format!("{name}.key")) }
    }

    fn remove(&self) {
        // absent is as good as removed
        let _ = fs::remove_file(&self.certificate);
        let _ = fs::remove_file(&self.key);
    }
}

impl Authority {
    /// Opens the authority in `folder` and sees to it that every process of Patron has a certificate there; what is
    /// missing, damaged or ends soon is made anew. A new authority makes every certificate anew.
    pub fn open(folder: &Path, address: Ipv4Addr, now: OffsetDateTime) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let files = Identity::at(folder, "authority");
        let processes = || service::all().map(|service| service.name);
        let params = authority_params(now)?;
        let key = match fs::read_to_string(&files.key) {
            Ok(pem) if lasts(&files.certificate, now) => KeyPair::from_pem(&pem)?,
            _ => {
                processes().for_each(|name| Identity::at(folder, name).remove());
                let key = KeyPair::generate()?;
                write_private(&files.key, key.serialize_pem())?;
                fs::write(&files.certificate, params.self_signed(&key)?.pem())?;
                key
            }
        };
        let authority = Self { folder: folder.to_owned(), address, issuer: Issuer::new(params, key) };
        for name in processes() {
            let files = Identity::at(folder, name);
            if !files.key.exists() || !lasts(&files.certificate, now) || !names(&files.certificate, address) {
                authority.issue(name, folder, now, LEAF_LIFETIME)?;
            }
        }
        Ok(authority)
    }

    /// The authority's certificate: what clients are given to trust.
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("authority.pem")
    }

    /// The certificate of one process of Patron.
    pub fn identity(&self, name: &str) -> Identity {
        Identity::at(&self.folder, name)
    }

    /// Signs a certificate for `name`, valid from shortly before `now`, and writes it as `<name>.pem` and `<name>.key`.
    pub fn issue(
        &self,
        name: &str,
        folder: &Path,
        now: OffsetDateTime,
        lifetime: Duration,
    ) -> Result<Identity> {
        let mut params = CertificateParams::new(vec![name.to_owned(), "localhost".to_owned()])?;
        params.subject_alt_names.push(SanType::IpAddress(IpAddr::V4(self.address)));
        params.distinguished_name.push(DnType::CommonName, name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        params.not_before = now - BACKDATE;
        params.not_after = now + lifetime;
        let key = KeyPair::generate()?;
        let files = Identity::at(folder, name);
        // the key first: a certificate is looked at only with its key in place
        write_private(&files.key, key.serialize_pem())?;
        fs::write(&files.certificate, params.signed_by(&key, &self.issuer)?.pem())?;
        Ok(files)
    }
}

fn authority_params(now: OffsetDateTime) -> Result<CertificateParams> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, AUTHORITY_NAME);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = now - BACKDATE;
    params.not_after = now + AUTHORITY_LIFETIME;
    Ok(params)
}

/// Whether the certificate can be read and does not end soon.
fn lasts(path: &Path, now: OffsetDateTime) -> bool {
    inspect(path, |certificate| certificate.validity().not_after.to_datetime() > now + RENEW_BEFORE)
}

/// Whether the certificate can be read and is for a process at this address.
fn names(path: &Path, address: Ipv4Addr) -> bool {
    inspect(path, |certificate| {
        let names = certificate.subject_alternative_name().ok().flatten();
        names.is_some_and(|names| {
            names.value.general_names.contains(&GeneralName::IPAddress(&address.octets()))
        })
    })
}

fn inspect(path: &Path, question: impl FnOnce(&X509Certificate<'_>) -> bool) -> bool {
    let Ok(bytes) = fs::read(path) else { return false };
    let Ok((_, pem)) = x509_parser::pem::parse_x509_pem(&bytes) else { return false };
    pem.parse_x509().is_ok_and(|certificate| question(&certificate))
}
