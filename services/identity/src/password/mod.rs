//! Passwords: as typed, whether one is good enough, and as the hash that is kept.

mod hasher;
mod policy;
mod queue;

pub use self::{
    hasher::{Hash, Hasher, Seat, Verdict},
    policy::{Policy, Weakness},
    queue::Precedence,
};

use patron_chassis::config::{Seconds, Value};
use secrecy::{ExposeSecret as _, SecretString};
use unicode_normalization::UnicodeNormalization as _;

patron_chassis::section! {
    /// What passwords must be like.
    pub struct Settings = "PASSWORD" {
        /// Fewest characters of a customer's password; 8 to 128. Source: OWASP ASVS 5.0, 6.2.1, and four more.
        customer_min_length: MinLength = "12",
        /// Fewest characters of a staff user's password; 8 to 128. Source: NIST SP 800-63B-4, 3.1.1.2, for passwords without a second factor.
        staff_min_length: MinLength = "15",
        /// How long a password that someone else has set is good for, in seconds.
        temporary_s: Seconds = "259200",
        /// Memory for hashing passwords, in MiB: 19 for each that is hashed at once, and never less. On more than four cores more of it lets more people sign in at once.
        hash_memory_mib: u32 = "64",
    }
}

/// Fewest characters a setting can ask for. Source: NIST SP 800-63B-4, 3.1.1.2.
const LEAST_MINIMUM: usize = 8;
/// Most characters of a password. Longer ones are no safer and cost time. Source: OWASP ASVS 5.0, 6.2.9, asks for 64 or more.
const MAX_CHARACTERS: usize = 128;

/// Fewest characters of a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MinLength(usize);

impl Value for MinLength {
    fn parse(text: &str) -> Result<Self, String> {
        let length = text.parse().ok().filter(|length| (LEAST_MINIMUM..=MAX_CHARACTERS).contains(length));
        length.map(Self).ok_or_else(|| format!("a whole number from {LEAST_MINIMUM} to {MAX_CHARACTERS}"))
    }
}

/// A password as it was typed, in Unicode's composed form (NFC), so that it is the same from every keyboard.
#[derive(Debug, Clone)]
pub struct Password(SecretString);

impl Password {
    /// What was typed. White space counts.
    pub fn new(typed: &str) -> Self {
        Self(typed.nfc().collect::<String>().into())
    }

    /// Whether two are the same password.
    pub fn is_same(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }

    fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}
