//! What must hold when processes die at the worst of moments: what was acknowledged is there, what happened is recorded once, and
//! what spans services is whole or absent.
//!
//! Each trial follows from its seed: the same seed kills the same process at the same place. `cargo test` runs the short form;
//! `tests/faults/run` the whole one, which says what came of each trial.

mod behind;
mod bulk;
mod creation;
mod events;
mod fault;
mod form;
mod hold;
mod operation;
mod patience;
mod postgres;
