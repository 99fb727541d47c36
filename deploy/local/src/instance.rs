//! One process of a mesh over its whole life: started, watched, restarted, stopped.

use std::ffi::OsString;
use std::process::ExitStatus;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::log::Log;
use crate::probe;
use crate::process::{Process, Program};
use crate::service::{Place, Service};

/// Wait before the first restart; each further one waits twice as long.
const FIRST_DELAY: Duration = Duration::from_millis(500);
/// Longest wait before a restart.
const LONGEST_DELAY: Duration = Duration::from_secs(30);
/// A process that ran this long begins again with the first delay.
const STEADY: Duration = Duration::from_mins(1);
/// How long the last output of an ended process may take to arrive.
const OUTPUT_LIMIT: Duration = Duration::from_secs(1);

/// A process of a mesh; killed when dropped.
#[derive(Debug)]
pub(crate) struct Instance {
    pub(crate) name: String,
    pub(crate) service: Service,
    pub(crate) place: Place,
    pub(crate) log: Log,
    /// What it was first started as.
    pub(crate) program: Program,
    commands: mpsc::Sender<Command>,
    phase: watch::Receiver<Phase>,
    _keeper: JoinSet<()>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Running { pid: i32 },
    Ended(Option<ExitStatus>),
}

#[derive(Debug)]
enum Command {
    Start(oneshot::Sender<Result<()>>),
    Stop { signal: Signal, grace: Duration, done: oneshot::Sender<Result<()>> },
    Set { name: String, value: OsString },
    KeepUp,
}

impl Instance {
    /// A process that is not started yet. If it ends by itself later, that is all, until [`Instance::keep_up`] is called.
    pub(crate) fn new(name: String, service: Service, place: Place, program: Program, log: Log) -> Self {
        let (commands, orders) = mpsc::channel(1);
        let (phase, watched) = watch::channel(Phase::Ended(None));
        let keeper = Keeper {
            name: name.clone(),
            program: program.clone(),
            log: log.clone(),
            restart: false,
            phase,
            process: None,
            output: JoinSet::new(),
            started: Instant::now(),
            delay: FIRST_DELAY,
            again: None,
        };
        let mut tasks = JoinSet::new();
        tasks.spawn(keeper.run(orders));
        Self { name, service, place, log, program, commands, phase: watched, _keeper: tasks }
    }

    /// Starts it; does nothing if it runs.
    pub(crate) async fn start(&self) -> Result<()> {
        let (done, answer) = oneshot::channel();
        self.commands.send(Command::Start(done)).await.ok().context("the keeper is gone")?;
        answer.await?
    }

    /// Ends it by `signal`, by force after `grace`; it stays ended until it is started.
    pub(crate) async fn stop(&self, signal: Signal, grace: Duration) -> Result<()> {
        let (done, answer) = oneshot::channel();
        self.commands.send(Command::Stop { signal, grace, done }).await.ok().context("the keeper is gone")?;
        answer.await?
    }

    /// Sets a variable for the next start.
    pub(crate) async fn set(&self, name: String, value: OsString) -> Result<()> {
        self.commands.send(Command::Set { name, value }).await.ok().context("the keeper is gone")
    }

    /// From now on starts it again whenever it ends by itself.
    pub(crate) async fn keep_up(&self) -> Result<()> {
        self.commands.send(Command::KeepUp).await.ok().context("the keeper is gone")
    }

    /// Its process id while it runs.
    pub(crate) fn pid(&self) -> Option<i32> {
        match *self.phase.borrow() {
            Phase::Running { pid } => Some(pid),
            Phase::Ended(_) => None,
        }
    }

    /// The code with which it ended, if it has and by itself.
    pub(crate) fn exit_code(&self) -> Option<i32> {
        match *self.phase.borrow() {
            Phase::Running { .. } => None,
            Phase::Ended(status) => status.and_then(|status| status.code()),
        }
    }

    /// Waits until it runs under another process id.
    pub(crate) async fn until_other_than(&self, before: i32) -> Result<()> {
        let mut phase = self.phase.clone();
        let other = phase.wait_for(|phase| matches!(phase, Phase::Running { pid } if *pid != before)).await;
        other.map(drop).context("the keeper is gone")
    }

