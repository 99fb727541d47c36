//! The gateway.

fn main() -> std::process::ExitCode {
    patron_chassis::run::run_program::<patron_gateway::BrowserEdge>()
}
