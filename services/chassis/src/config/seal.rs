use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret as _, SecretBox};

use super::Value;

crate::section! {
    /// The key under which a service seals what it hands out or stores and must get back unchanged.
    pub struct Seal = "SEAL" {
        /// 32 random bytes in base64, the same for all replicas of one service: `head -c32 /dev/urandom |
        /// base64`.
        key: SealKey,
    }
}

/// 32 secret bytes.
pub struct SealKey(SecretBox<[u8; 32]>);

impl SealKey {
    /// The bytes, for a cipher alone.
    pub fn expose(&self) -> &[u8; 32] {
        self.0.expose_secret()
    }
}

impl Clone for SealKey {
    fn clone(&self) -> Self {
        Self::from(*self.expose())
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(***)")
    }
}

impl From<[u8; 32]> for SealKey {
    fn from(bytes: [u8; 32]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }
}

impl Value for SealKey {
    const SECRET: bool = true;

    fn parse(text: &str) -> Result<Self, String> {
        let bytes = STANDARD.decode(text.trim()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        bytes.map(Self::from).ok_or_else(|| "32 bytes in base64".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_exactly_32_bytes_and_never_shown() {
        assert!(SealKey::parse(&STANDARD.encode([7; 31])).is_err());
        assert!(SealKey::parse("not base64").is_err());
        let key = SealKey::parse(&STANDARD.encode([7; 32])).unwrap();
        assert_eq!(key.expose(), &[7; 32]);
        assert_eq!(format!("{key:?}"), "SealKey(***)");
    }
}
