//! Finds out whom a token stands for, before anything is asked of a service: a call that would be refused is not made, and permits are
//! counted for people and not for what they claim.
//!
//! Services decide on the token themselves. What is proved here is only whether they would look at it at all.

use futures::future::BoxFuture;
use http::HeaderValue;
use patron_chassis::{principal::Subject, status::Problem, token::Authenticator};

/// Whoever knows tokens.
pub trait Authenticate: Send + Sync + 'static {
    /// Who acts with a token. Fails with [`Problem::CredentialsInvalid`] where services would refuse it, and with
    /// [`Problem::Unavailable`] where that cannot be said.
    fn actor<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Subject, Problem>>;
}

impl Authenticate for Authenticator {
    fn actor<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Subject, Problem>> {
        Box::pin(async move {
            let user = match self.remembered(token) {
                Some(user) => user?,
                None => self.prove(token).await?,
            };
            Ok(user.actor.as_ref().unwrap_or(&user.subject).clone())
        })
    }
}

/// The token of an `authorization` header. The scheme is case-insensitive (RFC 9110, 11.1).
pub(crate) fn bearer(authorization: &HeaderValue) -> Result<&str, Problem> {
    let shown = authorization.to_str().ok().and_then(|text| text.split_once(' '));
    match shown {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
        _ => Err(Problem::CredentialsInvalid),
    }
}
