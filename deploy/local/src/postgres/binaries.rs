//! Finding the programs of a Postgres server on this machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The oldest major version that will do: 14 brought `client_connection_check_interval`, which the services set.
const MINIMUM_MAJOR: u32 = 14;
/// Where Debian and Ubuntu put server programs, one folder a major version, outside of the PATH.
const DEBIAN_FOLDER: &str = "/usr/lib/postgresql";

/// Programs of one Postgres version.
#[derive(Debug, Clone)]
pub struct Binaries {
    folder: PathBuf,
    version: String,
    major: u32,
}

impl Binaries {
    /// Looks in `$PG_BIN`, then along `$PATH`, then in Debian's folders from the newest version down.
    #[expect(clippy::disallowed_methods, reason = "a program's place is no setting of Patron's")]
    pub fn find() -> Result<Self> {
        let named = std::env::var_os("PG_BIN").map(PathBuf::from);
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = named.into_iter().chain(std::env::split_paths(&path)).chain(debian_folders());
        let mut too_old = None;
        for folder in
            folders.filter(|folder| ["initdb", "postgres"].iter().all(|name| folder.join(name).is_file()))
        {
            let found = Self::at(&folder)?;
            if found.major >= MINIMUM_MAJOR {
                return Ok(found);
            }
            too_old = Some(found);
        }
        match too_old {
            Some(found) => bail!(
                "Postgres {} in {} is older than {MINIMUM_MAJOR}",
                found.version,
                found.folder.display()
            ),
            None => bail!(
                "no Postgres server on this machine: install the package postgresql, name the folder of its programs in \
                 PG_BIN, or name a running server in PATRON_DATABASE_URL"
            ),
        }
    }

    /// Path of one program, like `initdb`.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Like `15.18`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Like `15`; data of one major version cannot be read by another.
    pub fn major(&self) -> u32 {
        self.major
    }

    fn at(folder: &Path) -> Result<Self> {
        let program = folder.join("postgres");
        let output = Command::new(&program).arg("--version").output();
        let output = output.with_context(|| format!("cannot run {}", program.display()))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let (version, major) = parse_version(&text)
            .with_context(|| format!("{} tells no version: {text}", program.display()))?;
        // the others are beside what a link along the PATH leads to, not beside the link
        let folder = program.canonicalize()?.parent().map_or(folder.to_owned(), Path::to_owned);
        Ok(Self { folder, version: version.to_owned(), major })
    }
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` to `("15.18", 15)`.
fn parse_version(text: &str) -> Option<(&str, u32)> {
    let version = text.split_whitespace().nth(2)?;
    let digits = version.split(|character: char| !character.is_ascii_digit()).next()?;
    Some((version, digits.parse().ok()?))
}

fn debian_folders() -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(DEBIAN_FOLDER) else { return Vec::new() };
    let mut versions: Vec<u32> =
        entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    versions.sort_unstable_by(|a, b| b.cmp(a));
    versions
        .into_iter()
        .map(|version| Path::new(DEBIAN_FOLDER).join(version.to_string()).join("bin"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::parse_version;

    #[test]
    fn versions_of_releases_and_betas_are_read() {
        assert_eq!(
            parse_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"),
            Some(("15.18", 15))
        );
        assert_eq!(parse_version("postgres (PostgreSQL) 18beta2"), Some(("18beta2", 18)));
        assert_eq!(parse_version("postgres: could not find"), None);
    }
}
