//! The state folder (`.patron`): what one mesh keeps between runs, and the lock that lets it run once at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

/// Mode of a file that only its owner may read and write.
const PRIVATE: u32 = 0o600;
/// The folder's mode: others may pass through to the database's files, which belong to another user when started as root,
/// and may not list it. Each secret in it is readable by its owner alone.
const FOLDER_MODE: u32 = 0o711;

/// A state folder.
#[derive(Debug, Clone)]
pub struct State {
    root: PathBuf,
}

/// What a running mesh leaves for the other commands to read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Running {
    /// Process id of the launcher.
    pub pid: u32,
    /// Address of the gateway, known once it listens: `http://host:port`.
    pub gateway: Option<String>,
}

/// The right to run; given back when dropped, and by the kernel when the launcher is killed.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl State {
    /// Opens the folder, creating it if needed.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self> {
        let root = root.into();
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(FOLDER_MODE)
            .create(&root)
            .with_context(|| format!("cannot create the folder {}", root.display()))?;
        let root =
            root.canonicalize().with_context(|| format!("cannot open the folder {}", root.display()))?;
        Ok(Self { root })
    }

    /// The folder itself, absolute.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Certificates: `authority.pem`, and `<name>.pem` with `<name>.key` for each process.
    pub fn tls(&self) -> PathBuf {
        self.root.join("tls")
    }

    /// One log of this run for each process.
    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// The first administrator's password, for as long as nobody has removed the file.
    pub fn administrator(&self) -> PathBuf {
        self.root.join("administrator")
    }

    /// Passwords of the database roles and sealing keys of the services.
    pub fn secrets(&self) -> PathBuf {
        self.root.join("secrets.json")
    }

    /// The private Postgres: its data, and its superuser's password beside it.
    pub fn postgres(&self) -> PathBuf {
        self.root.join("postgres")
    }

    fn lock_file(&self) -> PathBuf {
        self.root.join("lock")
    }

    /// Takes the right to run.
    ///
    /// Fails if another launcher holds it, naming its address and process.
    pub fn lock(&self) -> Result<Lock> {
        let path = self.lock_file();
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o644)
            .open(&path)
            .with_context(|| format!("cannot open {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!("{}", self.describe_running()),
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", path.display()));
            }
        }
        let mut lock = Lock { file };
        lock.announce(None)?;
        Ok(lock)
    }

    /// What the running mesh said of itself; `None` if none runs.
    pub fn running(&self) -> Option<Running> {
        let file = File::open(self.lock_file()).ok()?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => serde_json::from_reader(&file).ok(),
            _ => None,
        }
    }

    fn describe_running(&self) -> String {
        match self.running() {
            Some(Running { pid, gateway: Some(gateway) }) => {
                format!(
                    "Patron runs already at {gateway} (process {pid}); end it there with Ctrl-C or with `kill {pid}`"
                )
            }
            Some(Running { pid, gateway: None }) => {
                format!("Patron is starting or stopping already (process {pid})")
            }
            None => "Patron runs already".to_owned(),
        }
    }

    /// Removes everything but the lock, the private Postgres included; the caller holds the lock.
    pub fn reset(&self, _lock: &Lock) -> Result<()> {
        for entry in self.root.read_dir()? {
            let path = entry?.path();
            if path == self.lock_file() {
                continue;
            }
            // the database's files may lie elsewhere, behind a link
            let target = path.canonicalize().unwrap_or_else(|_| path.clone());
            if target.is_dir() {
                std::fs::remove_dir_all(&target)
                    .with_context(|| format!("cannot remove {}", target.display()))?;
            }
            if path.is_symlink() || path.is_file() {
                std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
            }
        }
        Ok(())
    }
}

impl Lock {
    /// Tells the other commands where the gateway is.
    pub fn announce(&mut self, gateway: Option<&str>) -> Result<()> {
        let running = Running { pid: std::process::id(), gateway: gateway.map(str::to_owned) };
        self.file.set_len(0)?;
        self.file.rewind()?;
        serde_json::to_writer(&self.file, &running)?;
        self.file.flush()?;
        Ok(())
    }
}

/// Creates a file that only its owner may read, or empties the one there is: logs can hold what a request said.
pub fn create_private(path: &Path) -> Result<File> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(PRIVATE).open(path);
    let file = file.with_context(|| format!("cannot write {}", path.display()))?;
    // one that a run before made keeps its own mode
    file.set_permissions(std::fs::Permissions::from_mode(PRIVATE))?;
    Ok(file)
}

/// Writes a file that only its owner may read, whole or not at all.
pub fn write_private(path: &Path, contents: impl AsRef<[u8]>) -> Result<()> {
    let folder = path.parent().context("a file has a folder")?;
    let mut file = tempfile::NamedTempFile::new_in(folder)
        .with_context(|| format!("cannot write in {}", folder.display()))?;
    file.write_all(contents.as_ref())?;
    file.persist(path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(())
}
