//! What tests of services stand on: a real database of their own, and no more than they ask for.

mod database;
mod mesh;
mod token;

pub use self::{
    database::TestDatabase,
    mesh::{TestMesh, TestProcess, with_token},
    token::TestTokens,
};
