use super::{
    Password, Settings,
    queue::{Precedence, Queue},
};
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{Error as HashError, PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use aws_lc_rs::rand;
use patron_chassis::status::Problem;
use std::{fmt, num::NonZeroUsize, sync::Arc, thread, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

/// Cost of a hash: argon2id with 19 MiB in two passes on one lane. Source: OWASP Password Storage Cheat Sheet, 2025. A change
/// takes hold of each password at its next sign-in.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Random bytes that keep equal passwords from having equal hashes. Source: RFC 9106, 4.
const SALT_BYTES: usize = 16;
/// How many may wait for their turn: an office at nine o'clock. Each holds a name and a password, less than 2 KiB, and a stream of
/// its connection; more would be too late by the time it is their turn.
const QUEUE: usize = 256;
/// How long one may wait: what is left of a caller's 5 s is for the hash itself and for storing the session.
const WAIT: Duration = Duration::from_secs(4);
/// When one who found no place should try again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A password as it is kept: a PHC string with algorithm, parameters, salt and tag.
#[derive(Clone, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct Hash(String);

impl Hash {
    /// The hash read from the database.
    pub fn stored(phc: String) -> Self {
        Self(phc)
    }

    /// The PHC string.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hash(***)")
    }
}

/// Whether a password is the right one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Right {
        /// The hash to keep from now on, where the old one was made with other parameters.
        rehash: Option<Hash>,
    },
    /// It is not, or there is none.
    Wrong,
}

/// A place among those under way or waiting, which is given back when it is dropped.
#[derive(Debug)]
pub struct Seat {
    _permit: OwnedSemaphorePermit,
}

/// Hashes passwords, off the async threads, a few at a time: a flood of sign-ins must not slow what else the process does, nor take
/// more memory than it may.
#[derive(Debug, Clone)]
pub struct Hasher {
    /// A turn for each hash under way.
    turns: Queue,
    /// One for each hash under way or waiting.
    seats: Arc<Semaphore>,
    /// The hash of a password that nobody has.
    dummy: Hash,
}

impl Hasher {
    /// A hasher for all cores less one, as far as the memory for hashes goes, and for one at least. Takes the time of one hash.
    pub fn new(settings: &Settings) -> Result<Self, Problem> {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get).saturating_sub(1);
        let turns = cores.min(settings.hash_memory_mib as usize * 1024 / MEMORY_KIB as usize).max(1);
        let mut nobodys = [0; 32];
        rand::fill(&mut nobodys).map_err(Problem::internal)?;
        Ok(Self {
            turns: Queue::new(turns),
            seats: Arc::new(Semaphore::new(turns + QUEUE)),
            dummy: hash(&nobodys)?,
        })
    }

    /// Takes a seat. Fails with [`Problem::Limit`] where none is left: taken first of all, it makes a flood cost nothing more.
    pub fn take_seat(&self) -> Result<Seat, Problem> {
        self.seats.clone().try_acquire_owned().map(|permit| Seat { _permit: permit }).map_err(|_| full())
    }

    /// Hashes a new password. Fails with [`Problem::Limit`] where too many wait.
    pub async fn hash(&self, password: &Password) -> Result<Hash, Problem> {
        let password = password.clone();
        let work = move || hash(password.expose().as_bytes());
        self.run(self.take_seat()?, Precedence::Known, work).await
    }

    /// Compares a password with the hash of the right one. Without a hash it is wrong, in the same time. Fails with
    /// [`Problem::Limit`] where its turn does not come soon.
    pub async fn verify(
        &self,
        seat: Seat,
        precedence: Precedence,
        password: &Password,
        right: Option<&Hash>,
    ) -> Result<Verdict, Problem> {
        let (password, known) = (password.clone(), right.is_some());
        let compared = right.unwrap_or(&self.dummy).clone();
        let compare = move || {
            let verdict = verify(password.expose().as_bytes(), &compared)?;
            Ok(if known { verdict } else { Verdict::Wrong })
        };
        self.run(seat, precedence, compare).await
    }

    async fn run<T: Send + 'static>(
        &self,
        seat: Seat,
        precedence: Precedence,
        work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = self.turns.wait(precedence, Instant::now() + WAIT).await.ok_or_else(full)?;
        let task = tokio::task::spawn_blocking(move || {
            // Held by the work and not by its caller, who may go away while it goes on.
            let _held = (seat, turn);
            work()
        });
        task.await.map_err(Problem::internal)?
    }
}

