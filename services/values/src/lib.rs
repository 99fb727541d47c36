//! Values and the pure mechanics of the contract, without I/O.
//!
//! Values are parsed once, at the edge, and cannot hold a wrong one. Each reads what people type, says in words for people what
//! is wrong, and shows none of it in `Debug` or errors where it is about a person. Each is stored as text and read again by parsing.
//!
//! The mechanics work on any message of the contract by its descriptor: masks ([`field_mask`]), the difference of two states
//! ([`diff`]), the [fields](field_set), filters, orders and pages of lists, and etags.

pub mod address_rules;
pub mod address_summary;
pub mod consistency_token;
pub mod country;
pub mod date;
mod descriptor;
pub mod diff;
pub mod email;
pub mod etag;
pub mod field_mask;
pub mod field_set;
pub mod fields;
pub mod filter;
pub mod fold;
pub mod id;
pub mod json_name;
pub mod language;
mod merge;
pub mod order_by;
pub mod page;
mod path;
pub mod phone;
pub mod seal;
pub mod search;
mod stored;
pub mod text;
pub mod time_zone;
mod timestamp;
pub mod username;
pub mod violation;

pub use self::timestamp::{time_of, timestamp};

use std::str::FromStr;

/// Reads a value that may be absent, which in proto3 is empty text.
pub fn optional<T: FromStr>(text: &str) -> Result<Option<T>, T::Err> {
    if text.trim().is_empty() { Ok(None) } else { text.parse().map(Some) }
}
