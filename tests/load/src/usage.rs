//! What processes take of the machine, as Linux tells it in `/proc`.

use anyhow::{Context, Result};
use patron_local::{mesh::Mesh, service};
use std::{
    fs,
    time::{Duration, Instant},
};

/// Unit of the times in `/proc/<pid>/stat`: `USER_HZ`, which is 100 for every program on every common architecture (proc(5)).
const TICK: Duration = Duration::from_millis(10);

/// Who is watched.
#[derive(Debug)]
pub struct Watch {
    names: Vec<String>,
    members: Vec<Member>,
    cores: usize,
}

#[derive(Debug)]
enum Member {
    /// One process.
    One(i32),
    /// A process with all its children, those that have ended too.
    Family {
        parent: i32,
        /// Children that are watched by themselves.
        apart: Vec<i32>,
    },
}

/// What had been used at one moment.
#[derive(Debug)]
pub struct Reading {
    at: Instant,
    each: Vec<Duration>,
    machine: Duration,
}

/// What was used between two moments.
#[derive(Debug)]
pub struct Used {
    /// CPU time of each that is watched.
    pub each: Vec<Duration>,
    /// Share of the machine's CPU time that nobody watched took, 0 to 1: what disturbs a measurement.
    pub elsewhere: f64,
    /// Time between the two.
    pub elapsed: Duration,
}

impl Watch {
    /// Watches the mesh, the Postgres server and this process with what it starts.
    pub fn new(mesh: &Mesh, postgres: i32) -> Result<Self> {
        let mut watch = Self { names: Vec::new(), members: Vec::new(), cores: cores()? };
        for service in service::all().rev() {
            let pid = mesh.pid(service.name).with_context(|| format!("{} does not run", service.name))?;
            watch.add(service.name, Member::One(pid));
        }
        let mesh = watch.members.iter().filter_map(|member| match member {
            Member::One(pid) => Some(*pid),
            Member::Family { .. } => None,
        });
        let apart = mesh.chain([postgres]).collect();
        watch.add("postgres", Member::Family { parent: postgres, apart: Vec::new() });
        watch.add("generator", Member::Family { parent: i32::try_from(std::process::id())?, apart });
        Ok(watch)
    }

    fn add(&mut self, name: &str, member: Member) {
        self.names.push(name.to_owned());
        self.members.push(member);
    }

    /// Names of those who are watched, the gateway first, in the order of every answer.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// What has been used until now.
    pub fn read(&self) -> Result<Reading> {
        let each = self.members.iter().map(Member::cpu).collect::<Result<_>>()?;
        Ok(Reading { at: Instant::now(), each, machine: machine()? })
    }

    /// What has been used since a reading.
    pub fn since(&self, before: &Reading) -> Result<Used> {
        let now = self.read()?;
        let each: Vec<Duration> =
            now.each.iter().zip(&before.each).map(|(now, before)| now.saturating_sub(*before)).collect();
        let elapsed = now.at - before.at;
        let others = now.machine.saturating_sub(before.machine).saturating_sub(each.iter().sum());
        let whole = elapsed.as_secs_f64() * f64::from(u32::try_from(self.cores)?);
        Ok(Used { each, elsewhere: others.as_secs_f64() / whole, elapsed })
    }

    /// Memory of the processes of the mesh, now and at most, in bytes.
    pub fn memory(&self) -> Result<Vec<(String, Memory)>> {
        let processes = self.names.iter().zip(&self.members);
        let of_mesh = processes.filter_map(|(name, member)| match member {
            Member::One(pid) => Some((name, *pid)),
            Member::Family { .. } => None,
        });
        of_mesh.map(|(name, pid)| Ok((name.clone(), Memory::of(pid)?))).collect()
    }
}

/// Resident memory of a process.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// Now, in bytes.
    pub now: u64,
    /// The most since its start, in bytes.
    pub most: u64,
}

impl Memory {
    fn of(pid: i32) -> Result<Self> {
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let kibibytes = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
            kibibytes.map(|number| number * 1024).with_context(|| format!("/proc/{pid}/status has no {name}"))
        };
        Ok(Self { now: field("VmRSS:")?, most: field("VmHWM:")? })
    }
}

impl Member {
    fn cpu(&self) -> Result<Duration> {
        match self {
            // one that has ended uses nothing more
            Self::One(pid) => Ok(Stat::of(*pid).map_or(Duration::ZERO, |stat| stat.own)),
            Self::Family { parent, apart } => {
                let itself = Stat::of(*parent)?;
                let children = children_of(*parent)?.into_iter();
                let children = children.filter(|(pid, _)| !apart.contains(pid));
                let children = children.map(|(_, child)| child.own + child.ended);
                Ok(itself.own + itself.ended + children.sum::<Duration>())
            }
        }
    }
}

/// Times of a process.
struct Stat {
    parent: i32,
    own: Duration,
    /// Of children that have ended and were waited for.
    ended: Duration,
}

impl Stat {
    fn of(pid: i32) -> Result<Self> {
        let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        Self::parse(&text).with_context(|| format!("/proc/{pid}/stat is not as expected"))
    }

    fn parse(text: &str) -> Option<Self> {
        // the program's name before the last parenthesis may hold anything; the state after it is field 3
        let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = |number: usize| fields.get(number - 3)?.parse().ok().map(|ticks: u32| TICK * ticks);
        Some(Self {
            parent: fields.get(1)?.parse().ok()?,
            own: ticks(14)? + ticks(15)?,
            ended: ticks(16)? + ticks(17)?,
        })
    }
}

fn children_of(parent: i32) -> Result<Vec<(i32, Stat)>> {
    let entries = fs::read_dir("/proc")?.flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    // one that ended meanwhile is counted with its parent
    let processes = pids.filter_map(|pid| Some((pid, Stat::of(pid).ok()?)));
    Ok(processes.filter(|(_, stat)| stat.parent == parent).collect())
}

/// The parent of a process.
pub fn parent_of(pid: i32) -> Result<i32> {
    Ok(Stat::of(pid)?.parent)
}

/// CPU time of the whole machine that was not idle.
fn machine() -> Result<Duration> {
    let text = fs::read_to_string("/proc/stat")?;
    let numbers = text.lines().next().unwrap_or_default().split_whitespace().skip(1);
    let ticks = numbers.map(str::parse).collect::<Result<Vec<u64>, _>>()?;
    // user, nice, system, idle, iowait, irq, softirq, steal; guests are in user already (proc(5))
    let busy: u64 =
        ticks.iter().take(8).enumerate().filter(|(field, _)| !(3..=4).contains(field)).map(|it| it.1).sum();
    Ok(TICK * u32::try_from(busy)?)
}

/// How many CPUs this process may use.
pub fn cores() -> Result<usize> {
    Ok(std::thread::available_parallelism()?.get())
}
