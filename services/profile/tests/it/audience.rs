//! Who subscribes, and how that is followed.

use crate::{
    consent::{exporter, record, said},
    fixture::{ALL, Fixture, luis, staff_id},
};
use patron_chassis::testing::with_token;
use patron_proto::{
    identity::v1::NewAccount,
    profile::v1::{
        ConsentState, CreateCustomerRequest, Customer, DeleteCustomerRequest, ListSubscriberChangesRequest,
        ListSubscriberChangesResponse, ListSubscribersRequest, ListSubscribersResponse, RecordConsentRequest,
        Subscriber, WatchSubscribersRequest, subscriber_service_client::SubscriberServiceClient,
    },
};
use std::time::Duration;
use tonic::{Code, Response, Status, transport::Channel};
use tonic_types::StatusExt as _;

fn subscribers(fixture: &Fixture) -> SubscriberServiceClient<Channel> {
    SubscriberServiceClient::new(fixture.mesh.client(&fixture.profile))
}

async fn list(fixture: &Fixture, message: ListSubscribersRequest) -> ListSubscribersResponse {
    subscribers(fixture).list_subscribers(exporter(fixture, message)).await.unwrap().into_inner()
}

/// First names of all subscribers, page by page.
async fn names(fixture: &Fixture, mut message: ListSubscribersRequest) -> Vec<String> {
    let mut names = Vec::new();
    loop {
        let page = list(fixture, message.clone()).await;
        names.extend(page.subscribers.into_iter().map(|it| it.first_name));
        message.page_token = page.next_page_token;
        if message.page_token.is_empty() {
            return names;
        }
    }
}

async fn try_changes(fixture: &Fixture, page_token: &str) -> Result<ListSubscriberChangesResponse, Status> {
    let message = ListSubscriberChangesRequest { page_token: page_token.to_owned(), ..Default::default() };
    let found = subscribers(fixture).list_subscriber_changes(exporter(fixture, message)).await;
    found.map(Response::into_inner)
}

/// What changed since a token, as customers and emails of those who subscribe, and the next token.
async fn changes(fixture: &Fixture, page_token: &str) -> (Vec<(String, Option<String>)>, String) {
    let page = try_changes(fixture, page_token).await.unwrap();
    let email = |it: Option<Subscriber>| it.map(|it| it.email);
    let changes = page.changes.into_iter().map(|it| (it.customer, email(it.subscriber)));
    (changes.collect(), page.next_page_token)
}

fn subscriber(place: usize, language: &str) -> Customer {
    Customer {
        first_name: format!("Luís {place}"),
        email: format!("luis{place}@example.com"),
        newsletter: true,
        preferred_language: language.into(),
        ..luis()
    }
}

#[tokio::test]
async fn the_audience_is_who_subscribes_now_page_by_page_of_a_language_too() {
    let fixture = Fixture::new().await;
    for (place, language) in ["pt-BR", "pt", "de", ""].into_iter().enumerate() {
        fixture.create(subscriber(place, language)).await.unwrap();
    }
    let never = Customer { newsletter: false, ..subscriber(4, "pt") };
    fixture.create(never).await.unwrap();
    let left = fixture.create(subscriber(5, "pt")).await.unwrap();
    record(&fixture, said(&left, ConsentState::Unsubscribed)).await.unwrap();

    let two = ListSubscribersRequest { page_size: 2, ..Default::default() };
    assert_eq!(names(&fixture, two.clone()).await, ["Luís 0", "Luís 1", "Luís 2", "Luís 3"]);
    let one = ListSubscribersRequest { page_size: 1, language: "PT".into(), ..Default::default() };
    assert_eq!(names(&fixture, one).await, ["Luís 0", "Luís 1"]);
    let none = ListSubscribersRequest { country_code: "BR".into(), ..two };
    assert_eq!(names(&fixture, none).await, Vec::<String>::new());
    let first = list(&fixture, ListSubscribersRequest::default()).await.subscribers.remove(0);
    assert_eq!((first.email.as_str(), first.preferred_language.as_str()), ("luis0@example.com", "pt-BR"));
    assert!(first.subscribe_time.is_some());
}

#[tokio::test]
async fn who_follows_an_audience_learns_of_each_who_joins_leaves_changes_or_is_deleted() {
    let fixture = Fixture::new().await;
    let before = fixture.create(subscriber(0, "")).await.unwrap();
    let (none, token) = changes(&fixture, "").await;
    assert_eq!(none, [], "it begins now");
    assert_eq!(changes(&fixture, &token).await.0, []);

    let joined = fixture.create(subscriber(1, "")).await.unwrap();
    let (found, token) = changes(&fixture, &token).await;
    assert_eq!(found, [(joined.name.clone(), Some(joined.email.clone()))]);

    // of those who do not subscribe, and of other fields, nobody hears
    let other = fixture.create(Customer { newsletter: false, ..subscriber(2, "") }).await.unwrap();
    fixture.update(Customer { first_name: "Ana".into(), ..other }, &["first_name"]).await.unwrap();
    fixture.update(Customer { job_title: "Buyer".into(), ..joined.clone() }, &["job_title"]).await.unwrap();
    let moved = Customer { email: "moved@example.com".into(), ..joined.clone() };
    fixture.update(moved, &["email"]).await.unwrap();
    let left = RecordConsentRequest { source: String::new(), ..said(&before, ConsentState::Unsubscribed) };
    record(&fixture, left).await.unwrap();
    let (found, next) = changes(&fixture, &token).await;
    let moved = (joined.name.clone(), Some("moved@example.com".to_owned()));
    assert_eq!(found, [moved, (before.name, None)]);
    assert_eq!(changes(&fixture, &token).await.0, found, "a token is good twice");

    let request = DeleteCustomerRequest { name: joined.name.clone(), ..Default::default() };
    fixture.client().delete_customer(fixture.staff(request)).await.unwrap();
    let (found, next) = changes(&fixture, &next).await;
    assert_eq!(found, [(joined.name, None)]);
    assert_eq!(changes(&fixture, &next).await.0, []);
}

