//! Between HTTP and gRPC, driven by descriptors: an RPC with a `google.api.http` rule is served without code of its own.
//!
//! Requests become messages, with proto JSON read more strictly than it must be (`json`); replies become JSON straight from
//! their bytes (`write`). Everything that can be worked out before a request comes is, in `route` and `schema`.

mod field_path;
mod headers;
mod json;
mod path;
mod query;
mod reply;
mod request;
mod route;
mod rule;
mod scalar;
mod schema;
mod stream;
#[cfg(test)]
mod tests;
mod wire;
mod write;

pub(crate) use self::{
    field_path::FieldPath,
    request::Composed,
    rule::{Body, Outcome, Rule, rules},
};
pub use self::{route::Route, rule::RuleError};

use self::{route::Reply, schema::Schema, stream::Form};
use crate::{
    admission::Permit,
    problem::Rejection,
    router::{Capture, Found, Router},
};
use axum::response::Response;
use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use http::{HeaderValue, Method, request::Parts as Head};
use patron_chassis::status::Problem;
use prost_reflect::DescriptorPool;
use std::{collections::HashMap, sync::Arc};
use tokio_util::sync::CancellationToken;
use tonic::Status;

/// Every RPC that has an HTTP rule.
pub struct Transcoder {
    router: Router<Arc<Route>>,
    /// By the paths that they have in gRPC, each with its first rule.
    rpcs: HashMap<String, Arc<Route>>,
    schema: Arc<Schema>,
}

/// What a method and path lead to.
#[derive(Debug)]
pub(crate) enum Target<'t> {
    /// An RPC, with what the path says.
    Rpc(&'t Route, Vec<Capture<'t>>),
    /// The same in gRPC's own words.
    Grpc(&'t Route),
    /// The question which methods a path has; the value of `Allow`.
    Options(HeaderValue),
}

impl Transcoder {
    /// Reads the rules of every RPC of a contract. Fails where one cannot be served as it says.
    pub fn new(pool: &DescriptorPool) -> Result<Self, RuleError> {
        let mut router = Router::default();
        let mut schema = Schema::default();
        let mut rpcs = HashMap::new();
        for rpc in pool.services().flat_map(|service| service.methods().collect::<Vec<_>>()) {
            for rule in rules(&rpc)? {
                let route = Arc::new(Route::new(&mut schema, &rpc, &rule)?);
                rpcs.entry(route.rpc.path().to_owned()).or_insert_with(|| route.clone());
                router
                    .insert(rule.method, rule.template, route)
                    .map_err(|error| RuleError::of(&rpc, error))?;
            }
        }
        Ok(Self { router, rpcs, schema: Arc::new(schema) })
    }

    /// Finds the RPC that a request of gRPC is for, or may be: whether it is one is for its content type to say, which a preflight has
    /// not.
    pub(crate) fn find_rpc(&self, method: &Method, path: &str) -> Option<Target<'_>> {
        let route = self.rpcs.get(path).filter(|_| method == Method::POST)?;
        Some(Target::Grpc(route))
    }

    /// Finds what a request is for.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Result<Target<'_>, Rejection> {
        // what HEAD answers is what GET would, without the body
        let wanted = if method == Method::HEAD { &Method::GET } else { method };
        match self.router.find(wanted, path) {
            Ok(Found::Route(route, captures)) => Ok(Target::Rpc(route, captures)),
            Ok(Found::OtherMethods(methods)) if method == Method::OPTIONS => {
                Ok(Target::Options(allow(&methods)))
            }
            Ok(Found::OtherMethods(methods)) => Err(Rejection::Method(allow(&methods))),
            Ok(Found::Nothing) => Err(Problem::not_found("path", "").into()),
            Err(malformed) => Err(Problem::invalid("", malformed.to_string()).into()),
        }
    }

    /// The response that holds the reply to a request.
    pub(crate) fn respond(
        &self,
        route: &Route,
        head: &Head,
        composed: &Composed,
        reply: Bytes,
    ) -> Result<http::Response<Bytes>, Problem> {
        reply::unary(&self.schema, route, head, composed, reply)
    }

    /// The response that holds a stream of replies; it ends with them or at `stop`, and holds its permit until then.
    pub(crate) async fn respond_stream<S>(
        &self,
        route: &Route,
        head: &Head,
        replies: S,
        permit: Permit,
        stop: CancellationToken,
    ) -> Result<Response, Rejection>
    where
        S: Stream<Item = Result<Bytes, Status>> + Send + Unpin + 'static,
    {
        let replies = replies.take_until(stop.cancelled_owned());
        stream::response(&self.schema, &route.reply, Form::of(&head.headers), replies.boxed(), permit).await
    }
}

impl Route {
    /// Fails with 406 where the caller accepts none of the forms that an answer can have.
    pub(crate) fn check_accept(&self, head: &Head) -> Result<(), Rejection> {
        let forms: &[&str] = match (&self.reply, self.outcome) {
            // what the content is, the service says
            (Reply::Content, _) | (_, Outcome::Deleted) => return Ok(()),
            // whoever takes JSON takes lines of it
            _ if self.streaming => &[stream::LINES, stream::EVENTS, reply::JSON],
            _ => &[reply::JSON],
        };
        let taken = forms.iter().any(|form| headers::accepts(&head.headers, form));
        if taken { Ok(()) } else { Err(Rejection::NotAcceptable(forms[0])) }
    }
}

/// The header that names methods, with those that every path has.
fn allow(methods: &[Method]) -> HeaderValue {
    let mut names: Vec<&str> = Vec::new();
    for method in methods {
        names.push(method.as_str());
        if method == Method::GET {
            names.push(Method::HEAD.as_str());
        }
    }
    names.push(Method::OPTIONS.as_str());
    names.join(", ").parse().expect("names of methods are header text")
}
