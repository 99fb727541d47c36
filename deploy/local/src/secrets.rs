//! Random secrets of one mesh, made once and kept in a file that only its owner may read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

use crate::state::write_private;

/// Length of a generated password's random part, bytes: beyond guessing, and short enough to type when it must be.
const PASSWORD_BYTES: usize = 16;
/// Length of a key, bytes: what the services' AEAD and HMAC ask for.
const KEY_BYTES: usize = 32;

/// The secrets of one mesh.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Secrets {
    /// Password by database role.
    #[serde(default)]
    roles: BTreeMap<String, String>,
    /// Sealing key by service, base64.
    #[serde(default)]
    seals: BTreeMap<String, String>,
    /// Key of the hashes of usernames, base64.
    #[serde(default)]
    username: Option<String>,
    #[serde(skip)]
    path: PathBuf,
}

impl Secrets {
    /// Reads the file, or begins with none.
    pub fn open(path: &Path) -> Result<Self> {
        let mut secrets = match std::fs::read(path) {
            Ok(bytes) => {
                serde_json::from_slice(&bytes).with_context(|| format!("{} is damaged", path.display()))?
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::default(),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        path.clone_into(&mut secrets.path);
        Ok(secrets)
    }

    /// The password of a database role, made and kept at the first asking.
    pub fn role_password(&mut self, role: &str) -> Result<String> {
        if let Some(password) = self.roles.get(role) {
            return Ok(password.clone());
        }
        let password = random_password()?;
        self.roles.insert(role.to_owned(), password.clone());
        self.save()?;
        Ok(password)
    }

    /// The sealing key of a service, base64, made and kept at the first asking.
    pub fn seal_key(&mut self, service: &str) -> Result<String> {
        if let Some(key) = self.seals.get(service) {
            return Ok(key.clone());
        }
        let key = random_key()?;
        self.seals.insert(service.to_owned(), key.clone());
        self.save()?;
        Ok(key)
    }

    /// The key with which identity hashes usernames of customers who are gone, base64, made and kept at the first asking.
    pub fn username_key(&mut self) -> Result<String> {
        if let Some(key) = &self.username {
            return Ok(key.clone());
        }
        let key = random_key()?;
        self.username = Some(key.clone());
        self.save()?;
        Ok(key)
    }

    fn save(&self) -> Result<()> {
        write_private(&self.path, serde_json::to_vec_pretty(self)?)
    }
}

/// A password of 32 hexadecimal digits: needs no escaping in a URL, a shell or SQL.
pub fn random_password() -> Result<String> {
    Ok(hex::encode(random_bytes::<PASSWORD_BYTES>()?))
}

fn random_key() -> Result<String> {
    Ok(BASE64_STANDARD.encode(random_bytes::<KEY_BYTES>()?))
}

/// Random bytes of the operating system's quality.
pub fn random_bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).context("the system gives no random bytes")?;
    Ok(bytes)
}
