//! Logs of the processes: whole in a file each, and what needs a person's eye as one line on the terminal.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

use crate::state::create_private;

/// How many lines are kept at hand to show when a process ends by itself.
const KEPT_LINES: usize = 5;
/// Fields of a line that say nothing new to a person who sees whose it is.
const LEFT_OUT: [&str; 5] = ["level", "message", "service", "target", "time"];
/// How long a message that was shown on the terminal is not shown again: a process that tries again and again says so each time.
const QUIET: Duration = Duration::from_secs(30);

/// The log of one process; clones write to the same one.
#[derive(Debug, Clone)]
pub struct Log {
    name: Arc<str>,
    path: PathBuf,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug)]
struct Shared {
    /// Whether warnings and errors are shown on the terminal.
    shown: bool,
    file: std::fs::File,
    last: VecDeque<String>,
    /// When each message was last shown on the terminal.
    shown_at: HashMap<String, Instant>,
}

impl Log {
    /// Begins the log of the process `name` at `path`; what a run before wrote there is gone.
    pub fn create(name: &str, path: &Path) -> Result<Self> {
        let file = create_private(path)?;
        let shared = Arc::new(Mutex::new(Shared {
            shown: false,
            file,
            last: VecDeque::new(),
            shown_at: HashMap::new(),
        }));
        Ok(Self { name: name.into(), path: path.to_owned(), shared })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// From now on shows warnings and errors on the terminal, each message once in a while.
    pub fn show(&self) {
        self.lock().shown = true;
    }

    /// The last few lines, shortened for people.
    pub fn last_lines(&self) -> Vec<String> {
        self.lock().last.iter().map(|line| Line::parse(line).to_string()).collect()
    }

    /// Copies a process's output into the log until it closes.
    pub async fn follow(self, output: impl AsyncRead + Unpin) {
        let mut lines = BufReader::new(output).split(b'\n');
        while let Ok(Some(line)) = lines.next_segment().await {
            self.write(&String::from_utf8_lossy(&line));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, line: &str) {
        let mut shared = self.lock();
        // a full disk must not stop the process that is logging
        let _ = writeln!(shared.file, "{line}");
        if shared.last.len() == KEPT_LINES {
            shared.last.pop_front();
        }
        shared.last.push_back(line.to_owned());
        if shared.shown {
            let line = Line::parse(line);
            if line.needs_attention() && shared.is_news(&line.message) {
                eprintln!("{:>8} | {line}", self.name);
            }
        }
    }
}

impl Shared {
    fn is_news(&mut self, message: &str) -> bool {
        let now = Instant::now();
        self.shown_at.retain(|_, shown| now.duration_since(*shown) < QUIET);
        match self.shown_at.entry(message.to_owned()) {
            Entry::Occupied(_) => false,
            Entry::Vacant(entry) => {
                entry.insert(now);
                true
            }
        }
    }
}

/// One line of a log, as far as it can be understood.
struct Line {
    level: String,
    message: String,
    /// Further fields, each after a space.
    fields: String,
}

impl Line {
    fn parse(line: &str) -> Self {
        let Ok(Value::Object(entry)) = serde_json::from_str::<Value>(line) else {
            // not from the logger: a panic, or a message from before it stood
            return Self { level: String::new(), message: line.to_owned(), fields: String::new() };
        };
        let text = |name| entry.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut fields = String::new();
        for (name, value) in entry.iter().filter(|(name, _)| !LEFT_OUT.contains(&name.as_str())) {
            let value = value.as_str().map_or_else(|| value.to_string(), one_line);
            fields.extend([" ", name, "=", &value]);
        }
        Self { level: text("level"), message: text("message"), fields }
    }

    fn needs_attention(&self) -> bool {
        matches!(self.level.as_str(), "" | "WARN" | "ERROR")
    }
}

/// The text with each run of white space as one space.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { level, message, fields } = self;
        if level.is_empty() { f.write_str(message) } else { write!(f, "{level} {message}{fields}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_shows_its_level_message_and_fields() {
        let line = r#"{"time":"t","level":"WARN","target":"x","service":"profile","message":"late","after_ms":7,"peer":"group"}"#;
        assert_eq!(Line::parse(line).to_string(), "WARN late after_ms=7 peer=group");
        assert_eq!(Line::parse("thread panicked").to_string(), "thread panicked");
        assert!(!Line::parse(r#"{"level":"INFO","message":"up"}"#).needs_attention());
    }

    #[test]
    fn a_message_is_shown_once_in_a_while() {
        let file = tempfile::tempfile().unwrap();
        let mut shared = Shared { shown: true, file, last: VecDeque::new(), shown_at: HashMap::new() };
        assert!(shared.is_news("late"));
        assert!(!shared.is_news("late"));
        assert!(shared.is_news("gone"));
    }
}
