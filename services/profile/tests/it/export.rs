//! Customers as files.

mod format;

use crate::fixture::{Fixture, luis, staff_id};
use patron_chassis::{permission::Permission, testing::with_token};
use patron_proto::{
    address::v1::{Address, AddressUse},
    event::v1::Event,
    google::api::HttpBody,
    profile::v1::{
        CreateCustomerRequest, Customer, CustomerExport, EstimateCustomerExportRequest,
        ExportCustomersRequest,
        customer_export::{Format, Outcome},
        customer_export_service_client::CustomerExportServiceClient,
    },
    r#type::v1::PhoneNumber,
};
use patron_values::diff::State;
use prost::Message as _;
use std::{collections::BTreeSet, time::Duration};
use tonic::{Code, Request, Status, Streaming, transport::Channel};

const GROUP: &str = "groups/0190f0e0-0000-7000-8000-000000000001";

fn client(fixture: &Fixture) -> CustomerExportServiceClient<Channel> {
    CustomerExportServiceClient::new(fixture.mesh.client(&fixture.profile))
}

async fn open(
    fixture: &Fixture,
    request: Request<ExportCustomersRequest>,
) -> Result<Streaming<HttpBody>, Status> {
    client(fixture).export_customers(request).await.map(tonic::Response::into_inner)
}

/// A whole file.
async fn export(fixture: &Fixture, request: Request<ExportCustomersRequest>) -> Result<Vec<u8>, Status> {
    let (mut stream, mut file) = (open(fixture, request).await?, Vec::new());
    while let Some(part) = stream.message().await? {
        file.extend(part.data);
    }
    Ok(file)
}

fn of(format: Format, columns: &[&str]) -> ExportCustomersRequest {
    let columns = columns.iter().map(ToString::to_string).collect();
    ExportCustomersRequest { format: format.into(), columns, ..Default::default() }
}

/// The rows of a file, the first of which has the names.
fn rows(file: &[u8]) -> Vec<Vec<String>> {
    let text = file.strip_prefix("\u{feff}".as_bytes()).expect("a byte order mark");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text);
    reader.records().map(|row| row.unwrap().iter().map(ToOwned::to_owned).collect()).collect()
}

/// Customers who are made up by the database, so many at once as a statement has time for.
async fn fill(fixture: &Fixture, count: i32) {
    for first in (1..=count).step_by(500) {
        #[expect(clippy::disallowed_methods, reason = "one by one they would take minutes")]
        let filled = sqlx::query(
            "with made as (
                 insert into profile.customer (customer_id, state, first_name, last_name, email, email_key, newsletter,
                     assigned_staff, record_text, version, reference_version, created_at)
                 select gen_random_uuid(), 'active', 'Luís', 'Gonçalves ' || number, number || '@example.com',
                     number || '@example.com', false, '{}', ' luis', 1, 1, now() - number * interval '1 second'
                 from generate_series($1, $2) as number
                 returning customer_id)
             insert into profile.customer_time (customer_id, updated_at) select customer_id, now() from made",
        );
        let last = (first + 499).min(count);
        filled.bind(first).bind(last).execute(fixture.database.pool()).await.unwrap();
    }
}

