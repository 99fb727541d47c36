//! Values that several services parse once, at their edge, and that cannot hold a wrong one.
//!
//! Each reads what people type, says in words for people what is wrong, and shows none of it in `Debug` or errors
//! where it is about a person. Each is stored as text and read again by parsing.

pub mod country;
pub mod date;
pub mod email;
pub mod fold;
pub mod id;
pub mod language;
pub mod phone;
pub mod search;
mod stored;
pub mod text;
pub mod time_zone;
pub mod username;

use std::str::FromStr;

/// Reads a value that may be absent, which in proto3 is empty text.
pub fn optional<T: FromStr>(text: &str) -> Result<Option<T>, T::Err> {
    if text.trim().is_empty() { Ok(None) } else { text.parse().map(Some) }
}
