//! Values that several services parse once, at their edge, and that cannot hold a wrong one.

pub mod id;
