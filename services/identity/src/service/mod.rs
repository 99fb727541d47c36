//! The RPCs: parse, hand on, reply.

mod account;
mod account_creation;
mod bulk;
mod decision;
mod key;
mod revocation;
mod role;
mod security_question;
mod session;
mod snapshot;
mod staff;
mod staff_reference;

pub use self::snapshot::AccountSnapshots;
pub use self::{
    account::AccountRpc, account_creation::AccountCreationRpc, bulk::BulkAccountRpc, key::KeyRpc,
    revocation::RevocationRpc, role::RoleRpc, security_question::SecurityQuestionRpc, session::SessionRpc,
    staff::StaffRpc, staff_reference::StaffReferenceRpc,
};
use patron_chassis::{peer::Peer, principal::Principal};
use std::net::IpAddr;
use tonic::Request;

/// Metadata in which the gateway says who called it. Believed from the gateway alone.
const CLIENT_ADDRESS: &str = "patron-client-address";

/// Metadata in which the gateway says what its caller calls itself, and that in which all others do.
const CLIENT_AGENT: &str = "patron-client-agent";
const USER_AGENT: &str = "user-agent";

/// Where a call comes from: as the gateway says of its own callers, and as the connection says of all others.
fn client_address<T>(request: &Request<T>) -> Option<IpAddr> {
    match Principal::of(request) {
        Principal::Peer(Peer::GATEWAY) => request.metadata().get(CLIENT_ADDRESS)?.to_str().ok()?.parse().ok(),
        _ => request.remote_addr().map(|address| address.ip()),
    }
}

/// What the caller's program calls itself; empty where it does not.
fn client_agent<T>(request: &Request<T>) -> &str {
    let name =
        if let Principal::Peer(Peer::GATEWAY) = Principal::of(request) { CLIENT_AGENT } else { USER_AGENT };
    request.metadata().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
