//! Fills a running Patron with made-up customers, through the same interface that every other client uses.

mod client;
mod gone;
mod life;
mod past;
pub mod population;

use std::ops::Range;

use anyhow::{Result, bail, ensure};
use futures::{TryStreamExt, stream};
use patron_proto::group::v1::{CreateGroupRequest, Group, ListGroupsRequest};
use patron_proto::profile::v1::{
    BatchCreateCustomersRequest, CreateCustomerRequest, ListCustomersRequest, customer_creation,
};
use tokio::time::Instant;
use tonic::{Code, Status};

use crate::mesh::Mesh;
use crate::patience::{Patience, is_passing, patiently};

use client::Client;
use past::Past;

/// Customers created in one call: as many as there can be.
const BATCH: u32 = 100;
/// Calls under way at once: enough to keep every core busy while some wait for the disk.
const IN_FLIGHT: u32 = 3;
/// Customers between two looks at the access token and two lines of progress.
const STRETCH: u32 = 2000;

/// Creates what is missing of the demo customers with the numbers 0 to `count`, and gives the new ones a past of two years, in
/// which some were approved, edited or disabled, others have gone, and some chose what to be asked on the phone.
pub async fn populate(mesh: &mut Mesh, count: u32) -> Result<()> {
    let mut past = Past::begin(mesh).await?;
    fill(mesh, count).await?;
    let customers = past.customers().await?;
    if customers.is_empty() {
        return Ok(());
    }
    let gone = gone::come(mesh, count).await?;
    let changes_since = past.now().await?;
    life::go_on(mesh, &customers).await?;
    gone::choose_questions(mesh, &customers).await?;
    gone::go(mesh, &gone).await?;
    past.take_back(&[customers, gone].concat(), changes_since).await
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
    let population::Person { customer, addresses, group, account } = population::person(number);
    CreateCustomerRequest {
        customer: Some(customer),
        addresses,
        account,
        groups: vec![groups[group].clone()],
        // the same for every try: a creation that was answered with an error may still have happened
        request_id: format!("00000000-0000-7000-8000-{number:012x}"),
        ..Default::default()
    }
}
