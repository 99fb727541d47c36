//! Checks requests against the rules that their protos declare (`buf.validate`), against
//! unknown enum values, and against NUL, which Postgres cannot store.

use crate::{
    google::api::HttpBody,
    shape::{Field, Shape},
    violations,
};
use regex::Regex;
use std::{fmt::Write as _, hash::Hash, sync::LazyLock};
use tonic_types::FieldViolation;

/// A message whose fields can be checked. Implemented for every message of the contract.
pub trait Validate {
    /// Whether the message is what a caller sends; replies are not checked.
    const IS_REQUEST: bool;
    /// What is counted of it on the wire, before it is decoded.
    const SHAPE: &'static Shape;

    /// Reports each broken rule to `check`. OUTPUT_ONLY fields are passed over.
    fn validate(&self, check: &mut Check);
}

impl Validate for () {
    const IS_REQUEST: bool = false;
    const SHAPE: &'static Shape = Shape::EMPTY;

    fn validate(&self, _check: &mut Check) {}
}

/// What files travel as. Nobody sends one.
impl Validate for HttpBody {
    const IS_REQUEST: bool = false;
    const SHAPE: &'static Shape = Shape::EMPTY;

    fn validate(&self, _check: &mut Check) {}
}

/// Collects violations and knows the path of the message it is in.
#[derive(Debug, Default)]
pub struct Check {
    path: String,
    violations: Vec<FieldViolation>,
    /// How many were found after as many as an answer holds.
    uncollected: usize,
}

impl Check {
    /// What was found wrong, each with the path of its field: `customer.addresses[1].city`; as much of it as an
    /// answer holds, see [`violations::capped`].
    pub fn into_violations(self) -> Vec<FieldViolation> {
        violations::capped(self.violations, self.uncollected)
    }

    /// Whether nothing was wrong so far.
    pub(crate) fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }

    /// Reports that `field` of the present message breaks a rule, in words after the field's name.
    pub fn violation(&mut self, field: &str, description: impl Into<String>) {
        if self.violations.len() == violations::MOST {
            self.uncollected += 1;
            return;
        }
        let path = if field.is_empty() || self.path.is_empty() {
            format!("{}{field}", self.path)
        } else {
            format!("{}.{field}", self.path)
        };
        self.violations.push(FieldViolation::new(path, description.into()));
    }

    /// Checks a message held by `field`.
    pub(crate) fn within<T>(&mut self, field: &str, inner: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.path.len();
        if outer > 0 {
            self.path.push('.');
        }
        self.path.push_str(field);
        let result = inner(self);
        self.path.truncate(outer);
        result
    }

    pub(crate) fn at_index<T>(&mut self, field: &str, index: usize, inner: impl FnOnce(&mut Self) -> T) -> T {
        self.within(field, |check| {
            let _ = write!(check.path, "[{index}]");
            inner(check)
        })
    }

    fn text(&mut self, field: &str, value: &str, rules: &Text) {
        if value.contains('\0') {
            self.violation(field, "holds a NUL character, which cannot be stored");
        }
        // Counting characters is slower than counting bytes, and no text has more of them.
        if value.len() > rules.max_len && value.chars().count() > rules.max_len {
            self.violation(field, format!("is longer than {} characters", rules.max_len));
        }
        if rules.min_len > 0 && value.chars().count() < rules.min_len {
            self.violation(field, format!("is shorter than {} characters", rules.min_len));
        }
        if let Some(pattern) = rules.pattern.filter(|pattern| !pattern.is_match(value)) {
            self.violation(field, format!("does not have the form {}", pattern.as_str()));
        }
        if rules.uuid && uuid::Uuid::try_parse(value).is_err() {
            self.violation(field, "is not a UUID");
        }
    }

    fn number(&mut self, field: &str, value: i64, least: i64, most: i64) {
        if value < least {
            self.violation(field, format!("is below {least}"));
        } else if value > most {
            self.violation(field, format!("is above {most}"));
        }
    }

    fn known(&mut self, field: &str, known: bool) {
        if !known {
            self.violation(field, "is not a known value");
        }
    }

    fn items(&mut self, field: &str, count: usize, least: usize, most: usize) {
        if count < least {
            self.violation(field, format!("has fewer than {least} items"));
        } else if count > most {
            self.violation(field, format!("has more than {most} items"));
        }
    }

    fn unique<T: Eq + Hash>(&mut self, field: &str, items: &[T]) {
        let mut seen = std::collections::HashSet::new();
        if !items.iter().all(|item| seen.insert(item)) {
            self.violation(field, "holds an item twice");
        }
    }
}

/// Rules of a text, lengths in characters.
struct Text {
    min_len: usize,
    max_len: usize,
    pattern: Option<&'static LazyLock<Regex>>,
    uuid: bool,
}

fn pattern(source: &str) -> Regex {
    Regex::new(source).expect("a test compiles the pattern of every rule")
}

include!(concat!(env!("OUT_DIR"), "/rules.rs"));
