//! How much is tried: a little with every change, all of it by `tests/faults/run`.

use patron_local::mesh::Options;
use rand::{SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use std::{collections::BTreeSet, fmt::Display, thread::panicking};

/// How many trials of each kind to run.
const TRIALS: &str = "PATRON_TEST_FAULT_TRIALS";
/// The seed of the first; those after it count up.
const SEED: &str = "PATRON_TEST_FAULT_SEED";

/// Which trials to run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form {
    first: u64,
    /// `None` for the short form.
    trials: Option<u64>,
}

impl Form {
    /// What the variables ask for.
    pub(crate) fn asked_for() -> Self {
        Self { first: number(SEED).unwrap_or(1), trials: number(TRIALS) }
    }

    /// Lets processes of the short form wait longer for a connection to Postgres than where they serve people: on a machine that
    /// also compiles, opening one can take more than the half second that is usual, and whoever was killed has none.
    pub(crate) fn settings(self, options: &mut Options) {
        if !self.is_whole() {
            options.settings.push((None, "DATABASE_ACQUIRE_MS".to_owned(), "3000".to_owned()));
        }
    }

    /// Whether it is all of it.
    pub(crate) fn is_whole(self) -> bool {
        self.trials.is_some()
    }

    /// Where trials of one kind only begin.
    pub(crate) fn first_seed(self) -> u64 {
        self.first
    }

    /// The seeds of the trials: as many as were asked for, or those that choose each of `all` for the first time.
    pub(crate) fn seeds<T: Ord>(self, all: &[T]) -> Vec<u64> {
        if let Some(trials) = self.trials {
            return (self.first..).zip(0..trials).map(|(seed, _)| seed).collect();
        }
        let mut missing: BTreeSet<&T> = all.iter().collect();
        let mut seeds = Vec::new();
        for seed in self.first.. {
            if missing.is_empty() {
                break;
            }
            if missing.remove(chosen(seed, all).0) {
                seeds.push(seed);
            }
        }
        seeds
    }

    /// Says something of the whole form; the short one is quiet while all is well.
    #[expect(clippy::print_stdout, reason = "whoever runs the whole form reads it")]
    pub(crate) fn say(self, what: impl Display) {
        if self.is_whole() {
            println!("{what}");
        }
    }
}

/// What a seed chooses, and the source of its further choices.
pub(crate) fn chosen<T>(seed: u64, all: &[T]) -> (&T, StdRng) {
    let mut random = StdRng::seed_from_u64(seed);
    let choice = all.choose(&mut random).expect("there is something to choose from");
    (choice, random)
}

/// Names the trial where it fails.
pub(crate) struct Named<T: Display>(pub(crate) T);

impl<T: Display> Drop for Named<T> {
    fn drop(&mut self) {
        if panicking() {
            eprintln!("failed: {}", self.0);
        }
    }
}

/// The number that a variable holds, where it is set.
#[expect(clippy::disallowed_methods, reason = "tests have no other settings")]
pub(crate) fn number(variable: &str) -> Option<u64> {
    let value = std::env::var(variable).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{variable} is no number: {value}")))
}
