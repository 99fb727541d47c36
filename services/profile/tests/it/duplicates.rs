//! Customers who may be the same as one who is about to be created.

use crate::fixture::{Fixture, luis, staff_id};
use patron_proto::{
    address::v1::Address,
    profile::v1::{
        CreateCustomerRequest, Customer, FindDuplicateCustomersRequest, duplicate_customer::Reason,
    },
    r#type::v1::PhoneNumber,
};
use tonic::{Code, Request};

impl Fixture {
    /// Names of those who are found, with why.
    async fn duplicates(
        &self,
        request: Request<FindDuplicateCustomersRequest>,
    ) -> Vec<(String, Vec<Reason>)> {
        let reply = self.client().find_duplicate_customers(request).await.unwrap().into_inner();
        let found = reply.duplicates.into_iter();
        found
            .map(|it| (it.reasons().collect(), it.customer.unwrap().name))
            .map(|(why, name)| (name, why))
            .collect()
    }

    async fn duplicates_of(&self, request: FindDuplicateCustomersRequest) -> Vec<(String, Vec<Reason>)> {
        self.duplicates(self.staff(request)).await
    }
}

/// Luís with two phones and an address.
fn luis_at_home(email: &str) -> CreateCustomerRequest {
    let phone = |number: &str| Some(PhoneNumber { number: number.into(), ..Default::default() });
    let customer = Customer {
        email: email.into(),
        work_phone: phone("+55 12 3923-5555"),
        mobile_phone: phone("+55 12 99123-4567"),
        ..luis()
    };
    let address = Address {
        line1: "Av. Dr. Nelson D'Ávila 389".into(),
        city: "São José dos Campos".into(),
        region: "SP".into(),
        postal_code: "12243-750".into(),
        country_code: "BR".into(),
        ..Default::default()
    };
    CreateCustomerRequest { customer: Some(customer), addresses: vec![address], ..Default::default() }
}

fn named(first_name: &str, last_name: &str, postal_code: &str) -> FindDuplicateCustomersRequest {
    FindDuplicateCustomersRequest {
        first_name: first_name.into(),
        last_name: last_name.into(),
        postal_code: postal_code.into(),
        ..Default::default()
    }
}

#[tokio::test]
async fn the_same_customer_is_found_by_email_phone_or_name_with_postal_code_however_it_is_typed() {
    let fixture = Fixture::new().await;
    let request = fixture.staff(luis_at_home("Luis@Example.com"));
    let name = fixture.client().create_customer(request).await.unwrap().into_inner().name;
    let by = |email: &str, phones: &[&str]| FindDuplicateCustomersRequest {
        email: email.into(),
        phones: phones.iter().map(|phone| (*phone).to_owned()).collect(),
        ..Default::default()
    };
    for (request, reasons) in [
        (by("luis@example.COM", &[]), vec![Reason::Email]),
        (by("", &["+55 12 39235555"]), vec![Reason::Phone]),
        (by("", &["+49 30 901820", "+55 (12) 99123-4567", "+551239235555"]), vec![Reason::Phone]),
        (by("luis@example.com", &["+55 12 3923 5555"]), vec![Reason::Email, Reason::Phone]),
        (named("luis", "GONCALVES", "12243750"), vec![Reason::NameAndPostalCode]),
        (named(" Luís ", "Gonçalves", "12243-750"), vec![Reason::NameAndPostalCode]),
    ] {
        assert_eq!(fixture.duplicates_of(request.clone()).await, [(name.clone(), reasons)], "{request:?}");
    }
    for request in [
        by("luis@example", &["+55 12 3923", "12 3923-5555", "letters"]),
        by("", &["+55 12 3923-5556"]),
        named("Luís", "Gonçalves", "12243-751"),
        named("Lu", "Gonçalves", "12243-750"),
        named("Luís", "Gonçalves", ""),
        FindDuplicateCustomersRequest::default(),
        FindDuplicateCustomersRequest { except: name.clone(), ..by("luis@example.com", &[]) },
    ] {
        assert_eq!(fixture.duplicates_of(request.clone()).await, [], "{request:?}");
    }
}

#[tokio::test]
async fn of_many_who_may_be_the_same_five_are_given_and_those_with_most_reasons_first() {
    let fixture = Fixture::new().await;
    let mut last = String::new();
    for number in 0..6 {
        let request = fixture.staff(luis_at_home(&format!("luis{number}@example.com")));
        last = fixture.client().create_customer(request).await.unwrap().into_inner().name;
    }
    let request = FindDuplicateCustomersRequest {
        email: "luis5@example.com".into(),
        ..named("Luís", "Gonçalves", "12243-750")
    };
    let found = fixture.duplicates_of(request).await;
    assert_eq!(found.len(), 5);
    assert_eq!(found[0], (last, vec![Reason::Email, Reason::NameAndPostalCode]));
}

#[tokio::test]
async fn nobody_learns_of_customers_whom_they_may_not_see() {
    let fixture = Fixture::new().await;
    fixture.create(luis()).await.unwrap();
    let request = FindDuplicateCustomersRequest { email: luis().email, ..Default::default() };
    assert_eq!(fixture.duplicates_of(request.clone()).await.len(), 1);
    assert_eq!(fixture.duplicates(fixture.sales_rep(staff_id(2), request)).await, []);
}

#[tokio::test]
async fn what_no_customer_can_have_is_refused() {
    let fixture = Fixture::new().await;
    let too_many = vec!["+551239235555".to_owned(); 7];
    for request in [
        FindDuplicateCustomersRequest { phones: too_many, ..Default::default() },
        FindDuplicateCustomersRequest { email: "x".repeat(255), ..Default::default() },
        FindDuplicateCustomersRequest { except: "customers/nobody".into(), ..Default::default() },
    ] {
        let refused = fixture.client().find_duplicate_customers(fixture.staff(request)).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
    }
}
