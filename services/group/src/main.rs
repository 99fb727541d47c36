//! The group service.

use std::process::ExitCode;

fn main() -> ExitCode {
    patron_chassis::run::run::<patron_group::GroupService>()
}
