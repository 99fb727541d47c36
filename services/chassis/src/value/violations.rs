//! All that is wrong with a request, told at once.

use std::error::Error;

use crate::status::{Problem, Violation};

/// Collects what is wrong while the fields of a request are read.
#[derive(Debug, Default)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// Nothing wrong yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value, or `None` after noting what is wrong with `field`. Only for errors whose text is for callers.
    pub fn take<T>(&mut self, field: &str, read: Result<T, impl Error>) -> Option<T> {
        read.map_err(|error| self.push(field, error.to_string())).ok()
    }

    /// Notes that `field` is wrong.
    pub fn push(&mut self, field: impl Into<String>, description: impl Into<String>) {
        self.0.push(Violation::new(field, description));
    }

    /// Fails if anything was wrong.
    pub fn check(self) -> Result<(), Problem> {
        if self.0.is_empty() { Ok(()) } else { Err(Problem::Invalid(self.0)) }
    }
}

impl Extend<Violation> for Violations {
    fn extend<I: IntoIterator<Item = Violation>>(&mut self, violations: I) {
        self.0.extend(violations);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{country::Country, email::Email};

    #[test]
    fn every_wrong_field_is_told_at_once() {
        let mut violations = Violations::new();
        let email = violations.take("customer.email", Email::parse("luis@example.com"));
        violations.take("customer.country_code", Country::parse("UK"));
        violations.take("customer.email", Email::parse("luis"));
        assert!(email.is_some());
        let Err(Problem::Invalid(told)) = violations.check() else { panic!("nothing was told") };
        assert_eq!(told.len(), 2);
        assert_eq!(told[0].field, "customer.country_code");
        assert!(told[1].description.starts_with("is not an email address"));
    }

    #[test]
    fn nothing_wrong_is_no_problem() {
        assert!(Violations::new().check().is_ok());
    }
}
