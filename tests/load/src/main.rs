//! `patron-load`: measures Patron under load.

use anyhow::Result;
use clap::Parser;
use patron_load::{options::Options, run::run};
use std::io::Write;

/// One thread, like any client's: what it costs is measured with the rest.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let report = run(Options::parse()).await?;
    std::io::stdout().write_all(report.markdown().as_bytes())?;
    Ok(())
}
