//! What events can be found by.

use crate::fixture::{ADMINISTRATOR, Caller, REP, World, name_of, names};
use patron_chassis::peer::Peer;
use patron_proto::{activity::v1::ListActivityEventsRequest, event::v1::ChangeContext};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

async fn find(caller: &Caller, filter: &str) -> Result<Vec<String>, Status> {
    let request = ListActivityEventsRequest { filter: filter.into(), ..Default::default() };
    Ok(names(&caller.list(request).await?.events))
}

#[tokio::test]
async fn events_are_found_by_each_field() {
    let world = World::new().await;
    let customer = world.add_customer(&[REP]).await;
    let updated = world.event(Peer::PROFILE, Some(customer), "customer.updated");
    let mut created = world.event(Peer::ADDRESS, Some(customer), "address.created");
    created.resource.push_str("/addresses/01890a5d-ac96-774b-bcce-b302099a8057");
    created.context = Some(ChangeContext {
        actor: REP.resource_name(),
        on_behalf_of: customer.resource_name(),
        trace_id: "0af7651916cd43dd8448eb211c80319c".into(),
        ..ChangeContext::default()
    });
    let (first, second) = (name_of(&updated), name_of(&created));
    for event in [&updated, &created] {
        world.publish(std::slice::from_ref(event)).await;
    }
    let at = "2026-01-01T00:00:00Z";
    for (filter, found) in [
        ("type = customer.updated".to_owned(), vec![&first]),
        ("type = customer.*".to_owned(), vec![&first]),
        ("source = address".to_owned(), vec![&second]),
        (format!("actor = \"{}\"", ADMINISTRATOR.resource_name()), vec![&first]),
        (format!("onBehalfOf = \"{}\"", customer.resource_name()), vec![&second]),
        (format!("resource = \"{}/addresses/*\"", customer.resource_name()), vec![&second]),
        ("trace_id = 0af7651916cd43dd8448eb211c80319c".to_owned(), vec![&second]),
        (format!("event_time >= {at} AND NOT trace_id:*"), vec![&first]),
        (format!("event_time < {at}"), vec![]),
        ("source = (profile OR address)".to_owned(), vec![&second, &first]),
    ] {
        for caller in [world.administrator(), world.rep(REP)] {
            let found: Vec<String> = found.iter().copied().cloned().collect();
            assert_eq!(find(&caller, &filter).await.unwrap(), found, "{filter}");
        }
    }
    world.end().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_filter_is_named() {
    let world = World::new().await;
    for filter in ["type", "kind = a", "event_time > yesterday", "trace_id = 1", "actor = \"", "reason = x"] {
        let refused = find(&world.administrator(), filter).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{filter}");
        assert_eq!(refused.get_details_bad_request().unwrap().field_violations[0].field, "filter");
    }
    world.end().await;
}

#[tokio::test]
async fn customers_do_not_find_out_who_did_something() {
    let world = World::new().await;
    let customer = world.add_customer(&[]).await;
    let event = world.happen(customer, "customer.updated").await;
    let caller = world.customer(customer);
    assert_eq!(find(&caller, "type = customer.updated").await.unwrap(), [event]);
    for filter in ["actor:*", "on_behalf_of:*"] {
        assert_eq!(find(&caller, filter).await.unwrap_err().code(), Code::InvalidArgument, "{filter}");
    }
    world.end().await;
}
