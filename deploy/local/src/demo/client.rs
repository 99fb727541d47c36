//! Signed-in access to the services, as the first administrator.

use std::time::Duration;

use anyhow::{Context, Result};
use patron_proto::group::v1::group_service_client::GroupServiceClient;
use patron_proto::identity::v1::account_service_client::AccountServiceClient;
use patron_proto::profile::v1::customer_service_client::CustomerServiceClient;
use tokio::time::Instant;
use tonic::Request;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::Channel;

use crate::mesh::{Administrator, Mesh};
use crate::sign_in::Session;

/// Age at which the access token is replaced; it is good for 5 minutes.
const TOKEN_AGE: Duration = Duration::from_mins(3);

/// A connection to each service that is called, and the token to call with.
pub(super) struct Client {
    gateway: String,
    administrator: Administrator,
    /// Customers.
    pub(super) customers: CustomerServiceClient<Channel>,
    /// Groups.
    pub(super) groups: GroupServiceClient<Channel>,
    /// Accounts of customers.
    pub(super) accounts: AccountServiceClient<Channel>,
    authorization: MetadataValue<Ascii>,
    signed_in: Instant,
}

impl Client {
    /// Signs in.
    pub(super) async fn connect(mesh: &Mesh) -> Result<Self> {
        let mut client = Self {
            gateway: mesh.gateway(),
            administrator: mesh.administrator().clone(),
            customers: CustomerServiceClient::new(mesh.channel("profile").await?),
            groups: GroupServiceClient::new(mesh.channel("group").await?),
            accounts: AccountServiceClient::new(mesh.channel("identity").await?),
            authorization: MetadataValue::from_static(""),
            signed_in: Instant::now(),
        };
        client.sign_in().await?;
        Ok(client)
    }

    async fn sign_in(&mut self) -> Result<()> {
        let Administrator { username, password, .. } = &self.administrator;
        let session = Session::create(&self.gateway, username, password).await;
        let session = session.context("the first administrator cannot sign in")?;
        self.authorization = format!("Bearer {}", session.access_token).parse()?;
        self.signed_in = Instant::now();
        Ok(())
    }

    /// Signs in anew before the token is too old.
    pub(super) async fn renew(&mut self) -> Result<()> {
        if self.signed_in.elapsed() > TOKEN_AGE { self.sign_in().await } else { Ok(()) }
    }

    /// The message with the token.
    pub(super) fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", self.authorization.clone());
        request
    }
}
