//! The command line from start to end, with stand-ins for Patron's programs.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::{Pid, Uid, User};
use patron_local::database::Database;
use patron_local::mesh::{self, own_address};
use patron_local::postgres::{self, Postgres};
use patron_local::service;
use tempfile::TempDir;

/// How long something may take that has to happen.
const LIMIT: Duration = Duration::from_mins(1);

/// The command of every start: a copy beside others.
const UP: [&str; 3] = ["up", "--ports", "free"];

/// A machine with Patron's programs, of which only the launcher is real.
struct Machine {
    folder: TempDir,
}

/// A launcher that has printed its address.
struct Launcher {
    process: Child,
    errors: BufReader<std::process::ChildStderr>,
    said: String,
}

impl Machine {
    fn new() -> Self {
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o711);
        let folder = tempfile::Builder::new().permissions(permissions).tempdir().unwrap();
        let launcher = Path::new(env!("CARGO_BIN_EXE_patron-local"));
        std::fs::copy(launcher, folder.path().join("patron-local")).unwrap();
        let stand_in = launcher.parent().unwrap().join("examples/stand_in");
        for service in service::all() {
            std::os::unix::fs::symlink(&stand_in, folder.path().join(service.program())).unwrap();
        }
        Self { folder }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.folder.path().join("patron-local"));
        command.arg("--state").arg(self.state()).env_remove("PATRON_DATABASE_URL");
        command
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    fn up(&self) -> Launcher {
        Self::start(self.command().args(UP))
    }

    fn start(command: &mut Command) -> Launcher {
        let mut process = command.stderr(Stdio::piped()).spawn().unwrap();
        let errors = BufReader::new(process.stderr.take().unwrap());
        let mut launcher = Launcher { process, errors, said: String::new() };
        launcher.listen_for("Ctrl-C stops it");
        launcher
    }

    /// Programs that run from this machine's files, by what the kernel knows of them.
    fn programs(&self) -> Vec<PathBuf> {
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        let folders = processes.filter_map(|process| std::fs::read_link(process.path().join("cwd")).ok());
        folders.filter(|folder| folder.starts_with(self.folder.path())).collect()
    }

    fn wait_until_nothing_runs(&self) {
        let start = Instant::now();
        while !self.programs().is_empty() {
            assert!(start.elapsed() < LIMIT, "{:?} are left", self.programs());
            std::thread::yield_now();
        }
    }
}

impl Launcher {
    fn listen_for(&mut self, text: &str) {
        while !self.said.contains(text) {
            let read = self.errors.read_line(&mut self.said).unwrap();
            assert!(read > 0, "the launcher ended: {}", self.said);
        }
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.process.id().try_into().unwrap())
    }

    fn send(&self, signal: Signal) {
        kill(self.pid(), signal).unwrap();
    }

    fn end(mut self) {
        self.send(Signal::SIGINT);
        assert!(self.process.wait().unwrap().success());
    }
}

#[test]
fn ctrl_c_in_a_terminal_ends_everything_in_order() {
    let machine = Machine::new();
    let mut launcher = Machine::start(machine.command().args(UP).process_group(0));
    // five services, the gateway, Postgres with at least its checkpointer
    assert!(machine.programs().len() > 7);
    // a terminal tells every process of the group
    killpg(launcher.pid(), Signal::SIGINT).unwrap();
    assert!(launcher.process.wait().unwrap().success());
    assert_eq!(machine.programs(), Vec::<PathBuf>::new());
    let log = std::fs::read_to_string(machine.state().join("logs/postgres.log")).unwrap();
    assert!(log.contains("database system is shut down"), "{log}");
}

#[test]
fn a_killed_launcher_leaves_no_process_and_the_next_start_works() {
    let machine = Machine::new();
    let mut launcher = machine.up();
    launcher.send(Signal::SIGKILL);
    launcher.process.wait().unwrap();
    machine.wait_until_nothing_runs();

    let mut next = machine.up();
    next.send(Signal::SIGTERM);
    assert!(next.process.wait().unwrap().success());
}

#[test]
fn a_second_start_says_where_the_first_runs() {
    let machine = Machine::new();
    let first = machine.up();
    let second = machine.command().args(UP).output().unwrap();
    assert!(!second.status.success());
    let said = String::from_utf8(second.stderr).unwrap();
    let address = first.said.lines().find_map(|line| line.strip_prefix("Patron is at ")).unwrap();
    assert!(said.contains(address) && said.contains(&first.process.id().to_string()), "{said}");
    first.end();
}

