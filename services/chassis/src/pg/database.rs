use super::connection::{Connection, Transaction, Written};
use crate::{config, peer::Peer};
use secrecy::ExposeSecret as _;
use sqlx::{
    Connection as _, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    sync::{Semaphore, watch},
    time::timeout,
};

/// How long a connection may lie idle and still be used untested. Without the test, each one that is left from before Postgres was
/// started again fails the call that takes it: in a quiet service long afterwards.
const TESTED_AFTER: Duration = Duration::from_secs(1);

/// Time for the answer to that test: a part of the time that a call waits for a connection, so that a new one can be made in the
/// rest. A Postgres that is slower by so much is as good as silent.
const TEST: Duration = Duration::from_millis(200);

/// Time over Postgres' own limit of a statement after which a connection is taken for dead: for the way there and back, and for what
/// that limit does not count, such as a commit that waits for the disk.
const SILENCE: Duration = Duration::from_secs(1);

/// Time for one attempt to connect at the start, where nobody waits for an answer yet: on a machine with too much to do it takes longer than
/// any call may wait.
const START: Duration = Duration::from_secs(10);

/// Time between attempts that are refused at once.
const PAUSE: Duration = Duration::from_millis(200);

/// The share of the connections that transactions leave free, one in so many: with slow writes holding all others, reads that take
/// a statement each still go on. More would slow writes down where there is no read to wait for them.
const RESERVE: u32 = 4;

/// The database of one service: statements that stand alone run on it, others in a [transaction](Self::begin). Cheap to clone.
#[derive(Clone, Debug)]
pub struct Database {
    pool: PgPool,
    /// Permits of transactions, fewer than there are connections.
    transactions: Arc<Semaphore>,
    /// Time to wait for a connection.
    acquire: Duration,
    /// Time for an answer of Postgres.
    patience: Duration,
    written: watch::Sender<Written>,
}

impl Database {
    /// The database of a service as its runtime role, with every limit set and the schema of `peer` as search path. Connects when
    /// first used.
    ///
    /// Fails where the URL is malformed.
    pub fn open(settings: &config::Database, peer: Peer) -> Result<Self, sqlx::Error> {
        let pool = pool(settings, peer, settings.pool_size, &[])?;
        let (acquire, patience) = (settings.acquire_ms.get(), settings.statement_ms.get() + SILENCE);
        Ok(Self { acquire, patience, ..Self::new(pool) })
    }

    /// The database behind `pool`, for tests: with the times that are the default.
    pub fn new(pool: PgPool) -> Self {
        let connections = pool.options().get_max_connections();
        let reserve = (connections / RESERVE).max(1);
        // With one connection there is none to spare.
        let transactions = connections.saturating_sub(reserve).max(1);
        Self {
            acquire: pool.options().get_acquire_timeout(),
            pool,
            transactions: Arc::new(Semaphore::new(transactions as usize)),
            patience: Duration::from_secs(2) + SILENCE,
            written: watch::Sender::default(),
        }
    }

    /// The same database for background work, on a few connections of its own: relays and sweeps then neither wait for the requests
    /// nor keep them waiting. What is committed on either is [noticed](Self::written) on both.
    pub fn background(&self, settings: &config::Database, peer: Peer) -> Result<Self, sqlx::Error> {
        // Postgres keeps plans. One that was made while the queue was empty would read all of it, also once it is long.
        let pool = pool(settings, peer, settings.background_pool_size, &[("enable_seqscan", "off")])?;
        // Nobody reads beside it, so nothing is reserved.
        let transactions = Arc::new(Semaphore::new(settings.background_pool_size as usize));
        Ok(Self { pool, transactions, ..self.clone() })
    }

    /// What it is reached through, for its age and counts. Statements run on it have no span, and an answer that does not come is
    /// waited for without end.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Changes after each commit, so that relays and streams need not wait for their next round.
    pub fn written(&self) -> watch::Receiver<Written> {
        self.written.subscribe()
    }

    /// Begins a transaction, at Postgres's default isolation of "read committed". Fails as soon as it has waited for a connection as
    /// long as anything may.
    pub async fn begin(&self) -> Result<Transaction, sqlx::Error> {
        let acquired = async {
            let permit = self.transactions.clone().acquire_owned().await;
            let permit = permit.map_err(|_| sqlx::Error::PoolClosed)?;
            Connection::take(&self.pool, self.patience, Some(permit)).await
        };
        let acquired = timeout(self.acquire, acquired).await;
        Transaction::begin(acquired.map_err(|_| sqlx::Error::PoolTimedOut)??, self.written.clone()).await
    }

    /// Waits until the pool has a connection, however long that takes, and says in the log that it waits. For the start.
    pub async fn reached(&self) {
        let mut attempt = self.acquire;
        loop {
            match timeout(attempt, self.pool.acquire()).await.unwrap_or(Err(sqlx::Error::PoolTimedOut)) {
                // Back at once, so that the first statement finds it and makes no other.
                Ok(mut connection) => return connection.return_to_pool().await,
                Err(error) => tracing::warn!(%error, "waiting for the database"),
            }
            tokio::time::sleep(PAUSE).await;
            attempt = START.min(attempt * 2);
        }
    }

    pub(super) async fn connection(&self) -> Result<Connection, sqlx::Error> {
        let taken = timeout(self.acquire, Connection::take(&self.pool, self.patience, None)).await;
        taken.map_err(|_| sqlx::Error::PoolTimedOut)?
    }
}

fn pool(
    settings: &config::Database,
    peer: Peer,
    connections: u32,
    more: &[(&str, &str)],
) -> Result<PgPool, sqlx::Error> {
    let options: PgConnectOptions = settings.url.expose_secret().parse()?;
    let options = options.application_name(peer.name()).options(more.iter().copied()).options([
        ("search_path", peer.schema().to_owned()),
        ("statement_timeout", settings.statement_ms.get().as_millis().to_string()),
        ("lock_timeout", settings.lock_ms.get().as_millis().to_string()),
        (
            "idle_in_transaction_session_timeout",
            settings.idle_in_transaction_ms.get().as_millis().to_string(),
        ),
        // Notices within a second that the process on the other side is gone, and frees its locks.
        ("client_connection_check_interval", "1000".to_owned()),
        // The same for a machine that is gone: Postgres, too, waits no longer than this for a lost connection, in seconds and
        // milliseconds.
        ("tcp_keepalives_idle", "10".to_owned()),
        ("tcp_keepalives_interval", "5".to_owned()),
        ("tcp_keepalives_count", "3".to_owned()),
        ("tcp_user_timeout", "25000".to_owned()),
        // Statements are short: compiling them costs more than it gains.
        ("jit", "off".to_owned()),
        // Rows are found by key, in memory or on a disk without moving heads. Postgres's own 4 makes it scan tables that are
        // still small, by plans that are kept while they grow.
        ("random_page_cost", "1.1".to_owned()),
    ]);
    Ok(PgPoolOptions::new()
        .max_connections(connections)
        // The longest that anybody waits. Calls give up sooner, by themselves.
        .acquire_timeout(START.max(settings.acquire_ms.get()))
        .max_lifetime(settings.connection_age_s.get())
        // A ping before each statement would double the round trips, so only those are tested that lay idle.
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > TESTED_AFTER {
                    let answer = timeout(TEST, connection.ping()).await;
                    answer.map_err(|_| sqlx::Error::Io(io::ErrorKind::TimedOut.into()))??;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(options))
}
