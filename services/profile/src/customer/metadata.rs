//! What staff and other systems note of a customer, by keys of their own.

use patron_values::{fields::Fields, text::Prose};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// Keys at most.
const MOST: usize = 50;
/// Longest key, in characters, which are bytes here.
const KEY: usize = 40;
/// Longest value, in characters.
const VALUE: usize = 500;

/// Values by key: at most 50, each of one character at least.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Metadata(BTreeMap<String, String>);

impl Metadata {
    /// Parses what a caller sends; each value that is wrong is named by its key.
    pub(super) fn parse(fields: &mut Fields, sent: &HashMap<String, String>) -> Self {
        if sent.len() > MOST {
            fields.refuse("metadata", format!("has more than {MOST} keys"));
        }
        let mut entries = BTreeMap::new();
        for (key, value) in sent.iter().take(MOST) {
            if !is_key(key) {
                let description = format!("has a key that is not of 1 to {KEY} letters, digits, _, - and .");
                fields.refuse("metadata", description);
                continue;
            }
            let value = fields.keep(&format!("metadata.{key}"), Prose::<VALUE>::parse(value));
            entries.extend(value.map(|value| (key.clone(), value.to_string())));
        }
        Self(entries)
    }

    /// As messages have it.
    pub(super) fn to_map(&self) -> HashMap<String, String> {
        self.0.clone().into_iter().collect()
    }
}

/// Values are about a person.
impl std::fmt::Debug for Metadata {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Metadata({} keys)", self.0.len())
    }
}

fn is_key(key: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    (1..=KEY).contains(&key.len()) && key.bytes().all(allowed)
}