    /// Waits until it says that it serves. Fails with its last words if it ends before, or after `limit`.
    pub(crate) async fn until_serving(&self, limit: Duration) -> Result<()> {
        let mut phase = self.phase.clone();
        let probe = self.place.probe();
        let ended = phase.wait_for(|phase| matches!(phase, Phase::Ended(_)));
        let serving = tokio::time::timeout(limit, probe::until_serving(&probe));
        tokio::select! {
            ended = ended => bail!("{} {}", self.name, describe_end(*ended.context("the keeper is gone")?, &self.log)),
            serving = serving => match serving {
                Ok(()) => Ok(()),
                Err(_) => bail!("{} does not serve after {} s: see {}", self.name, limit.as_secs(), self.log.path().display()),
            },
        }
    }
}

fn describe_end(phase: Phase, log: &Log) -> String {
    let how = match phase {
        Phase::Ended(Some(status)) => format!("ended ({status})"),
        _ => "ended".to_owned(),
    };
    let last = log.last_lines();
    if last.is_empty() { how } else { format!("{how}; its last lines:\n  {}", last.join("\n  ")) }
}

/// The task that owns the process.
struct Keeper {
    name: String,
    program: Program,
    log: Log,
    restart: bool,
    phase: watch::Sender<Phase>,
    process: Option<Process>,
    output: JoinSet<()>,
    started: Instant,
    delay: Duration,
    /// When it is to be started again by itself.
    again: Option<Instant>,
}

impl Keeper {
    async fn run(mut self, mut orders: mpsc::Receiver<Command>) {
        loop {
            tokio::select! {
                order = orders.recv() => match order {
                    Some(order) => self.obey(order).await,
                    None => return,
                },
                status = end_of(&mut self.process) => self.ended_by_itself(status).await,
                () = reached(self.again) => {
                    if let Err(error) = self.start().await {
                        eprintln!("{:>8} | {error:#}", self.name);
                    }
                }
            }
        }
    }

    async fn obey(&mut self, order: Command) {
        // whoever asked may have gone; the order holds
        match order {
            Command::Start(done) => drop(done.send(self.start().await)),
            Command::Stop { signal, grace, done } => drop(done.send(self.stop(signal, grace).await)),
            Command::KeepUp => self.restart = true,
            Command::Set { name, value } => {
                self.program.environment.retain(|(other, _)| *other != name);
                self.program.environment.push((name, value));
            }
        }
    }

    async fn start(&mut self) -> Result<()> {
        self.again = None;
        if self.process.is_some() {
            return Ok(());
        }
        let mut process = Process::spawn(&self.program, None).await?;
        let (stdout, stderr) = process.take_output();
        stdout.map(|pipe| self.output.spawn(self.log.clone().follow(pipe)));
        stderr.map(|pipe| self.output.spawn(self.log.clone().follow(pipe)));
        self.started = Instant::now();
        self.phase.send_replace(Phase::Running { pid: process.pid().as_raw() });
        self.process = Some(process);
        Ok(())
    }

    async fn stop(&mut self, signal: Signal, grace: Duration) -> Result<()> {
        self.again = None;
        if let Some(process) = &mut self.process {
            let status = process.stop(signal, grace).await?;
            self.collect(Some(status)).await;
        }
        Ok(())
    }

    async fn ended_by_itself(&mut self, status: Option<ExitStatus>) {
        self.collect(status).await;
        if !self.restart {
            return;
        }
        if self.started.elapsed() > STEADY {
            self.delay = FIRST_DELAY;
        }
        let what = describe_end(Phase::Ended(status), &self.log);
        eprintln!(
            "{:>8} | {what}\n{:>8} | starts again in {:.1} s",
            self.name,
            self.name,
            self.delay.as_secs_f64()
        );
        self.again = Some(Instant::now() + self.delay);
        self.delay = (self.delay * 2).min(LONGEST_DELAY);
    }

    /// Takes in what the ended process still said.
    async fn collect(&mut self, status: Option<ExitStatus>) {
        self.process = None;
        // a pipe stays open if a grandchild has it
        let _ =
            tokio::time::timeout(OUTPUT_LIMIT, async { while self.output.join_next().await.is_some() {} })
                .await;
        self.phase.send_replace(Phase::Ended(status));
    }
}

/// How the process ended; waits for ever if there is none.
async fn end_of(process: &mut Option<Process>) -> Option<ExitStatus> {
    match process {
        Some(process) => process.wait().await.ok(),
        None => std::future::pending().await,
    }
}

async fn reached(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}
