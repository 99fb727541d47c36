//! The checks that the codec makes of requests, on the requests of the contract.

use patron_proto::{
    address::v1::{Address, CreateAddressRequest},
    identity::v1::{CreateSessionRequest, UserKind},
    profile::v1::{
        BatchGetCustomersRequest, CreateCustomerRequest, Customer, GetCustomerRequest, ListCustomersRequest,
    },
    r#type::v1::PhoneNumber,
    validate::{Check, Validate},
};

const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// What is wrong with a request, as `field description`.
fn wrong(request: &impl Validate) -> Vec<String> {
    let mut check = Check::default();
    request.validate(&mut check);
    check.into_violations().into_iter().map(|it| format!("{} {}", it.field, it.description)).collect()
}

fn create(customer: Customer) -> CreateCustomerRequest {
    CreateCustomerRequest { customer: Some(customer), ..Default::default() }
}

#[test]
fn a_good_request_has_nothing_wrong() {
    let customer = Customer {
        first_name: "Luís".into(),
        assigned_staff: vec![format!("staff/{ID}")],
        ..Default::default()
    };
    assert!(wrong(&create(customer)).is_empty());
    assert!(wrong(&GetCustomerRequest { name: format!("customers/{ID}") }).is_empty());
    assert!(wrong(&ListCustomersRequest::default()).is_empty());
}

#[test]
fn what_is_needed_must_be_there() {
    assert_eq!(wrong(&CreateCustomerRequest::default()), ["customer is needed"]);
    assert_eq!(wrong(&GetCustomerRequest::default()), ["name is needed"]);
    let request = CreateSessionRequest { identifier: "a".into(), password: "b".into(), ..Default::default() };
    assert_eq!(wrong(&request), ["user_kind is needed"]);
}

#[test]
fn lengths_are_counted_in_characters() {
    let customer = |length| create(Customer { company: "ł".repeat(length), ..Default::default() });
    assert!(wrong(&customer(100)).is_empty());
    assert_eq!(wrong(&customer(101)), ["customer.company is longer than 100 characters"]);
}

#[test]
fn nul_is_refused_in_every_text() {
    let customer = Customer { first_name: "a\0".into(), ..Default::default() };
    assert_eq!(
        wrong(&create(customer)),
        ["customer.first_name holds a NUL character, which cannot be stored"]
    );
    let request = BatchGetCustomersRequest { names: vec![format!("customers/{ID}\0")] };
    assert!(wrong(&request).iter().any(|it| it.starts_with("names[0] holds a NUL")));
}

#[test]
fn unknown_enum_values_are_refused() {
    let customer = Customer { account_type: 7, ..Default::default() };
    assert_eq!(wrong(&create(customer)), ["customer.account_type is not a known value"]);
    let address = Address { uses: vec![1, 9], ..Default::default() };
    let request = CreateAddressRequest {
        parent: format!("customers/{ID}"),
        address: Some(address),
        ..Default::default()
    };
    assert_eq!(wrong(&request), ["address.uses[1] is not a known value"]);
    let request = CreateSessionRequest {
        identifier: "a".into(),
        password: "b".into(),
        user_kind: UserKind::Staff.into(),
        ..Default::default()
    };
    assert!(wrong(&request).is_empty());
}

#[test]
fn items_are_counted_unique_and_named_with_their_place() {
    let names = |count: u32| BatchGetCustomersRequest {
        names: (0..count).map(|it| format!("customers/01890a5d-ac96-774b-bcce-{it:012x}")).collect(),
    };
    assert_eq!(wrong(&names(0)), ["names has fewer than 1 items"]);
    assert_eq!(wrong(&names(101)), ["names has more than 100 items"]);
    let staff = format!("staff/{ID}");
    let customer = Customer { assigned_staff: vec![staff.clone(), staff], ..Default::default() };
    assert_eq!(wrong(&create(customer)), ["customer.assigned_staff holds an item twice"]);
    let request = BatchGetCustomersRequest { names: vec![format!("customers/{ID}"), "customers/me".into()] };
    assert_eq!(wrong(&request), ["names[1] does not have the form ^customers/[0-9a-f-]{36}$"]);
}

#[test]
fn numbers_have_bounds_and_ids_a_form() {
    assert_eq!(
        wrong(&ListCustomersRequest { page_size: -1, ..Default::default() }),
        ["page_size is below 0"]
    );
    let request = CreateCustomerRequest { request_id: "7".into(), ..create(Customer::default()) };
    assert_eq!(wrong(&request), ["request_id is not a UUID"]);
}

#[test]
fn rules_reach_into_messages_and_empty_fields_are_passed_over() {
    let fax = PhoneNumber { number: "+4953".into(), region_code: "Germany".into(), ..Default::default() };
    let customer = Customer { fax: Some(fax), ..Default::default() };
    assert_eq!(wrong(&create(customer)), ["customer.fax.region_code does not have the form ^[A-Za-z]{2}$"]);
}

#[test]
fn fields_that_only_the_service_writes_are_passed_over() {
    let customer = Customer { number: "\0".into(), groups: vec!["\0".into()], ..Default::default() };
    assert!(wrong(&create(customer)).is_empty());
}

#[test]
fn as_many_violations_are_named_as_fit_and_the_rest_is_counted() {
    let request = BatchGetCustomersRequest { names: vec!["wrong".into(); 800] };
    let mut check = Check::default();
    request.validate(&mut check);
    let violations = check.into_violations();
    assert!(violations.len() <= 100, "{}", violations.len());
    let named = violations.len() - 1;
    assert_eq!(violations[named].description, format!("{} more fields are wrong", 802 - named));
    let bytes: usize = violations.iter().map(|it| it.field.len() + it.description.len()).sum();
    assert!(bytes < 7 * 1024, "{bytes}");
}
