use crate::{
    fixture::{Fixture, luis, staff_id, update, violations},
    parts::Failure,
};
use patron_ledger::testing::snapshots;
use patron_proto::{
    address::v1::Address,
    event::v1::{customer_reference::State, event::Snapshot},
    profile::v1::{
        CreateCustomerRequest, Customer, DeleteCustomerRequest, GetCustomerRequest, ListCustomersRequest,
    },
    r#type::v1::PhoneNumber,
};
use tonic::Code;
use tonic_types::StatusExt as _;
use uuid::Uuid;

fn get(name: &str) -> GetCustomerRequest {
    GetCustomerRequest { name: name.to_owned() }
}

#[tokio::test]
async fn a_created_customer_is_read_as_it_was_typed() {
    let fixture = Fixture::new().await;
    let fax = PhoneNumber { number: "+55 (12) 3923-5566".into(), ..Default::default() };
    let created = fixture.create(Customer { fax: Some(fax), ..luis() }).await.unwrap();
    let read = fixture.client().get_customer(fixture.staff(get(&created.name))).await.unwrap().into_inner();
    assert_eq!(read, created);
    assert_eq!((read.first_name.as_str(), read.email.as_str()), ("Luís", "luisg@embraer.com.br"));
    let fax = read.fax.unwrap();
    assert_eq!((fax.number.as_str(), fax.region_code.as_str()), ("+551239235566", "BR"));
    assert!(read.number.parse::<u32>().unwrap() > 100_000);
}

#[tokio::test]
async fn everything_that_is_wrong_is_named_at_once() {
    let fixture = Fixture::new().await;
    let phone = PhoneNumber { number: "+453 3331 9991 1".into(), ..Default::default() };
    let customer = Customer {
        email: "luis".into(),
        time_zone: "Mars".into(),
        work_phone: Some(phone),
        ..Default::default()
    };
    let status = fixture.create(customer).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    let fields: Vec<String> =
        violations(&status).iter().filter_map(|it| Some(it.split_once(' ')?.0.to_owned())).collect();
    assert_eq!(
        fields,
        [
            "customer.first_name",
            "customer.last_name",
            "customer.email",
            "customer.time_zone",
            "customer.work_phone"
        ]
    );
}

#[tokio::test]
async fn an_email_belongs_to_one_customer_in_upper_and_lower_case() {
    let fixture = Fixture::new().await;
    fixture.create(luis()).await.unwrap();
    let status =
        fixture.create(Customer { email: "LuisG@Embraer.com.br".into(), ..luis() }).await.unwrap_err();
    assert_eq!(status.code(), Code::AlreadyExists);
    assert_eq!(status.get_details_error_info().unwrap().metadata["field"], "customer.email");
}

#[tokio::test]
async fn only_the_fields_of_the_mask_change() {
    let fixture = Fixture::new().await;
    let created = fixture.create(luis()).await.unwrap();
    let wanted = Customer {
        name: created.name.clone(),
        first_name: "Luiz".into(),
        last_name: "X".into(),
        ..Default::default()
    };
    let updated = fixture.update(wanted, &["first_name", "company"]).await.unwrap();
    assert_eq!(
        (updated.first_name.as_str(), updated.last_name.as_str(), updated.company.as_str()),
        ("Luiz", "Gonçalves", "")
    );
    assert_ne!(updated.etag, created.etag);
}

#[tokio::test]
async fn two_edits_of_one_field_conflict_and_of_two_fields_both_stand() {
    let fixture = Fixture::new().await;
    let created = fixture.create(luis()).await.unwrap();
    let edit =
        |customer: Customer| Customer { name: created.name.clone(), etag: created.etag.clone(), ..customer };
    let first = edit(Customer { title: "Dr.".into(), ..Default::default() });
    fixture.update(first, &["title"]).await.unwrap();

    let same = edit(Customer { title: "Sr.".into(), ..Default::default() });
    let status = fixture.update(same, &["title"]).await.unwrap_err();
    assert_eq!(status.code(), Code::Aborted);
    let metadata = status.get_details_error_info().unwrap().metadata;
    assert_eq!(
        (metadata["fields"].as_str(), metadata["changed_by"].clone()),
        ("title", staff_id(1).resource_name())
    );

    let other = edit(Customer { department: "Sales".into(), ..Default::default() });
    let both = fixture.update(other, &["department"]).await.unwrap();
    assert_eq!((both.title.as_str(), both.department.as_str()), ("Dr.", "Sales"));
}

