//! Servers of earlier runs that still work on the same files.

use std::path::Path;

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::{POLL, STOP_LIMIT};

/// Ends a server that still works on these files: a launcher that was killed leaves it shutting down for a moment.
pub(super) async fn stop(data: &Path) -> Result<()> {
    let Some(pid) = running_server(data) else { return Ok(()) };
    let ending = async {
        // refused only if it ended meanwhile
        let _ = kill(pid, Signal::SIGINT);
        while running_server(data) == Some(pid) {
            tokio::time::sleep(POLL).await;
        }
    };
    let ended = tokio::time::timeout(STOP_LIMIT, ending).await;
    ended.with_context(|| {
        format!("a Postgres of an earlier run still works on {} (process {pid})", data.display())
    })
}

/// The server that works on these files. Its file `postmaster.pid` may be left from a crash, and its process id may by now be
/// another program's: only a process that has `data` as its working folder counts, as every Postgres server does.
fn running_server(data: &Path) -> Option<Pid> {
    let file = std::fs::read_to_string(data.join("postmaster.pid")).ok()?;
    let pid: i32 = file.lines().next()?.trim().parse().ok()?;
    let folder = std::fs::read_link(format!("/proc/{pid}/cwd")).ok()?;
    if folder == data {
        return Some(Pid::from_raw(pid));
    }
    // Postgres itself would take the other program for a server and refuse to start
    let _ = std::fs::remove_file(data.join("postmaster.pid"));
    None
}

/// Whether any process has these files as its working folder, as all those of a server have.
pub(super) fn works_on(data: &Path) -> Result<bool> {
    let folders = std::fs::read_dir("/proc")?
        .filter_map(|entry| std::fs::read_link(entry.ok()?.path().join("cwd")).ok());
    Ok(folders.into_iter().any(|folder| folder == data))
}
