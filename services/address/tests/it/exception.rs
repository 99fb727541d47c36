//! Addresses that break a rule of their country: those that staff make an exception for, and those that were there before.

use crate::fixture::{World, customer, stuttgart, update};
use patron_chassis::peer::Peer;
use patron_proto::{
    address::{
        internal::v1::{
            BatchCreateAddressesRequest, CreateAddressesRequest, ValidateAddressesRequest,
            address_creation_service_client::AddressCreationServiceClient,
        },
        v1::{Address, CreateAddressRequest},
    },
    event::v1::{ChangeContext, Event, customer_reference::State},
};
use patron_values::{diff, id::CustomerId};
use tonic::{Code, Response, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;

const REASON: &str = "A farm without a number; the post knows it";

/// A postal code that Germany does not have, and a reason.
fn excused() -> Address {
    Address { postal_code: "7017".into(), rule_exception: REASON.into(), ..stuttgart() }
}

/// The same without a reason.
fn broken() -> Address {
    Address { rule_exception: String::new(), ..excused() }
}

fn wrong_fields(status: &Status) -> Vec<String> {
    let details = status.get_details_bad_request();
    let details = details.unwrap_or_else(|| panic!("{status:?}"));
    details.field_violations.into_iter().map(|it| it.field).collect()
}

/// Changes fields of an address as the customer whose it is.
async fn update_own(
    world: &World,
    owner: CustomerId,
    wanted: Address,
    fields: &[&str],
) -> Result<Address, Status> {
    let request = world.customer(owner, update(wanted, fields));
    world.client().update_address(request).await.map(Response::into_inner)
}

/// `field: old -> new` of each change of an event.
fn changes(event: &Event) -> Vec<String> {
    let value = |value: &Option<_>| value.as_ref().map(diff::to_json).unwrap_or_default();
    event.changes.iter().map(|it| format!("{}: {} -> {}", it.field, value(&it.old), value(&it.new))).collect()
}

#[tokio::test]
async fn staff_may_keep_an_address_that_breaks_a_rule_with_a_reason_which_goes_when_it_is_mended() {
    let world = World::new().await;
    let owner = world.known(1).await;
    assert_eq!(wrong_fields(&world.create(owner, broken()).await.unwrap_err()), ["address.postal_code"]);
    let kept = world.create(owner, excused()).await.unwrap();
    assert_eq!((kept.postal_code.as_str(), kept.rule_exception.as_str()), ("7017", REASON));
    assert_eq!(world.list(owner).await.unwrap(), std::slice::from_ref(&kept));

    let labelled = world.update(Address { label: "farm".into(), ..kept.clone() }, &["label"]).await.unwrap();
    assert_eq!(labelled.rule_exception, REASON, "nothing that it is about has changed");
    let mended =
        world.update(Address { postal_code: "70174".into(), ..kept }, &["postal_code"]).await.unwrap();
    assert_eq!(mended.rule_exception, "");

    let aggregate = format!("{}/addresses", owner.resource_name());
    let events = world.peers.await_events(Peer::ACTIVITY, &aggregate, 3).await;
    assert!(changes(&events[0]).contains(&format!("rule_exception: null -> {REASON:?}")), "{:?}", events[0]);
    let expected =
        ["postal_code: \"7017\" -> \"70174\"".to_owned(), format!("rule_exception: {REASON:?} -> \"\"")];
    assert_eq!(changes(&events[2]), expected);
}

#[tokio::test]
async fn an_exception_is_for_what_it_was_made_for_and_a_further_breach_needs_it_named_again() {
    let world = World::new().await;
    let kept = world.create(world.known(1).await, excused()).await.unwrap();
    let worse = Address { postal_code: "701".into(), ..kept.clone() };
    let status = world.update(worse.clone(), &["postal_code"]).await.unwrap_err();
    assert_eq!(wrong_fields(&status), ["address.postal_code"]);
    let named = world.update(worse, &["postal_code", "rule_exception"]).await.unwrap();
    assert_eq!((named.postal_code.as_str(), named.rule_exception.as_str()), ("701", REASON));
    let moved = world.update(Address { city: "Graz".into(), ..kept }, &["city"]).await.unwrap();
    assert_eq!(moved.rule_exception, "", "the change was made without it");
}

#[tokio::test]
async fn an_exception_that_nothing_needs_is_not_kept_and_one_excuses_no_limit() {
    let world = World::new().await;
    let owner = world.known(1).await;
    let needless = Address { rule_exception: REASON.into(), ..stuttgart() };
    assert_eq!(world.create(owner, needless).await.unwrap().rule_exception, "");
    let unnamed = Address { line1: " ".into(), city: "a\u{202e}b".into(), ..excused() };
    let status = world.create(owner, unnamed).await.unwrap_err();
    assert_eq!(wrong_fields(&status), ["address.line1", "address.city"]);
    let blank = Address { rule_exception: " ".into(), ..excused() };
    assert_eq!(wrong_fields(&world.create(owner, blank).await.unwrap_err()), ["address.postal_code"]);
}

#[tokio::test]
async fn customers_make_no_exception_and_lose_none_that_they_send_back() {
    let world = World::new().await;
    let owner = world.known(1).await;
    let request = CreateAddressRequest {
        parent: owner.resource_name(),
        address: Some(excused()),
        ..Default::default()
    };
    let status = world.client().create_address(world.customer(owner, request)).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);

    let kept = world.create(owner, excused()).await.unwrap();
    let labelled =
        update_own(&world, owner, Address { label: "farm".into(), ..kept.clone() }, &[]).await.unwrap();
    assert_eq!((labelled.label.as_str(), labelled.rule_exception.as_str()), ("farm", REASON));
    let other = Address { rule_exception: "Because".into(), ..labelled.clone() };
    let status = update_own(&world, owner, other, &["rule_exception"]).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
    let worse = Address { postal_code: "701".into(), ..labelled.clone() };
    assert_eq!(
        wrong_fields(&update_own(&world, owner, worse, &[]).await.unwrap_err()),
        ["address.postal_code"]
    );
    let mended = Address { postal_code: "70174".into(), ..labelled };
    assert_eq!(update_own(&world, owner, mended, &[]).await.unwrap().rule_exception, "");
}

