//! The address service.

use std::process::ExitCode;

fn main() -> ExitCode {
    patron_chassis::run::run::<patron_address::AddressService>()
}
