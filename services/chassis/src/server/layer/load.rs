//! Refuses calls over a limit at once: waiting would make them late, and the others with them.
//!
//! There are places for calls and room for the bytes of their messages. Peers have some of both for themselves, so that
//! deliveries and the polls of revocations, which every service lives by, go on whatever people do; and callers who show
//! neither certificate nor token have a small share.

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

/// Places and room of all calls of a process.
pub(super) struct Places {
    users: Share,
    peers: Share,
    strangers: Share,
}

/// What one kind of caller has of them.
pub(super) struct Share {
    calls: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
}

/// A call's place and its room, until it has been answered.
pub(super) struct Held {
    _call: OwnedSemaphorePermit,
    _bytes: Option<OwnedSemaphorePermit>,
}

impl Places {
    /// Places for `concurrency` calls of users, and the others' shares besides.
    pub(super) fn new(concurrency: usize) -> Self {
        let share = |part: usize| Share {
            calls: Arc::new(Semaphore::new((concurrency / part).clamp(1, Semaphore::MAX_PERMITS))),
            bytes: Arc::new(Semaphore::new(BYTES / part)),
        };
        Self { users: share(1), peers: share(PEERS), strangers: share(STRANGERS) }
    }

    /// The share of a caller. A peer that calls what anyone may call does it for somebody: the gateway signs people in.
    pub(super) fn share(&self, access: &Access, principal: &Principal) -> &Share {
        match (access, principal) {
            (Access::Peers(_), _) => &self.peers,
            (_, Principal::Anonymous) => &self.strangers,
            _ => &self.users,
        }
    }
}

impl Share {
    /// Room for the bytes of messages.
    pub(super) fn room(&self) -> &Arc<Semaphore> {
        &self.bytes
    }

    /// Takes a place for a call whose message has come, or refuses it.
    pub(super) fn take(&self, bytes: Option<OwnedSemaphorePermit>) -> Result<Held, Problem> {
        let call = self.calls.clone().try_acquire_owned().map_err(|_| metric::shed())?;
        Ok(Held { _call: call, _bytes: bytes })
    }
}
