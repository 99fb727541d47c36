//! Settings: read once, at the start, from variables named `PATRON_<SECTION>_<FIELD>`.
//!
//! A section is a struct declared with [`section!`](crate::section): each field has its meaning, type and
//! default in one place. Reading collects every mistake before it gives up, and refuses variables of a known
//! section that no field has, so that a misspelt name does not silently leave a default in force.
//!
//! Values come from a [`Source`]: the process environment, or a map in tests and in launchers.

mod database;
mod peers;
mod reader;
mod seal;
mod section;
mod server;
mod telemetry;
mod tls;
mod token;
mod value;

pub use self::{
    database::Database,
    peers::{PeerUrl, Peers},
    reader::{Mistake, Reader, Setting, Source, load},
    seal::Seal,
    section::Section,
    server::Server,
    telemetry::{CollectorUrl, LogFilter, Telemetry},
    tls::Tls,
    token::Token,
    value::{Millis, Seconds, Value},
};

/// The settings of every process of Patron, with a database or without.
#[derive(Clone, Debug)]
pub struct Base {
    /// Where it listens and how much it takes.
    pub server: Server,
    /// Who it is to its peers, and whom it believes.
    pub tls: Tls,
    /// Where its peers are.
    pub peers: Peers,
    /// What it reports of itself.
    pub telemetry: Telemetry,
    /// Which access tokens it believes.
    pub token: Token,
}

impl Section for Base {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let (server, tls, peers, telemetry, token) = Section::read(reader)?;
        Some(Self { server, tls, peers, telemetry, token })
    }
}
