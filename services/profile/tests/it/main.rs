//! The RPCs of the customer-profile service, called over TLS on a real Postgres, with stand-ins for the services it calls.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod audience;
mod batch;
mod bulk;
mod consent;
mod contacts;
mod count;
mod creation;
mod deletion;
mod duplicates;
mod email;
mod export;
mod field;
mod field_policy;
mod fixture;
mod grants;
mod metadata;
mod parts;
mod projection;
mod record;
mod saga;
mod search;
mod staff;
