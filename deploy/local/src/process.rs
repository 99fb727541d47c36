//! Child processes that cannot outlive the launcher.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::sync::{LazyLock, OnceLock};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// A program to start, with nothing inherited: no variable, no standard input, no place in the terminal's process group.
#[derive(Debug, Clone)]
pub struct Program {
    /// The executable file.
    pub path: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Every variable that it sees.
    pub environment: Vec<(String, OsString)>,
    /// Its working folder.
    pub folder: PathBuf,
    /// The user that it runs as, when that is not the launcher's own; needs root.
    pub user: Option<String>,
    /// The signal that it gets when the launcher dies.
    pub orphaned: Signal,
}

/// A running program; killed when dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    pid: Pid,
}

type Job = Box<dyn FnOnce() + Send>;

/// The one thread that starts every child. Linux calls the *thread* that forked the parent: were it a worker of the
/// async runtime, its end would end the children too. This one lives as long as the process.
static SPAWNER: LazyLock<Sender<Job>> = LazyLock::new(|| {
    let (jobs, queue) = channel::<Job>();
    std::thread::Builder::new()
        .name("spawner".to_owned())
        .spawn(move || queue.into_iter().for_each(|job| job()))
        .expect("a thread can be started");
    jobs
});

impl Process {
    /// Starts the program with its output going to `output`, or to pipes taken by [`Process::take_output`].
    ///
    /// A missing or broken program shows as a process that ends at once, with the reason on its standard error.
    pub async fn spawn(program: &Program, output: Option<&std::fs::File>) -> Result<Self> {
        let mut command = Command::new(launcher()?);
        command
            .args(crate::child::Child::arguments(program.orphaned, program.user.as_deref()))
            .arg(&program.path)
            .args(&program.arguments)
            .env_clear()
            .envs(program.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(&program.folder)
            .stdin(Stdio::null())
            // Ctrl-C in the terminal reaches the launcher alone, which stops the others in order
            .process_group(0)
            .kill_on_drop(true);
        match output {
            Some(file) => command.stdout(file.try_clone()?).stderr(file.try_clone()?),
            None => command.stdout(Stdio::piped()).stderr(Stdio::piped()),
        };
        let runtime = Handle::current();
        let (started, starting) = oneshot::channel();
        let job: Job = Box::new(move || {
            let _runtime = runtime.enter();
            // nobody waits any more: the child is dropped and with that killed
            let _ = started.send(command.spawn());
        });
        SPAWNER.send(job).ok().context("the spawner thread is gone")?;
        let child = starting.await?.with_context(|| format!("cannot start {}", program.path.display()))?;
        let id = child.id().context("a process that was not waited for has an id")?;
        Ok(Self { child, pid: Pid::from_raw(i32::try_from(id)?) })
    }

    /// Runs the program to its end, and gives what it wrote to its standard output. Fails with what it wrote to the other one where
    /// it does not end well.
    pub async fn output(program: &Program) -> Result<String> {
        let mut process = Self::spawn(program, None).await?;
        let (stdout, stderr) = process.take_output();
        let (said, complained) = tokio::try_join!(whole(stdout), whole(stderr))?;
        let status = process.wait().await?;
        if !status.success() {
            bail!("{} ended ({status}): {said}{complained}", program.path.display());
        }
        Ok(said)
    }

    /// The process id.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// The two pipes, once; `None` for what goes to a file.
    pub fn take_output(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        (self.child.stdout.take(), self.child.stderr.take())
    }

    /// How it ended; waits until it does.
    pub async fn wait(&mut self) -> Result<ExitStatus> {
        Ok(self.child.wait().await?)
    }

    /// How it ended, or `None` while it runs.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Sends a signal; does nothing if it has ended.
    pub fn signal(&self, signal: Signal) {
        // until it is waited for, the process id cannot belong to another process
        if self.child.id().is_some() {
            let _ = kill(self.pid, signal);
        }
    }

    /// Asks it to stop with `signal`, and kills it if it has not ended `grace` later.
    pub async fn stop(&mut self, signal: Signal, grace: Duration) -> Result<ExitStatus> {
        self.signal(signal);
        if let Ok(status) = tokio::time::timeout(grace, self.child.wait()).await {
            return Ok(status?);
        }
        self.signal(Signal::SIGKILL);
        self.wait().await
    }
}

async fn whole(pipe: Option<impl AsyncRead + Unpin>) -> Result<String> {
    let mut text = String::new();
    if let Some(mut pipe) = pipe {
        pipe.read_to_string(&mut text).await?;
    }
    Ok(text)
}

/// The folder of Patron's programs: that of `patron-local` itself, or the one above a test program's.
pub fn programs_folder() -> Result<PathBuf> {
    let program = std::env::current_exe().context("this program cannot tell where it lies")?;
    let folder = program.parent().context("a program lies in a folder")?;
    let above = folder.parent().unwrap_or(folder);
    let found = [folder, above].into_iter().find(|folder| folder.join("patron-local").is_file());
    let Some(found) = found else {
        bail!("{} holds no patron-local; build it with `cargo build --workspace --bins`", above.display());
    };
    Ok(found.to_owned())
}

/// Where `patron-local` lies, found once: a rebuild while it runs must not change the answer.
pub(crate) fn launcher() -> Result<&'static Path> {
    static LAUNCHER: OnceLock<PathBuf> = OnceLock::new();
    if let Some(launcher) = LAUNCHER.get() {
        return Ok(launcher);
    }
    let launcher = programs_folder()?.join("patron-local");
    Ok(LAUNCHER.get_or_init(|| launcher))
}
