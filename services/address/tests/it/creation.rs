use crate::fixture::{World, customer, reference, stuttgart};
use patron_chassis::peer::Peer;
use patron_proto::{
    address::{
        internal::v1::{
            BatchCreateAddressesRequest, CreateAddressesRequest,
            address_creation_service_client::AddressCreationServiceClient,
        },
        v1::Address,
    },
    event::v1::{ChangeContext, customer_reference::State},
};
use patron_values::id::CustomerId;
use tonic::{Code, Status, transport::Channel};
use uuid::Uuid;

fn profile(world: &World) -> AddressCreationServiceClient<Channel> {
    AddressCreationServiceClient::new(world.mesh.client_as("profile", &world.service))
}

async fn create(world: &World, customer: CustomerId) -> Result<(), Status> {
    create_all(world, &[customer]).await
}

async fn create_all(world: &World, customers: &[CustomerId]) -> Result<(), Status> {
    let requests = customers.iter().map(|customer| request(*customer)).collect();
    profile(world).batch_create_addresses(BatchCreateAddressesRequest { requests }).await.map(drop)
}

fn request(customer: CustomerId) -> CreateAddressesRequest {
    let name = |number| {
        format!(
            "{}/addresses/{}",
            customer.resource_name(),
            Uuid::from_u128(customer.0.as_u128() << 8 | number)
        )
    };
    let address = |number| Address { name: name(number), ..stuttgart() };
    CreateAddressesRequest {
        customer: customer.resource_name(),
        addresses: vec![address(1), address(2)],
        context: Some(ChangeContext::default()),
    }
}

fn aggregate(customer: CustomerId) -> String {
    format!("{}/addresses", customer.resource_name())
}

#[tokio::test]
async fn addresses_of_a_creation_are_seen_and_published_only_when_the_customer_is_whole() {
    let world = World::new().await;
    let customer = customer(1);
    create(&world, customer).await.unwrap();
    create(&world, customer).await.unwrap();
    assert_eq!(world.list(customer).await.unwrap_err().code(), Code::NotFound);
    // What is published of another customer meanwhile shows that the relay had its chance.
    let other = world.known(2).await;
    world.create(other, stuttgart()).await.unwrap();
    world.peers.await_events(Peer::ACTIVITY, &aggregate(other), 1).await;
    assert!(world.peers.events(Peer::ACTIVITY, &aggregate(customer)).is_empty());

    world.publish(customer, State::Active, 1, &[]).await;
    assert_eq!(world.list(customer).await.unwrap().len(), 2, "made twice, they are there once");
    let published = world.peers.await_events(Peer::ACTIVITY, &aggregate(customer), 2).await;
    assert_eq!(published.iter().map(|event| event.version).collect::<Vec<_>>(), [1, 2]);
}

#[tokio::test]
async fn of_customers_created_together_each_has_its_history_by_who_created_it() {
    let world = World::new().await;
    let both = [(customer(1), "staff/ann"), (customer(2), "staff/bob")];
    let requests = both.map(|(customer, actor)| {
        let context = ChangeContext { actor: actor.to_owned(), ..ChangeContext::default() };
        CreateAddressesRequest { context: Some(context), ..request(customer) }
    });
    profile(&world)
        .batch_create_addresses(BatchCreateAddressesRequest { requests: requests.to_vec() })
        .await
        .unwrap();
    for (customer, actor) in both {
        world.publish(customer, State::Active, 1, &[]).await;
        let published = world.peers.await_events(Peer::ACTIVITY, &aggregate(customer), 2).await;
        let actors = published.iter().map(|event| event.context.as_ref().unwrap().actor.as_str());
        assert_eq!(actors.collect::<Vec<_>>(), [actor; 2]);
    }
}

#[tokio::test]
async fn a_customer_who_was_given_up_or_deleted_keeps_no_address_and_gets_none() {
    let world = World::new().await;
    let given_up = customer(1);
    create(&world, given_up).await.unwrap();
    world.publish(given_up, State::Deleted, 1, &[]).await;
    assert_eq!(create(&world, given_up).await.unwrap_err().code(), Code::FailedPrecondition);

    let deleted = world.known(2).await;
    world.create(deleted, stuttgart()).await.unwrap();
    world.publish(deleted, State::Deleted, 2, &[]).await;
    assert_eq!(world.list(deleted).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(world.create(deleted, stuttgart()).await.unwrap_err().code(), Code::NotFound);
    world.publish(deleted, State::Active, 1, &[]).await;
    assert_eq!(world.list(deleted).await.unwrap_err().code(), Code::NotFound, "a late event revives nothing");

    #[expect(clippy::disallowed_methods, reason = "looks behind the scenes")]
    let rows =
        sqlx::query_scalar::<_, i64>("select count(*) from address.address").fetch_one(world.database.pool());
    assert_eq!(rows.await.unwrap(), 0);
}

#[tokio::test]
async fn of_several_customers_all_get_their_addresses_or_none() {
    let world = World::new().await;
    let (first, second, whole) = (customer(1), customer(2), world.known(3).await);
    assert_eq!(
        create_all(&world, &[first, whole, second]).await.unwrap_err().code(),
        Code::FailedPrecondition
    );
    create(&world, first).await.unwrap();
    create_all(&world, &[second, first]).await.unwrap();
    for customer in [first, second] {
        world.publish(customer, State::Active, 1, &[]).await;
        let addresses = world.list(customer).await.unwrap();
        assert_eq!(addresses.len(), 2);
        let defaults: Vec<_> = addresses.iter().flat_map(|it| it.default_uses.clone()).collect();
        assert_eq!(defaults, addresses[0].uses, "the first is the default of all");
    }
}

#[tokio::test]
async fn a_customer_who_becomes_whole_while_profile_is_asked_is_found() {
    let world = World::new().await;
    let customer = customer(1);
    create(&world, customer).await.unwrap();
    world.peers.profile_knows(reference(customer, State::Active, 1, &[]));
    // As the consumer does with the event, in its midst when the list finds nobody.
    let mut event = world.database.pool().begin().await.unwrap();
    let statement = "update address.customer_ref set state = 'active', version = 1";
    #[expect(clippy::disallowed_methods, reason = "looks behind the scenes")]
    sqlx::query(statement).execute(&mut *event).await.unwrap();
    let publish = async {
        while !somebody_waits(&world).await {}
        event.commit().await.unwrap();
    };
    let (listed, ()) = tokio::join!(world.list(customer), publish);
    assert_eq!(listed.unwrap().len(), 2);
}

async fn somebody_waits(world: &World) -> bool {
    let statement = "select exists (select from pg_locks join pg_stat_activity using (pid)
        where not granted and datname = current_database())";
    #[expect(clippy::disallowed_methods, reason = "looks behind the scenes")]
    sqlx::query_scalar(statement).fetch_one(world.database.pool()).await.expect("the database answers")
}
