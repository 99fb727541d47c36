use crate::fixture::{Fixture, luis};
use patron_profile::store::FIELDS;
use patron_proto::{
    address::v1::Address,
    identity::v1::NewAccount,
    profile::v1::{CreateCustomerRequest, Customer, ListCustomersRequest},
    r#type::v1::PhoneNumber,
};
use patron_values::field_set::Field;
use prost::Name as _;
use std::collections::BTreeSet;
use tonic::Code;

async fn filled() -> Fixture {
    let fixture = Fixture::new().await;
    let phone = |number: &str| Some(PhoneNumber { number: number.into(), ..Default::default() });
    let customers = vec![
        Customer { work_phone: phone("+55 (12) 3923-5555"), middle_name: "Ângelo".into(), ..luis() },
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
        ("angelo", &["Luís"]),
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
async fn customers_are_found_by_number_username_and_what_stands_in_any_of_their_addresses() {
    let fixture = filled().await;
    let phone = PhoneNumber { number: "0316 872 1234".into(), ..Default::default() };
    let address = |city: &str, postal_code: &str, phone| Address {
        line1: "Hauptplatz 1".into(),
        city: city.into(),
        postal_code: postal_code.into(),
        country_code: "AT".into(),
        phone,
        ..Default::default()
    };
    let addresses = vec![address("Köflach", "8580", None), address("Graz", "8010", Some(phone))];
    let account = NewAccount { username: "leonie.k".into(), ..Default::default() };
    let leonie = Customer { first_name: "Leonie".into(), email: "leonie@example.com".into(), ..luis() };
    let request = CreateCustomerRequest {
        customer: Some(leonie),
        addresses,
        account: Some(account),
        ..Default::default()
    };
    let created = fixture.client().create_customer(fixture.staff(request)).await.unwrap().into_inner();
    for query in
        ["koflach", "8580", "graz 8010", "+43 316 872", "0316 872", "leonie.k", created.number.as_str()]
    {
        assert_eq!(fixture.found(query).await, ["Leonie"], "{query}");
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
    let pages = async |order_by: &str| {
        let (mut names, mut page_token) = (Vec::new(), String::new());
        loop {
            let order_by = order_by.to_owned();
            let request = ListCustomersRequest { page_size: 1, page_token, order_by, ..Default::default() };
            let page = fixture.client().list_customers(fixture.staff(request)).await.unwrap().into_inner();
            names.extend(page.customers.into_iter().map(|customer| customer.first_name));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return names;
            }
        }
    };
    assert_eq!(pages("").await, ["Phil", "Stanisław", "Luís"]);
    assert_eq!(pages("last_name").await, ["Luís", "Phil", "Stanisław"]);
    assert_eq!(pages("company desc, last_name").await, ["Luís", "Phil", "Stanisław"]);
    for field in FIELDS.fields().iter().filter(|field| field.is_ordered()) {
        let (mut ascending, descending) =
            (pages(field.name()).await, pages(&format!("{} desc", field.name())).await);
        ascending.reverse();
        assert_eq!(ascending, descending, "{}", field.name());
        ascending.sort_unstable();
        assert_eq!(ascending, ["Luís", "Phil", "Stanisław"], "{}", field.name());
    }
}

#[tokio::test]
async fn lists_take_every_filter_and_order_that_the_contract_promises_and_no_other() {
    let contract = include_str!("../../../../proto/patron/profile/v1/customer_service.proto");
    let comment = |field: &str| {
        let before = contract.split(&format!("string {field} = ")).next().unwrap();
        let lines = before.lines().rev().skip(1).take_while(|line| line.trim().starts_with("//"));
        let mut lines: Vec<&str> = lines.map(|line| line.trim().trim_start_matches("// ")).collect();
        lines.reverse();
        lines.join(" ")
    };
    let names = |text: &str| -> BTreeSet<String> {
        text.split([',', ' ']).filter(|it| !it.is_empty() && *it != "and").map(ToOwned::to_owned).collect()
    };
    let between = |text: &str, start: &str, end: &str| {
        names(text.split_once(start).unwrap().1.split_once(end).unwrap().0)
    };
    let known = |is_known: fn(&Field<_>) -> bool| -> BTreeSet<String> {
        FIELDS.fields().iter().filter(|it| is_known(it)).map(|it| it.name().to_owned()).collect()
    };
    let ordered = between(&comment("order_by"), "where descending: ", ". Who has");
    assert_eq!(known(Field::is_ordered), ordered);
    let left_out = between(&comment("filter"), "every field of a customer but ", ". At most");
    let customer = patron_proto::pool().get_message_by_name(&Customer::full_name()).unwrap();
    let fields: BTreeSet<String> = customer.fields().map(|field| field.name().to_owned()).collect();
    assert!(left_out.is_subset(&fields));
    let promised: BTreeSet<String> = fields.difference(&left_out).cloned().collect();
    assert_eq!(known(Field::is_filtered), promised);

    let fixture = filled().await;
    for field in promised {
        let request =
            ListCustomersRequest { filter: format!("{field}:* OR NOT {field}:*"), ..Default::default() };
        let listed = fixture.client().list_customers(fixture.staff(request)).await.unwrap().into_inner();
        assert_eq!((listed.customers.len(), listed.total_size), (3, 3), "{field}");
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
