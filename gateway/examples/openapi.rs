//! Prints the document that describes the API, from which the console's types are made.

use std::io::Write as _;

fn main() -> anyhow::Result<()> {
    let document = patron_gateway::openapi::document(patron_proto::pool())?;
    Ok(std::io::stdout().write_all(document.as_bytes())?)
}
