//! From `main` to the exit code: configuration, telemetry, the parts, the listener, the drain.

use std::{
    io::{self, Write},
    pin::pin,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use crate::{
    clock::Clock,
    command::Answer,
    config::{self, Section, Setting, Source},
    peer::Peer,
    probe::Probes,
    process::Process,
    service::{AsProgram, Service},
    telemetry::Telemetry,
};

/// Exit code of a process that did what it was asked to.
const SUCCESS: u8 = 0;
/// Exit code of a process that could not start or go on; the log says why.
const FAILURE: u8 = 1;
/// Exit code for bad configuration or a bad command line. Source: sysexits.h, `EX_USAGE`.
const USAGE: u8 = 64;

/// Time for the last spans and lines to reach the collector, which may be gone. Counts in the time that a cluster gives a
/// process to stop.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// A program of Patron: a service, or the gateway.
pub trait Program: 'static {
    /// Which process it is.
    const PEER: Peer;

    /// Settings besides [`config::Base`].
    type Config: Section;

    /// Puts the parts together and opens the listener. Once it returns the process is serving.
    fn start(process: Process, config: Self::Config) -> impl Future<Output = anyhow::Result<()>> + Send;

    /// What it can be asked to do besides, each by its name and with its usage.
    const COMMANDS: &'static [(&'static str, &'static str)] = &[];

    /// Does one of [`COMMANDS`](Self::COMMANDS), in a process that does not listen.
    fn operate(
        _: Process,
        _: Self::Config,
        _name: String,
        _arguments: Vec<String>,
    ) -> impl Future<Output = anyhow::Result<Answer>> {
        async { Ok(Answer::Misused) }
    }

    /// Whether it has a database, and so the command `migrate`.
    const MIGRATES: bool = false;

    /// Brings the database up to date, where there is one.
    fn migrate(_: Self::Config) -> impl Future<Output = anyhow::Result<()>> {
        async { anyhow::bail!("this process has no database") }
    }
}

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
enum Command {
    Serve,
    Migrate,
    Check,
    Operate(String, Vec<String>),
}

/// Runs a service as the command line says: `serve`, which is also the default, `migrate` or `check`; `resync PEER [--force]`, which
/// fills it from what a peer has; or `dead-letters`, which shows, retries and drops what was given up.
///
/// Exits with 0 after a signal, 64 on bad configuration, with one line for each mistake, and 1 when it cannot
/// start or go on.
pub fn run<S: Service>() -> ExitCode {
    run_program::<AsProgram<S>>()
}

/// Runs a program; for the gateway. See [`run`].
pub fn run_program<P: Program>() -> ExitCode {
    let arguments = std::env::args().skip(1);
    let ended = main::<P>(arguments, &Source::environment(), &mut io::stdout(), &mut io::stderr());
    // It fails for want of an output or of threads, and then no message reaches anybody.
    ExitCode::from(ended.unwrap_or(FAILURE))
}