#[tokio::test]
async fn an_address_from_before_a_rule_stays_readable_and_its_other_fields_can_be_edited() {
    let world = World::new().await;
    let owner = world.known(1).await;
    let whole = world.create(owner, stuttgart()).await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "what an earlier release took")]
    let earlier = sqlx::query(
        "update address.address set postal_code = 'none', region = 'Swabia', country_code = 'US'",
    );
    earlier.execute(world.database.pool()).await.unwrap();

    let edited = world.update(Address { label: "home".into(), ..whole.clone() }, &["label"]).await.unwrap();
    assert_eq!(
        (edited.label.as_str(), edited.postal_code.as_str(), edited.country_code.as_str()),
        ("home", "none", "US")
    );
    let edited =
        world.update(Address { city: "Springfield".into(), ..whole.clone() }, &["city"]).await.unwrap();
    assert_eq!(edited.formatted_lines, ["Theodor-Heuss-Straße 34", "Springfield, Swabia none"]);
    let wrong = Address { region: "Bavaria".into(), ..whole.clone() };
    assert_eq!(wrong_fields(&world.update(wrong, &["region"]).await.unwrap_err()), ["address.region"]);
    // Another country judges all of it.
    let moved = Address { country_code: "CA".into(), ..whole };
    let status = world.update(moved, &["country_code"]).await.unwrap_err();
    assert_eq!(wrong_fields(&status), ["address.region", "address.postal_code"]);
}

#[tokio::test]
async fn a_postal_code_from_before_keeps_its_form_until_it_is_changed() {
    let world = World::new().await;
    let whole = world.create(world.known(1).await, stuttgart()).await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "what an earlier release took")]
    let earlier = sqlx::query("update address.address set postal_code = 'sw1a1aa', country_code = 'GB'");
    earlier.execute(world.database.pool()).await.unwrap();
    let edited = world.update(Address { label: "home".into(), ..whole.clone() }, &["label"]).await.unwrap();
    assert_eq!(edited.postal_code, "sw1a1aa");
    let typed = Address { postal_code: "sw1a 1aa".into(), ..whole };
    assert_eq!(world.update(typed, &["postal_code"]).await.unwrap().postal_code, "SW1A 1AA");
}

#[tokio::test]
async fn addresses_of_a_creation_keep_the_same_rules_and_may_have_the_same_exceptions() {
    let world = World::new().await;
    let owner = customer(1);
    let mut profile = AddressCreationServiceClient::new(world.mesh.client_as("profile", &world.service));
    let addresses = vec![excused(), broken(), Address { city: String::new(), ..stuttgart() }];
    let status = profile.validate_addresses(ValidateAddressesRequest { addresses }).await.unwrap_err();
    assert_eq!(wrong_fields(&status), ["addresses[1].postal_code", "addresses[2].city"]);

    let name = |number| {
        let id = Uuid::from_u128(owner.0.as_u128() << 8 | number);
        format!("{}/addresses/{id}", owner.resource_name())
    };
    let singapore = Address {
        line1: "1 Raffles Place".into(),
        postal_code: "048616".into(),
        country_code: "SG".into(),
        ..Default::default()
    };
    let request = CreateAddressesRequest {
        customer: owner.resource_name(),
        addresses: vec![Address { name: name(1), ..excused() }, Address { name: name(2), ..singapore }],
        context: Some(ChangeContext::default()),
    };
    profile.batch_create_addresses(BatchCreateAddressesRequest { requests: vec![request] }).await.unwrap();
    world.publish(owner, State::Active, 1, &[]).await;
    let listed = world.list(owner).await.unwrap();
    assert_eq!((listed[0].rule_exception.as_str(), listed[1].city.as_str()), (REASON, ""));
}
