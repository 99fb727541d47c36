//! The fields of a customer: those that callers write, and those that only the service does.

use crate::fixture::{Fixture, luis, staff_id, violations};
use patron_proto::{
    google::r#type::Date,
    profile::v1::{
        Customer, GetCustomerRequest,
        customer::{AccountType, Status},
    },
    r#type::v1::PhoneNumber,
};
use prost::{Message as _, Name as _};
use prost_reflect::{DynamicMessage, FieldDescriptor, Value};
use std::{borrow::Cow, sync::LazyLock};
use tonic::Code;
use uuid::Uuid;

/// A customer with a value in every field that callers write.
fn complete() -> Customer {
    let phone = |number: &str| Some(PhoneNumber { number: number.into(), ..Default::default() });
    Customer {
        middle_name: "Ângelo".into(),
        title: "Dr.".into(),
        department: "Vendas".into(),
        job_title: "Gerente".into(),
        account_type: AccountType::Business.into(),
        preferred_language: "pt-BR".into(),
        time_zone: "America/Sao_Paulo".into(),
        birth_date: Some(Date { year: 1962, month: 7, day: 14 }),
        tax_number: "12.345.678/0001-90".into(),
        source: "fair".into(),
        newsletter: true,
        external_id: "E-7".into(),
        metadata: [("erp.id".into(), "K-17".into()), ("tier".into(), "gold\nsince 2019".into())].into(),
        primary_phone: phone("+551239235555"),
        secondary_phone: phone("+551239235556"),
        personal_phone: phone("+551239235557"),
        work_phone: phone("+551239235558"),
        mobile_phone: phone("+551239235559"),
        fax: phone("+551239235566"),
        assigned_staff: vec![staff_id(1).resource_name(), staff_id(2).resource_name()],
        ..luis()
    }
}

#[tokio::test]
async fn every_field_is_stored_and_changed_as_it_was_typed() {
    let fixture = Fixture::new().await;
    for number in [1, 2] {
        fixture.parts.knows_staff(staff_id(number), false);
    }
    let wanted = complete();
    let fields: Vec<_> = WRITTEN.iter().map(|field| field.name().to_owned()).collect();
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    let plain = fixture.create(luis()).await.unwrap();
    let changed =
        fixture.update(Customer { name: plain.name.clone(), ..wanted.clone() }, &fields).await.unwrap();
    let read = fixture
        .client()
        .get_customer(fixture.staff(GetCustomerRequest { name: plain.name }))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(read, changed);
    let other = Customer { email: "other@example.com".into(), external_id: "E-8".into(), ..wanted.clone() };
    let created = fixture.create(other.clone()).await.unwrap();
    for (stored, typed) in [(changed, wanted), (created, other)] {
        let (stored, typed) = (dynamic(&stored), dynamic(&typed));
        for field in &*WRITTEN {
            assert!(typed.has_field(field), "this test says nothing of {}", field.name());
            // Of phone numbers the service writes parts.
            let (is, was) = (stored.get_field(field), typed.get_field(field));
            let number = |value: &Value| value.as_message()?.get_field_by_name("number").map(Cow::into_owned);
            match number(&was) {
                Some(number_typed) => assert_eq!(number(&is), Some(number_typed), "{}", field.name()),
                None => assert_eq!(is, was, "{}", field.name()),
            }
        }
    }
}

/// The fields of a customer that callers write.
static WRITTEN: LazyLock<Vec<FieldDescriptor>> = LazyLock::new(|| {
    let pool = patron_proto::pool();
    let option = pool.get_extension_by_name("google.api.field_behavior").unwrap();
    // OUTPUT_ONLY and IDENTIFIER
    let is_given = |field: &FieldDescriptor| {
        let behaviors = field.options().get_extension(&option).into_owned();
        behaviors.as_list().unwrap_or_default().iter().any(|it| matches!(it.as_enum_number(), Some(3 | 8)))
    };
    let fields = pool.get_message_by_name(&Customer::full_name()).unwrap();
    fields.fields().filter(|field| field.name() != "etag" && !is_given(field)).collect()
});

fn dynamic(customer: &Customer) -> DynamicMessage {
    let descriptor = patron_proto::pool().get_message_by_name(&Customer::full_name()).unwrap();
    DynamicMessage::decode(descriptor, customer.encode_to_vec().as_slice()).unwrap()
}

#[tokio::test]
async fn what_only_the_service_writes_is_refused_where_it_differs() {
    let fixture = Fixture::new().await;
    let created = fixture.create(luis()).await.unwrap();
    let disabled = Customer { status: Status::Disabled.into(), ..created.clone() };
    let grouped = Customer { groups: vec![format!("groups/{}", Uuid::nil())], ..created.clone() };
    for (wanted, field) in [(disabled, "status"), (grouped, "groups")] {
        for mask in [&[field][..], &["title", field], &["*"], &[]] {
            let status = fixture.update(wanted.clone(), mask).await.unwrap_err();
            assert_eq!(status.code(), Code::InvalidArgument, "{mask:?}");
            let refusal = violations(&status).concat();
            assert!(
                refusal.starts_with(&format!("update_mask includes {field}, which cannot be changed")),
                "{refusal}"
            );
        }
    }
    // Sent back as it is, or left out, it stands in nobody's way.
    let whole = Customer { title: "Dr.".into(), ..created.clone() };
    let bare = Customer { name: created.name.clone(), ..luis() };
    assert_eq!(fixture.update(whole, &[]).await.unwrap().title, "Dr.");
    assert_eq!(fixture.update(bare, &["*"]).await.unwrap().title, "");
}
