//! Makes a call of each kind while its SQL is recorded.

use crate::{
    bed::Bed,
    call::Call,
    grpc::{self, authorized},
    operation::Operation,
    sample::Sample,
    script::{Hole, Recording},
    statement::{Recorder, Statement},
};
use anyhow::{Context, Result, ensure};
use patron_proto::{
    address::v1::{ListAddressesRequest, address_service_client::AddressServiceClient},
    profile::v1::{CreateCustomerRequest, Customer, customer_service_client::CustomerServiceClient},
};

/// Times that each call is made. What services run of their own accord shows in some of them; the shortest has least of it.
const TAKES: usize = 3;

/// What the calls of an operation come to in SQL, one recording for each variant.
pub async fn of(
    operation: Operation,
    bed: &mut Bed,
    sample: &Sample,
    recorder: &Recorder,
) -> Result<Vec<Recording>> {
    let token = bed.token().await?;
    let mut clients = grpc::clients(&bed.mesh, &token, 1, 1).await?;
    let client = clients.first_mut().context("one client was asked for")?;
    // what is asked for and remembered once: keys, connections, plans
    for number in 0..TAKES as u64 {
        read(client, operation.calls(sample, number)).await?;
    }
    let mut recordings = Vec::new();
    for variant in 0..operation.variants() {
        let mut shortest: Option<Recording> = None;
        for _ in 0..TAKES {
            let calls = operation.calls(sample, variant);
            let take = match calls.first() {
                Some(Call::CreateCustomer(create)) => creation(bed, &token, create, recorder).await?,
                _ => reading(client, calls, recorder).await?,
            };
            if shortest.as_ref().is_none_or(|known| take.statements.len() < known.statements.len()) {
                shortest = Some(take);
            }
        }
        recordings.extend(shortest);
    }
    Ok(recordings)
}

async fn reading(client: &mut grpc::Client, calls: Vec<Call>, recorder: &Recorder) -> Result<Recording> {
    let about = match calls.first() {
        Some(Call::GetCustomer(name)) => name.strip_prefix("customers/").map(str::to_owned),
        _ => None,
    };
    let ((), statements) = recorder.record(read(client, calls)).await?;
    Ok(Recording { statements, holes: about.map(Hole::Existing).into_iter().collect() })
}

async fn read(client: &mut grpc::Client, calls: Vec<Call>) -> Result<()> {
    for call in calls {
        Box::pin(client.send(call)).await.map_err(|failure| anyhow::anyhow!(failure.0))?;
    }
    Ok(())
}

async fn creation(
    bed: &Bed,
    token: &str,
    create: &CreateCustomerRequest,
    recorder: &Recorder,
) -> Result<Recording> {
    let (customer, statements) = recorder.record(created(bed, token, create)).await?;
    let mut ids = vec![customer.name.clone()];
    let mut addresses = AddressServiceClient::new(bed.mesh.channel("address").await?);
    let request = ListAddressesRequest { parent: customer.name.clone(), ..Default::default() };
    let listing = addresses.list_addresses(authorized(request, token)?);
    let listed = Box::pin(listing).await?.into_inner().addresses;
    ids.extend(listed.into_iter().map(|address| address.name));
    let last = |name: &String| name.rsplit('/').next().map(str::to_owned);
    let new = ids.iter().filter_map(last).map(Hole::NewId);
    let holes: Vec<Hole> = new.chain([Hole::NewEmail(customer.email.clone())]).collect();
    // the transactions of others that happened to end meanwhile
    ensure!(mentions(&statements, &customer.email), "the log says nothing of the customer that was created");
    Ok(Recording { statements, holes })
}

async fn created(bed: &Bed, token: &str, create: &CreateCustomerRequest) -> Result<Customer> {
    let mut client = CustomerServiceClient::new(bed.mesh.channel("profile").await?);
    let creating = client.create_customer(authorized(create.clone(), token)?);
    Ok(Box::pin(creating).await?.into_inner())
}

fn mentions(statements: &[Statement], text: &str) -> bool {
    let parameters = statements.iter().flat_map(|statement| &statement.parameters).flatten();
    parameters.into_iter().any(|value| value.contains(text))
}