#[tokio::test]
async fn a_request_that_is_repeated_creates_one_customer() {
    let fixture = Fixture::new().await;
    let request = CreateCustomerRequest {
        customer: Some(luis()),
        request_id: Uuid::from_u128(7).to_string(),
        ..Default::default()
    };
    let calls = (0..8).map(|_| {
        let (mut client, request) = (fixture.client(), fixture.staff(request.clone()));
        async move { client.create_customer(request).await.unwrap().into_inner().name }
    });
    let mut names = futures::future::join_all(calls).await;
    names.dedup();
    assert_eq!(names.len(), 1);

    let other =
        CreateCustomerRequest { customer: Some(Customer { title: "Dr.".into(), ..luis() }), ..request };
    let status = fixture.client().create_customer(fixture.staff(other)).await.unwrap_err();
    assert_eq!(status.get_details_error_info().unwrap().reason, "REQUEST_ID_REUSED");
}

#[tokio::test]
async fn checking_alone_stores_nothing() {
    let fixture = Fixture::new().await;
    let request = CreateCustomerRequest { customer: Some(luis()), validate_only: true, ..Default::default() };
    let checked = fixture.client().create_customer(fixture.staff(request)).await.unwrap().into_inner();
    let status = fixture.client().get_customer(fixture.staff(get(&checked.name))).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    fixture.create(luis()).await.unwrap();
}

#[tokio::test]
async fn a_sales_rep_sees_the_customers_assigned_to_them_and_no_others() {
    let fixture = Fixture::new().await;
    let other = fixture.create(luis()).await.unwrap();
    let rep = staff_id(2);
    let customer = Customer { email: "leonie@example.com".into(), ..luis() };
    let request = CreateCustomerRequest { customer: Some(customer), ..Default::default() };
    let own = fixture.client().create_customer(fixture.sales_rep(rep, request)).await.unwrap().into_inner();
    assert_eq!(own.assigned_staff, [rep.resource_name()], "who creates a customer looks after it");

    let status = fixture.client().get_customer(fixture.sales_rep(rep, get(&other.name))).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    let listed = fixture
        .client()
        .list_customers(fixture.sales_rep(rep, ListCustomersRequest::default()))
        .await
        .unwrap();
    let names: Vec<String> =
        listed.into_inner().customers.into_iter().map(|customer| customer.name).collect();
    assert_eq!(names, [own.name]);
}

#[tokio::test]
async fn customers_read_and_change_their_own_record_but_not_its_email() {
    let fixture = Fixture::new().await;
    let own = fixture.create(luis()).await.unwrap();
    let other = fixture.create(Customer { email: "leonie@example.com".into(), ..luis() }).await.unwrap();
    let status =
        fixture.client().get_customer(fixture.customer(&own.name, get(&other.name))).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);

    let wanted = Customer {
        name: own.name.clone(),
        newsletter: true,
        email: "new@example.com".into(),
        ..Default::default()
    };
    let request = fixture.customer(&own.name, update(wanted.clone(), &["newsletter"]));
    assert!(fixture.client().update_customer(request).await.unwrap().into_inner().newsletter);
    let request = fixture.customer(&own.name, update(wanted, &["email"]));
    let status = fixture.client().update_customer(request).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn a_deleted_customer_is_gone_and_its_email_free() {
    let fixture = Fixture::new().await;
    let created = fixture.create(luis()).await.unwrap();
    let request = DeleteCustomerRequest { name: created.name.clone(), ..Default::default() };
    fixture.client().delete_customer(fixture.staff(request)).await.unwrap();
    // The relay delivers the same beside it.
    assert!(fixture.parts.calls().len() >= 3, "identity, address and group take no write from now on");
    let status = fixture.client().get_customer(fixture.staff(get(&created.name))).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    let again = fixture.create(luis()).await.unwrap();
    assert_ne!(again.name, created.name);
}

