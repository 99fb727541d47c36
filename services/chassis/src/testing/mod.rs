//! What tests of services stand on: a real database of their own, and no more than they ask for.

mod database;

pub use self::database::TestDatabase;
