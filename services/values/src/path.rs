//! Where a value stands in a resource (AIP-161): `work_phone.extension`, ``metadata.`key with.dots` ``.

use prost_reflect::FieldDescriptor;
use std::fmt;

/// Names of fields and keys of maps, from the outermost on.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Path(Vec<String>);

impl Path {
    /// A field of what stands here.
    pub(crate) fn field(&self, field: &FieldDescriptor) -> Self {
        self.key(field.name())
    }

    /// An entry of the map that stands here.
    pub(crate) fn key(&self, key: &str) -> Self {
        Self(self.0.iter().cloned().chain([key.to_owned()]).collect())
    }

    /// Reads what [`Display`](fmt::Display) writes. A text that is no path leads to no field.
    pub(crate) fn parse(text: &str) -> Self {
        let (mut parts, mut part, mut quoted) = (Vec::new(), String::new(), false);
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '`' if quoted && characters.next_if_eq(&'`').is_some() => part.push('`'),
                '`' => quoted = !quoted,
                '.' if !quoted => parts.push(std::mem::take(&mut part)),
                other => part.push(other),
            }
        }
        parts.push(part);
        Self(parts)
    }

    /// Its parts, from the outermost on.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether it is `whole` or leads to a part of it.
    pub(crate) fn is_within(&self, whole: &Self) -> bool {
        self.0.starts_with(&whole.0)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.0.iter().enumerate() {
            let dot = if index == 0 { "" } else { "." };
            if !part.is_empty() && part.chars().all(|it| it.is_ascii_alphanumeric() || it == '_') {
                write!(f, "{dot}{part}")?;
            } else {
                write!(f, "{dot}`{}`", part.replace('`', "``"))?;
            }
        }
        Ok(())
    }
}
