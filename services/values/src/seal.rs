//! Sealing of what is handed out, or stored, and must come back unread and unchanged: page tokens, signing keys.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, Prk},
    rand,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// First byte of what is sealed, so that another way of sealing can be known from this one.
const VERSION: u8 = 1;

/// Random bytes from which each message gets a key of its own. With 16, two of 2^48 messages share a key with a
/// probability of 2^-33; a random nonce of AES-GCM under one key would be used up after 2^32 messages.
const SALT_BYTES: usize = 16;

/// Text that was not sealed with this key, for this purpose and binding, or was changed since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("was not sealed here for this use, or was changed")]
pub struct Unsealable;

/// Seals with AES-256-GCM, under a key that HKDF-SHA-256 (RFC 5869) derives from the service's key, the purpose and
/// a salt for every message. `Debug` does not show the key.
#[derive(Clone, Debug)]
pub struct Seal {
    key: Prk,
    /// Keys of what was sealed before, which still opens.
    older: Vec<Prk>,
}

impl Seal {
    /// Seals with `key`, which must be random: it stands in HKDF's second step, where no weak key is made strong.
    pub fn new(key: &[u8; 32]) -> Self {
        Self { key: prk(key), older: Vec::new() }
    }

    /// The same, which also opens what was sealed with another key.
    #[must_use]
    pub fn opening(mut self, older: &[u8; 32]) -> Self {
        self.older.push(prk(older));
        self
    }

    /// Seals `content`, to be opened for the same `purpose` and `bound_to` only. Gives URL-safe text of about
    /// 44 + 4/3 of the content's length.
    ///
    /// # Panics
    ///
    /// Where the operating system gives no random bytes.
    pub fn seal(&self, purpose: &str, bound_to: &[u8], content: &[u8]) -> String {
        let mut salt = [0; SALT_BYTES];
        rand::fill(&mut salt).expect("the operating system gives random bytes");
        let mut sealed = content.to_vec();
        derived(&self.key, purpose, &salt)
            .seal_in_place_append_tag(nonce(), Aad::from(bound_to), &mut sealed)
            .expect("content is far below the 64 GiB of AES-GCM");
        URL_SAFE_NO_PAD.encode([&[VERSION], &salt[..], &sealed].concat())
    }

    /// Opens what [`Seal::seal`] gave.
    pub fn open(&self, purpose: &str, bound_to: &[u8], sealed: &str) -> Result<Vec<u8>, Unsealable> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| Unsealable)?;
        let (head, content) = bytes.split_at_checked(1 + SALT_BYTES).ok_or(Unsealable)?;
        if head[0] != VERSION {
            return Err(Unsealable);
        }
        let open_with = |key| {
            // What does not open is left in pieces, so each key has a copy of its own.
            let mut content = content.to_vec();
            let key = derived(key, purpose, &head[1..]);
            key.open_in_place(nonce(), Aad::from(bound_to), &mut content).map(|content| content.to_vec()).ok()
        };
        [&self.key].into_iter().chain(&self.older).find_map(open_with).ok_or(Unsealable)
    }
}

fn prk(key: &[u8; 32]) -> Prk {
    Prk::new_less_safe(HKDF_SHA256, key)
}

/// The key of one message.
fn derived(key: &Prk, purpose: &str, salt: &[u8]) -> LessSafeKey {
    // The salt's length is fixed, so no purpose and salt run together like another pair.
    let info = [purpose.as_bytes(), salt];
    let key = key.expand(&info, &AES_256_GCM).expect("32 bytes are below the limit of HKDF");
    LessSafeKey::new(UnboundKey::from(key))
}

/// Every key seals one message, so the nonce need not differ.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal() -> Seal {
        Seal::new(&[7; 32])
    }

    #[test]
    fn what_was_sealed_opens() {
        for content in [&b""[..], b"x", &[0xff; 1_000]] {
            let sealed = seal().seal("page", b"staff/1", content);
            assert_eq!(seal().open("page", b"staff/1", &sealed).unwrap(), content);
        }
    }

    #[test]
    fn nothing_opens_it_for_another_use() {
        let sealed = seal().seal("page", b"staff/1", b"content");
        assert_eq!(seal().open("key", b"staff/1", &sealed), Err(Unsealable));
        assert_eq!(seal().open("page", b"staff/2", &sealed), Err(Unsealable));
        assert_eq!(Seal::new(&[8; 32]).open("page", b"staff/1", &sealed), Err(Unsealable));
    }

    #[test]
    fn what_an_older_key_sealed_opens_while_that_is_named() {
        let older = seal().seal("page", b"staff/1", b"content");
        let newer = Seal::new(&[8; 32]).opening(&[7; 32]);
        assert_eq!(newer.open("page", b"staff/1", &older).unwrap(), b"content");
        let sealed = newer.seal("page", b"staff/1", b"content");
        assert_eq!(seal().open("page", b"staff/1", &sealed), Err(Unsealable), "the newer key seals");
        assert_eq!(Seal::new(&[8; 32]).open("page", b"staff/1", &sealed).unwrap(), b"content");
    }

    #[test]
    fn any_change_is_found() {
        let sealed = seal().seal("page", b"", b"content");
        let bytes = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
        for index in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[index] ^= 1;
            assert_eq!(
                seal().open("page", b"", &URL_SAFE_NO_PAD.encode(changed)),
                Err(Unsealable),
                "{index}"
            );
        }
        for text in ["", "AQ", "not base64!", &sealed[..20], &format!("{sealed}AAAA")] {
            assert_eq!(seal().open("page", b"", text), Err(Unsealable), "{text}");
        }
    }

    #[test]
    fn sealing_twice_gives_different_text_and_debug_no_key() {
        assert_ne!(seal().seal("page", b"", b"content"), seal().seal("page", b"", b"content"));
        assert!(!format!("{:?}", seal()).contains('7'));
    }
}
