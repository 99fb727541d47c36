//! Parses the fields of a message and keeps every mistake, so that a caller learns of all of them at once.

use crate::violation::Violation;
use std::fmt::Display;

/// The fields of one message as they are parsed.
#[derive(Debug, Default)]
pub struct Fields {
    prefix: String,
    violations: Vec<Violation>,
}

impl Fields {
    /// Fields of the message at `path` in the request: `address`, `addresses[2]`. Empty for the request itself.
    pub fn at(path: impl Into<String>) -> Self {
        Self { prefix: path.into(), violations: Vec::new() }
    }

    /// Parses a text that may be missing, which is empty or white space alone.
    pub fn optional<T, E: Display>(
        &mut self,
        field: &str,
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        if text.trim().is_empty() { None } else { self.keep(field, parse(text)) }
    }

    /// Parses a text that must be there. `None` only together with a mistake.
    pub fn required<T, E: Display>(
        &mut self,
        field: &str,
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        if text.trim().is_empty() {
            self.refuse(field, "is needed");
            return None;
        }
        self.keep(field, parse(text))
    }

    /// Keeps what is wrong with a value, or gives it on.
    pub fn keep<T, E: Display>(&mut self, field: &str, parsed: Result<T, E>) -> Option<T> {
        parsed.map_err(|error| self.refuse(field, error.to_string())).ok()
    }

    /// Notes that a field is wrong, in words that follow its name.
    pub fn refuse(&mut self, field: &str, description: impl Into<String>) {
        let dot = if self.prefix.is_empty() || field.is_empty() { "" } else { "." };
        self.violations.push(Violation::new(format!("{}{dot}{field}", self.prefix), description));
    }

    /// Takes over the mistakes of another message.
    pub fn extend(&mut self, other: Self) {
        self.violations.extend(other.violations);
    }

    /// Whether nothing was wrong so far.
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }

    /// Fails with all mistakes where there is one.
    pub fn into_result(self) -> Result<(), Self> {
        if self.violations.is_empty() { Ok(()) } else { Err(self) }
    }

    /// All mistakes, in the order they were found.
    pub fn into_violations(self) -> Vec<Violation> {
        self.violations
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_named_with_its_path() {
        let mut fields = Fields::at("addresses[2]");
        assert_eq!(fields.optional("a", "", str::parse::<u8>), None);
        assert_eq!(fields.optional("a", " \t", str::parse::<u8>), None);
        assert_eq!(fields.optional("a", "7", str::parse::<u8>), Some(7));
        assert_eq!(fields.required("b", " ", str::parse::<u8>), None);
        assert_eq!(fields.optional("c", "x", |_| Err::<(), _>("is wrong")), None);
        let violations = fields.into_result().unwrap_err().into_violations();
        let mistakes: Vec<String> =
            violations.iter().map(|it| format!("{} {}", it.field, it.description)).collect();
        assert_eq!(mistakes, ["addresses[2].b is needed", "addresses[2].c is wrong"]);
    }
}
