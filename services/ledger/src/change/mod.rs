//! A change of a resource: one sequence for every write of every service.
//!
//! [`Change`] locks, recognises a repeat, compares the etag field by field, merges what the mask names, has it parsed and stored, notes
//! which fields changed, writes the events, and commits. A service supplies the rest as a [`Store`].

mod caller;
mod conclude;
mod edit;
mod pending;
mod resource;
mod sequence;

pub use self::{
    caller::{Caller, context_of},
    conclude::created,
    edit::forget,
    pending::{InitialResources, Pending},
    resource::{Locked, NameOf, Next, Resource, ResourceName, Store, Transition},
    sequence::{Change, Deletion},
};

pub(crate) use self::edit::delete_old;

use crate::inbox::ConsistencyToken;
use tonic::Response;

/// What a change came to.
#[derive(Debug, Clone)]
pub struct Changed<T> {
    /// The resource as it is now.
    pub result: T,
    /// Where the change stands in its aggregates; none where nothing was to change.
    pub consistency_tokens: Vec<ConsistencyToken>,
}

impl<T> Changed<T> {
    /// Nothing was to change.
    pub fn nothing(result: T) -> Self {
        Self { result, consistency_tokens: Vec::new() }
    }

    /// The reply to the call that asked for it.
    pub fn reply<M>(&self, message: impl FnOnce(&T) -> M) -> Response<M> {
        ConsistencyToken::reply(&self.consistency_tokens, message(&self.result))
    }
}
