//! What customers agree to, and the evidence of it.

use crate::fixture::{Fixture, luis, staff_id, violations};
use patron_chassis::{permission::Permission, testing::with_token, token::Claims};
use patron_proto::{
    event::v1::Event,
    profile::v1::{
        Consent, ConsentChannel, ConsentRecord, ConsentState, Customer, DeleteCustomerRequest,
        GetCustomerRequest, ListConsentRecordsRequest, ListConsentRecordsResponse, RecordConsentRequest,
        consent_service_client::ConsentServiceClient, customer::Channel as CustomerChannel,
    },
};
use prost::Message as _;
use sqlx::{Connection as _, Executor as _, PgConnection};
use tonic::{Code, Request, Status, transport::Channel};
use tonic_types::StatusExt as _;
use uuid::Uuid;

pub(crate) fn consents(fixture: &Fixture) -> ConsentServiceClient<Channel> {
    ConsentServiceClient::new(fixture.mesh.client(&fixture.profile))
}

pub(crate) fn said(customer: &Customer, state: ConsentState) -> RecordConsentRequest {
    RecordConsentRequest {
        parent: customer.name.clone(),
        state: state.into(),
        channel: ConsentChannel::PointOfSale.into(),
        source: "Form at the counter".into(),
        ..Default::default()
    }
}

pub(crate) async fn record(fixture: &Fixture, message: RecordConsentRequest) -> Result<Consent, Status> {
    let recorded = consents(fixture).record_consent(fixture.staff(message)).await;
    recorded.map(tonic::Response::into_inner)
}

async fn list(
    fixture: &Fixture,
    request: Request<ListConsentRecordsRequest>,
) -> Result<ListConsentRecordsResponse, Status> {
    consents(fixture).list_consent_records(request).await.map(tonic::Response::into_inner)
}

async fn records(fixture: &Fixture, customer: &Customer) -> Vec<ConsentRecord> {
    let request = ListConsentRecordsRequest { parent: customer.name.clone(), ..Default::default() };
    list(fixture, fixture.staff(request)).await.unwrap().consent_records
}

async fn newsletter(fixture: &Fixture, customer: &Customer) -> bool {
    let request = GetCustomerRequest { name: customer.name.clone() };
    fixture.client().get_customer(fixture.staff(request)).await.unwrap().into_inner().newsletter
}

async fn count(fixture: &Fixture, table: &str) -> i64 {
    #[expect(clippy::disallowed_methods, reason = "looks behind the scenes")]
    let counted = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from profile.{table}")));
    counted.fetch_one(fixture.database.pool()).await.unwrap()
}

#[tokio::test]
async fn what_a_customer_says_is_kept_with_when_how_where_and_who() {
    let fixture = Fixture::new().await;
    let customer = fixture.create(luis()).await.unwrap();
    assert_eq!(records(&fixture, &customer).await, [], "nobody asked yet");
    let consent = record(&fixture, said(&customer, ConsentState::Subscribed)).await.unwrap();
    assert_eq!(consent.state(), ConsentState::Subscribed);
    assert!(newsletter(&fixture, &customer).await);
    let left = RecordConsentRequest { source: String::new(), ..said(&customer, ConsentState::Unsubscribed) };
    record(&fixture, left).await.unwrap();
    assert!(!newsletter(&fixture, &customer).await);

    let records = records(&fixture, &customer).await;
    let [left, joined] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!((left.state(), left.source.as_str()), (ConsentState::Unsubscribed, ""));
    assert_eq!(
        (joined.state(), joined.channel(), joined.source.as_str(), joined.actor.clone()),
        (
            ConsentState::Subscribed,
            ConsentChannel::PointOfSale,
            "Form at the counter",
            staff_id(1).resource_name()
        )
    );
    assert!(joined.create_time.is_some());
    assert_eq!(joined.name, format!("{}/consentRecords/1", customer.name));
}

#[tokio::test]
async fn a_new_customer_who_takes_the_newsletter_leaves_evidence_of_the_way_in_which_they_came() {
    let fixture = Fixture::new().await;
    fixture.parts.knows_staff(staff_id(1), false);
    for (channel, evidence) in [
        (CustomerChannel::Unspecified, ConsentChannel::Console),
        (CustomerChannel::PointOfSale, ConsentChannel::PointOfSale),
        (CustomerChannel::Import, ConsentChannel::Import),
        (CustomerChannel::Registration, ConsentChannel::Registration),
    ] {
        let email = format!("{}@example.com", channel.as_str_name());
        let customer = Customer { newsletter: true, email, ..luis() };
        let customer = fixture.create_by(channel, customer).await.unwrap();
        assert_eq!(records(&fixture, &customer).await[0].channel(), evidence);
    }
}

