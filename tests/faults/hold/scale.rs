//! How large scenarios are.

use crate::form::{Form, number};
use patron_local::mesh::Options;
use patron_tests::World;
use std::{path::PathBuf, time::Duration};

/// The folder of the programs to run; those that were built with the tests where there is none.
const PROGRAMS: &str = "PATRON_TEST_HOLD_PROGRAMS";
/// Rates and numbers, in percent of those that are promised.
const RATE: &str = "PATRON_TEST_HOLD_RATE";
/// Seconds for which each part of a scenario goes on.
const SECONDS: &str = "PATRON_TEST_HOLD_SECONDS";
/// Minutes of trouble at random.
const MINUTES: &str = "PATRON_TEST_HOLD_MINUTES";
/// Customers of the mesh that a service is added to.
const CUSTOMERS: &str = "PATRON_TEST_HOLD_CUSTOMERS";

/// How large scenarios are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    /// Which form is run, and from which seed.
    pub(crate) form: Form,
    percent: u32,
    /// For how long each part of a scenario goes on.
    pub(crate) part: Duration,
    /// For how long there is trouble at random.
    pub(crate) random: Duration,
    /// How many customers there are where it matters.
    pub(crate) customers: u32,
}

impl Scale {
    /// What the variables ask for.
    pub(crate) fn asked_for() -> Self {
        let form = Form::asked_for();
        let (percent, seconds, minutes, customers) =
            if form.is_whole() { (100, 30, 30, 100_000) } else { (10, 3, 0, 300) };
        let or = |variable: &str, usual: u32| {
            number(variable).map_or(usual, |asked| u32::try_from(asked).expect("not as many"))
        };
        let minutes = Duration::from_secs(60 * u64::from(or(MINUTES, minutes)));
        Self {
            form,
            percent: or(RATE, percent),
            part: Duration::from_secs(or(SECONDS, seconds).into()),
            random: minutes.max(Duration::from_secs(10)),
            customers: or(CUSTOMERS, customers),
        }
    }

    /// So many a second of what is promised for so many.
    pub(crate) fn rate(self, promised: f64) -> f64 {
        (promised * f64::from(self.percent) / 100.0).max(1.0)
    }

    /// So many of what is promised for so many.
    pub(crate) fn count(self, promised: u32) -> u32 {
        (promised * self.percent / 100).max(1)
    }

    /// A mesh of one's own. To be [ended](World::end).
    pub(crate) async fn world(self) -> World {
        self.world_with(|_| {}).await
    }

    /// The same with other options.
    pub(crate) async fn world_with(self, change: impl FnOnce(&mut Options)) -> World {
        World::start(|options| {
            self.form.settings(options);
            if let Some(programs) = programs() {
                options.programs = programs;
            }
            change(options);
        })
        .await
    }
}

#[expect(clippy::disallowed_methods, reason = "tests have no other settings")]
fn programs() -> Option<PathBuf> {
    std::env::var_os(PROGRAMS).map(PathBuf::from)
}
