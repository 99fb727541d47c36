//! The browser edge.
mod option;
pub mod problem;
pub mod router;
pub mod template;
pub mod transcode;
