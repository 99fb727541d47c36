//! From `main` to the exit code: configuration, telemetry, the parts, the listener, the drain.

use std::{
    fmt::Display,
    io::{self, Write as _},
    process::ExitCode,
    sync::Arc,
};

use crate::{
    clock::Clock,
    config::{self, Mistake, Section, Setting, Source},
    peer::Peer,
    probe::Probes,
    process::Process,
    service::{AsProgram, Service},
    telemetry::Telemetry,
};

/// Exit code for bad configuration or a bad command line. Source: sysexits.h, `EX_USAGE`.
const USAGE: u8 = 64;

/// A program of Patron: a service, or the gateway.
pub trait Program: 'static {
    /// Which process it is.
    const PEER: Peer;

    /// Settings besides [`config::Base`].
    type Config: Section;

    /// Puts the parts together and opens the listener. Once it returns the process is serving.
    fn start(process: Process, config: Self::Config) -> impl Future<Output = anyhow::Result<()>> + Send;

    /// Brings the database up to date, where there is one.
    fn migrate(_: Self::Config) -> impl Future<Output = anyhow::Result<()>> {
        async { anyhow::bail!("this process has no database") }
    }
}

/// What the command line asks for.
enum Command {
    Serve,
    Migrate,
    Check,
}

/// Runs a service as the command line says: `serve`, which is also the default, `migrate` or `check`.
///
/// Exits with 0 after a signal, 64 on bad configuration, with one line for each mistake, and 1 when it cannot start or go on.
pub fn run<S: Service>() -> ExitCode {
    run_program::<AsProgram<S>>()
}

/// Runs a program; for the gateway. See [`run`].
pub fn run_program<P: Program>() -> ExitCode {
    let Some(command) = command(std::env::args().skip(1)) else {
        return complain(USAGE, &format!("usage: patron-{} [serve | migrate | check]", P::PEER));
    };
    match config::load::<(config::Base, P::Config)>(&Source::environment()) {
        Ok((config, settings)) => execute::<P>(&command, config, &settings),
        Err(mistakes) => {
            mistakes.iter().fold(ExitCode::from(USAGE), |_, mistake: &Mistake| complain(USAGE, mistake))
        }
    }
}

fn command(mut arguments: impl Iterator<Item = String>) -> Option<Command> {
    match (arguments.next().as_deref(), arguments.next()) {
        (None | Some("serve"), None) => Some(Command::Serve),
        (Some("migrate"), None) => Some(Command::Migrate),
        (Some("check"), None) => Some(Command::Check),
        _ => None,
    }
}

fn execute<P: Program>(
    command: &Command,
    (base, own): (config::Base, P::Config),
    settings: &[Setting],
) -> ExitCode {
    if matches!(command, Command::Check) {
        return print(settings);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return complain(1, &error),
    };
    runtime.block_on(async {
        let telemetry = match Telemetry::start(P::PEER, &base.telemetry) {
            Ok(telemetry) => Arc::new(telemetry),
            Err(error) => return complain(USAGE, &format!("{error:#}")),
        };
        let done = match command {
            Command::Migrate => P::migrate(own).await,
            Command::Serve | Command::Check => serve::<P>(base, own, telemetry.clone()).await,
        };
        if let Err(error) = &done {
            tracing::error!(error = format!("{error:#}"), "stopped by an error");
        }
        // After the drain, whose spans and lines go out as well; exporters wait, so not on a thread of the runtime.
        let _ = tokio::task::spawn_blocking(move || telemetry.shut_down()).await;
        if done.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    })
}

async fn serve<P: Program>(
    base: config::Base,
    own: P::Config,
    telemetry: Arc<Telemetry>,
) -> anyhow::Result<()> {
    let process = Process::begin(P::PEER, base, Clock::System).await?;
    let probes = Probes::bind(process.config().server.probe_listen, process.health(), telemetry).await?;
    process.spawn("probes", |stop| probes.run(stop));
    let serve = async {
        P::start(process.clone(), own).await?;
        process.health().set_serving(true).await;
        tracing::info!("serving");
        std::future::pending().await
    };
    // A signal counts from the first moment, also while a start waits for the database.
    let ended = tokio::select! {
        failed = serve => failed,
        asked = process.drain().asked_to_stop() => asked,
    };
    tracing::info!("stopping");
    process.drain().stop(process.health(), &process.config().server).await;
    ended
}

/// One line on standard error: there is no log yet.
fn complain(code: u8, what: &dyn Display) -> ExitCode {
    // Without a standard error there is nobody to tell.
    let _ = writeln!(io::stderr(), "{what}");
    ExitCode::from(code)
}

/// The settings in force, one a line with its meaning under it.
fn print(settings: &[Setting]) -> ExitCode {
    let mut out = io::stdout().lock();
    let written = settings.iter().try_for_each(|setting| {
        let Setting { variable, value, default, meaning } = setting;
        match default {
            Some(default) => writeln!(out, "{variable}={value}\n    {meaning} Default: {default}."),
            None => writeln!(out, "{variable}={value}\n    {meaning}"),
        }
    });
    if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