#[test]
fn the_first_password_is_shown_once_and_kept() {
    let machine = Machine::new();
    let first = machine.up();
    let kept = std::fs::read_to_string(machine.state().join("administrator")).unwrap();
    assert!(first.said.contains(kept.trim()), "{}", first.said);
    first.end();

    let second = machine.up();
    assert!(!second.said.contains(kept.trim()), "{}", second.said);
    second.end();
}

#[test]
fn a_reset_starts_afresh() {
    let machine = Machine::new();
    machine.up().end();
    let forgotten = std::fs::read_to_string(machine.state().join("administrator")).unwrap();
    let second = Machine::start(machine.command().args(UP).arg("--reset"));
    let kept = std::fs::read_to_string(machine.state().join("administrator")).unwrap();
    assert_ne!(kept, forgotten);
    assert!(second.said.contains(kept.trim()), "{}", second.said);
    second.end();
}

#[tokio::test]
async fn a_server_that_is_named_is_used_and_outlives_the_launcher() {
    let options = postgres::Options { address: own_address().unwrap(), port: 0, durable: false };
    let server = Postgres::start_temporary(&options).await.unwrap();
    let machine = Machine::new();
    let launcher =
        Machine::start(machine.command().env("PATRON_DATABASE_URL", server.url().as_str()).args(UP));
    assert!(!machine.state().join("postgres").exists());
    launcher.end();
    Database::new(server.url(), mesh::DATABASE).unwrap().remove().await.unwrap();
    server.stop().await.unwrap();
}

#[test]
fn a_command_of_a_service_runs_with_the_settings_of_its_process() {
    let machine = Machine::new();
    let run =
        |service: &str| machine.command().args(["run", service, "dead-letters", "list"]).output().unwrap();
    let refused = String::from_utf8(run("profile").stderr).unwrap();
    assert!(refused.contains("Patron does not run here"), "{refused}");

    let launcher = machine.up();
    let ran = run("profile");
    let said = String::from_utf8(ran.stderr).unwrap();
    assert!(ran.status.success() && said.contains("dead-letters with "), "{said}");
    assert!(said.contains("PATRON_DATABASE_URL") && !said.contains("PATRON_IDENTITY"), "{said}");
    let refused = String::from_utf8(run("billing").stderr).unwrap();
    assert!(refused.contains("billing does not run here"), "{refused}");
    launcher.end();
}

#[test]
fn help_comes_without_a_build_and_names_every_option() {
    let up = Path::new(env!("CARGO_MANIFEST_DIR")).join("up");
    // neither cargo nor anything else is there
    let help = Command::new("/bin/bash").arg(up).arg("--help").env("PATH", "/nowhere").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let options = Command::new(env!("CARGO_BIN_EXE_patron-local")).args(["up", "--help"]).output().unwrap();
    let options = String::from_utf8(options.stdout).unwrap();
    for option in options.split_whitespace().filter(|word| word.starts_with("--")) {
        // the state folder is the checkout's
        assert!(help.contains(option) || option == "--state", "{option} is missing in {help}");
    }
    assert!(help.contains("--debug"), "{help}");
}

#[test]
fn whoever_may_not_install_reads_what_is_missing() {
    let machine = Machine::new();
    let programs = machine.folder.path().join("programs");
    std::fs::create_dir(&programs).unwrap();
    for (name, exit) in [("cargo", 0), ("cc", 0), ("apt-get", 0), ("sudo", 1)] {
        let file = programs.join(name);
        std::fs::write(&file, format!("#!/bin/sh\nexit {exit}\n")).unwrap();
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    let prepare = Path::new(env!("CARGO_MANIFEST_DIR")).join("prepare");
    let mut command = Command::new("/bin/bash");
    command.arg("-s").arg("--").arg("missing-program=missing-package");
    command.stdin(std::fs::File::open(prepare).unwrap());
    command.env("PATH", programs).env("PATRON_DATABASE_URL", "postgres://named/").current_dir("/");
    if Uid::effective().is_root() {
        command.uid(User::from_name("nobody").unwrap().unwrap().uid.as_raw());
    }
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(
        said.contains("lacks python3-venv missing-package") && said.contains("no right to install"),
        "{said}"
    );
}

#[test]
fn a_command_has_a_server_that_ends_with_it() {
    let machine = Machine::new();
    let script = r#"test -n "$PATRON_TEST_DATABASE_URL" && exit 5"#;
    let status = machine.command().args(["with-postgres", "--", "sh", "-c", script]).status().unwrap();
    assert_eq!(status.code(), Some(5));
}
