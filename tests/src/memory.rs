//! What processes take of memory, as Linux tells it in `/proc`.

use std::fs;

/// By how much a process grows beyond what it held when it was idle.
#[derive(Debug)]
pub struct Peak {
    pid: i32,
    idle: u64,
}

impl Peak {
    /// Watches a process that is idle now.
    pub fn of_idle(pid: i32) -> Self {
        Self { pid, idle: resident(pid, "VmRSS:") }
    }

    /// Forgets the peak there has been (proc(5)).
    pub fn reset(&self) {
        fs::write(format!("/proc/{}/clear_refs", self.pid), "5").expect("a process of one's own");
    }

    /// The bytes that it held at most since the last reset, beyond those when it was idle.
    pub fn growth(&self) -> u64 {
        resident(self.pid, "VmHWM:").saturating_sub(self.idle)
    }
}

fn resident(pid: i32, field: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("the process runs");
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kibibytes = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    kibibytes.expect("Linux tells it") * 1024
}
