use crate::fixture::{MANAGER, World, customer, reference, stuttgart, update};
use patron_chassis::peer::Peer;
use patron_ledger::testing::snapshots;
use patron_proto::{
    address::v1::{
        Address, AddressUse, BatchListAddressesRequest, DeleteAddressRequest, GetAddressRequest,
        ListAddressesRequest,
    },
    event::v1::{customer_reference::State, event::Snapshot},
    r#type::v1::PhoneNumber,
};
use patron_values::id::StaffId;
use tonic::{Code, Response};
use tonic_types::StatusExt as _;
use uuid::Uuid;

fn shipping() -> Vec<i32> {
    vec![AddressUse::Shipping.into()]
}

#[tokio::test]
async fn a_created_address_is_read_in_its_canonical_form() {
    let world = World::new().await;
    let phone = PhoneNumber { number: "0711 2842222".into(), ..Default::default() };
    let created =
        world.create(world.known(1).await, Address { phone: Some(phone), ..stuttgart() }).await.unwrap();
    let request = GetAddressRequest { name: created.name.clone() };
    let read = world.client().get_address(world.manager(request)).await.unwrap().into_inner();
    assert_eq!(read, created);
    assert_eq!((read.country_code.as_str(), read.phone.unwrap().number.as_str()), ("DE", "+497112842222"));
    assert_eq!(read.default_uses, shipping(), "the first address with a use is the default of it");
}

#[tokio::test]
async fn everything_that_is_wrong_is_named_at_once() {
    let world = World::new().await;
    let customer = world.known(1).await;
    for (country_code, expected) in [
        ("XX", &["address.line1", "address.country_code"][..]),
        ("DE", &["address.line1", "address.city", "address.postal_code"]),
    ] {
        let wrong = Address { line1: " ".into(), country_code: country_code.into(), ..Default::default() };
        let status = world.create(customer, wrong).await.unwrap_err();
        let details = status.get_details_bad_request().unwrap();
        let fields: Vec<&str> = details.field_violations.iter().map(|it| it.field.as_str()).collect();
        assert_eq!(fields, expected);
    }
}

