//! Runs Patron on one machine: a private Postgres, five services and the gateway as separate processes.
//!
//! The program `patron-local` is a thin command line over this library; tests across services build on the library itself,
//! many meshes beside each other on one Postgres server. What a run keeps between starts lies in one folder, [`state::State`].

pub mod certificates;
pub mod child;
pub mod database;
pub mod demo;
mod instance;
pub mod log;
pub mod mesh;
pub mod patience;
pub mod postgres;
pub mod probe;
pub mod process;
pub mod run;
pub mod secrets;
pub mod service;
pub mod sign_in;
pub mod state;
mod tables;
pub mod up;
pub mod with_postgres;
