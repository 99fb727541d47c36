//! Fills a running Patron with made-up customers, through the same interface that every other client uses.

pub mod population;

use std::{ops::Range, time::Duration};

use anyhow::{Context, Result, bail};
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
use tonic::{Code, Request};

use crate::mesh::Mesh;
use crate::sign_in::Session;

/// Customers created in one call: as many as there can be.
const BATCH: u32 = 100;
/// Calls under way at once: enough to keep every core busy while some wait for the disk.
const IN_FLIGHT: u32 = 3;
/// Customers between two looks at the access token and two lines of progress.
const STRETCH: u32 = 2000;
/// Age at which the access token is replaced; it is good for 5 minutes.
const TOKEN_AGE: Duration = Duration::from_mins(3);
/// How long a customer is tried again while services are busy or away.
const PATIENCE: Duration = Duration::from_secs(30);
/// Wait before the second try; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// Longest wait before another try.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Signed-in access to the services.
struct Client {
    gateway: String,
    customers: CustomerServiceClient<Channel>,
    groups: GroupServiceClient<Channel>,
    session: Session,
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
    let groups = client.groups().await?;
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
        let administrator = mesh.administrator();
        let session =
            Session::create(&mesh.gateway(), &administrator.username, &administrator.password).await;
        let session = session.context("cannot sign the first administrator in to create demo customers")?;
        Ok(Self {
            gateway: mesh.gateway(),
            customers: CustomerServiceClient::new(mesh.channel("profile").await?),
            groups: GroupServiceClient::new(mesh.channel("group").await?),
            session,
            signed_in: Instant::now(),
        })
    }

    async fn renew(&mut self) -> Result<()> {
        if self.signed_in.elapsed() > TOKEN_AGE {
            self.session.refresh(&self.gateway).await?;
            self.signed_in = Instant::now();
        }
        Ok(())
    }

    fn request<T>(&self, message: T) -> Result<Request<T>> {
        let token: MetadataValue<Ascii> = format!("Bearer {}", self.session.access_token).parse()?;
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", token);
        Ok(request)
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
        let request = self.request(ListCustomersRequest { page_size: 1, filter, ..Default::default() })?;
        Ok(!self.customers.clone().list_customers(request).await?.into_inner().customers.is_empty())
    }

    /// Names of the demo groups, created where they are missing.
    async fn groups(&self) -> Result<Vec<String>> {
        let mut service = self.groups.clone();
        let request = self.request(ListGroupsRequest { page_size: 100, ..Default::default() })?;
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
            let request = self.request(CreateGroupRequest { group: Some(group), ..Default::default() })?;
            names.push(service.create_group(request).await?.into_inner().name);
        }
        Ok(names)
    }

    async fn create(&self, numbers: Range<u32>, groups: &[String]) -> Result<()> {
        let mut wanted: Vec<CreateCustomerRequest> = numbers.map(|number| creation(number, groups)).collect();
        let (start, mut wait) = (Instant::now(), FIRST_WAIT);
        loop {
            let message = BatchCreateCustomersRequest { requests: wanted.clone(), validate_only: false };
            match self.customers.clone().batch_create_customers(self.request(message)?).await {
                Ok(reply) => {
                    let mut results = reply.into_inner().results.into_iter();
                    let mut again = Vec::new();
                    for request in wanted {
                        if let Some(customer_creation::Result::Error(error)) =
                            results.next().and_then(|it| it.result)
                            && is_missing(error.code.into(), &error.message, start)?
                        {
                            again.push(request);
                        }
                    }
                    wanted = again;
                }
                Err(status) => drop(is_missing(status.code(), status.message(), start)?),
            }
            if wanted.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
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

/// Whether customers that were tried since `start` and failed of this are worth another try; else they are there from an earlier
/// run. Fails where no further try would help.
fn is_missing(code: Code, message: &str, start: Instant) -> Result<bool> {
    match code {
        Code::AlreadyExists => Ok(false),
        code if is_passing(code) && start.elapsed() < PATIENCE => Ok(true),
        code => bail!("a demo customer is refused: {message} ({code})"),
    }
}

fn is_passing(code: Code) -> bool {
    matches!(
        code,
        // the last one is what tonic makes of a connection that ended before the call was sent
        Code::Unavailable
            | Code::ResourceExhausted
            | Code::DeadlineExceeded
            | Code::Aborted
            | Code::Cancelled
    )
}
