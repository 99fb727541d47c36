//! The activity service.

use std::process::ExitCode;

fn main() -> ExitCode {
    patron_chassis::run::run::<patron_activity::ActivityService>()
}
