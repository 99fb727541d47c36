//! Refuses calls over a limit at once: waiting would make them late, and the others with them.
//!
//! What is limited is calls, and the bytes of their messages. Peers have a quota of both for themselves, so that deliveries and the
//! polls of revocations, which every service lives by, go on whatever people do; and callers who show neither certificate nor token
//! have a small one.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Access;
use crate::{principal::Principal, server::metric, status::Problem};

/// Bytes of messages received and not yet answered, for users. A third of what a service may need under load.
const BYTES: usize = 32 * 1024 * 1024;
/// What peers have for themselves, besides: one in so many of what users have.
const PEERS: usize = 4;
/// What callers without certificate and token have, besides: one in so many of what users have.
const STRANGERS: usize = 10;

/// What each kind of caller may take up of a process.
pub(super) struct Quotas {
    users: Quota,
    peers: Quota,
    strangers: Quota,
}

/// What all callers of one kind may take up together.
pub(super) struct Quota {
    calls: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
}

/// What one call takes up, until it has been answered.
pub(super) struct Permit {
    _call: OwnedSemaphorePermit,
    _bytes: Option<OwnedSemaphorePermit>,
}

impl Quotas {
    /// `concurrency` calls of users, and those of the others besides.
    pub(super) fn new(concurrency: usize) -> Self {
        let quota = |part: usize| Quota {
            calls: Arc::new(Semaphore::new((concurrency / part).clamp(1, Semaphore::MAX_PERMITS))),
            bytes: Arc::new(Semaphore::new(BYTES / part)),
        };
        Self { users: quota(1), peers: quota(PEERS), strangers: quota(STRANGERS) }
    }

    /// The quota of a caller. A peer that calls what anyone may call does it for somebody: the gateway signs people in.
    pub(super) fn of(&self, access: &Access, principal: &Principal) -> &Quota {
        match (access, principal) {
            (Access::Peers(_), _) => &self.peers,
            (_, Principal::Anonymous) => &self.strangers,
            _ => &self.users,
        }
    }
}

impl Quota {
    /// For the bytes of messages.
    pub(super) fn bytes(&self) -> &Arc<Semaphore> {
        &self.bytes
    }

    /// Admits a call whose message has come and holds these bytes, or refuses it.
    pub(super) fn admit(&self, bytes: Option<OwnedSemaphorePermit>) -> Result<Permit, Problem> {
        let call = self.calls.clone().try_acquire_owned().map_err(|_| metric::shed())?;
        Ok(Permit { _call: call, _bytes: bytes })
    }
}
