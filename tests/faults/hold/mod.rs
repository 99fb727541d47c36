//! What must hold while something fails, or somebody takes too much: everybody else is served, and all comes right by itself.
//!
//! Each scenario is a file, and prints one line of figures, each with its bound in brackets. Load is open: requests come at their
//! rate whether or not those before were answered, and their time counts from when they were due. `cargo test` runs a short form of
//! those scenarios that are steady on a busy machine; `tests/faults/run hold` runs all of them whole, and holds times to their bounds.

mod backlog;
mod figures;
mod load;
mod newcomer;
mod page;
mod paused;
mod poison;
mod random;
mod rebuilt;
mod refused;
mod restored;
mod revocations;
mod sagas;
mod scale;
mod silent;
mod stopped;
mod traffic;
mod unread;
