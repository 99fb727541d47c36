//! What is kept of what the other services publish.

use crate::fixture::{ADMINISTRATOR, World, code, name_of};
use patron_chassis::peer::Peer;
use patron_proto::event::{
    internal::v1::deliver_events_response::Outcome,
    v1::{ChangeContext, CustomerAddresses, FieldChange, event::Snapshot},
};
use patron_values::diff::to_proto;
use serde_json::json;
use tonic::Code;
use uuid::Uuid;

#[tokio::test]
async fn an_event_is_kept_as_it_was_published() {
    let world = World::new().await;
    let customer = world.add_customer(&[]).await;
    let mut published = world.event(Peer::ADDRESS, Some(customer), "address.updated");
    published.aggregate.push_str("/addresses");
    published.resource.push_str("/addresses/01890a5d-ac96-774b-bcce-b302099a8057");
    published.snapshot = Some(Snapshot::Addresses(CustomerAddresses::default()));
    published.context = Some(ChangeContext {
        actor: ADMINISTRATOR.resource_name(),
        actor_display_name: "Jane Peacock".into(),
        on_behalf_of: customer.resource_name(),
        origin: "staff".into(),
        reason: "called about \"Łódź\" 💐".into(),
        trace_id: "0af7651916cd43dd8448eb211c80319c".into(),
        span_id: "b7ad6b7169203331".into(),
    });
    let values = [
        json!("{}[],'\"\\"),
        json!(""),
        json!(true),
        json!(-1.5),
        json!(["ADDRESS_USE_BILLING", 7]),
        json!({"year": 1970, "month": 2}),
    ];
    published.changes.extend(values.map(|value| FieldChange {
        field: "line1".into(),
        new: Some(to_proto(value)),
        ..FieldChange::default()
    }));
    world.publish(std::slice::from_ref(&published)).await;

    let kept = world.administrator().get(&name_of(&published)).await.unwrap();
    assert_eq!(kept.r#type, "address.updated");
    assert_eq!(kept.source, "address");
    assert_eq!(kept.customer, customer.resource_name());
    assert_eq!((kept.resource, kept.context), (published.resource, published.context));
    assert_eq!((kept.event_time, kept.changes), (published.time, published.changes));
    assert_eq!(kept.version, published.version);
    world.end().await;
}

#[tokio::test]
#[expect(deprecated, reason = "what a service that is not yet upgraded sends")]
async fn changes_from_before_values_had_types_are_text() {
    let world = World::new().await;
    let customer = world.add_customer(&[]).await;
    let mut published = world.event(Peer::PROFILE, Some(customer), "customer.updated");
    let (old_value, new_value) = (String::new(), "Luís".to_owned());
    published.changes =
        vec![FieldChange { field: "first_name".into(), old_value, new_value, ..Default::default() }];
    world.publish(std::slice::from_ref(&published)).await;
    let text = |text: &str| Some(to_proto(json!(text)));
    let kept = world.administrator().get(&name_of(&published)).await.unwrap();
    let expected = FieldChange { field: "first_name".into(), new: text("Luís"), ..Default::default() };
    assert_eq!(kept.changes, [expected]);

    let id = Uuid::from_u128(1);
    sqlx::query!(
        r#"insert into activity.activity_event (event_id, source, type, customer_id, resource, event_time, changes)
         values ($1, 'profile', 'customer.updated', $2, 'customers/x', now(),
             '[{"field": "first_name", "old": "", "new": "Luís"}]')"#,
        id,
        customer.0,
    )
    .execute(world.database.pool())
    .await
    .unwrap();
    let kept = world.administrator().get(&format!("events/{id}")).await.unwrap();
    let expected =
        FieldChange { field: "first_name".into(), old: text(""), new: text("Luís"), ..Default::default() };
    assert_eq!((kept.changes, kept.version), (vec![expected], 0));
    world.end().await;
}

#[tokio::test]
async fn events_of_all_four_services_are_recorded() {
    let world = World::new().await;
    let mut published = Vec::new();
    for source in [Peer::IDENTITY, Peer::PROFILE, Peer::ADDRESS, Peer::GROUP] {
        let event = world.event(source, None, "thing.created");
        world.publish(std::slice::from_ref(&event)).await;
        published.insert(0, name_of(&event));
    }
    assert_eq!(world.administrator().names(None).await.unwrap(), published);
    world.end().await;
}

#[tokio::test]
async fn an_event_that_is_delivered_again_is_kept_once() {
    let world = World::new().await;
    let customer = world.add_customer(&[]).await;
    let events: Vec<_> =
        (0..3).map(|_| world.event(Peer::PROFILE, Some(customer), "customer.updated")).collect();
    world.publish(&events[..2]).await;
    world.publish(&events).await;
    // As after the loss of what says up to where events were applied.
    let statement = sqlx::query!(
        "delete from activity.inbox where source = 'profile' and aggregate = $1",
        events[0].aggregate
    );
    statement.execute(world.database.pool()).await.unwrap();
    world.publish(&events).await;
    let expected: Vec<_> = events.iter().rev().map(name_of).collect();
    assert_eq!(world.administrator().names(Some(customer)).await.unwrap(), expected);
    world.end().await;
}

#[tokio::test]
async fn published_references_are_no_history() {
    let world = World::new().await;
    let customer = world.add_customer(&[]).await;
    assert!(world.administrator().names(Some(customer)).await.unwrap().is_empty());
    world.end().await;
}

#[tokio::test]
async fn an_event_that_cannot_be_kept_holds_back_no_other() {
    let world = World::new().await;
    let (one, other) = (world.add_customer(&[]).await, world.add_customer(&[]).await);
    let mut broken = world.event(Peer::PROFILE, Some(one), "customer.updated");
    broken.customer = "customers/nobody".into();
    let unusual = world.event(Peer::PROFILE, Some(one), "customer.updated");
    let fine = world.event(Peer::PROFILE, Some(other), "customer.updated");
    let outcomes = world.deliver(&[broken.clone(), unusual, fine.clone()]).await;
    assert_eq!(outcomes, [Outcome::Failed, Outcome::Untried, Outcome::Applied]);
    let administrator = world.administrator();
    administrator.get(&name_of(&fine)).await.unwrap();
    assert_eq!(code(administrator.get(&name_of(&broken)).await), Code::NotFound);
    world.end().await;
}