/// Answers `check` on `out`, and says on `complaints` what is wrong before there is a log.
fn main<P: Program>(
    arguments: impl Iterator<Item = String>,
    source: &Source,
    out: &mut impl Write,
    complaints: &mut impl Write,
) -> io::Result<u8> {
    let arguments: Vec<String> = arguments.collect();
    if arguments.iter().any(|argument| argument == "--help") {
        return usage::<P>(out).map(|()| SUCCESS);
    }
    let Some(command) = command::<P>(arguments.into_iter()) else { return misused::<P>(complaints) };
    let ((base, own), settings) = match config::load::<(config::Base, P::Config)>(source) {
        Ok(loaded) => loaded,
        Err(mistakes) => {
            mistakes.iter().try_for_each(|mistake| writeln!(complaints, "{mistake}"))?;
            return Ok(USAGE);
        }
    };
    if command == Command::Check {
        return print(&settings, out).map(|()| SUCCESS);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ended = runtime.block_on(async {
        let telemetry = match Telemetry::start(P::PEER, &base.telemetry) {
            Ok(telemetry) => Arc::new(telemetry),
            Err(error) => {
                writeln!(complaints, "telemetry: {error:#}")?;
                return Ok(FAILURE);
            }
        };
        let ended = match command {
            Command::Migrate => P::migrate(own).await.map(|()| None),
            Command::Serve | Command::Check => serve::<P>(base, own, telemetry.clone()).await.map(|()| None),
            Command::Operate(name, arguments) => operate::<P>(base, own, name, arguments).await.map(Some),
        };
        if let Err(error) = &ended {
            tracing::error!(error = format!("{error:#}"), "stopped by an error");
        }
        // After the drain, whose spans and lines go out as well. It waits, so not on a thread that drives
        // tasks.
        let last_words = tokio::task::spawn_blocking(move || telemetry.shut_down());
        let _ = tokio::time::timeout(LAST_WORDS, last_words).await;
        match ended {
            Ok(Some(Answer::Said(text))) => writeln!(out, "{text}").map(|()| SUCCESS),
            Ok(Some(Answer::Misused)) => misused::<P>(complaints),
            Ok(None) => Ok(SUCCESS),
            Err(_) => Ok(FAILURE),
        }
    });
    // Whatever is not over by now would keep the process for as long as it likes.
    runtime.shutdown_background();
    ended
}

fn misused<P: Program>(complaints: &mut impl Write) -> io::Result<u8> {
    usage::<P>(complaints).map(|()| USAGE)
}

fn usage<P: Program>(out: &mut impl Write) -> io::Result<()> {
    let own = P::COMMANDS.iter().map(|(_, usage)| *usage);
    let common: &[&str] = if P::MIGRATES { &["serve", "migrate", "check"] } else { &["serve", "check"] };
    let usages: Vec<&str> = common.iter().copied().chain(own).collect();
    writeln!(out, "usage: patron-{} [{}]", P::PEER, usages.join(" | "))
}

fn command<P: Program>(mut arguments: impl Iterator<Item = String>) -> Option<Command> {
    let (name, rest) = (arguments.next(), arguments.collect::<Vec<_>>());
    match (name.as_deref(), rest.is_empty()) {
        (None | Some("serve"), true) => Some(Command::Serve),
        (Some("migrate"), true) if P::MIGRATES => Some(Command::Migrate),
        (Some("check"), true) => Some(Command::Check),
        (Some(name), _) if P::COMMANDS.iter().any(|(own, _)| *own == name) => {
            Some(Command::Operate(name.to_owned(), rest))
        }
        _ => None,
    }
}

async fn operate<P: Program>(
    base: config::Base,
    own: P::Config,
    name: String,
    arguments: Vec<String>,
) -> anyhow::Result<Answer> {
    let process = Process::begin(P::PEER, base, Clock::System).await?;
    let answer = P::operate(process.clone(), own, name, arguments).await;
    process.drain().stop_background().await;
    answer
}

async fn serve<P: Program>(
    base: config::Base,
    own: P::Config,
    telemetry: Arc<Telemetry>,
) -> anyhow::Result<()> {
    let process = Process::begin(P::PEER, base, Clock::System).await?;
    let probes = Probes::bind(process.config().server.probe_listen, process.health(), telemetry).await?;
    process.spawn("probes", |stop| probes.run(stop));
    let drain = process.drain();
    let ended = until_stopped::<P>(&process, own).await;
    tracing::info!("stopping");
    drain.stop(process.health(), &process.config().server).await;
    ended
}

/// Starts the program and waits until it is asked to stop, or cannot start or go on.
async fn until_stopped<P: Program>(process: &Process, own: P::Config) -> anyhow::Result<()> {
    let mut asked = pin!(process.drain().asked_to_stop());
    // A signal counts from the first moment, also while the start waits for the database.
    tokio::select! {
        asked = asked.as_mut() => return asked,
        started = P::start(process.clone(), own) => started?,
    }
    process.health().set_serving(true).await;
    tracing::info!("serving");
    asked.await
}

/// The settings in force, one a line with its meaning under it.
fn print(settings: &[Setting], out: &mut impl Write) -> io::Result<()> {
    settings.iter().try_for_each(|Setting { variable, value, default, meaning }| {
        writeln!(out, "{variable}={value}\n    {meaning}")?;
        default.as_ref().map_or(Ok(()), |default| writeln!(out, "    Default: {default}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Storefront;

    impl Program for Storefront {
        const PEER: Peer = Peer::GATEWAY;
        type Config = config::Seal;

        async fn start(_: Process, _: config::Seal) -> anyhow::Result<()> {
            Ok(())
        }
    }

    const ENOUGH: [(&str, &str); 6] = [
        ("PATRON_SERVER_LISTEN", "127.0.0.1:0"),
        ("PATRON_SERVER_PROBE_LISTEN", "127.0.0.1:0"),
        ("PATRON_TLS_CERTIFICATE", "/nowhere/gateway.pem"),
        ("PATRON_TLS_KEY", "/nowhere/gateway.key"),
        ("PATRON_TLS_AUTHORITY", "/nowhere/authority.pem"),
        ("PATRON_SEAL_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
    ];

    /// Exit code, standard output and standard error.
    fn ran(arguments: &[&str], variables: &[(&str, &str)]) -> (u8, String, String) {
        let (mut out, mut complaints) = (Vec::new(), Vec::new());
        let arguments = arguments.iter().map(|argument| (*argument).to_owned());
        let source = variables.iter().copied().collect();
        let code = main::<Storefront>(arguments, &source, &mut out, &mut complaints).unwrap();
        (code, String::from_utf8(out).unwrap(), String::from_utf8(complaints).unwrap())
    }

    #[test]
    fn bad_settings_end_with_64_and_a_line_for_each() {
        let (code, _, complaints) =
            ran(&[], &[("PATRON_SERVER_LISTEN", "here"), ("PATRON_SEAL_KEY", "secret")]);
        assert_eq!(code, USAGE);
        assert_eq!(complaints.lines().count(), 6, "{complaints}");
        assert!(!complaints.contains("secret"), "{complaints}");
    }

    #[test]
    fn a_command_that_the_program_does_not_have_ends_with_64_and_how_it_is_used() {
        for arguments in [&["start"][..], &["serve", "now"], &["migrate"]] {
            let (code, _, complaints) = ran(arguments, &ENOUGH);
            assert_eq!((code, complaints.as_str()), (USAGE, "usage: patron-gateway [serve | check]\n"));
        }
    }

    #[test]
    fn check_prints_what_is_in_force_without_secrets() {
        let (code, out, complaints) = ran(&["check"], &ENOUGH);
        assert_eq!((code, complaints.as_str()), (SUCCESS, ""));
        assert!(out.contains("PATRON_SERVER_DRAIN_MS=5000\n"), "{out}");
        assert!(out.contains("PATRON_SEAL_KEY=***\n"), "{out}");
    }
}
