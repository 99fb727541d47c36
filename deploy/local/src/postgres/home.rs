//! Whose the private Postgres is, and where its files lie.

use std::os::unix::fs::{DirBuilderExt, MetadataExt, chown, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use nix::unistd::{Uid, User};

use crate::secrets::{random_bytes, random_password};
use crate::state::write_private;

/// Users that Postgres runs as when the launcher is root, which it refuses: its own where the package made one, else nobody.
const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];
/// Parent of the data when the unprivileged user cannot reach the state folder (a checkout under `/root`).
const ELSEWHERE: &str = "/var/lib";
/// Longest path of a folder with a socket in it: what Linux takes for a socket's path, less the longest name that Postgres gives it.
const LONGEST_SOCKET_FOLDER: usize = 107 - "/.s.PGSQL.65535".len();

/// The folder of one private Postgres.
#[derive(Debug, Clone)]
pub struct Home {
    folder: PathBuf,
    user: Option<String>,
}

impl Home {
    /// Opens or makes the home at `path`: there, or behind a link where the user that Postgres runs as can reach it.
    pub fn open(path: &Path) -> Result<Self> {
        let user = if Uid::effective().is_root() { Some(unprivileged_user()?) } else { None };
        if path.symlink_metadata().is_err() {
            make(path, user.as_ref())?;
        }
        let folder = path.canonicalize().with_context(|| {
            format!("{} leads to a folder that is gone; start afresh with --reset", path.display())
        })?;
        let home = Self { folder, user: user.as_ref().map(|user| user.name.clone()) };
        if !home.password_file().exists() {
            write_private(&home.password_file(), random_password()?)?;
            if let Some(user) = &user {
                chown(home.password_file(), Some(user.uid.as_raw()), Some(user.gid.as_raw()))?;
            }
        }
        Ok(home)
    }

    /// The home itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The cluster's data.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The folder of the server's socket, over which statements go at two thirds of their cost over TCP; `None` where its path is
    /// too long for one.
    pub fn socket_folder(&self) -> Option<&str> {
        self.folder.to_str().filter(|path| path.len() <= LONGEST_SOCKET_FOLDER)
    }

    /// The user to run as, when it is not the launcher's.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// Holds the superuser's password.
    pub fn password_file(&self) -> PathBuf {
        self.folder.join("password")
    }
}

fn unprivileged_user() -> Result<User> {
    UNPRIVILEGED
        .iter()
        .find_map(|name| User::from_name(name).ok().flatten())
        .context("Postgres refuses to run as root, and this machine has neither a user postgres nor nobody")
}

fn make(path: &Path, user: Option<&User>) -> Result<()> {
    let folder = match user {
        Some(user) if !reachable_by(path, user)? => {
            let folder = Path::new(ELSEWHERE).join(format!("patron-{}", hex::encode(random_bytes::<6>()?)));
            symlink(&folder, path)?;
            folder
        }
        _ => path.to_owned(),
    };
    let mut builder = std::fs::DirBuilder::new();
    builder.mode(0o700).create(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    if let Some(user) = user {
        chown(&folder, Some(user.uid.as_raw()), Some(user.gid.as_raw()))?;
    }
    Ok(())
}

/// Whether the user may pass through every folder above `path`.
fn reachable_by(path: &Path, user: &User) -> Result<bool> {
    for folder in path.ancestors().skip(1) {
        let metadata = folder.metadata()?;
        let passable = match metadata.mode() {
            mode if metadata.uid() == user.uid.as_raw() => mode & 0o100,
            mode if metadata.gid() == user.gid.as_raw() => mode & 0o010,
            mode => mode & 0o001,
        };
        if passable == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}
