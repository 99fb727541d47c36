use crate::fixture::{World, eventually};
use patron_chassis::{
    clock::Clock,
    config::{Source, load},
    pg::Database,
};
use patron_identity::{revocation::Revoked, session, store, sweep, user::User};
use patron_proto::identity::{
    internal::v1::{
        ListRevocationsRequest, ListRevocationsResponse, revocation_service_client::RevocationServiceClient,
    },
    v1::{ListSessionsRequest, RefreshSessionRequest, session_service_client::SessionServiceClient},
};
use patron_values::id::{SessionId, StaffId};
use prost::Message as _;
use sqlx::Connection as _;
use std::{collections::HashSet, time::Duration};
use tonic::Code;
use uuid::Uuid;

fn session_id(number: u128) -> SessionId {
    SessionId(Uuid::from_u128(number))
}

struct Book {
    database: Database,
    revoked: Revoked,
    clock: Clock,
}

impl Book {
    fn of(world: &World) -> Self {
        let (database, clock) =
            (Database::new(world.database.pool().clone()), Clock::Mock(world.clock().clone()));
        Self { revoked: Revoked::new(database.clone(), clock.clone()), database, clock }
    }

    async fn list(&self, snapshot: &str) -> ListRevocationsResponse {
        let request = ListRevocationsRequest { snapshot: snapshot.to_owned(), ..Default::default() };
        self.revoked.list(&request).await.unwrap()
    }

    async fn sessions_since(&self, snapshot: &str) -> (Vec<String>, String) {
        let answer = self.list(snapshot).await;
        (answer.revocations.into_iter().map(|it| it.session).collect(), answer.snapshot)
    }
}

