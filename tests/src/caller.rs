//! Somebody who calls Patron, over HTTP through the gateway or over gRPC at a service.

use crate::{Answer, Person, World};
use http::Method;
use reqwest::RequestBuilder;
use serde_json::Value;
use std::time::Duration;
use tonic::{
    Request, Status,
    metadata::AsciiMetadataValue,
    service::{Interceptor, interceptor::InterceptedService},
    transport::Channel,
};

/// Longer than any call may take, so that a hang fails as such.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A connection to a service that shows a token with each call.
pub type Grpc = InterceptedService<Channel, Bearer>;

/// Somebody who calls, with a token or without.
#[derive(Clone)]
pub struct Caller<'w> {
    world: &'w World,
    http: reqwest::Client,
    token: Option<String>,
}

impl<'w> Caller<'w> {
    /// Somebody with this token; without one, nobody known.
    pub fn new(world: &'w World, token: Option<String>) -> Self {
        let http = reqwest::Client::builder().timeout(TIMEOUT).no_proxy().build().expect("an HTTP client");
        Self { world, http, token }
    }

    /// The same by another client.
    #[must_use]
    pub fn by(self, http: reqwest::Client) -> Self {
        Self { http, ..self }
    }

    /// The token that is shown.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// A connection to a service, by the name of its process.
    pub async fn grpc(&self, process: &str) -> Grpc {
        let channel = self.world.mesh().channel(process).await.expect("the service listens");
        InterceptedService::new(channel, Bearer::new(self.token()))
    }

    /// An HTTP request of this caller, to be added to and [sent](Self::send).
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.world.mesh().gateway()));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a request and reads the answer.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        Answer::read(request.send().await.expect("the gateway answers")).await
    }

    /// Reads a path.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// Reads a path with parameters, which are encoded here.
    pub async fn find(&self, path: &str, parameters: &[(&str, &str)]) -> Answer {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        self.get(&format!("{path}?{query}")).await
    }

    /// Posts JSON to a path.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// Changes what is at a path.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::PATCH, path).json(body)).await
    }

    /// Deletes what is at a path.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// Creates a customer by a whole request, and gives it.
    pub async fn create(&self, request: &Value) -> Value {
        self.post("/v1/customers", request).await.ok()
    }

    /// Who a person is to the services: their token in this caller's place.
    pub async fn of(world: &'w World, person: &Person) -> Self {
        Self::new(world, Some(person.token(world).await))
    }
}

/// Puts a token on calls.
#[derive(Clone)]
pub struct Bearer(Option<AsciiMetadataValue>);

impl Bearer {
    /// The token, if there is one.
    pub fn new(token: Option<&str>) -> Self {
        Self(token.map(|token| format!("Bearer {token}").parse().expect("a token is text of headers")))
    }
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(token) = &self.0 {
            request.metadata_mut().insert("authorization", token.clone());
        }
        Ok(request)
    }
}