#[tokio::test]
async fn one_address_is_the_default_of_a_use_and_the_oldest_other_follows_it() {
    let world = World::new().await;
    let customer = world.known(1).await;
    let first = world.create(customer, stuttgart()).await.unwrap();
    let second = world.create(customer, stuttgart()).await.unwrap();
    assert!(second.default_uses.is_empty());
    let claiming = Address { default_uses: shipping(), ..stuttgart() };
    let third = world.create(customer, claiming).await.unwrap();
    let defaults = |addresses: &[Address]| {
        addresses
            .iter()
            .filter(|it| it.default_uses == shipping())
            .map(|it| it.name.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(defaults(&world.list(customer).await.unwrap()), [third.name.as_str()]);

    let request = DeleteAddressRequest { name: third.name, ..Default::default() };
    world.client().delete_address(world.manager(request)).await.unwrap();
    let left = world.list(customer).await.unwrap();
    assert_eq!(left.iter().map(|it| &it.name).collect::<Vec<_>>(), [&first.name, &second.name]);
    assert_eq!(defaults(&left), [first.name]);
}

#[tokio::test]
async fn only_the_fields_of_the_mask_change_and_an_old_etag_is_aborted() {
    let world = World::new().await;
    let created = world.create(world.known(1).await, stuttgart()).await.unwrap();
    let wanted = Address {
        name: created.name.clone(),
        etag: created.etag.clone(),
        label: "home".into(),
        ..Default::default()
    };
    let updated = world.client().update_address(world.manager(update(wanted.clone(), &["label"]))).await;
    let updated = updated.map(Response::into_inner).unwrap();
    assert_eq!((updated.label.as_str(), updated.city.as_str()), ("home", "Stuttgart"));
    let status = world.client().update_address(world.manager(update(wanted, &["label"]))).await.unwrap_err();
    assert_eq!(status.code(), Code::Aborted);
    assert_eq!(status.get_details_error_info().unwrap().metadata["fields"], "label");
}

#[tokio::test]
async fn edits_of_different_fields_with_one_etag_both_stand_and_of_one_field_the_second_learns_by_whom() {
    let world = World::new().await;
    let created = world.create(world.known(1).await, stuttgart()).await.unwrap();
    let wanted = |label: &str, line2: &str| Address {
        name: created.name.clone(),
        etag: created.etag.clone(),
        label: label.into(),
        line2: line2.into(),
        ..Default::default()
    };
    let send = async |wanted: Address, field: &str| {
        let request = world.manager(update(wanted, &[field]));
        world.client().update_address(request).await.map(Response::into_inner)
    };
    send(wanted("home", ""), "label").await.unwrap();
    let both = send(wanted("", "2nd floor"), "line2").await.unwrap();
    assert_eq!((both.label.as_str(), both.line2.as_str()), ("home", "2nd floor"));
    let status = send(wanted("office", ""), "label").await.unwrap_err();
    assert_eq!(status.code(), Code::Aborted);
    let info = status.get_details_error_info().unwrap().metadata;
    assert_eq!((info["fields"].as_str(), info["changed_by"].as_str()), ("label", &*MANAGER.resource_name()));
}

#[tokio::test]
async fn a_default_that_another_address_takes_or_leaves_is_a_change_of_both() {
    let world = World::new().await;
    let customer = world.known(1).await;
    let first = world.create(customer, stuttgart()).await.unwrap();
    let second = world.create(customer, Address { default_uses: shipping(), ..stuttgart() }).await.unwrap();
    let request = DeleteAddressRequest { name: second.name.clone(), ..Default::default() };
    world.client().delete_address(world.manager(request)).await.unwrap();

    let aggregate = format!("{}/addresses", customer.resource_name());
    let events = world.peers.await_events(Peer::ACTIVITY, &aggregate, 5).await;
    let published: Vec<_> = events.iter().map(|it| (it.r#type.as_str(), it.resource.as_str())).collect();
    let (first_name, second_name) = (first.name.as_str(), second.name.as_str());
    assert_eq!(
        published,
        [
            ("address.created", first_name),
            ("address.created", second_name),
            ("address.updated", first_name),
            ("address.deleted", second_name),
            ("address.updated", first_name),
        ]
    );
    let left = world.list(customer).await.unwrap().remove(0);
    assert_ne!(left.etag, first.etag, "its reader learns that it changed");
}

#[tokio::test]
async fn an_update_without_a_change_counts_as_done_for_its_request_id() {
    let world = World::new().await;
    let created = world.create(world.known(1).await, stuttgart()).await.unwrap();
    let mut same = update(Address { name: created.name.clone(), ..stuttgart() }, &["city"]);
    same.request_id = "01890a5d-ac96-774b-bcce-b302099a8057".into();
    world.client().update_address(world.manager(same.clone())).await.unwrap();
    let other = Address { name: created.name.clone(), city: "Graz".into(), ..Default::default() };
    world.client().update_address(world.manager(update(other, &["city"]))).await.unwrap();
    let again = world.client().update_address(world.manager(same)).await.unwrap().into_inner();
    assert_eq!(again.city, "Graz", "the repeat undoes nothing");
}

#[tokio::test]
async fn writers_beside_a_deletion_wait_for_it_and_it_for_them_and_none_is_refused_for_a_deadlock() {
    let world = World::new().await;
    let customer = world.known(1).await;
    let mut addresses = Vec::new();
    for _ in 0..6 {
        addresses.push(world.create(customer, stuttgart()).await.unwrap());
    }
    let writers = addresses.iter().map(async |address| {
        let mut codes = Vec::new();
        for round in 0..10 {
            let wanted = Address {
                name: address.name.clone(),
                line2: format!("floor {round}"),
                default_uses: shipping(),
                ..stuttgart()
            };
            let request = world.manager(update(wanted, &["line2", "default_uses"]));
            codes
                .push(world.client().update_address(request).await.map_or_else(|it| it.code(), |_| Code::Ok));
        }
        codes
    });
    let (written, ()) =
        futures::join!(futures::future::join_all(writers), world.publish(customer, State::Deleted, 2, &[]));
    let answers: Vec<Code> = written.concat();
    assert!(answers.iter().all(|code| matches!(code, Code::Ok | Code::NotFound)), "{answers:?}");
    assert_eq!(world.list(customer).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn a_customer_who_is_being_deleted_takes_no_write_also_when_an_older_event_comes_late() {
    let world = World::new().await;
    let customer = world.known(1).await;
    let created = world.create(customer, stuttgart()).await.unwrap();
    world.publish(customer, State::Deleting, 3, &[]).await;
    world.publish(customer, State::Active, 2, &[]).await;
    world.publish(customer, State::Active, 4, &[]).await;
    assert_eq!(world.create(customer, stuttgart()).await.unwrap_err().code(), Code::NotFound);
    let wanted = Address { name: created.name, city: "Graz".into(), ..Default::default() };
    let status = world.client().update_address(world.manager(update(wanted, &["city"]))).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
}

#[tokio::test]
async fn a_customer_of_whom_no_event_has_come_is_asked_for_and_one_who_does_not_exist_has_no_address() {
    let world = World::new().await;
    let unknown = customer(2);
    assert_eq!(world.create(unknown, stuttgart()).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(world.list(unknown).await.unwrap_err().code(), Code::NotFound);
    world.peers.profile_knows(reference(unknown, State::Active, 1, &[]));
    world.create(unknown, stuttgart()).await.unwrap();
    assert_eq!(world.list(unknown).await.unwrap().len(), 1);
}

#[tokio::test]
async fn addresses_are_seen_by_whoever_may_see_the_customer() {
    let world = World::new().await;
    let (own, other) = (customer(1), customer(2));
    let rep = StaffId(Uuid::from_u128(7));
    world.publish(own, State::Active, 1, &[rep]).await;
    world.publish(other, State::Active, 1, &[MANAGER]).await;
    world.create(own, stuttgart()).await.unwrap();
    world.create(other, stuttgart()).await.unwrap();
    let request = BatchListAddressesRequest { parents: vec![other.resource_name(), own.resource_name()] };
    for (caller, expected) in [
        (world.manager(request.clone()), 2),
        (world.staff(rep, "assigned", request.clone()), 1),
        (world.customer(own, request), 1),
    ] {
        let listed = world.client().batch_list_addresses(caller).await.unwrap().into_inner().addresses;
        assert_eq!(listed.len(), expected);
        assert!(listed.last().unwrap().name.starts_with(&own.resource_name()));
    }
}

#[tokio::test]
async fn each_change_is_published_in_order_with_the_place_by_which_the_customer_is_found() {
    let world = World::new().await;
    let customer = world.known(1).await;
    let created = world.create(customer, stuttgart()).await.unwrap();
    let wanted = Address { name: created.name.clone(), city: "Graz".into(), ..Default::default() };
    world.client().update_address(world.manager(update(wanted.clone(), &["city"]))).await.unwrap();
    // Changes nothing, so nothing is published.
    world.client().update_address(world.manager(update(wanted, &["city"]))).await.unwrap();
    let request = DeleteAddressRequest { name: created.name, ..Default::default() };
    world.client().delete_address(world.manager(request)).await.unwrap();

    let aggregate = format!("{}/addresses", customer.resource_name());
    for peer in [Peer::ACTIVITY, Peer::PROFILE] {
        let published = world.peers.await_events(peer, &aggregate, 3).await;
        let published: Vec<_> = published
            .iter()
            .map(|event| {
                let Some(Snapshot::Addresses(place)) = &event.snapshot else { panic!("each has a place") };
                (event.version, event.r#type.as_str(), place.city.as_str())
            })
            .collect();
        assert_eq!(
            published,
            [(1, "address.created", "Stuttgart"), (2, "address.updated", "Graz"), (3, "address.deleted", "")]
        );
    }
}

#[tokio::test]
async fn a_snapshot_says_what_the_last_event_said() {
    let world = World::new().await;
    let (customer, other) = (world.known(1).await, world.known(2).await);
    let first = world.create(customer, stuttgart()).await.unwrap();
    let request = DeleteAddressRequest { name: first.name, ..Default::default() };
    world.client().delete_address(world.manager(request)).await.unwrap();
    world.create(other, stuttgart()).await.unwrap();
    let snapshots = snapshots(world.mesh.client_as("profile", &world.service)).await;
    for (customer, count, snapshot) in [(customer, 2, &snapshots[0]), (other, 1, &snapshots[1])] {
        let aggregate = format!("{}/addresses", customer.resource_name());
        let last = world.peers.await_events(Peer::PROFILE, &aggregate, count).await.pop().unwrap();
        assert_eq!(
            (&snapshot.aggregate, snapshot.version, &snapshot.snapshot),
            (&last.aggregate, last.version, &last.snapshot)
        );
    }
}

#[tokio::test]
async fn a_list_waits_only_for_what_this_service_is_sent() {
    let world = World::new().await;
    let customer = world.known(1).await;
    let name = customer.resource_name();
    for (token, behind) in [
        (format!("profile/{name}@99"), false),
        (format!("profile/{name}/reference@1"), false),
        (format!("profile/{name}/reference@99"), true),
        (format!("address/{name}/addresses@99"), false),
    ] {
        let request = ListAddressesRequest { parent: name.clone(), ..Default::default() };
        let mut request = world.manager(request);
        request.metadata_mut().insert("patron-consistency-token", token.parse().unwrap());
        let reply = world.client().list_addresses(request).await.unwrap();
        assert_eq!(reply.metadata().contains_key("patron-behind"), behind, "{token}");
    }
}
