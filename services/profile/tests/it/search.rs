use crate::fixture::{Fixture, luis};
use patron_proto::{
    profile::v1::{Customer, ListCustomersRequest},
    r#type::v1::PhoneNumber,
};
use tonic::Code;

async fn filled() -> Fixture {
    let fixture = Fixture::new().await;
    let phone = |number: &str| Some(PhoneNumber { number: number.into(), ..Default::default() });
    let customers = [
        Customer { work_phone: phone("+55 (12) 3923-5555"), ..luis() },
        Customer {
            first_name: "Stanisław".into(),
            last_name: "Wójcik".into(),
            email: "stanisław.wójcik@wp.pl".into(),
            work_phone: phone("+48 22 828 37 39"),
            ..Default::default()
        },
        Customer {
            first_name: "Phil".into(),
            last_name: "Hughes".into(),
            email: "phil.hughes@gmail.com".into(),
            department: "100%_sales".into(),
            work_phone: phone("+44 020 7976 5722"),
            ..Default::default()
        },
    ];
    for customer in customers {
        fixture.create(customer).await.unwrap();
    }
    fixture
}

#[tokio::test]
async fn customers_are_found_by_parts_of_every_field_however_it_is_typed() {
    let fixture = filled().await;
    let table: &[(&str, &[&str])] = &[
        ("goncalves", &["Luís"]),
        ("GONÇ", &["Luís"]),
        ("wojcik", &["Stanisław"]),
        ("stanislaw.w", &["Stanisław"]),
        ("embraer", &["Luís"]),
        ("aeronautica", &["Luís"]),
        ("gmail", &["Phil"]),
        ("3923-55", &["Luís"]),
        ("(12) 3923", &["Luís"]),
        ("+48 22 828", &["Stanisław"]),
        ("020 7976", &["Phil"]),
        ("0044 20 7976", &["Phil"]),
        ("luis embraer", &["Luís"]),
        ("luis gmail", &[]),
        ("ph", &["Phil"]),
        ("hi", &[]),
        ("100%_s", &["Phil"]),
        ("%", &[]),
        ("_", &[]),
        ("", &["Luís", "Phil", "Stanisław"]),
    ];
    for (query, expected) in table {
        assert_eq!(fixture.found(query).await, *expected, "{query}");
    }
}

#[tokio::test]
async fn an_id_finds_its_customer_whole_or_by_its_beginning() {
    let fixture = Fixture::new().await;
    let created = fixture.create(luis()).await.unwrap();
    let id = created.name.trim_start_matches("customers/");
    assert_eq!(fixture.found(id).await, ["Luís"]);
    assert_eq!(fixture.found(&id[..13]).await, ["Luís"]);
}

#[tokio::test]
async fn pages_hold_every_customer_once_in_the_order_asked_for() {
    let fixture = filled().await;
    for (order_by, expected) in [
        ("", ["Phil", "Stanisław", "Luís"]),
        ("last_name", ["Luís", "Phil", "Stanisław"]),
        ("company desc", ["Phil", "Stanisław", "Luís"]),
    ] {
        let (mut names, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListCustomersRequest {
                page_size: 1,
                page_token,
                order_by: order_by.into(),
                ..Default::default()
            };
            let page = fixture.client().list_customers(fixture.staff(request)).await.unwrap().into_inner();
            names.extend(page.customers.into_iter().map(|customer| customer.first_name));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        names.sort_by_key(|name| expected.iter().position(|it| it == name));
        assert_eq!(names.len(), 3, "{order_by}");
        assert_eq!(names, expected, "{order_by}");
    }
}

#[tokio::test]
async fn filters_are_checked_and_applied() {
    let fixture = filled().await;
    let list = |filter: &str| {
        let request = ListCustomersRequest { filter: filter.into(), ..Default::default() };
        let (mut client, request) = (fixture.client(), fixture.staff(request));
        async move { client.list_customers(request).await.map(|page| page.into_inner().customers.len()) }
    };
    assert_eq!(list(r#"last_name = "Hughes" OR email:"wp.pl""#).await.unwrap(), 2);
    assert_eq!(list("NOT company:* AND status = ACTIVE").await.unwrap(), 2);
    assert_eq!(list("shoe_size = 7").await.unwrap_err().code(), Code::InvalidArgument);
}
