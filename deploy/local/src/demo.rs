//! Fills a running Patron with made-up customers, through the same interface that every other client uses.

pub mod population;

use std::{ops::Range, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use futures::{TryStreamExt, stream};
use patron_proto::group::v1::group_service_client::GroupServiceClient;
use patron_proto::group::v1::{CreateGroupRequest, Group, ListGroupsRequest};
use patron_proto::identity::v1::NewAccount;
use patron_proto::profile::v1::customer_service_client::CustomerServiceClient;
use patron_proto::profile::v1::{
    BatchCreateCustomersRequest, CreateCustomerRequest, ListCustomersRequest, customer_creation,
};
use tokio::time::Instant;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::Channel;
use tonic::{Code, Request, Status};

use crate::mesh::{Administrator, Mesh};
use crate::patience::{Patience, is_passing, patiently};
use crate::sign_in::Session;

/// Customers created in one call: as many as there can be.
const BATCH: u32 = 100;
/// Calls under way at once: enough to keep every core busy while some wait for the disk.
const IN_FLIGHT: u32 = 3;
/// Customers between two looks at the access token and two lines of progress.
const STRETCH: u32 = 2000;
/// Age at which the access token is replaced; it is good for 5 minutes.
const TOKEN_AGE: Duration = Duration::from_mins(3);
/// Signed-in access to the services.
struct Client {
    gateway: String,
    administrator: Administrator,
    customers: CustomerServiceClient<Channel>,
    groups: GroupServiceClient<Channel>,
    authorization: MetadataValue<Ascii>,
    signed_in: Instant,
}

/// Creates the demo customers with the numbers 0 to `count`, with addresses and groups; those that are there from an earlier
/// run are kept, and the work goes on where it was broken off.
pub async fn fill(mesh: &Mesh, count: u32) -> Result<()> {
    let mut client = Client::connect(mesh).await?;
    let first = client.first_missing(count).await?;
    if first == count {
        eprintln!("the {count} demo customers are there");
        return Ok(());
    }
    let groups = patiently(async || client.groups().await).await?;
    let start = Instant::now();
    for from in (first..count).step_by(STRETCH as usize) {
        let to = from.saturating_add(STRETCH).min(count);
        client.renew().await?;
        let batches = (from..to).step_by(BATCH as usize).map(|from| from..(from + BATCH).min(to));
        let creations = batches.map(|numbers| Ok(client.create(numbers, &groups)));
        stream::iter(creations).try_buffer_unordered(IN_FLIGHT as usize).try_collect::<()>().await?;
        let rate = f64::from(to - first) / start.elapsed().as_secs_f64();
        eprint!("\r{to} of {count} demo customers, {rate:.0}/s ");
    }
    eprintln!("\n{} demo customers created in {:.0} s", count - first, start.elapsed().as_secs_f64());
    Ok(())
}

impl Client {
    async fn connect(mesh: &Mesh) -> Result<Self> {
        let mut client = Self {
            gateway: mesh.gateway(),
            administrator: mesh.administrator().clone(),
            customers: CustomerServiceClient::new(mesh.channel("profile").await?),
            groups: GroupServiceClient::new(mesh.channel("group").await?),
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

    async fn renew(&mut self) -> Result<()> {
        if self.signed_in.elapsed() > TOKEN_AGE { self.sign_in().await } else { Ok(()) }
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", self.authorization.clone());
        request
    }

    /// The first number from which on customers may be missing. They are created in order but for those in flight, so
    /// halving finds it.
    async fn first_missing(&self, count: u32) -> Result<u32> {
        let (mut there, mut missing) = (0, count);
        if count == 0 || self.exists(count - 1).await? {
            return Ok(count);
        }
        while there < missing {
            let middle = there + (missing - there) / 2;
            if self.exists(middle).await? {
                there = middle + 1;
            } else {
                missing = middle;
            }
        }
        Ok(there.saturating_sub(IN_FLIGHT * BATCH))
    }

    async fn exists(&self, number: u32) -> Result<bool> {
        let filter = format!("external_id = \"{}\"", population::external_id(number));
        let wanted = ListCustomersRequest { page_size: 1, filter, ..Default::default() };
        let found =
            patiently(async || self.customers.clone().list_customers(self.request(wanted.clone())).await);
        Ok(!found.await?.into_inner().customers.is_empty())
    }

    /// Names of the demo groups, created where they are missing. It may be repeated, for it looks first.
    async fn groups(&self) -> Result<Vec<String>, Status> {
        let mut service = self.groups.clone();
        let request = self.request(ListGroupsRequest { page_size: 100, ..Default::default() });
        let existing = service.list_groups(request).await?.into_inner().groups;
        let mut names = Vec::new();
        for wanted in population::groups() {
            if let Some(group) = existing.iter().find(|group| group.display_name == wanted.display_name) {
                names.push(group.name.clone());
                continue;
            }
            let group = Group {
                display_name: wanted.display_name.clone(),
                description: wanted.description.clone(),
                approval_required: wanted.approval_required,
                ..Group::default()
            };
            let request = self.request(CreateGroupRequest { group: Some(group), ..Default::default() });
            names.push(service.create_group(request).await?.into_inner().name);
        }
        Ok(names)
    }

    /// Creates what is not there from an earlier run. What fails and may pass is tried again.
    async fn create(&self, numbers: Range<u32>, groups: &[String]) -> Result<()> {
        let mut requests: Vec<_> = numbers.map(|number| creation(number, groups)).collect();
        let mut patience = Patience::default();
        loop {
            let wanted = BatchCreateCustomersRequest { requests: requests.clone(), validate_only: false };
            let results = patiently(async || {
                self.customers.clone().batch_create_customers(self.request(wanted.clone())).await
            });
            let results = results.await?.into_inner().results;
            let mut last = String::new();
            let mut again = Vec::new();
            for (request, creation) in requests.into_iter().zip(results) {
                let Some(customer_creation::Result::Error(error)) = creation.result else { continue };
                let code = Code::from(error.code);
                match code {
                    Code::AlreadyExists => continue,
                    code if is_passing(code) => again.push(request),
                    _ => bail!("one is refused: {} ({code})", error.message),
                }
                last = error.message;
            }
            if again.is_empty() {
                return Ok(());
            }
            ensure!(patience.again().await, "some still fail: {last}");
            requests = again;
        }
    }
}

fn creation(number: u32, groups: &[String]) -> CreateCustomerRequest {
    let population::Person { customer, addresses, group } = population::person(number);
    CreateCustomerRequest {
        customer: Some(customer),
        addresses,
        account: population::groups()[group].approval_required.then(NewAccount::default),
        groups: vec![groups[group].clone()],
        // the same for every try: a creation that was answered with an error may still have happened
        request_id: format!("00000000-0000-7000-8000-{number:012x}"),
        ..Default::default()
    }
}
