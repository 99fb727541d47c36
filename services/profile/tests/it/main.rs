//! The RPCs of the customer-profile service, called over TLS on a real Postgres, with stand-ins for the services it calls.

mod creation;
mod fixture;
mod parts;
mod record;
mod search;
