//! A change of a resource: one sequence for every write of every service.
//!
//! [`Change`] locks, recognises a repeat, compares the etag field by field, merges what the mask names, has it parsed and stored, notes
//! which fields changed, writes the events, and commits. A service supplies the rest as a [`Store`].

mod caller;
mod edit;
mod resource;
mod sequence;

pub use self::{
    caller::{Caller, context_of},
    resource::{Locked, NameOf, Next, Resource, ResourceName, Step, Store},
    sequence::{Change, created},
};

pub(crate) use self::edit::sweep;

use crate::inbox::Position;
use tonic::Response;

/// What a change came to.
#[derive(Debug, Clone)]
pub struct Changed<T> {
    /// The resource as it is now.
    pub result: T,
    /// Where the change stands in its aggregate; `None` where nothing was to change.
    pub position: Option<Position>,
}

impl<T> Changed<T> {
    /// Nothing was to change.
    pub fn nothing(result: T) -> Self {
        Self { result, position: None }
    }

    /// It changed.
    pub fn to(result: T, position: Position) -> Self {
        Self { result, position: Some(position) }
    }

    /// The reply to the call that asked for it.
    pub fn reply<M>(&self, message: impl FnOnce(&T) -> M) -> Response<M> {
        let message = message(&self.result);
        match &self.position {
            Some(position) => position.reply(message),
            None => Response::new(message),
        }
    }
}