#[tokio::test]
async fn the_field_of_the_record_leaves_evidence_whoever_writes_it_and_wherever() {
    let fixture = Fixture::new().await;
    let customer = fixture.create(Customer { newsletter: true, ..luis() }).await.unwrap();
    let fields = &["newsletter", "title"];
    let left = Customer { newsletter: false, title: "Dr.".into(), ..customer.clone() };
    let left = fixture.update(left, fields).await.unwrap();
    // the same once more says nothing new
    fixture.update(Customer { title: "Prof.".into(), ..left.clone() }, fields).await.unwrap();
    let own = Customer { name: customer.name.clone(), newsletter: true, ..Default::default() };
    let own = fixture.customer(&customer.name, crate::fixture::update(own, &["newsletter"]));
    fixture.client().update_customer(own).await.unwrap();

    let records = records(&fixture, &customer).await;
    let of = |it: &ConsentRecord| (it.state(), it.channel(), it.actor.clone());
    let staff = staff_id(1).resource_name();
    assert_eq!(
        records.iter().map(of).collect::<Vec<_>>(),
        [
            (ConsentState::Subscribed, ConsentChannel::Api, customer.name.clone()),
            (ConsentState::Unsubscribed, ConsentChannel::Console, staff.clone()),
            (ConsentState::Subscribed, ConsentChannel::Console, staff),
        ]
    );
}

#[tokio::test]
async fn a_consent_that_awaits_confirmation_is_none_yet_and_said_again_is_evidence_again() {
    let fixture = Fixture::new().await;
    let customer = fixture.create(luis()).await.unwrap();
    record(&fixture, said(&customer, ConsentState::PendingConfirmation)).await.unwrap();
    assert!(!newsletter(&fixture, &customer).await);
    let first = record(&fixture, said(&customer, ConsentState::Subscribed)).await.unwrap();
    let again = record(&fixture, said(&customer, ConsentState::Subscribed)).await.unwrap();
    assert_eq!(again, first, "it holds since the first time");
    let request =
        ListConsentRecordsRequest { parent: customer.name.clone(), page_size: 2, ..Default::default() };
    let page = list(&fixture, fixture.staff(request.clone())).await.unwrap();
    assert_eq!((page.consent_records.len(), page.consents.as_slice()), (2, [again].as_slice()));
    let next = ListConsentRecordsRequest { page_token: page.next_page_token, ..request };
    let last = list(&fixture, fixture.staff(next)).await.unwrap();
    assert_eq!(last.consent_records[0].state(), ConsentState::PendingConfirmation);
    assert_eq!(last.next_page_token, "");
}

#[tokio::test]
async fn a_repeated_request_is_recorded_once_and_one_that_only_asks_never() {
    let fixture = Fixture::new().await;
    let customer = fixture.create(luis()).await.unwrap();
    let asked = RecordConsentRequest { validate_only: true, ..said(&customer, ConsentState::Subscribed) };
    assert_eq!(record(&fixture, asked).await.unwrap(), Consent::default());
    let request_id = Uuid::from_u128(7).to_string();
    let once = RecordConsentRequest { request_id, ..said(&customer, ConsentState::Subscribed) };
    let first = record(&fixture, once.clone()).await.unwrap();
    assert_eq!(record(&fixture, once.clone()).await.unwrap(), first);
    assert_eq!(records(&fixture, &customer).await.len(), 1);
    let other = RecordConsentRequest { state: ConsentState::Unsubscribed.into(), ..once };
    let refused = record(&fixture, other).await.unwrap_err();
    assert_eq!(refused.get_details_error_info().unwrap().reason, "REQUEST_ID_REUSED");
}

#[tokio::test]
async fn every_record_is_in_the_history() {
    let fixture = Fixture::new().await;
    let customer = fixture.create(luis()).await.unwrap();
    record(&fixture, said(&customer, ConsentState::Subscribed)).await.unwrap();
    record(&fixture, said(&customer, ConsentState::Subscribed)).await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "looks behind the scenes")]
    let queued = sqlx::query_scalar::<_, Vec<u8>>(
        "select payload from profile.queue where kind = 'activity' and key = $1 order by job_id",
    );
    let queued = queued.bind(&customer.name).fetch_all(fixture.database.pool()).await.unwrap();
    let events: Vec<Event> = queued.iter().map(|it| Event::decode(it.as_slice()).unwrap()).collect();
    let recorded = events.iter().filter(|event| event.r#type == "customer.consent_recorded");
    let changed: Vec<_> = recorded.map(|event| (event.version, event.changes.len())).collect();
    assert_eq!(changed, [(2, 1), (3, 0)], "the first changed the field");
}

