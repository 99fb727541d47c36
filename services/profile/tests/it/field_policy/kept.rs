//! Creations and updates keep to it.

use super::everywhere;
use crate::fixture::{Fixture, luis, staff_id, update, violations};
use patron_proto::{
    address::v1::Address,
    profile::v1::{
        BatchCreateCustomersRequest, CreateCustomerRequest, Customer, CustomerCreation, FieldPolicy,
        FieldRule, ListCustomersRequest, customer::Channel, customer_creation, field_rule::Need,
    },
    r#type::v1::PhoneNumber,
};
use tonic::Code;

#[tokio::test]
async fn a_rule_is_kept_to_in_its_channel_and_everything_that_breaks_one_is_named_at_once() {
    let fixture = Fixture::new().await;
    let policy = FieldPolicy {
        primary_phone: Some(FieldRule { point_of_sale: Need::Required.into(), ..Default::default() }),
        company: Some(FieldRule { point_of_sale: Need::Off.into(), ..Default::default() }),
        address: Some(FieldRule { point_of_sale: Need::Required.into(), ..Default::default() }),
        tax_number: Some(FieldRule {
            pattern: "[A-Z]{2}[0-9]{9}".into(),
            hint: "two letters and nine digits".into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    fixture.ask(policy, &["primary_phone", "company", "address", "tax_number"]).await.unwrap();
    let customer = Customer { last_name: String::new(), tax_number: "DE 1".into(), ..luis() };
    let status = fixture.create_by(Channel::PointOfSale, customer.clone()).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(
        violations(&status),
        [
            "customer.last_name is needed",
            "customer.primary_phone is needed",
            "customer.company is not asked for: leave it out",
            "customer.tax_number is not as asked for: two letters and nine digits",
            "addresses is needed",
        ]
    );
    let status = fixture.create(customer).await.unwrap_err();
    assert_eq!(
        violations(&status),
        [
            "customer.last_name is needed",
            "customer.tax_number is not as asked for: two letters and nine digits",
        ]
    );
    let created = fixture.create(Customer { tax_number: " DE123456789 ".into(), ..luis() }).await.unwrap();
    assert_eq!((created.tax_number.as_str(), created.channel()), ("DE123456789", Channel::Console));

    fixture.parts.knows_staff(staff_id(1), false);
    let request = CreateCustomerRequest {
        customer: Some(Customer {
            email: "other@example.com".into(),
            company: String::new(),
            primary_phone: Some(PhoneNumber { number: "+551239235555".into(), ..Default::default() }),
            ..luis()
        }),
        addresses: vec![Address { city: "London".into(), country_code: "GB".into(), ..Default::default() }],
        channel: Channel::PointOfSale.into(),
        ..Default::default()
    };
    let created = fixture.client().create_customer(fixture.staff(request)).await.unwrap().into_inner();
    assert_eq!(created.channel(), Channel::PointOfSale);
    let request = ListCustomersRequest { filter: "channel = POINT_OF_SALE".into(), ..Default::default() };
    let listed = fixture.client().list_customers(fixture.staff(request)).await.unwrap().into_inner();
    assert_eq!(listed.customers.iter().map(|it| &it.name).collect::<Vec<_>>(), [&created.name]);
}

#[tokio::test]
async fn of_a_batch_only_those_that_break_a_rule_are_refused() {
    let fixture = Fixture::new().await;
    let rule = FieldRule { import: Need::Required.into(), ..Default::default() };
    fixture.ask(FieldPolicy { source: Some(rule), ..Default::default() }, &["source.import"]).await.unwrap();
    let requests = [Channel::Import, Channel::Console].map(|channel| CreateCustomerRequest {
        customer: Some(Customer { email: format!("{}@example.com", channel.as_str_name()), ..luis() }),
        channel: channel.into(),
        ..Default::default()
    });
    let request = BatchCreateCustomersRequest { requests: requests.into(), ..Default::default() };
    let reply = fixture.client().batch_create_customers(fixture.staff(request)).await.unwrap().into_inner();
    let is_refused = |it: &CustomerCreation| matches!(it.result, Some(customer_creation::Result::Error(_)));
    assert_eq!(reply.results.iter().map(is_refused).collect::<Vec<_>>(), [true, false]);
}

#[tokio::test]
async fn a_change_is_judged_by_the_fields_that_it_changes() {
    let fixture = Fixture::new().await;
    let fax = PhoneNumber { number: "+551239235566".into(), ..Default::default() };
    let before = fixture.create(Customer { fax: Some(fax), ..luis() }).await.unwrap();
    let policy = FieldPolicy {
        fax: Some(everywhere(Need::Off)),
        department: Some(everywhere(Need::Required)),
        company: Some(FieldRule {
            pattern: "(?i).+ (gmbh|ltd)".into(),
            hint: "the legal form at the end".into(),
            ..everywhere(Need::Required)
        }),
        ..Default::default()
    };
    fixture.ask(policy, &["fax", "department", "company"]).await.unwrap();

    // what was there before the rules stands in nobody's way
    let whole = Customer { title: "Dr.".into(), ..before.clone() };
    let updated = fixture.update(whole, &[]).await.unwrap();
    assert_eq!((updated.title.as_str(), &updated.fax), ("Dr.", &before.fax));

    let fax = PhoneNumber { number: "+551239235567".into(), ..Default::default() };
    let wanted =
        Customer { name: before.name.clone(), fax: Some(fax), company: "Acme".into(), ..Default::default() };
    let status = fixture.update(wanted, &["fax", "company", "email"]).await.unwrap_err();
    assert_eq!(
        violations(&status),
        [
            "customer.email is needed",
            "customer.fax is not asked for: leave it out",
            "customer.company is not as asked for: the legal form at the end",
        ]
    );
    let wanted = Customer { name: before.name, company: "Acme Ltd".into(), ..Default::default() };
    let updated = fixture.update(wanted, &["fax", "company"]).await.unwrap();
    assert_eq!((updated.fax, updated.company.as_str()), (None, "Acme Ltd"));
}

#[tokio::test]
async fn customers_themselves_are_judged_as_those_who_register() {
    let fixture = Fixture::new().await;
    let created = fixture.create(luis()).await.unwrap();
    let rule = FieldRule { registration: Need::Off.into(), ..Default::default() };
    fixture.ask(FieldPolicy { job_title: Some(rule), ..Default::default() }, &["job_title"]).await.unwrap();
    let wanted = Customer { name: created.name.clone(), job_title: "Buyer".into(), ..Default::default() };
    let request = update(wanted.clone(), &["job_title"]);
    let status =
        fixture.client().update_customer(fixture.customer(&created.name, request)).await.unwrap_err();
    assert_eq!(violations(&status), ["customer.job_title is not asked for: leave it out"]);
    fixture.update(wanted, &["job_title"]).await.unwrap();
}

#[tokio::test]
async fn who_creates_at_the_point_of_sale_is_assigned_unless_somebody_else_is_named() {
    let fixture = Fixture::new().await;
    let (seller, other) = (staff_id(1), staff_id(2));
    fixture.parts.knows_staff(seller, false);
    fixture.parts.knows_staff(other, false);
    let sold = fixture.create_by(Channel::PointOfSale, luis()).await.unwrap();
    assert_eq!(sold.assigned_staff, [seller.resource_name()]);
    let named =
        Customer { email: "other@example.com".into(), assigned_staff: vec![other.resource_name()], ..luis() };
    let named = fixture.create_by(Channel::PointOfSale, named).await.unwrap();
    assert_eq!(named.assigned_staff, [other.resource_name()]);
    // who is assigned by selling is nobody's to leave out
    let rule = Some(everywhere(Need::Off));
    fixture
        .ask(FieldPolicy { assigned_staff: rule, ..Default::default() }, &["assigned_staff"])
        .await
        .unwrap();
    let third = Customer { email: "third@example.com".into(), ..luis() };
    let sold = fixture.create_by(Channel::PointOfSale, third).await.unwrap();
    assert_eq!(sold.assigned_staff, [seller.resource_name()]);
}
