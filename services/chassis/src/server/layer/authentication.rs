//! Finds out who calls: by token where the RPC is for users, by certificate where it is for peers.
//!
//! An RPC for peers is decided on the certificate alone and a public one on nothing: a token sent along is
//! not looked at, so that keys can be fetched and people can sign in while theirs is expired.

use http::header::AUTHORIZATION;

use super::{Access, Call};
use crate::{principal::Principal, status::Problem, token::Authenticator};

/// Who makes this call.
pub(super) async fn identify(authenticator: &Authenticator, call: &Call) -> Result<Principal, Problem> {
    let by_certificate = call.peer.map_or(Principal::Anonymous, Principal::Peer);
    let token = match call.method.access {
        Access::Peers(_) | Access::Public => return Ok(by_certificate),
        Access::Permission(_) | Access::SignedIn | Access::Known => bearer(call)?,
    };
    match token {
        None if call.method.access == Access::Known && call.peer.is_some() => Ok(by_certificate),
        None => Err(Problem::CredentialsMissing),
        Some(token) => match authenticator.remembered(token) {
            Some(user) => user.map(Principal::User),
            // Once in the life of a token, and large, for it may have to ask identity.
            None => Box::pin(authenticator.prove(token)).await.map(Principal::User),
        },
    }
}

/// The token of a call, if it has one.
fn bearer(call: &Call) -> Result<Option<&str>, Problem> {
    let Some(value) = call.head.headers.get(AUTHORIZATION) else {
        return Ok(None);
    };
    // The scheme is case-insensitive (RFC 9110, section 11.1).
    let (scheme, token) =
        value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(Problem::CredentialsInvalid)?;
    if scheme.eq_ignore_ascii_case("bearer") {
        Ok(Some(token.trim()))
    } else {
        Err(Problem::CredentialsInvalid)
    }
}
