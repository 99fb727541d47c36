//! Who sees which events, whichever way they are read.

use crate::fixture::{ADMINISTRATOR, Caller, REP, World, code, name_of};
use futures::future::join_all;
use patron_chassis::peer::Peer;
use patron_proto::event::v1::{ChangeContext, customer_reference::State};
use patron_values::id::{CustomerId, StaffId};
use tonic::Code;
use uuid::Uuid;

const OTHER_REP: StaffId = StaffId(Uuid::from_u128(9));

/// What a caller sees of these events: read singly, in the list of all, and in that of each customer.
async fn seen(caller: &Caller, events: &[(Option<CustomerId>, String)]) -> Vec<bool> {
    // Of nobody known there is no list.
    let all = caller.names(None).await.unwrap_or_default();
    let look = events.iter().map(|(customer, name)| {
        let listed = all.contains(name);
        async move {
            let got = caller.get(name).await.map(|event| assert_eq!(event.name, *name));
            assert_eq!(got.is_ok(), listed, "{name}");
            if let Some(customer) = customer {
                let of_customer = caller.names(Some(*customer)).await;
                assert_eq!(of_customer.is_ok_and(|names| names.contains(name)), listed, "{name}");
            }
            if let Err(refused) = got {
                assert_eq!(refused.code(), Code::NotFound);
            }
            listed
        }
    });
    join_all(look).await
}

#[tokio::test]
async fn callers_see_what_is_in_their_scope_also_after_a_deletion() {
    let world = World::new().await;
    let (mine, other) = (world.add_customer(&[REP]).await, world.add_customer(&[OTHER_REP]).await);
    let group = world.event(Peer::GROUP, None, "group.created");
    world.publish(std::slice::from_ref(&group)).await;
    let events = [
        (Some(mine), world.happen(mine, "customer.created").await),
        (Some(other), world.happen(other, "customer.created").await),
        (None, name_of(&group)),
    ];
    let everyone = [
        (world.administrator(), [true, true, true]),
        (world.viewer(), [true, true, false]),
        (world.rep(REP), [true, false, false]),
        (world.rep(StaffId(Uuid::nil())), [false, false, false]),
        (world.customer(mine), [true, false, false]),
        (world.customer(world.stranger()), [false, false, false]),
    ];
    for (number, (caller, expected)) in everyone.iter().enumerate() {
        assert_eq!(seen(caller, &events).await, expected, "caller {number}");
    }

    // Of a deletion profile says only that it was.
    world.refer(mine, State::Deleted, &[]).await;
    for (number, (caller, expected)) in everyone.iter().enumerate() {
        let expected = if number == 4 { &[false; 3] } else { expected };
        assert_eq!(seen(caller, &events).await, expected, "caller {number} after the deletion");
    }
    assert_eq!(code(world.customer(mine).names(Some(mine)).await), Code::NotFound);
    world.end().await;
}

#[tokio::test]
async fn the_history_of_a_customer_who_is_being_deleted_stays_with_staff() {
    let world = World::new().await;
    let customer = world.add_customer(&[]).await;
    let event = world.happen(customer, "customer.updated").await;
    world.refer(customer, State::Deleting, &[]).await;
    assert_eq!(world.administrator().names(Some(customer)).await.unwrap(), [event]);
    assert_eq!(code(world.customer(customer).names(Some(customer)).await), Code::NotFound);
    world.end().await;
}

#[tokio::test]
async fn a_customer_whose_creation_was_given_up_was_never_there() {
    let world = World::new().await;
    let customer = world.stranger();
    world.refer(customer, State::Deleted, &[]).await;
    assert_eq!(code(world.administrator().names(Some(customer)).await), Code::NotFound);
    world.end().await;
}

#[tokio::test]
async fn customers_learn_that_it_was_staff_and_not_who() {
    let world = World::new().await;
    let customer = world.add_customer(&[]).await;
    let mut event = world.event(Peer::PROFILE, Some(customer), "customer.updated");
    event.context = Some(ChangeContext {
        actor: ADMINISTRATOR.resource_name(),
        actor_display_name: "Jane Peacock".into(),
        reason: "insisted".into(),
        ..ChangeContext::default()
    });
    world.publish(std::slice::from_ref(&event)).await;
    let for_staff = world.viewer().get(&name_of(&event)).await.unwrap();
    let for_customer = world.customer(customer).get(&name_of(&event)).await.unwrap();
    assert_eq!(for_staff.context, event.context);
    let shown = ChangeContext { actor: "staff".into(), ..ChangeContext::default() };
    assert_eq!((for_customer.context, for_customer.changes), (Some(shown), for_staff.changes));
    // A member of staff who acts as the customer sees what the customer does.
    let tokens = world.mesh.tokens();
    let permissions = [patron_chassis::permission::Permission::ActivityRead];
    let acting = world.caller(&tokens.impersonating(ADMINISTRATOR, customer, &permissions));
    assert_eq!(acting.get(&name_of(&event)).await.unwrap().context.unwrap().actor, "staff");
    world.end().await;
}
