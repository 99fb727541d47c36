//! Operations: whoever dies in the middle of one, it goes on after the restart and comes to what it would have come to.

use crate::{
    behind::Behind,
    fault::Fault,
    form::{Form, Named},
    patience::patiently,
};
use patron_proto::operation::v1::{
    ListOperationsRequest, Operation, Resync, StartResyncRequest, operation::Result as Ending,
    operation_service_client::OperationServiceClient, resync_service_client::ResyncServiceClient,
};
use patron_tests::{Caller, Role, Sample, World, until};
use std::{collections::HashSet, time::Duration};

/// Customers that the service knows.
const CUSTOMERS: usize = 5;
/// By when an operation has ended after its process died: the rest of a lease, a start, and its work, on a busy machine.
const ENDED: Duration = Duration::from_mins(1);
/// Where the service dies: after a part and before it is noted, once it is, and when all is done. The first part takes what is listed,
/// the second ends what is not.
const PLACES: [(&str, u32); 5] = [
    ("operation.before_note", 0),
    ("operation.after_note", 0),
    ("operation.before_note", 1),
    ("operation.after_note", 1),
    ("operation.before_end", 0),
];
/// Has the service forget all customers.
const FORGET: &str = "delete from address.customer_ref";
/// Has it know one that there is not.
const MAKE_UP: &str =
    "with made_up as (
         insert into address.customer_ref (customer_id, state, version) values (gen_random_uuid(), 'active', 1)
         returning customer_id)
     insert into address.inbox (source, aggregate, version, event_time)
     select 'profile', 'customers/' || customer_id || '/reference', 1, now() - interval '1 hour' from made_up";

#[tokio::test(flavor = "multi_thread")]
async fn a_resync_whose_service_dies_goes_on_after_the_restart_and_ends_with_what_it_would_have() {
    let form = Form::asked_for();
    let world = World::start(|options| form.settings(options)).await;
    let behind = Behind::of(&world).await;
    let manager = world.signed_in(Role::Manager).await;
    for _ in 0..CUSTOMERS {
        let new = Sample::new().json();
        patiently("a customer", async || manager.post("/v1/customers", &new).await).await;
    }
    behind.everything_is_delivered().await;
    let mut ended = HashSet::new();
    for (point, passes) in PLACES {
        let fault = Fault { process: "address", point, passes };
        let _named = Named(format!("operation: {fault}"));
        let forgotten = usize::try_from(behind.run(FORGET).await);
        assert!(forgotten.is_ok_and(|forgotten| forgotten >= CUSTOMERS), "it knew them");
        behind.run(MAKE_UP).await;
        fault.arm(world.mesh()).await;
        let administrator = world.signed_in(Role::Administrator).await;
        start(&administrator).await;
        let struck = fault.strikes(world.mesh()).await;
        fault.mend(world.mesh()).await;
        let operation = until("it ends", ENDED, async || one_that_ended(&administrator, &ended).await).await;
        form.say(format_args!("operation: {fault}: ended after {:.1?}", struck.elapsed()));

        let Some(Ending::Response(response)) = operation.result else { panic!("{operation:?}") };
        let Resync { listed_count, failed_count, ended_count } =
            response.to_msg().expect("it says what it came to");
        assert_eq!((usize::try_from(listed_count), failed_count), (Ok(CUSTOMERS), 0), "{fault}");
        // What was done and not noted counts for none.
        assert_eq!(ended_count, i64::from((point, passes) != ("operation.before_note", 1)), "{fault}");
        behind.everything_is_delivered().await;
        assert_eq!(behind.assert_all_know_the_same().await, CUSTOMERS, "{fault}");
        ended.insert(operation.name);
    }
    world.end().await;
}

/// Starts a resync of addresses with customers. The answer may be lost, with who should give it.
async fn start(caller: &Caller<'_>) {
    let mut client = ResyncServiceClient::new(caller.grpc("address").await);
    let request = StartResyncRequest { source: "profile".to_owned(), force: true };
    if let Err(status) = client.start_resync(request).await {
        assert_ne!(status.code(), tonic::Code::PermissionDenied, "{status}");
    }
}

/// The operation that ended beside those that did before.
async fn one_that_ended(caller: &Caller<'_>, before: &HashSet<String>) -> Option<Operation> {
    let mut client = OperationServiceClient::new(caller.grpc("address").await);
    let request = ListOperationsRequest { filter: "done = true".to_owned(), ..Default::default() };
    let listed = client.list_operations(request).await.ok()?.into_inner().operations;
    listed.into_iter().find(|operation| !before.contains(&operation.name))
}
