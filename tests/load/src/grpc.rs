//! Calls over gRPC at the services themselves, as a person's client makes them: TLS, a token, no certificate of its own.

use crate::call::{Call, Failure};
use anyhow::Result;
use patron_local::mesh::Mesh;
use patron_proto::{
    address::v1::{ListAddressesRequest, address_service_client::AddressServiceClient},
    identity::v1::session_service_client::SessionServiceClient,
    profile::v1::{GetCustomerRequest, customer_service_client::CustomerServiceClient},
};
use tonic::{
    Request,
    metadata::{Ascii, MetadataValue},
    transport::Channel,
};

const AUTHORIZATION: &str = "authorization";

/// One caller.
#[derive(Debug, Clone)]
pub struct Client {
    customers: CustomerServiceClient<Channel>,
    addresses: AddressServiceClient<Channel>,
    sessions: SessionServiceClient<Channel>,
    authorization: MetadataValue<Ascii>,
}

/// As many callers as asked for, with this token; they share `connections` to each service.
pub async fn clients(mesh: &Mesh, token: &str, count: usize, connections: usize) -> Result<Vec<Client>> {
    let mut connected = Vec::with_capacity(connections);
    for _ in 0..connections {
        connected.push(Client {
            customers: CustomerServiceClient::new(mesh.channel("profile").await?),
            addresses: AddressServiceClient::new(mesh.channel("address").await?),
            sessions: SessionServiceClient::new(mesh.channel("identity").await?),
            authorization: bearer(token)?,
        });
    }
    Ok(connected.iter().cycle().take(count).cloned().collect())
}

impl Client {
    /// Sends a call and decodes the answer.
    pub async fn send(&mut self, call: Call) -> Result<(), Failure> {
        let answer = match call {
            Call::GetCustomer(name) => {
                self.customers.get_customer(self.by_token(GetCustomerRequest { name })).await.map(drop)
            }
            Call::ListAddresses(parent) => {
                let request = ListAddressesRequest { parent, ..Default::default() };
                self.addresses.list_addresses(self.by_token(request)).await.map(drop)
            }
            Call::ListCustomers(list) => self.customers.list_customers(self.by_token(list)).await.map(drop),
            Call::CreateCustomer(create) => {
                self.customers.create_customer(self.by_token(*create)).await.map(drop)
            }
            Call::CreateSession(create) => self.sessions.create_session(create).await.map(drop),
            Call::GetOverview(_) => return Err(Failure::of("no service composes overviews")),
        };
        answer.map_err(|status| Failure(format!("{} {}", status.code(), status.message())))
    }

    fn by_token<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert(AUTHORIZATION, self.authorization.clone());
        request
    }
}

/// A request that shows a token.
pub fn authorized<T>(message: T, token: &str) -> Result<Request<T>> {
    let mut request = Request::new(message);
    request.metadata_mut().insert(AUTHORIZATION, bearer(token)?);
    Ok(request)
}

fn bearer(token: &str) -> Result<MetadataValue<Ascii>> {
    Ok(format!("Bearer {token}").parse()?)
}
