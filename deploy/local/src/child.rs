//! The step between the launcher and a program: it binds the program's life to the launcher's, then becomes the program.
//!
//! Linux tells a process of its parent's death only if the process asked for it itself, and Rust offers no safe way to ask between
//! fork and exec. So the launcher starts `patron-local child -- program`, which asks and then replaces itself: the
//! process id stays the same, no process is added, and even `kill -9` of the launcher leaves nothing behind.

use std::convert::Infallible;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::str::FromStr;

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use nix::unistd::{Pid, User, getppid, initgroups, setgid, setuid};

/// Arguments of `patron-local child`.
#[derive(Debug, clap::Args)]
pub struct Child {
    /// Process id of the launcher.
    #[arg(long)]
    parent: i32,
    /// Signal that the program gets when the launcher dies, like SIGKILL.
    #[arg(long, value_parser = Signal::from_str)]
    orphaned: Signal,
    /// User to become; needs root.
    #[arg(long)]
    user: Option<String>,
    /// The program and its arguments.
    #[arg(last = true, required = true)]
    command: Vec<OsString>,
}

impl Child {
    /// The arguments that lead back here.
    pub(crate) fn arguments(orphaned: Signal, user: Option<&str>) -> Vec<OsString> {
        let mut arguments = vec!["child".to_owned(), format!("--parent={}", std::process::id())];
        arguments.push(format!("--orphaned={orphaned}"));
        arguments.extend(user.map(|user| format!("--user={user}")));
        arguments.push("--".to_owned());
        arguments.into_iter().map(OsString::from).collect()
    }

    /// Becomes the program; returns only if that fails.
    pub fn exec(self) -> Result<Infallible> {
        if let Some(user) = &self.user {
            become_user(user)?;
        }
        // after the change of user, which clears the request
        nix::sys::prctl::set_pdeathsig(self.orphaned)
            .context("cannot ask to hear of the launcher's death")?;
        // the launcher may have died before the request
        if getppid() != Pid::from_raw(self.parent) {
            bail!("the launcher is gone");
        }
        let (program, arguments) = self.command.split_first().context("no program is named")?;
        let error = Command::new(program).args(arguments).exec();
        Err(error).with_context(|| format!("cannot start {}", program.display()))
    }
}

fn become_user(name: &str) -> Result<()> {
    let user = User::from_name(name)?.with_context(|| format!("this machine has no user {name}"))?;
    let c_name = std::ffi::CString::new(name)?;
    initgroups(&c_name, user.gid)?;
    setgid(user.gid)?;
    setuid(user.uid)?;
    Ok(())
}
