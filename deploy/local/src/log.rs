//! Logs of the processes: whole in a file each, and what needs a person's eye as one line on the terminal.

use std::collections::VecDeque;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

/// How many lines are kept at hand to show when a process ends by itself.
const KEPT_LINES: usize = 5;

/// The log of one process; clones write to the same one.
#[derive(Debug, Clone)]
pub struct Log {
    name: Arc<str>,
    path: PathBuf,
    shared: Arc<Mutex<Shared>>,
    /// Whether warnings and errors are shown on the terminal.
    shown: bool,
}

#[derive(Debug)]
struct Shared {
    file: std::fs::File,
    last: VecDeque<String>,
}

impl Log {
    /// Begins the log of the process `name` at `path`; what a run before wrote there is gone.
    pub fn create(name: &str, path: &Path, shown: bool) -> Result<Self> {
        let file = std::fs::File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        let shared = Arc::new(Mutex::new(Shared { file, last: VecDeque::new() }));
        Ok(Self { name: name.into(), path: path.to_owned(), shared, shown })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The last few lines, shortened for people.
    pub fn last_lines(&self) -> Vec<String> {
        let shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.last.iter().map(|line| Line::parse(line).to_string()).collect()
    }

    /// Copies a process's output into the log until it closes.
    pub async fn follow(self, output: impl AsyncRead + Unpin) {
        let mut lines = BufReader::new(output).split(b'\n');
        while let Ok(Some(line)) = lines.next_segment().await {
            self.write(&String::from_utf8_lossy(&line));
        }
    }

    fn write(&self, line: &str) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        // a full disk must not stop the process that is logging
        let _ = writeln!(shared.file, "{line}");
        if shared.last.len() == KEPT_LINES {
            shared.last.pop_front();
        }
        shared.last.push_back(line.to_owned());
        if self.shown {
            let line = Line::parse(line);
            if line.needs_attention() {
                eprintln!("{:>8} | {line}", self.name);
            }
        }
    }
}

/// One line of a log, as far as it can be understood.
struct Line {
    level: String,
    text: String,
}

impl Line {
    fn parse(line: &str) -> Self {
        let Ok(Value::Object(entry)) = serde_json::from_str::<Value>(line) else {
            // not from the logger: a panic, or a message from before it stood
            return Self { level: "OUTPUT".to_owned(), text: line.to_owned() };
        };
        let fields = entry.get("fields").and_then(Value::as_object).unwrap_or(&entry);
        let message = fields.get("message").and_then(Value::as_str).unwrap_or_default();
        let known = ["message", "level", "timestamp", "target", "fields", "span", "spans"];
        let rest = fields.iter().filter(|(name, _)| !known.contains(&name.as_str()));
        let text = rest.fold(message.to_owned(), |text, (name, value)| match value {
            Value::String(value) => format!("{text} {name}={value}"),
            value => format!("{text} {name}={value}"),
        });
        let level = entry.get("level").and_then(Value::as_str).unwrap_or("INFO").to_uppercase();
        Self { level, text }
    }

    fn needs_attention(&self) -> bool {
        matches!(self.level.as_str(), "WARN" | "ERROR" | "OUTPUT")
    }
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.level.as_str() {
            "OUTPUT" => f.write_str(&self.text),
            level => write!(f, "{level} {}", self.text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Line;

    #[test]
    fn a_line_shows_its_level_message_and_fields() {
        let nested =
            r#"{"timestamp":"t","level":"WARN","fields":{"message":"late","after_ms":7},"target":"x"}"#;
        assert_eq!(Line::parse(nested).to_string(), "WARN late after_ms=7");
        let flat = r#"{"timestamp":"t","level":"error","message":"gone","peer":"profile"}"#;
        assert_eq!(Line::parse(flat).to_string(), "ERROR gone peer=profile");
        assert_eq!(Line::parse("thread panicked").to_string(), "thread panicked");
        assert!(!Line::parse(r#"{"level":"INFO","message":"up"}"#).needs_attention());
    }
}
