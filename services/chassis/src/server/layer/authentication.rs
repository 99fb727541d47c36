//! Finds out who calls: by token where the RPC is for users, by certificate where it is for peers.
//!
//! An RPC for peers is decided on the certificate alone and a public one on nothing: a token sent along is
//! not looked at, so that keys can be fetched and people can sign in while theirs is expired.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use futures::future::BoxFuture;
use http::header::AUTHORIZATION;
use hyper::service::Service;
use pin_project_lite::pin_project;
use tonic::Status;

use super::{Access, Call, Layered, Reply};
use crate::{
    principal::{Principal, User},
    status::Problem,
    token::Authenticator,
};

pub(super) struct Authentication<S> {
    inner: Arc<S>,
    authenticator: Arc<Authenticator>,
}

impl<S> Authentication<S> {
    pub(super) fn new(inner: S, authenticator: Arc<Authenticator>) -> Self {
        Self { inner: Arc::new(inner), authenticator }
    }
}

impl<S: Layered> Service<Call> for Authentication<S> {
    type Response = Reply;
    type Error = Status;
    type Future = Known<S>;

    fn call(&self, mut call: Call) -> Self::Future {
        if let Some(peer) = call.peer {
            call.principal = Principal::Peer(peer);
        }
        let by_token = matches!(call.method.access, Access::Permission(_) | Access::SignedIn | Access::Known);
        if !by_token {
            return Known::Calling { call: self.inner.call(call) };
        }
        let token = match bearer(&call) {
            Ok(Some(token)) => token,
            Ok(None) if call.method.access == Access::Known && call.peer.is_some() => {
                return Known::Calling { call: self.inner.call(call) };
            }
            Ok(None) => return Known::Refused { problem: Some(Problem::CredentialsMissing) },
            Err(problem) => return Known::Refused { problem: Some(problem) },
        };
        match self.authenticator.remembered(token) {
            Some(Ok(user)) => {
                call.principal = Principal::User(user);
                Known::Calling { call: self.inner.call(call) }
            }
            Some(Err(problem)) => Known::Refused { problem: Some(problem) },
            None => {
                let (authenticator, token) = (self.authenticator.clone(), token.to_owned());
                let proof = Box::pin(async move { authenticator.prove(&token).await });
                Known::Proving { proof, call: Some((call, self.inner.clone())) }
            }
        }
    }
}

/// The token of a call, if it has one.
fn bearer(call: &Call) -> Result<Option<&str>, Problem> {
    let Some(value) = call.request.headers().get(AUTHORIZATION) else {
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

pin_project! {
    #[project = KnownProjection]
    pub(super) enum Known<S: Layered> {
        Calling { #[pin] call: S::Future },
        Proving { proof: BoxFuture<'static, Result<Arc<User>, Problem>>, call: Option<(Call, Arc<S>)> },
        Refused { problem: Option<Problem> },
    }
}

impl<S: Layered> Future for Known<S> {
    type Output = Result<Reply, Status>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            match self.as_mut().project() {
                KnownProjection::Calling { call } => return call.poll(cx),
                KnownProjection::Refused { problem } => {
                    return Poll::Ready(Err(problem.take().expect("polled after its answer").into()));
                }
                KnownProjection::Proving { proof, call } => {
                    let user = match ready!(proof.as_mut().poll(cx)) {
                        Ok(user) => user,
                        Err(problem) => return Poll::Ready(Err(problem.into())),
                    };
                    let (mut call, inner) = call.take().expect("taken once, when the proof is there");
                    call.principal = Principal::User(user);
                    self.set(Self::Calling { call: inner.call(call) });
                }
            }
        }
    }
}
