//! Prints the document that describes the API, from which the console's types are made.

fn main() -> anyhow::Result<()> {
    println!("{}", patron_gateway::openapi::document(patron_proto::pool())?);
    Ok(())
}
