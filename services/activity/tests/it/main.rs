//! What callers of the activity service can rely on.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod deleted_customer;
mod filter;
mod fixture;
mod grants;
mod history_deletion;
mod page;
mod presence;
mod record;
mod scope;
mod stream;
mod upgrade;
