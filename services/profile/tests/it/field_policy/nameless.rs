//! Customers whom the policy lets have no name, or no email.

use super::everywhere;
use crate::fixture::{Fixture, luis, violations};
use patron_proto::profile::v1::{Customer, FieldPolicy, ListCustomersRequest, field_rule::Need};
use tonic::Code;

impl Fixture {
    /// Allows customers with a company alone.
    async fn allow_a_company_alone(&self) {
        let optional = Some(everywhere(Need::Optional));
        let policy = FieldPolicy {
            first_name: optional.clone(),
            last_name: optional.clone(),
            email: optional,
            ..Default::default()
        };
        self.ask(policy, &["first_name", "last_name", "email"]).await.unwrap();
    }
}

fn company(name: &str) -> Customer {
    Customer { company: name.into(), ..Default::default() }
}

#[tokio::test]
async fn a_company_alone_is_a_customer_once_the_policy_allows_it() {
    let fixture = Fixture::new().await;
    let status = fixture.create(company("Embraer")).await.unwrap_err();
    let needed = ["first_name", "last_name", "email"].map(|field| format!("customer.{field} is needed"));
    assert_eq!(violations(&status), needed);

    fixture.allow_a_company_alone().await;
    let first = fixture.create(company("Embraer")).await.unwrap();
    let second = fixture.create(company("Embraer")).await.unwrap();
    assert_eq!((first.email.as_str(), first.last_name.as_str()), ("", ""));
    assert_ne!(first.name, second.name, "only emails are unique");
    let status = fixture.create(company(" ")).await.unwrap_err();
    assert_eq!(violations(&status), ["customer.first_name is needed, or a last name, a company or an email"]);

    // an email comes and goes, and is unique as long as it is there
    let with_email = Customer { email: "info@embraer.com.br".into(), ..first.clone() };
    fixture.update(with_email.clone(), &["email"]).await.unwrap();
    let taken = Customer { email: "Info@embraer.com.br".into(), ..second.clone() };
    assert_eq!(fixture.update(taken.clone(), &["email"]).await.unwrap_err().code(), Code::AlreadyExists);
    fixture
        .update(Customer { email: String::new(), etag: String::new(), ..first }, &["email"])
        .await
        .unwrap();
    assert_eq!(fixture.update(taken, &["email"]).await.unwrap().email, "Info@embraer.com.br");
    assert_eq!(fixture.found("embraer").await.len(), 2);
}

#[tokio::test]
async fn customers_without_email_or_names_stand_before_all_others_on_one_page_each() {
    let fixture = Fixture::new().await;
    fixture.allow_a_company_alone().await;
    let mut expected = Vec::new();
    for name in ["c", "a", "b"] {
        expected.push(fixture.create(company(name)).await.unwrap().name);
    }
    let named = fixture.create(luis()).await.unwrap().name;
    for (order, ascending) in
        [("email", true), ("last_name", true), ("first_name", true), ("email desc", false)]
    {
        let (mut listed, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListCustomersRequest {
                order_by: order.into(),
                page_size: 1,
                page_token,
                ..Default::default()
            };
            let page = fixture.client().list_customers(fixture.staff(request)).await.unwrap().into_inner();
            listed.extend(page.customers.into_iter().map(|it| it.name));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        if !ascending {
            listed.reverse();
        }
        let all: Vec<_> = expected.iter().chain([&named]).cloned().collect();
        assert_eq!(listed, all, "{order}");
    }
}
