//! Calls over HTTP, each caller on a connection of its own that is kept.

use crate::call::{Call, Failure};
use anyhow::{Context, Result};
use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use prost::{Message, Name};
use prost_reflect::DynamicMessage;
use std::sync::Arc;
use tokio::{net::TcpStream, task::JoinSet};
use url::form_urlencoded::Serializer;

/// Where the gateway is and who calls.
#[derive(Debug)]
struct Target {
    /// `host:port`.
    address: String,
    /// The header's value.
    authorization: String,
}

/// One caller.
#[derive(Debug)]
pub struct Client {
    target: Arc<Target>,
    sender: SendRequest<Full<Bytes>>,
    /// Drives the connection; it ends with the caller.
    _connection: JoinSet<()>,
}

/// As many callers as asked for at the gateway (`http://host:port`) with this token.
pub async fn clients(gateway: &str, token: &str, count: usize) -> Result<Vec<Client>> {
    let address = gateway.strip_prefix("http://").context("the gateway speaks plain HTTP here")?.to_owned();
    let target = Arc::new(Target { address, authorization: format!("Bearer {token}") });
    let mut clients = Vec::with_capacity(count);
    for _ in 0..count {
        clients.push(Client::connect(target.clone()).await?);
    }
    Ok(clients)
}

impl Client {
    async fn connect(target: Arc<Target>) -> Result<Self> {
        let stream = TcpStream::connect(&target.address).await?;
        stream.set_nodelay(true)?;
        let (sender, driver) = handshake(TokioIo::new(stream)).await?;
        let mut connection = JoinSet::new();
        // how it ends shows in the next call
        connection.spawn(async { drop(driver.await) });
        Ok(Self { target, sender, _connection: connection })
    }

    /// Sends a call and reads the answer whole.
    pub async fn send(&mut self, call: Call) -> Result<(), Failure> {
        let request = self.target.request(call);
        if self.sender.ready().await.is_err() {
            *self = Self::connect(self.target.clone()).await.map_err(Failure::of)?;
        }
        let response = self.sender.send_request(request).await.map_err(Failure::of)?;
        let (status, mut body) = (response.status(), response.into_body());
        if status.is_success() {
            while let Some(frame) = body.frame().await {
                frame.map_err(Failure::of)?;
            }
            return Ok(());
        }
        let problem = body.collect().await.map_err(Failure::of)?.to_bytes();
        Err(Failure(format!("{status} {}", String::from_utf8_lossy(&problem))))
    }
}

impl Target {
    fn request(&self, call: Call) -> Request<Full<Bytes>> {
        match call {
            Call::GetCustomer(name) => self.get(&format!("/v1/{name}")),
            Call::ListAddresses(parent) => self.get(&format!("/v1/{parent}/addresses")),
            Call::GetOverview(name) => self.get(&format!("/v1/{name}:overview")),
            Call::ListCustomers(list) => {
                let mut query = Serializer::new("/v1/customers?".to_owned());
                for (name, value) in [("query", list.query), ("pageToken", list.page_token)] {
                    if !value.is_empty() {
                        query.append_pair(name, &value);
                    }
                }
                self.get(&query.finish())
            }
            Call::CreateCustomer(create) => self.post("/v1/customers", create.as_ref()),
            Call::CreateSession(create) => self.post("/v1/sessions", &create),
        }
    }

    fn get(&self, path: &str) -> Request<Full<Bytes>> {
        self.build(Method::GET, path, Bytes::new())
    }

    fn post<M: Message + Name>(&self, path: &str, message: &M) -> Request<Full<Bytes>> {
        self.build(Method::POST, path, json(message).into())
    }

    fn build(&self, method: Method, path: &str, body: Bytes) -> Request<Full<Bytes>> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, &self.address)
            .header(header::AUTHORIZATION, &self.authorization);
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        request.body(Full::new(body)).expect("paths and tokens are text of headers")
    }
}

/// The message in its JSON form.
fn json<M: Message + Name>(message: &M) -> Vec<u8> {
    let descriptor = patron_proto::pool().get_message_by_name(&M::full_name());
    let descriptor = descriptor.expect("the contract's messages are in its descriptors");
    let message = DynamicMessage::decode(descriptor, message.encode_to_vec().as_slice());
    serde_json::to_vec(&message.expect("it was just encoded")).expect("every message has a JSON form")
}
