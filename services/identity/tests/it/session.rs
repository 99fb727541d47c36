use crate::{
    fixture::{STAFF_PASSWORD, World},
    refusal::reason,
};
use patron_chassis::{
    clock::Clock,
    config::{Source, load},
    peer::Peer,
    pg::Database,
};
use patron_identity::sweep;
use patron_proto::identity::v1::{
    CreateSessionRequest, DeleteSessionRequest, GetSessionRequest, ListSessionsRequest,
    RefreshSessionRequest, Session, UserKind,
};
use std::time::Duration;
use tonic::{Code, Status};

async fn refresh(world: &World, session: &Session) -> Result<Session, Status> {
    let request = RefreshSessionRequest { secret: session.secret.clone() };
    world.sessions().refresh_session(request).await.map(tonic::Response::into_inner)
}

#[tokio::test]
async fn a_secret_gets_new_tokens_and_is_not_shown_again() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    world.clock().advance(Duration::from_mins(4));
    let refreshed = refresh(&world, &administrator.session).await.unwrap();
    assert_eq!(refreshed.name, administrator.session.name);
    assert_ne!(refreshed.access_token, administrator.session.access_token);
    assert_eq!(refreshed.secret, "");
    assert_eq!(refreshed.permissions, administrator.session.permissions);
    let stranger = Session { secret: "x".repeat(43), ..Default::default() };
    let refused = refresh(&world, &stranger).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unauthenticated, "CREDENTIALS_INVALID"));
    world.end().await;
}

#[tokio::test]
async fn a_session_says_who_signs_in_by_which_name_and_when_it_was_last_used() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    assert_eq!(administrator.session.username, "root");
    let began = administrator.session.last_used_time.unwrap().seconds;
    world.clock().advance(Duration::from_mins(4));
    let refreshed = refresh(&world, &administrator.session).await.unwrap();
    let listed = world.sessions().list_sessions(administrator.ask(ListSessionsRequest::default())).await;
    for session in [refreshed, listed.unwrap().into_inner().sessions.remove(0)] {
        assert_eq!(session.last_used_time.unwrap().seconds, began + 240);
        assert_eq!(session.username, "root");
    }
    world.end().await;
}

#[tokio::test]
async fn a_token_ends_after_five_minutes() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    world.clock().advance(Duration::from_secs(299));
    world.sessions().list_sessions(administrator.ask(ListSessionsRequest::default())).await.unwrap();
    world.clock().advance(Duration::from_secs(1));
    let refused =
        world.sessions().list_sessions(administrator.ask(ListSessionsRequest::default())).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    world.end().await;
}

#[tokio::test]
async fn an_unused_session_of_staff_ends_after_half_an_hour_and_a_used_one_after_twelve() {
    let world = World::new().await;
    let used = world.administrator().await;
    let unused = world.administrator().await;
    // Used every 29 minutes: 24 times are 11 hours and 36 minutes.
    for _ in 0..24 {
        world.clock().advance(Duration::from_mins(29));
        refresh(&world, &used.session).await.unwrap();
    }
    refresh(&world, &unused.session).await.unwrap_err();
    world.clock().advance(Duration::from_mins(23));
    let last = refresh(&world, &used.session).await.unwrap();
    assert_eq!(last.access_token_expire_time, last.expire_time);
    world.clock().advance(Duration::from_mins(1));
    refresh(&world, &used.session).await.unwrap_err();
    world.end().await;
}

#[tokio::test]
async fn an_unused_session_of_a_customer_ends_after_twelve_hours_and_a_used_one_after_thirty_days() {
    let world = World::new().await;
    let used = world.signed_in_customer("luisg").await;
    let unused = world.signed_in_customer("bjorn").await;
    for _ in 0..65 {
        world.clock().advance(Duration::from_hours(11));
        refresh(&world, &used.session).await.unwrap();
    }
    refresh(&world, &unused.session).await.unwrap_err();
    world.clock().advance(Duration::from_hours(5));
    refresh(&world, &used.session).await.unwrap_err();
    world.end().await;
}

#[tokio::test]
async fn sessions_are_listed_latest_first_and_page_by_page() {
    let world = World::new().await;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(world.administrator().await);
        world.clock().advance(Duration::from_secs(1));
    }
    let (mut request, mut listed) = (ListSessionsRequest { page_size: 2, ..Default::default() }, Vec::new());
    loop {
        let page = world.sessions().list_sessions(made[2].ask(request.clone())).await.unwrap().into_inner();
        listed.extend(page.sessions);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert!(listed.iter().all(|session| session.secret.is_empty() && session.access_token.is_empty()));
    let names: Vec<_> = listed.into_iter().map(|session| session.name).collect();
    assert_eq!(names, [2, 1, 0].map(|index: usize| made[index].session.name.clone()));
    world.end().await;
}

#[tokio::test]
async fn a_session_is_read_by_its_name_or_as_the_current_one() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    for name in [administrator.session.name.as_str(), "sessions/current"] {
        let request = GetSessionRequest { name: name.to_owned() };
        let session = world.sessions().get_session(administrator.ask(request)).await.unwrap().into_inner();
        assert_eq!(session.name, administrator.session.name);
        assert_eq!(session.user, administrator.name);
    }
    world.end().await;
}