fn full() -> Problem {
    Problem::Limit { retry_after: RETRY_AFTER }
}

fn parameters() -> Result<Params, Problem> {
    Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| Problem::internal(error.to_string()))
}

fn hash(password: &[u8]) -> Result<Hash, Problem> {
    let mut salt = [0; SALT_BYTES];
    rand::fill(&mut salt).map_err(Problem::internal)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters()?);
    let phc = argon2.hash_password_with_salt(password, &salt).map_err(broken)?;
    Ok(Hash(phc.to_string()))
}

fn verify(password: &[u8], right: &Hash) -> Result<Verdict, Problem> {
    let phc = PasswordHash::new(&right.0).map_err(|error| Problem::internal(error.to_string()))?;
    match Argon2::default().verify_password(password, &phc) {
        Ok(()) => {
            let rehash = if is_current(&phc)? { None } else { Some(hash(password)?) };
            Ok(Verdict::Right { rehash })
        }
        Err(HashError::PasswordInvalid) => Ok(Verdict::Wrong),
        Err(error) => Err(broken(error)),
    }
}

/// Whether a hash was made as one would be made now.
fn is_current(phc: &PasswordHash) -> Result<bool, Problem> {
    let (made, now) = (Params::try_from(phc).map_err(broken)?, parameters()?);
    let cost = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
    let version = phc.version == Some(Version::V0x13.into());
    Ok(version && phc.algorithm.as_str() == Algorithm::Argon2id.as_str() && cost(&made) == cost(&now))
}

fn broken(error: HashError) -> Problem {
    Problem::internal(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWORD: &str = "violet mango trellis";

    fn hasher() -> Hasher {
        let (settings, _) = patron_chassis::config::load(&patron_chassis::config::Source::default()).unwrap();
        Hasher::new(&settings).unwrap()
    }

    async fn verify(hasher: &Hasher, password: &str, right: Option<&Hash>) -> Verdict {
        let seat = hasher.take_seat().unwrap();
        hasher.verify(seat, Precedence::Stranger, &Password::new(password), right).await.unwrap()
    }

    #[tokio::test]
    async fn only_the_right_password_is_right() {
        let hasher = hasher();
        let password = Password::new(PASSWORD);
        let hash = hasher.hash(&password).await.unwrap();
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.as_str());
        assert_ne!(hasher.hash(&password).await.unwrap(), hash);
        assert_eq!(verify(&hasher, PASSWORD, Some(&hash)).await, Verdict::Right { rehash: None });
        assert_eq!(verify(&hasher, "violet mango trelliS", Some(&hash)).await, Verdict::Wrong);
        assert_eq!(verify(&hasher, PASSWORD, None).await, Verdict::Wrong);
    }

    #[tokio::test]
    async fn composed_and_decomposed_letters_are_one_password() {
        let hasher = hasher();
        let hash = hasher.hash(&Password::new("Luís Gonçalves")).await.unwrap();
        let decomposed = "Lui\u{301}s Gonc\u{327}alves";
        assert_eq!(verify(&hasher, decomposed, Some(&hash)).await, Verdict::Right { rehash: None });
    }

    #[tokio::test]
    async fn a_hash_of_other_parameters_is_made_anew_when_the_password_is_known() {
        let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8, 1, 1, None).unwrap());
        let stored = cheap.hash_password_with_salt(PASSWORD.as_bytes(), &[7; SALT_BYTES]).unwrap();
        let hasher = hasher();
        let verdict = verify(&hasher, PASSWORD, Some(&Hash::stored(stored.to_string()))).await;
        let Verdict::Right { rehash: Some(rehash) } = verdict else { panic!("no new hash") };
        assert_eq!(verify(&hasher, PASSWORD, Some(&rehash)).await, Verdict::Right { rehash: None });
    }

    #[tokio::test]
    async fn who_finds_no_seat_is_refused_at_once() {
        let hasher = hasher();
        let all = u32::try_from(hasher.seats.available_permits()).unwrap();
        let _taken = hasher.seats.clone().acquire_many_owned(all).await.unwrap();
        let refused = hasher.hash(&Password::new(PASSWORD)).await;
        assert!(matches!(refused, Err(Problem::Limit { .. })));
        assert!(hasher.take_seat().is_err());
    }
}
