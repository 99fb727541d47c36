use crate::fixture::{World, eventually};
use patron_chassis::{
    clock::Clock,
    config::{Source, load},
    pg::Database,
};
use patron_identity::{revocation::Revoked, session, store, sweep, user::User};
use patron_proto::identity::internal::v1::{
    ListRevocationsRequest, revocation_service_client::RevocationServiceClient,
};
use patron_values::id::{SessionId, StaffId};
use std::time::Duration;
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

    async fn sessions_since(&self, position: i64) -> (Vec<String>, i64) {
        let answer = self.revoked.list(position).await.unwrap();
        (answer.revocations.into_iter().map(|it| it.session).collect(), answer.next_position)
    }
}

#[tokio::test]
async fn what_commits_late_is_told_all_the_same() {
    let world = World::new().await;
    let book = Book::of(&world);
    let until = book.clock.now() + Duration::from_mins(6);
    let mut late = book.database.begin().await.unwrap();
    store::revocation::insert_session(&mut late, session_id(1), until).await.unwrap();
    let mut early = book.database.begin().await.unwrap();
    store::revocation::insert_session(&mut early, session_id(2), until).await.unwrap();
    early.commit().await.unwrap();

    let (told, position) = book.sessions_since(0).await;
    assert_eq!(told, [session_id(2).resource_name()]);
    late.commit().await.unwrap();
    let (told, position) = book.sessions_since(position).await;
    assert!(told.contains(&session_id(1).resource_name()), "{told:?}");
    // Until every transaction that was open then has ended, and no longer.
    eventually(async || book.sessions_since(book.sessions_since(position).await.1).await.0.is_empty()).await;
    world.end().await;
}

#[tokio::test]
async fn a_position_from_another_life_of_the_database_counts_as_none() {
    let world = World::new().await;
    let book = Book::of(&world);
    let mut transaction = book.database.begin().await.unwrap();
    let until = book.clock.now() + Duration::from_mins(6);
    store::revocation::insert_session(&mut transaction, session_id(1), until).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(book.sessions_since(i64::MAX).await.0.len(), 1);
    world.end().await;
}

#[tokio::test]
async fn what_no_token_can_contradict_is_told_no_more_and_removed() {
    let world = World::new().await;
    let book = Book::of(&world);
    let mut transaction = book.database.begin().await.unwrap();
    let user = User::Staff(StaffId(Uuid::from_u128(1)));
    let until = session::forgotten_at(book.clock.now());
    store::revocation::insert_epoch(&mut transaction, user, 2, until).await.unwrap();
    transaction.commit().await.unwrap();
    let told = book.revoked.list(0).await.unwrap().revocations;
    assert_eq!((told[0].epoch, told[0].subject.as_str()), (2, "staff/00000000-0000-0000-0000-000000000001"));
    world.clock().advance(Duration::from_mins(6));
    assert!(book.revoked.list(0).await.unwrap().revocations.is_empty());
    let (config, _) = load(&Source::default()).unwrap();
    sweep::sweep(&book.database, &book.clock, &config).await.unwrap();
    let rows = sqlx::query_scalar!(r#"select count(*) as "count!" from identity.revocation"#);
    assert_eq!(rows.fetch_one(world.database.pool()).await.unwrap(), 0);
    world.end().await;
}

#[tokio::test]
async fn only_services_are_told() {
    let world = World::new().await;
    let request = ListRevocationsRequest { position: 0 };
    let stranger = world.mesh.client(&world.identity);
    let refused = RevocationServiceClient::new(stranger).list_revocations(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    for peer in ["gateway", "profile", "address", "group", "activity"] {
        let channel = world.mesh.client_as(peer, &world.identity);
        RevocationServiceClient::new(channel).list_revocations(request).await.unwrap();
    }
    world.end().await;
}
