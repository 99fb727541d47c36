//! The line of figures that a scenario prints, and fails by.

use super::scale::Scale;
use std::{
    fmt::{Debug, Display},
    time::Duration,
};

/// What a scenario measured, each with its bound.
pub(crate) struct Figures {
    scale: Scale,
    scenario: String,
    parts: Vec<String>,
    broken: Vec<String>,
}

impl Figures {
    /// Nothing yet.
    pub(crate) fn of(scale: Scale, scenario: impl Into<String>) -> Self {
        Self { scale, scenario: scenario.into(), parts: Vec::new(), broken: Vec::new() }
    }

    /// A figure without a bound.
    pub(crate) fn note(&mut self, figure: impl Display) {
        self.parts.push(figure.to_string());
    }

    /// A figure that may not be above its bound.
    pub(crate) fn at_most<T: Copy + PartialOrd + Debug>(&mut self, what: &str, measured: T, bound: T) {
        let figure = format!("{what} {measured:.1?} [{bound:.1?}]");
        if measured > bound {
            self.broken.push(figure.clone());
        }
        self.parts.push(figure);
    }

    /// A time that may not be above its bound where the machine does nothing else.
    pub(crate) fn within(&mut self, what: &str, measured: Duration, bound: Duration) {
        if self.scale.form.is_whole() {
            self.at_most(what, measured, bound);
        }
    }

    /// Prints the line. Fails where a bound is broken.
    pub(crate) fn end(self) {
        Self::end_all([self]);
    }

    /// The same for several, of which all are printed first.
    pub(crate) fn end_all(all: impl IntoIterator<Item = Self>) {
        let mut broken = Vec::new();
        for figures in all {
            let scenario = figures.scenario;
            figures.scale.form.say(format_args!("{scenario}: {}", figures.parts.join("; ")));
            broken.extend(figures.broken.into_iter().map(|figure| format!("{scenario}: {figure}")));
        }
        assert!(broken.is_empty(), "out of bounds: {}", broken.join("; "));
    }
}
