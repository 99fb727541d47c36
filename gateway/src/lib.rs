//! The browser edge.
pub mod router;
pub mod template;
