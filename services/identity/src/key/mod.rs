//! The keys that tokens are signed with: made, rotated, published and kept sealed, by all replicas together.

mod keyring;
mod pair;

pub use self::keyring::Keyring;