impl World {
    async fn book_rows(&self) -> i64 {
        let rows = sqlx::query_scalar!(r#"select count(*) as "count!" from identity.revocation"#);
        rows.fetch_one(self.database.pool()).await.unwrap()
    }
}

#[tokio::test]
async fn what_commits_late_is_listed_all_the_same() {
    let world = World::new().await;
    let book = Book::of(&world);
    let until = book.clock.now() + Duration::from_mins(6);
    let mut late = book.database.begin().await.unwrap();
    store::revocation::insert_session(&mut late, session_id(1), until).await.unwrap();
    let mut early = book.database.begin().await.unwrap();
    store::revocation::insert_session(&mut early, session_id(2), until).await.unwrap();
    early.commit().await.unwrap();

    let (listed, snapshot) = book.sessions_since("").await;
    assert_eq!(listed, [session_id(2).resource_name()]);
    late.commit().await.unwrap();
    let still_open = book.database.begin().await.unwrap();
    let (listed, snapshot) = book.sessions_since(&snapshot).await;
    assert_eq!(listed, [session_id(1).resource_name()]);
    assert_eq!(
        book.sessions_since(&snapshot).await.0,
        Vec::<String>::new(),
        "and not again, whoever is open"
    );
    drop(still_open);
    world.end().await;
}

#[tokio::test]
async fn a_snapshot_from_another_life_of_the_database_counts_as_none() {
    let world = World::new().await;
    let book = Book::of(&world);
    let mut transaction = book.database.begin().await.unwrap();
    let until = book.clock.now() + Duration::from_mins(6);
    store::revocation::insert_session(&mut transaction, session_id(1), until).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(book.sessions_since(&format!("{0}:{0}:", i64::MAX)).await.0.len(), 1);
    world.end().await;
}

#[tokio::test]
async fn what_no_token_can_contradict_is_listed_no_more_and_removed() {
    let world = World::new().await;
    let book = Book::of(&world);
    let mut transaction = book.database.begin().await.unwrap();
    let user = User::Staff(StaffId(Uuid::from_u128(1)));
    let until = session::forgotten_at(book.clock.now());
    store::revocation::insert_epoch(&mut transaction, user, 2, until).await.unwrap();
    transaction.commit().await.unwrap();
    let listed = book.list("").await.revocations;
    assert_eq!(
        (listed[0].epoch, listed[0].subject.as_str()),
        (2, "staff/00000000-0000-0000-0000-000000000001")
    );
    world.clock().advance(Duration::from_mins(6));
    assert!(book.list("").await.revocations.is_empty());
    let (config, _) = load(&Source::default()).unwrap();
    sweep::sweep(&book.database, &book.clock, &config).await;
    assert_eq!(world.book_rows().await, 0);
    world.end().await;
}

#[tokio::test]
async fn only_services_may_list_revocations() {
    let world = World::new().await;
    let request = ListRevocationsRequest::default();
    let stranger = world.mesh.client(&world.identity);
    let refused = RevocationServiceClient::new(stranger).list_revocations(request.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    for peer in ["gateway", "profile", "address", "group", "activity"] {
        let channel = world.mesh.client_as(peer, &world.identity);
        RevocationServiceClient::new(channel).list_revocations(request.clone()).await.unwrap();
    }
    world.end().await;
}

#[tokio::test]
async fn seventy_five_thousand_revocations_are_listed_in_bounded_pages_and_hold_up_no_start() {
    let world = World::new().await;
    let until = world.clock().now() + Duration::from_mins(6);
    sqlx::query!(
        "insert into identity.revocation (session_id, expires_at)
         select gen_random_uuid(), $1 from generate_series(1, 75000)",
        until
    )
    .execute(world.database.pool())
    .await
    .unwrap();
    let mut client = RevocationServiceClient::new(world.mesh.client_as("gateway", &world.identity));
    let (mut request, mut sessions) = (ListRevocationsRequest::default(), HashSet::new());
    loop {
        let page = client.list_revocations(request.clone()).await.unwrap().into_inner();
        assert!(page.encoded_len() < 1024 * 1024, "{}", page.encoded_len());
        sessions.extend(page.revocations.into_iter().map(|revocation| revocation.session));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(sessions.len(), 75_000);
    let started = tokio::time::timeout(Duration::from_secs(20), world.replica()).await;
    let replica = started.expect("it knows them in time");
    let administrator = world.administrator().await;
    let elsewhere = SessionServiceClient::new(world.mesh.client(&replica));
    // Pages that a busy machine reads slowly are of some age already; those who ask then are let in a moment later.
    eventually(async || {
        let request = administrator.ask(ListSessionsRequest::default());
        elsewhere.clone().list_sessions(request).await.is_ok()
    })
    .await;
    world.end().await;
}

#[tokio::test]
async fn a_page_token_or_snapshot_of_no_answer_is_refused() {
    let world = World::new().await;
    let mut client = RevocationServiceClient::new(world.mesh.client_as("gateway", &world.identity));
    for page_token in ["1", "a-b", "-"] {
        let request = ListRevocationsRequest { page_token: page_token.to_owned(), ..Default::default() };
        let refused = client.list_revocations(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{page_token}");
    }
    for snapshot in ["1", "a:b:", "3:2:", "1:5:9", "1:5:3,2", "0:5:", "1:5:-1", "1:5"] {
        let request = ListRevocationsRequest { snapshot: snapshot.to_owned(), ..Default::default() };
        let refused = client.list_revocations(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{snapshot}");
    }
    world.end().await;
}

#[tokio::test]
async fn an_edited_role_revokes_the_tokens_of_all_who_have_it_by_one_row() {
    let world = World::new().await;
    let (one, other) = (world.staff_user("ana", "viewer").await, world.staff_user("bjorn", "viewer").await);
    let manager = world.staff_user("maria", "manager").await;
    let before = world.book_rows().await;
    let mut owner = sqlx::PgConnection::connect(world.database.owner_url()).await.unwrap();
    sqlx::query!(
        "update identity.role set permissions = array_append(permissions, 'note.write') where role_id = 'viewer'"
    )
    .execute(&mut owner)
    .await
    .unwrap();
    assert_eq!(world.book_rows().await, before + 1);
    world.refused(one.token()).await;
    world.refused(other.token()).await;
    world.sessions().list_sessions(manager.ask(ListSessionsRequest::default())).await.unwrap();
    let request = RefreshSessionRequest { secret: one.session.secret.clone() };
    let renewed = world.sessions().refresh_session(request).await.unwrap().into_inner();
    assert_eq!(renewed.permissions.len(), one.session.permissions.len() + 1);
    world.end().await;
}