#[tokio::test]
async fn a_customer_whose_creation_takes_several_services_joins_once_it_is_whole() {
    let fixture = Fixture::new().await;
    let (_, token) = changes(&fixture, "").await;
    let request = CreateCustomerRequest {
        customer: Some(subscriber(1, "")),
        account: Some(NewAccount { username: "luis".into(), ..Default::default() }),
        ..Default::default()
    };
    let joined = fixture.client().create_customer(fixture.staff(request)).await.unwrap().into_inner();
    assert_eq!(changes(&fixture, &token).await.0, [(joined.name, Some(joined.email))]);
}

#[tokio::test]
async fn a_stream_tells_of_changes_as_they_come_and_goes_on_where_another_ended() {
    let fixture = Fixture::new().await;
    let (_, token) = changes(&fixture, "").await;
    let first = fixture.create(subscriber(1, "")).await.unwrap();
    let watch = async |page_token: String| {
        let message = WatchSubscribersRequest { page_token, ..Default::default() };
        subscribers(&fixture).watch_subscribers(exporter(&fixture, message)).await.map(Response::into_inner)
    };
    let mut stream = watch(token).await.unwrap();
    let told = stream.message().await.unwrap().unwrap();
    assert_eq!((told.customer, told.subscriber.unwrap().email), (first.name, first.email));
    let second = fixture.create(subscriber(2, "")).await.unwrap();
    let next = stream.message().await.unwrap().unwrap();
    assert_eq!(next.customer, second.name);
    let mut another = watch(told.page_token).await.unwrap();
    assert_eq!(another.message().await.unwrap().unwrap().customer, second.name);
    let refused = watch(String::new()).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted, "a caller has two at once");
    fixture.mesh.clock().advance(Duration::from_mins(6));
    let ended = stream.message().await.unwrap_err();
    assert_eq!(ended.code(), Code::Unauthenticated, "with the caller's token");
}

#[tokio::test]
async fn a_token_from_before_what_is_kept_is_refused_and_no_position_is_given_twice() {
    let fixture = Fixture::new().await;
    let (_, old) = changes(&fixture, "").await;
    fixture.create(subscriber(1, "")).await.unwrap();
    let (_, seen) = changes(&fixture, &old).await;
    fixture.mesh.clock().advance(Duration::from_hours(29 * 24));
    assert_eq!(changes(&fixture, &old).await.0.len(), 1);
    let (_, token) = changes(&fixture, &seen).await;
    fixture.mesh.clock().advance(Duration::from_hours(3 * 24));
    let refused = try_changes(&fixture, &old).await.unwrap_err();
    let violations = refused.get_details_precondition_failure().unwrap().violations;
    assert_eq!(violations[0].r#type, "PAGE_TOKEN_OUTDATED");
    let (database, now) = (fixture.database.database(), fixture.mesh.clock().now());
    let before = now - Duration::from_hours(31 * 24);
    assert_eq!(patron_profile::store::audience::delete_old(&database, before).await.unwrap(), 1);
    let joined = fixture.create(subscriber(2, "")).await.unwrap();
    assert_eq!(changes(&fixture, &token).await.0, [(joined.name, Some(joined.email))]);
}

#[tokio::test]
async fn who_sees_some_customers_lists_those_and_follows_none() {
    let fixture = Fixture::new().await;
    fixture.parts.knows_staff(staff_id(2), false);
    fixture.create(subscriber(1, "")).await.unwrap();
    let own = Customer { assigned_staff: vec![staff_id(2).resource_name()], ..subscriber(2, "") };
    fixture.create(own).await.unwrap();
    let request = fixture.sales_rep_in_bulk(staff_id(2), ListSubscribersRequest::default());
    let listed = subscribers(&fixture).list_subscribers(request).await.unwrap().into_inner().subscribers;
    assert_eq!(listed.iter().map(|it| it.first_name.as_str()).collect::<Vec<_>>(), ["Luís 2"]);
    let request = fixture.sales_rep_in_bulk(staff_id(2), ListSubscriberChangesRequest::default());
    let refused = subscribers(&fixture).list_subscriber_changes(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let permissions: Vec<_> = ALL
        .iter()
        .copied()
        .filter(|it| *it != patron_chassis::permission::Permission::CustomerExport)
        .collect();
    let claims = fixture.mesh.tokens().staff(staff_id(1), &permissions);
    let request = with_token(&fixture.mesh.tokens().sign(&claims), ListSubscribersRequest::default());
    let refused = subscribers(&fixture).list_subscribers(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}
