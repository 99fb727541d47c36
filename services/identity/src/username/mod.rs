//! What keeps usernames apart, beyond what rows of the living say: look-alikes, and names of customers who are gone.

mod retired;
mod skeleton;

pub use self::{
    retired::{Keys, Settings, retire_leftovers},
    skeleton::{fill, run},
};

/// Names in one statement, which stays well below its timeout.
const ROWS: i64 = 1_000;
