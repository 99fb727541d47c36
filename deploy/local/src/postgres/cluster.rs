//! How a cluster is made, and with which settings its server runs.

use anyhow::{Result, bail};
use nix::sys::signal::Signal;

use super::{Binaries, Home, Options, SUPERUSER, last_lines};
use crate::process::{Process, Program};

/// Makes the files of a cluster where there are none. Fails where there are those of another major version.
pub(super) async fn create(binaries: &Binaries, home: &Home) -> Result<()> {
    let data = home.data();
    if let Ok(major) = std::fs::read_to_string(data.join("PG_VERSION")) {
        if major.trim() != binaries.major().to_string() {
            bail!(
                "{} was made by Postgres {} and this machine has {}: name the older one's programs in PG_BIN, or start \
                 afresh with --reset",
                data.display(),
                major.trim(),
                binaries.version()
            );
        }
        return Ok(());
    }
    // made beside its place and moved there whole, so that an interrupted start leaves nothing half made
    let unfinished = home.folder().join("unfinished");
    if unfinished.exists() {
        std::fs::remove_dir_all(&unfinished)?;
    }
    let arguments = [
        format!("--pgdata={}", unfinished.display()),
        format!("--username={SUPERUSER}"),
        format!("--pwfile={}", home.password_file().display()),
        "--auth=scram-sha-256".to_owned(),
        "--encoding=UTF8".to_owned(),
        // the same order and the same letters on every machine
        "--locale=C.UTF-8".to_owned(),
        "--no-instructions".to_owned(),
    ];
    let program = Program {
        path: binaries.program("initdb"),
        arguments: arguments.into_iter().map(Into::into).collect(),
        environment: Vec::new(),
        folder: home.folder().to_owned(),
        user: home.user().map(str::to_owned),
        orphaned: Signal::SIGTERM,
    };
    let output = tempfile::NamedTempFile::new()?;
    let status = Process::spawn(&program, Some(output.as_file())).await?.wait().await?;
    if !status.success() {
        bail!("initdb failed ({status}): {}", last_lines(output.path()));
    }
    std::fs::rename(&unfinished, &data)?;
    Ok(())
}

/// The settings, given on the command line so that no file of the cluster needs editing.
pub(super) fn settings(home: &Home, options: &Options, port: u16) -> Vec<String> {
    let mut arguments = vec!["-D".to_owned(), home.data().display().to_string()];
    let mut set = |setting: &str| arguments.extend(["-c".to_owned(), setting.to_owned()]);
    set(&format!("listen_addresses={}", options.address));
    set(&format!("port={port}"));
    // either way with a password
    set(&format!("unix_socket_directories={}", home.socket_folder().unwrap_or_default()));
    // five services with a pool each, relays, tests with several meshes at once
    set("max_connections=400");
    set("shared_buffers=256MB");
    set("max_wal_size=4GB");
    // the tables of what is under way turn over within seconds, and plans made when they were empty go with their statistics
    set("autovacuum_naptime=20s");
    // short statements only: compiling them costs more than it saves
    set("jit=off");
    set("log_line_prefix=%m [%p] %u@%d ");
    // no values of rows and parameters, which are people's
    set("log_error_verbosity=terse");
    set("log_parameter_max_length_on_error=0");
    set("timezone=UTC");
    if !options.durable {
        set("fsync=off");
        set("full_page_writes=off");
    }
    arguments
}