#[tokio::test]
async fn signing_out_revokes_secret_and_token() {
    let world = World::new().await;
    let (ending, other) = (world.administrator().await, world.administrator().await);
    let request = DeleteSessionRequest { name: "sessions/current".to_owned() };
    world.sessions().delete_session(ending.ask(request)).await.unwrap();
    refresh(&world, &ending.session).await.unwrap_err();
    world.refused(ending.token()).await;
    world.sessions().list_sessions(other.ask(ListSessionsRequest::default())).await.unwrap();
    let history = world.history(&format!("{}/sessions", other.name), 3).await;
    assert_eq!(history, ["session.created", "session.created", "session.deleted"]);
    world.end().await;
}

#[tokio::test]
async fn nobody_sees_or_ends_the_session_of_someone_else() {
    let world = World::new().await;
    let (administrator, customer) = (world.administrator().await, world.signed_in_customer("luisg").await);
    let name = customer.session.name.clone();
    let request = GetSessionRequest { name: name.clone() };
    let refused = world.sessions().get_session(administrator.ask(request)).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    let request = DeleteSessionRequest { name };
    let refused = world.sessions().delete_session(administrator.ask(request)).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    refresh(&world, &customer.session).await.unwrap();
    world.end().await;
}

#[tokio::test]
async fn sweeping_removes_what_is_over_and_nothing_else() {
    let world = World::new().await;
    let (staff, customer) = (world.administrator().await, world.signed_in_customer("luisg").await);
    world.clock().advance(Duration::from_hours(1));
    let (settings, _) = load(&Source::default()).unwrap();
    let database = Database::new(world.database.pool().clone());
    sweep::sweep(&database, &Clock::Mock(world.clock().clone()), &settings).await;
    refresh(&world, &customer.session).await.unwrap();
    refresh(&world, &staff.session).await.unwrap_err();
    let rows = sqlx::query_scalar!(
        r#"select count(*) as "count!" from identity.session where staff_id is not null"#
    );
    assert_eq!(rows.fetch_one(world.database.pool()).await.unwrap(), 0);
    world.end().await;
}

#[tokio::test]
async fn the_database_keeps_no_secret() {
    let world = World::new().await;
    let session = world.sign_in(UserKind::Staff, "root", STAFF_PASSWORD).await.unwrap();
    let rows = sqlx::query_scalar!(r#"select session::text as "row!" from identity.session"#);
    let rows = rows.fetch_all(world.database.pool()).await.unwrap();
    assert!(!rows.is_empty());
    assert!(rows.iter().all(|row| !row.contains(&session.secret) && !row.contains(&session.access_token)));
    world.end().await;
}

#[tokio::test]
async fn of_more_than_ten_sessions_the_oldest_ends() {
    let world = World::new().await;
    let first = world.administrator().await;
    let second = world.administrator().await;
    for _ in 0..9 {
        world.administrator().await;
    }
    world.refused(first.token()).await;
    refresh(&world, &first.session).await.unwrap_err();
    refresh(&world, &second.session).await.unwrap();
    let request = ListSessionsRequest { page_size: 100, ..Default::default() };
    let live = world.sessions().list_sessions(second.ask(request)).await.unwrap().into_inner();
    assert_eq!(live.sessions.len(), 10);
    world.end().await;
}

#[tokio::test]
async fn signing_in_ends_the_session_whose_secret_is_shown_whosever_it_was() {
    let world = World::new().await;
    let (own, foreign) = (world.administrator().await, world.signed_in_customer("luisg").await);
    for old in [&own, &foreign] {
        let sign_in = |password: &str| CreateSessionRequest {
            identifier: "root".to_owned(),
            password: password.to_owned(),
            user_kind: UserKind::Staff.into(),
            previous_secret: old.session.secret.clone(),
        };
        world.sessions().create_session(sign_in("a wrong one")).await.unwrap_err();
        refresh(&world, &old.session).await.unwrap();

        let new = world.sessions().create_session(sign_in(STAFF_PASSWORD)).await.unwrap().into_inner();
        assert_ne!((&new.name, &new.secret), (&old.session.name, &old.session.secret));
        refresh(&world, &old.session).await.unwrap_err();
        world.refused(old.token()).await;
        refresh(&world, &new).await.unwrap();
        // Shown once more, it stands for nothing.
        world.sessions().create_session(sign_in(STAFF_PASSWORD)).await.unwrap();
    }
    let ended =
        world.peers.await_events(Peer::ACTIVITY, &format!("{}/sessions", foreign.name), 2).await.remove(1);
    assert_eq!((ended.r#type.as_str(), ended.context.unwrap().actor), ("session.deleted", own.name));
    world.end().await;
}

#[tokio::test]
async fn a_table_that_cannot_be_swept_keeps_no_other_from_it() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    let request = DeleteSessionRequest { name: administrator.session.name.clone() };
    world.sessions().delete_session(administrator.ask(request)).await.unwrap();
    world.clock().advance(Duration::from_hours(1));
    world.rename_table("session", "session_gone").await;
    let (settings, _) = load(&Source::default()).unwrap();
    let database = Database::new(world.database.pool().clone());
    sweep::sweep(&database, &Clock::Mock(world.clock().clone()), &settings).await;
    let left = sqlx::query_scalar!(r#"select count(*) as "count!" from identity.revocation"#);
    assert_eq!(left.fetch_one(world.database.pool()).await.unwrap(), 0);
    world.end().await;
}
