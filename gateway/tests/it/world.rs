//! A gateway whose services are fakes in the same process, and requests to it.

use crate::{
    described,
    fake::{Activity, Address, Group, Identity, Profile},
};
use axum::response::Response;
use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use patron_chassis::{
    clock::{Clock, MockClock},
    config::{Source, load},
    peer::Peer,
    principal::Subject,
    status::Problem,
};
use patron_gateway::{
    assemble,
    authentication::Authenticate,
    config::Browser,
    edge::{Edge, Limits},
    upstream::{Upstream, Upstreams},
};
use patron_proto::{
    activity::v1::activity_service_server::ActivityServiceServer,
    address::v1::address_service_server::AddressServiceServer,
    group::v1::membership_service_server::MembershipServiceServer,
    identity::v1::{
        account_service_server::AccountServiceServer, session_service_server::SessionServiceServer,
    },
    profile::v1::{
        customer_export_service_server::CustomerExportServiceServer,
        customer_service_server::CustomerServiceServer,
    },
};
use serde_json::Value;
use std::{net::Ipv4Addr, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

/// A customer that the fakes know.
pub(crate) const ADA: &str = "customers/0190f0e0-0000-7000-8000-000000000001";

/// Limits of a gateway in production.
pub(crate) const LIMITS: Limits = Limits {
    concurrency: 64,
    connections: 8 * 1024,
    deadline: Duration::from_secs(5),
    age: Duration::from_mins(5),
    grace: Duration::from_secs(20),
};

/// Believes every token but `forged`, and cannot say of `unknown`. Each stands for a user of its own.
struct Believing;

impl Authenticate for Believing {
    fn actor<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Subject, Problem>> {
        let actor = match token {
            "forged" => Err(Problem::CredentialsInvalid),
            "unknown" => Err(Problem::Unavailable),
            token => Ok(Subject::Service(token.into())),
        };
        Box::pin(std::future::ready(actor))
    }
}

/// A gateway, and the fakes behind it.
pub(crate) struct World {
    pub(crate) edge: Arc<Edge>,
    pub(crate) profile: Arc<Profile>,
    pub(crate) identity: Arc<Identity>,
    pub(crate) address: Arc<Address>,
    pub(crate) group: Arc<Group>,
    pub(crate) activity: Arc<Activity>,
    pub(crate) stop: CancellationToken,
}

impl World {
    /// A gateway with default settings but for these variables.
    pub(crate) fn with(variables: &[(&str, &str)]) -> Self {
        Self::of(variables, LIMITS.concurrency)
    }

    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// A gateway that answers so many requests at once.
    pub(crate) fn of(variables: &[(&str, &str)], concurrency: usize) -> Self {
        Self::over(variables, concurrency, |fakes| fakes)
    }

    /// A gateway over other upstreams than the fakes.
    pub(crate) fn over(
        variables: &[(&str, &str)],
        concurrency: usize,
        replace: impl FnOnce(Upstreams) -> Upstreams,
    ) -> Self {
        let (config, _) = load::<Browser>(&variables.iter().copied().collect::<Source>()).expect("settings");
        let profile = Arc::new(Profile::default());
        let identity = Arc::new(Identity::default());
        let address = Arc::new(Address::default());
        let group = Arc::new(Group::default());
        let activity = Arc::new(Activity::default());
        let upstreams = Upstreams::new(|peer| {
            Upstream::Here(match peer {
                Peer::PROFILE => Routes::new(CustomerServiceServer::from_arc(profile.clone()))
                    .add_service(CustomerExportServiceServer::from_arc(profile.clone())),
                Peer::IDENTITY => Routes::new(SessionServiceServer::from_arc(identity.clone()))
                    .add_service(AccountServiceServer::from_arc(identity.clone())),
                Peer::ADDRESS => Routes::new(AddressServiceServer::from_arc(address.clone())),
                Peer::GROUP => Routes::new(MembershipServiceServer::from_arc(group.clone())),
                Peer::ACTIVITY => Routes::new(ActivityServiceServer::from_arc(activity.clone())),
                _ => Routes::default(),
            })
        });
        let stop = CancellationToken::new();
        let edge = assemble(
            &config,
            replace(upstreams),
            Believing,
            Clock::Mock(MockClock::default()),
            Limits { concurrency, ..LIMITS },
            stop.clone(),
        );
        let edge = Arc::new(edge.expect("a gateway"));
        Self { edge, profile, identity, address, group, activity, stop }
    }

    /// Sends a request and reads the whole response.
    pub(crate) async fn send(&self, request: impl Into<Request<Full<Bytes>>>) -> Answer {
        Answer::of(self.open(request).await).await
    }

    /// Sends a request and gives the response before its body. Its status must be one that the API is described to answer.
    pub(crate) async fn open(&self, request: impl Into<Request<Full<Bytes>>>) -> Response {
        let request = request.into();
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response = self.edge.answer(request, Ipv4Addr::LOCALHOST.into()).await;
        described::check(&method, &path, response.status());
        response
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(ask(Method::GET, path)).await
    }
}

/// A request that is being written. It shows a token unless it says in another way who sends it.
pub(crate) struct Ask(Request<Full<Bytes>>);

/// Headers that say who sends a request, or that it is nobody known.
const SENDERS: [&str; 4] = ["authorization", "cookie", "sec-fetch-site", "x-anonymous"];

/// A request without a body.
pub(crate) fn ask(method: Method, path: &str) -> Ask {
    let request = Request::builder().method(method).uri(path).header("host", "patron.test");
    Ask(request.body(Full::default()).expect("a request"))
}

/// A request with a body of JSON.
pub(crate) fn post(path: &str, body: impl Into<Bytes>) -> Ask {
    ask(Method::POST, path).json(body)
}

pub(crate) fn patch(path: &str, body: impl Into<Bytes>) -> Ask {
    ask(Method::PATCH, path).json(body)
}

impl Ask {
    pub(crate) fn json(self, body: impl Into<Bytes>) -> Self {
        self.header("content-type", "application/json").body(body)
    }

    pub(crate) fn body(mut self, body: impl Into<Bytes>) -> Self {
        *self.0.body_mut() = Full::new(body.into());
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        self.0.headers_mut().append(name, value.as_ref().parse().expect("a header"));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.headers_mut().remove(name);
        self
    }
}

impl From<Ask> for Request<Full<Bytes>> {
    fn from(ask: Ask) -> Self {
        let named = SENDERS.iter().any(|name| ask.0.headers().contains_key(*name));
        if named { ask.0 } else { ask.header("authorization", "Bearer somebody").0 }
    }
}

/// A response that was read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) async fn of(response: Response) -> Self {
        let (head, body) = response.into_parts();
        let body = body.collect().await.expect("a whole body").to_bytes();
        Self { status: head.status, headers: head.headers, body }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("JSON, not {:?}", self.body))
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("text"))
    }

    /// Fields that a problem says are wrong.
    pub(crate) fn wrong_fields(&self) -> Vec<String> {
        let violations = self.json()["violations"].as_array().cloned().unwrap_or_default();
        violations.iter().map(|violation| violation["field"].as_str().expect("a field").to_owned()).collect()
    }
}
