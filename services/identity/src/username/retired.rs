//! Usernames of customers who are gone: they stay taken, so that nobody is mistaken for them, and nothing else is left of them.
//!
//! Kept is a hash by a key of the deployment: who has the table alone cannot find out whose names were in it by trying them.

use super::ROWS;
use crate::store;
use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use patron_chassis::{config::Value, pg::Database};
use patron_values::{fold, username::Username};
use std::{fmt, sync::Arc};

patron_chassis::section! {
    /// How usernames stay taken when their customers are gone.
    pub struct Settings = "USERNAME" {
        /// Keys of what is kept of them, separated by commas and the same for all replicas: 32 random bytes in base64 each, `head -c32
        /// /dev/urandom | base64`. The first hashes names from now on, and all are looked for: a new one goes in front, and taking one
        /// away frees the names that were hashed with it.
        keys: Keys,
    }
}

/// Bytes of a key: as many as of what is made with it (RFC 2104, section 3).
const KEY_BYTES: usize = 32;

/// Keys for hashes of usernames, at least one. Cheap to clone.
#[derive(Clone)]
pub struct Keys(Arc<[hmac::Key]>);

impl Keys {
    /// What is kept of a username.
    pub fn hash(&self, username: &Username) -> Vec<u8> {
        hash(&self.0[0], &username.skeleton())
    }

    /// What may be kept of a username or one that looks like it, by any key.
    pub fn hashes(&self, username: &Username) -> Vec<Vec<u8>> {
        let skeleton = username.skeleton();
        self.0.iter().map(|key| hash(key, &skeleton)).collect()
    }
}

fn hash(key: &hmac::Key, skeleton: &str) -> Vec<u8> {
    hmac::sign(key, skeleton.as_bytes()).as_ref().to_vec()
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(***)")
    }
}

impl Value for Keys {
    const SECRET: bool = true;

    fn parse(text: &str) -> Result<Self, String> {
        let keys = text.split(',').map(|key| {
            let bytes = STANDARD.decode(key.trim()).ok().filter(|bytes| bytes.len() == KEY_BYTES)?;
            Some(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
        });
        let keys = keys.collect::<Option<Vec<_>>>();
        keys.map(|keys| Self(keys.into()))
            .ok_or_else(|| "keys of 32 bytes in base64, separated by commas".to_owned())
    }
}

/// Hashes names of customers who went before names were hashed.
pub async fn retire_leftovers(database: &Database, keys: &Keys) -> Result<(), sqlx::Error> {
    loop {
        let names = store::username::list_leftovers(database, ROWS).await?;
        if names.is_empty() {
            return Ok(());
        }
        let hashes: Vec<_> = names.iter().map(|name| hash(&keys.0[0], &fold::skeleton(name))).collect();
        store::username::retire_leftovers(database, &names, &hashes).await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(bytes: &[u8]) -> Keys {
        let keys: Vec<String> = bytes.iter().map(|byte| STANDARD.encode([*byte; KEY_BYTES])).collect();
        Keys::parse(&keys.join(",")).unwrap()
    }

    #[test]
    fn a_name_is_known_by_older_keys_too_and_by_no_other() {
        let name = |typed| Username::parse(typed).unwrap();
        let hashed = keys(&[1]).hash(&name("LuisG"));
        assert!(keys(&[2, 1]).hashes(&name("luіsg")).contains(&hashed), "Cyrillic і");
        assert_ne!(keys(&[2, 1]).hash(&name("LuisG")), hashed);
        assert!(!keys(&[2]).hashes(&name("LuisG")).contains(&hashed));
        assert!(!keys(&[1]).hashes(&name("luisa")).contains(&hashed));
    }

    #[test]
    fn keys_are_of_32_bytes_and_never_shown() {
        let short = STANDARD.encode([7; 31]);
        for wrong in ["", "secret", short.as_str(), &format!("{},", STANDARD.encode([7; 32]))] {
            assert!(Keys::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(format!("{:?}", keys(&[7])), "Keys(***)");
    }
}
