//! Fakes of the services: they answer one known customer, remember what they were asked, and fail when they shall.

mod activity;
mod identity;
mod profile;
mod rest;

pub(crate) use self::{
    activity::{Activity, event as activity_event},
    identity::{Identity, PASSWORD},
    profile::Profile,
    rest::{Address, Group},
};

use std::sync::{Mutex, PoisonError};
use tonic::{Request, Status, metadata::MetadataMap};

/// What a fake was asked, latest last, and how it fails from now on.
pub(crate) struct Asked<T> {
    requests: Mutex<Vec<(MetadataMap, T)>>,
    failure: Mutex<Option<Status>>,
}

impl<T> Default for Asked<T> {
    fn default() -> Self {
        Self { requests: Mutex::default(), failure: Mutex::default() }
    }
}

impl<T> Asked<T> {
    /// Notes a request; fails if it shall.
    pub(crate) fn note(&self, request: Request<T>) -> Result<(), Status> {
        let (metadata, _, message) = request.into_parts();
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).push((metadata, message));
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone().map_or(Ok(()), Err)
    }

    /// Fails from now on.
    pub(crate) fn fail(&self, status: impl Into<Status>) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(status.into());
    }

    pub(crate) fn count(&self) -> usize {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl<T: Clone> Asked<T> {
    /// The latest request.
    pub(crate) fn latest(&self) -> T {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).last().expect("a request").1.clone()
    }

    /// Metadata of the latest request.
    pub(crate) fn metadata(&self, name: &str) -> Option<String> {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let (metadata, _) = requests.last().expect("a request");
        metadata.get(name).map(|value| value.to_str().expect("text").to_owned())
    }
}
