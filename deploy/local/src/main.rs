//! `patron-local`: runs Patron on one machine.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use patron_local::child::Child;
use patron_local::run::Run;
use patron_local::sign_in::Session;
use patron_local::state::State;
use patron_local::up::Up;
use patron_local::with_postgres::WithPostgres;

/// Runs Patron on one machine: Postgres, five services and the gateway.
#[derive(Debug, Parser)]
#[command(name = "patron-local")]
struct Arguments {
    /// The folder that keeps data, certificates, secrets and logs between runs.
    #[arg(long, global = true, default_value = ".patron")]
    state: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start everything, print the address, follow the logs, stop everything on Ctrl-C.
    Up(Up),
    /// Sign a member of staff in and print an access token, good for 5 minutes.
    SignIn(SignIn),
    /// Run a command of a service that runs here, with its settings, such as `run profile dead-letters`.
    Run(Run),
    /// Run a command with a Postgres server that lives as long as the command.
    WithPostgres(WithPostgres),
    /// Become another program that ends with the launcher.
    #[command(hide = true)]
    Child(Child),
}

#[derive(Debug, clap::Args)]
struct SignIn {
    /// Name of the user.
    #[arg(long, default_value = "admin")]
    username: String,
    /// File that holds the password; without it the first administrator's.
    #[arg(long)]
    password_file: Option<PathBuf>,
    /// Address of the gateway; without it that of the Patron which runs here.
    #[arg(long)]
    gateway: Option<String>,
}

fn main() -> ExitCode {
    let Arguments { state, command } = Arguments::parse();
    let result = match command {
        // before any thread stands: it becomes another program
        Command::Child(child) => child.exec().map(|never| match never {}),
        command => run(state, command),
    };
    result.unwrap_or_else(|error| {
        eprintln!("patron-local: {error:#}");
        ExitCode::FAILURE
    })
}

#[tokio::main]
async fn run(state: PathBuf, command: Command) -> Result<ExitCode> {
    match command {
        Command::Up(up) => up.run(State::open(state)?).await?,
        Command::SignIn(sign_in) => sign_in.run(&State::open(state)?).await?,
        Command::Run(command) => return command.run(&State::open(state)?),
        Command::WithPostgres(with_postgres) => return with_postgres.run().await,
        Command::Child(_) => unreachable!("handled before the runtime stands"),
    }
    Ok(ExitCode::SUCCESS)
}

impl SignIn {
    async fn run(self, state: &State) -> Result<()> {
        let gateway = self.gateway.or_else(|| state.running()?.gateway);
        let gateway =
            gateway.context("Patron does not run here; start it, or name its address with --gateway")?;
        let file = self.password_file.unwrap_or_else(|| state.administrator());
        let password = std::fs::read_to_string(&file)
            .with_context(|| format!("cannot read the password in {}", file.display()))?;
        let session = Session::create(&gateway, &self.username, password.trim_end()).await?;
        writeln!(std::io::stdout(), "{}", session.access_token)?;
        Ok(())
    }
}
