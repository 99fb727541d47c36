//! What callers of the activity service can rely on.

mod filter;
mod fixture;
mod page;
mod record;
mod scope;
mod stream;
