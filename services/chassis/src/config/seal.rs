use base64::{Engine as _, engine::general_purpose::STANDARD};
use patron_values::seal;

use super::Value;

crate::section! {
    /// What a service seals: what it hands out or stores and must get back unchanged.
    pub struct Seal = "SEAL" {
        /// Keys, separated by commas and the same for all replicas of one service: 32 random bytes in base64 each, `head -c32
        /// /dev/urandom | base64`. The first seals, and all open: to change it, add the new one behind, then put it in front, then take the
        /// old one away, with all replicas restarted in between.
        key: seal::Seal,
    }
}

impl Value for seal::Seal {
    const SECRET: bool = true;

    fn parse(text: &str) -> Result<Self, String> {
        let key = |text: &str| <[u8; 32]>::try_from(STANDARD.decode(text.trim()).ok()?).ok();
        let keys: Option<Vec<_>> = text.split(',').map(key).collect();
        let keys = keys.unwrap_or_default();
        let (first, older) =
            keys.split_first().ok_or("32 bytes in base64, or several such keys with commas between")?;
        Ok(older.iter().fold(Self::new(first), Self::opening))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(byte: u8) -> String {
        STANDARD.encode([byte; 32])
    }

    #[test]
    fn a_key_is_exactly_32_bytes_and_never_shown() {
        for wrong in ["", "not base64", &STANDARD.encode([7; 31]), &format!("{},", text(7))] {
            assert!(seal::Seal::parse(wrong).is_err(), "{wrong}");
        }
        assert!(!format!("{:?}", seal::Seal::parse(&text(7)).unwrap()).contains('7'));
    }

    #[test]
    fn the_first_key_seals_and_all_open() {
        let before = seal::Seal::parse(&text(7)).unwrap();
        let after = seal::Seal::parse(&format!("{}, {}", text(8), text(7))).unwrap();
        assert!(after.open("page", b"", &before.seal("page", b"", b"")).is_ok());
        assert!(before.open("page", b"", &after.seal("page", b"", b"")).is_err());
    }
}
