//! What callers of a service, and its own handlers, can rely on, whatever the service.

mod access;
mod certificate;
mod client;
mod drain;
mod fixture;
mod limit;
mod reflection;
