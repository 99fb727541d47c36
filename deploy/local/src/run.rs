//! Running a command of a service beside its process.

use std::{
    ffi::{OsStr, OsString},
    fs,
    os::unix::ffi::{OsStrExt as _, OsStringExt as _},
    path::PathBuf,
    process::{Command, ExitCode},
};

use anyhow::{Context as _, Result};

use crate::state::State;

/// Runs a command of a service that runs here, with the settings of its process: `run profile dead-letters`.
#[derive(Debug, clap::Args)]
pub struct Run {
    /// The service, such as `profile`.
    service: String,
    /// Its command; `check` prints its settings.
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

impl Run {
    /// Exits as the command does. Fails where the service does not run here.
    pub fn run(&self, state: &State) -> Result<ExitCode> {
        let launcher = state.running().context("Patron does not run here: start it with `up`")?.pid;
        // Each thread of the launcher has a list of the processes that it started.
        let threads = fs::read_dir(format!("/proc/{launcher}/task"))
            .context("the launcher's processes cannot be listed")?;
        let children: String = threads
            .filter_map(|thread| fs::read_to_string(thread.ok()?.path().join("children")).ok())
            .collect();
        let program = OsString::from(format!("patron-{}", self.service));
        let (process, path) = children
            .split_whitespace()
            .map(|pid| PathBuf::from(format!("/proc/{pid}")))
            .find_map(|process| {
                // What it was started as; its file may have been built anew since.
                let started = fs::read(process.join("cmdline")).ok()?;
                let path = PathBuf::from(OsStr::from_bytes(started.split(|byte| *byte == 0).next()?));
                (path.file_name() == Some(&program)).then_some((process, path))
            })
            .with_context(|| format!("{} does not run here", self.service))?;
        let settings = fs::read(process.join("environ")).context("its settings cannot be read")?;
        let settings = settings.split(|byte| *byte == 0).filter_map(|setting| {
            let equals = setting.iter().position(|byte| *byte == b'=')?;
            Some((OsStr::from_bytes(&setting[..equals]), OsString::from_vec(setting[equals + 1..].to_vec())))
        });
        let status = Command::new(path)
            .args(&self.command)
            .env_clear()
            .envs(settings)
            .status()
            .context("the command cannot be run")?;
        let code = status.code().and_then(|code| u8::try_from(code).ok());
        Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
    }
}