/// What history is told of exports, from the first on.
async fn recorded(fixture: &Fixture) -> Vec<Event> {
    #[expect(clippy::disallowed_methods, reason = "looks behind the scenes")]
    let jobs = sqlx::query_scalar::<_, Vec<u8>>(
        "select payload from profile.queue where kind = 'activity' order by job_id",
    );
    let jobs = jobs.fetch_all(fixture.database.pool()).await.unwrap();
    let events = jobs.iter().map(|payload| Event::decode(payload.as_slice()).unwrap());
    events.filter(|event| event.r#type.starts_with("export.")).collect()
}

/// The export as history has it, once it has ended.
async fn ended(fixture: &Fixture) -> CustomerExport {
    loop {
        let events = recorded(fixture).await;
        if let [begun, ended] = events.as_slice() {
            let mut state = State::before(&begun.resource).expect("a resource of the contract");
            state.apply(&begun.changes).unwrap();
            state.apply(&ended.changes).unwrap();
            assert_eq!((begun.version, ended.version), (1, 2));
            return state.read().expect("an export");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Connections of the database on which something is done, or may be.
async fn busy(fixture: &Fixture) -> i64 {
    #[expect(clippy::disallowed_methods, reason = "looks behind the scenes")]
    let busy = sqlx::query_scalar(
        "select count(*) from pg_stat_activity
         where datname = current_database() and state <> 'idle' and pid <> pg_backend_pid()",
    );
    busy.fetch_one(fixture.database.pool()).await.unwrap()
}

async fn known(fixture: &Fixture) -> Customer {
    let phone = PhoneNumber { number: "+49 151 12345678".into(), ..Default::default() };
    let customer = Customer {
        company: "=cmd|' /C calc'!A0".into(),
        job_title: "Buyer, \"senior\"".into(),
        mobile_phone: Some(phone.clone()),
        assigned_staff: vec![staff_id(2).resource_name()],
        ..luis()
    };
    fixture.parts.knows_staff(staff_id(2), false);
    fixture.contacts.call_group(GROUP, "Wholesale");
    let request = CreateCustomerRequest {
        customer: Some(customer),
        groups: vec![GROUP.to_owned()],
        ..Default::default()
    };
    let created = fixture.client().create_customer(fixture.staff(request)).await.unwrap().into_inner();
    let address = |line1: &str, uses: &[AddressUse]| Address {
        line1: line1.into(),
        city: "Graz".into(),
        postal_code: "8010".into(),
        country_code: "AT".into(),
        default_uses: uses.iter().map(|one| i32::from(*one)).collect(),
        ..Default::default()
    };
    let addresses = vec![
        address("Hauptplatz 1", &[]),
        Address { line2: "Top 4".into(), ..address("Herrengasse 2", &[AddressUse::Shipping]) },
        address("-7 Annenstraße", &[AddressUse::Billing]),
    ];
    fixture.contacts.have_addresses(&created.name, addresses);
    created
}

#[tokio::test]
async fn a_file_of_many_pages_holds_every_customer_once_in_the_order_asked_for() {
    let fixture = Fixture::new().await;
    fill(&fixture, 5_000).await;
    let request = ExportCustomersRequest {
        order_by: "create_time".into(),
        ..of(Format::Csv, &["email", "create_time"])
    };
    let table = rows(&export(&fixture, fixture.staff(request)).await.unwrap());
    let emails: BTreeSet<&str> = table[1..].iter().map(|row| row[0].as_str()).collect();
    assert_eq!((table.len(), emails.len()), (5_001, 5_000));
    assert!(table[1..].is_sorted_by(|one, next| one[1] <= next[1]));
    let request = ExportCustomersRequest { filter: "email = \"4*\"".into(), ..of(Format::Csv, &["email"]) };
    let table = rows(&export(&fixture, fixture.staff(request)).await.unwrap());
    assert_eq!(table.len(), 1 + 1_111);
    let export = recorded(&fixture).await;
    assert_eq!(export.len(), 4);
}

#[tokio::test]
async fn who_may_see_some_customers_exports_these_and_nobody_what_they_may_not_read() {
    let fixture = Fixture::new().await;
    known(&fixture).await;
    fixture.create(Customer { email: "other@example.com".into(), ..luis() }).await.unwrap();
    let with = |permissions: &[Permission], scope: &str, columns: &[&str]| {
        let mut claims = fixture.mesh.tokens().staff(staff_id(2), permissions);
        scope.clone_into(&mut claims.scope);
        with_token(&fixture.mesh.tokens().sign(&claims), of(Format::Csv, columns))
    };
    let may = [Permission::CustomerExport];
    let table = rows(&export(&fixture, with(&may, "assigned", &["email"])).await.unwrap());
    assert_eq!(table, [["email"], ["luisg@embraer.com.br"]]);
    for refused in [
        with(&[Permission::CustomerRead], "all", &["email"]),
        with(&may, "all", &["addresses"]),
        with(&may, "all", &["primary_group"]),
        with(&may, "all", &[]),
    ] {
        assert_eq!(export(&fixture, refused).await.unwrap_err().code(), Code::PermissionDenied);
    }
    let customer = patron_values::id::CustomerId(uuid::Uuid::from_u128(7));
    let acting = fixture.mesh.tokens().impersonating(staff_id(1), customer, &may);
    let acting = with_token(&fixture.mesh.tokens().sign(&acting), of(Format::Csv, &["email"]));
    assert_eq!(export(&fixture, acting).await.unwrap_err().code(), Code::PermissionDenied);
}

#[tokio::test]
async fn history_keeps_who_exported_how_many_and_nothing_of_who_these_are() {
    let fixture = Fixture::new().await;
    known(&fixture).await;
    let request = ExportCustomersRequest {
        query: "goncalves".into(),
        filter: "NOT last_name = \"Peacock\" AND status = ACTIVE".into(),
        ..of(Format::Csv, &["number"])
    };
    export(&fixture, fixture.staff(request)).await.unwrap();
    let kept = ended(&fixture).await;
    assert_eq!((kept.format(), kept.outcome(), kept.row_count), (Format::Csv, Outcome::Complete, 1));
    assert_eq!(
        (kept.columns, kept.selected_by),
        (vec!["number".into()], vec!["query".into(), "last_name".into(), "status".into()])
    );
    for event in recorded(&fixture).await {
        assert_eq!(event.context.unwrap().actor, staff_id(1).resource_name());
        let text = format!("{:?}{}", event.changes, event.resource).to_lowercase();
        assert!(
            !text.contains("goncalves") && !text.contains("peacock") && event.customer.is_empty(),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_reader_who_does_not_read_holds_nothing_of_the_database_and_history_keeps_how_far_they_came() {
    let fixture = Fixture::new().await;
    fill(&fixture, 20_000).await;
    let mut stream = open(&fixture, fixture.staff(of(Format::JsonLines, &["name"]))).await.unwrap();
    stream.message().await.unwrap().unwrap();
    while busy(&fixture).await > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(recorded(&fixture).await.len(), 1, "it is not at its end");
    drop(stream);
    let kept = ended(&fixture).await;
    assert_eq!(kept.outcome(), Outcome::Abandoned);
    assert!((1..20_000).contains(&kept.row_count), "{}", kept.row_count);
}

#[tokio::test]
async fn a_caller_has_two_exports_at_once() {
    let fixture = Fixture::new().await;
    fill(&fixture, 20_000).await;
    let request = || fixture.staff(of(Format::JsonLines, &["name"]));
    let held = [open(&fixture, request()).await.unwrap(), open(&fixture, request()).await.unwrap()];
    assert_eq!(open(&fixture, request()).await.unwrap_err().code(), Code::ResourceExhausted);
    drop(held);
    while let Err(refused) = open(&fixture, request()).await {
        assert_eq!(refused.code(), Code::ResourceExhausted);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn an_export_that_needs_addresses_fails_at_once_while_they_are_away() {
    let fixture = Fixture::new().await;
    known(&fixture).await;
    fixture.contacts.go_away();
    let refused = export(&fixture, fixture.staff(of(Format::Csv, &["addresses"]))).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert_eq!((ended(&fixture).await.outcome(), ended(&fixture).await.row_count), (Outcome::Failed, 0));
    assert!(export(&fixture, fixture.staff(of(Format::Csv, &["email"]))).await.is_ok());
}

#[tokio::test]
async fn an_estimate_says_about_how_much_an_export_sends() {
    let fixture = Fixture::new().await;
    fill(&fixture, 5_000).await;
    for format in [Format::Csv, Format::JsonLines, Format::Xlsx] {
        let request = of(format, &["email", "last_name"]);
        let asked = EstimateCustomerExportRequest {
            format: request.format,
            columns: request.columns.clone(),
            ..Default::default()
        };
        let estimate =
            client(&fixture).estimate_customer_export(fixture.staff(asked)).await.unwrap().into_inner();
        assert_eq!((estimate.row_count, estimate.row_count_estimated), (5_000, false));
        let sent = export(&fixture, fixture.staff(request)).await.unwrap().len();
        let (least, most) = (sent / 2, sent * 8);
        let estimated = usize::try_from(estimate.size_bytes).unwrap();
        assert!((least..most).contains(&estimated), "{format:?}: {estimated} of {sent}");
    }
}
