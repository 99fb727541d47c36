//! Stands in for a process of Patron in the tests of the launcher: migrates nothing, and says on its probe listener that it serves.

#![expect(clippy::disallowed_methods, reason = "it shows the environment that it was given")]

use std::net::SocketAddr;
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};
use tonic::transport::Server;

/// Exit code that the tests look for.
const FAILED: u8 = 3;

#[tokio::main]
async fn main() -> ExitCode {
    let verb = std::env::args().nth(1).unwrap_or_default();
    let mut names: Vec<String> = std::env::vars().map(|(name, _)| name).collect();
    names.sort();
    eprintln!(r#"{{"level":"INFO","message":"{verb} with {}"}}"#, names.join(" "));
    if let Some(value) = std::env::var("PATRON_STAND_IN_SHOWS").ok().and_then(|name| std::env::var(name).ok())
    {
        eprintln!(r#"{{"level":"INFO","message":"{value}"}}"#);
    }
    if std::env::var("PATRON_STAND_IN_FAILS").is_ok_and(|failing| failing == verb) {
        eprintln!("cannot {verb}");
        return ExitCode::from(FAILED);
    }
    if verb == "serve" {
        serve().await;
    }
    ExitCode::SUCCESS
}

async fn serve() {
    let address = std::env::var("PATRON_SERVER_PROBE_LISTEN").expect("the launcher names a probe listener");
    let address: SocketAddr = address.parse().expect("an address and port");
    let (_, health) = tonic_health::server::health_reporter();
    let mut terminate = signal(SignalKind::terminate()).expect("signals can be listened for");
    let stop = async { _ = terminate.recv().await };
    Server::builder().add_service(health).serve_with_shutdown(address, stop).await.expect("the port is free");
}