#[tokio::test]
async fn what_is_missing_or_not_theirs_to_say_is_named() {
    let fixture = Fixture::new().await;
    let customer = fixture.create(luis()).await.unwrap();
    let sourceless =
        RecordConsentRequest { source: String::new(), ..said(&customer, ConsentState::Subscribed) };
    let refused = record(&fixture, sourceless).await.unwrap_err();
    assert_eq!(violations(&refused), ["source is missing: say where it was given"]);
    let own = fixture.customer(&customer.name, said(&customer, ConsentState::Subscribed));
    let refused = consents(&fixture).record_consent(own).await.unwrap_err();
    assert_eq!(violations(&refused), ["channel is one by which customers themselves say nothing"]);
    assert_eq!(records(&fixture, &customer).await, []);
}

#[tokio::test]
async fn who_does_not_see_the_customer_neither_records_nor_reads_and_customers_read_no_names_of_staff() {
    let fixture = Fixture::new().await;
    let customer = fixture.create(luis()).await.unwrap();
    record(&fixture, said(&customer, ConsentState::Subscribed)).await.unwrap();
    let request = ListConsentRecordsRequest { parent: customer.name.clone(), ..Default::default() };
    let rep = fixture.sales_rep(staff_id(2), said(&customer, ConsentState::Unsubscribed));
    assert_eq!(consents(&fixture).record_consent(rep).await.unwrap_err().code(), Code::NotFound);
    let read = list(&fixture, fixture.sales_rep(staff_id(2), request.clone())).await;
    assert_eq!(read.unwrap_err().code(), Code::NotFound);
    let own = list(&fixture, fixture.customer(&customer.name, request)).await.unwrap();
    let [record] = own.consent_records.as_slice() else { panic!("{own:?}") };
    assert_eq!((record.actor.as_str(), record.actor_display_name.as_str()), ("staff", ""));
}

#[tokio::test]
async fn evidence_is_never_changed_and_goes_with_the_customer_alone() {
    let fixture = Fixture::new().await;
    let customer = fixture.create(luis()).await.unwrap();
    record(&fixture, said(&customer, ConsentState::Subscribed)).await.unwrap();
    // not even by the owner of the tables
    let mut owner = PgConnection::connect(fixture.database.owner_url()).await.unwrap();
    for statement in [
        "update profile.consent_record set source = 'elsewhere'",
        "delete from profile.consent_record",
        "delete from profile.consent",
    ] {
        let refused = owner.execute(statement).await.unwrap_err();
        assert!(refused.to_string().contains("evidence is never changed"), "{statement}: {refused}");
    }
    let unsaid = "update profile.customer set newsletter = false";
    let refused = owner.execute(unsaid).await.unwrap_err();
    assert!(refused.to_string().contains("not what the consent says"), "{refused}");
    let request = DeleteCustomerRequest { name: customer.name, ..Default::default() };
    fixture.client().delete_customer(fixture.staff(request)).await.unwrap();
    assert_eq!((count(&fixture, "consent").await, count(&fixture, "consent_record").await), (0, 0));
}

#[tokio::test]
async fn who_came_and_went_too_often_can_still_leave_and_not_come_again() {
    let fixture = Fixture::new().await;
    let customer = fixture.create(luis()).await.unwrap();
    record(&fixture, said(&customer, ConsentState::Subscribed)).await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "one by one they would take minutes")]
    let filled = sqlx::query(
        "insert into profile.consent_record
             (customer_id, number, purpose, state, channel, actor, actor_display_name, trace_id, recorded_at)
         select customer_id, more, purpose, state, channel, actor, actor_display_name, trace_id, recorded_at
         from profile.consent_record, generate_series(2, 1000) as more",
    );
    filled.execute(fixture.database.pool()).await.unwrap();
    record(&fixture, said(&customer, ConsentState::Unsubscribed)).await.unwrap();
    let refused = record(&fixture, said(&customer, ConsentState::Subscribed)).await.unwrap_err();
    let by_field = Customer { newsletter: true, etag: String::new(), ..customer.clone() };
    let by_field = fixture.update(by_field, &["newsletter"]).await.unwrap_err();
    for refused in [refused, by_field] {
        let violations = refused.get_details_precondition_failure().unwrap().violations;
        assert_eq!(
            (refused.code(), violations[0].r#type.as_str()),
            (Code::FailedPrecondition, "CONSENT_RECORDS_FULL")
        );
    }
    assert!(!newsletter(&fixture, &customer).await);
}

/// A request of a member of staff who sees all customers and may only export them.
pub(crate) fn exporter<T>(fixture: &Fixture, message: T) -> Request<T> {
    let claims: Claims = fixture.mesh.tokens().staff(staff_id(9), &[Permission::CustomerExport]);
    with_token(&fixture.mesh.tokens().sign(&claims), message)
}