#[tokio::test]
async fn a_deletion_answers_once_every_service_refuses_writes_and_so_does_its_repeat() {
    let fixture = Fixture::new().await;
    let created = fixture.create(luis()).await.unwrap();
    fixture.parts.fail("mark", Failure::Outage);
    let request_id = "01890a5d-ac96-774b-bcce-b302099a8057".to_owned();
    let request = DeleteCustomerRequest { name: created.name.clone(), request_id, ..Default::default() };
    for _ in 0..2 {
        let status = fixture.client().delete_customer(fixture.staff(request.clone())).await.unwrap_err();
        assert_eq!(status.code(), Code::Unavailable, "somewhere the customer could still be written to");
        let status = fixture.client().get_customer(fixture.staff(get(&created.name))).await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound);
    }
    fixture.parts.recover();
    fixture.client().delete_customer(fixture.staff(request.clone())).await.unwrap();
    fixture.client().delete_customer(fixture.staff(request)).await.unwrap();
    fixture.create(luis()).await.expect("its email is free");
}

#[tokio::test]
async fn every_try_of_a_deletion_says_that_it_began_when_the_first_did() {
    let fixture = Fixture::new().await;
    let created = fixture.create(luis()).await.unwrap();
    let request_id = "01890a5d-ac96-774b-bcce-b302099a8057".to_owned();
    let request = DeleteCustomerRequest { name: created.name, request_id, ..Default::default() };
    fixture.parts.fail("mark", Failure::Outage);
    fixture.client().delete_customer(fixture.staff(request.clone())).await.unwrap_err();
    fixture.parts.recover();
    fixture.client().delete_customer(fixture.staff(request)).await.unwrap();
    let marks = fixture.parts.marks();
    assert!(marks.len() >= 4, "one try failed, and three services were reached");
    assert!(
        marks.iter().all(|mark| *mark == marks[0]),
        "a later one would look like that of a restored source"
    );
}

#[tokio::test]
async fn a_creation_that_comes_again_after_its_customer_was_deleted_is_not_found_at_once() {
    let fixture = Fixture::new().await;
    let request = CreateCustomerRequest {
        customer: Some(luis()),
        request_id: "01890a5d-ac96-774b-bcce-b302099a8057".to_owned(),
        ..Default::default()
    };
    let created =
        fixture.client().create_customer(fixture.staff(request.clone())).await.unwrap().into_inner();
    let delete = DeleteCustomerRequest { name: created.name, ..Default::default() };
    fixture.client().delete_customer(fixture.staff(delete)).await.unwrap();
    let status = fixture.client().create_customer(fixture.staff(request)).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
}

#[tokio::test]
async fn snapshots_list_the_visible_and_the_deleted_and_have_emails_for_identity_alone() {
    let fixture = Fixture::new().await;
    let gone = fixture.create(luis()).await.unwrap();
    let there = fixture.create(Customer { email: "other@example.com".into(), ..luis() }).await.unwrap();
    let request = DeleteCustomerRequest { name: gone.name.clone(), ..Default::default() };
    fixture.client().delete_customer(fixture.staff(request)).await.unwrap();
    for (peer, email) in [("identity", "other@example.com"), ("address", "")] {
        let snapshots = snapshots(fixture.mesh.client_as(peer, &fixture.profile)).await;
        let references: Vec<_> = snapshots
            .iter()
            .map(|it| match &it.snapshot {
                Some(Snapshot::Reference(reference)) => {
                    (it.customer.as_str(), reference.state(), it.version, reference.email.as_str())
                }
                other => panic!("{other:?}"),
            })
            .collect();
        let expected =
            [(gone.name.as_str(), State::Deleted, 3, ""), (there.name.as_str(), State::Active, 1, email)];
        assert_eq!(references, expected);
    }
}

#[tokio::test]
async fn the_token_of_a_creation_covers_its_participants() {
    let fixture = Fixture::new().await;
    let request = CreateCustomerRequest {
        customer: Some(luis()),
        addresses: vec![Address::default(), Address::default()],
        ..CreateCustomerRequest::default()
    };
    let created = fixture.client().create_customer(fixture.staff(request)).await.unwrap();
    let name = created.get_ref().name.clone();
    let tokens = created.metadata().get_all("patron-consistency-token");
    let tokens: Vec<_> = tokens.iter().map(|it| it.to_str().unwrap()).collect();
    let expected = [
        format!("profile/{name}@1"),
        format!("profile/{name}/reference@1"),
        format!("address/{name}/addresses@2"),
    ];
    assert_eq!(tokens, expected);
}
