//! What becomes of what is kept already when the tables change.

use patron_activity::{ActivityService, activity_event::Position, store};
use patron_chassis::{
    peer::Peer,
    pg::{self, Database, Migrations},
    principal::Scope,
    service::Service as _,
    testing::TestDatabase,
};
use patron_proto::activity::v1::DeletedCustomer;
use patron_values::search::query::Query;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, migrate::Migrator};
use uuid::Uuid;

/// The tables as they were after so many migrations of the service.
fn tables_of(version: i64) -> Migrations {
    let Migrations { own, .. } = ActivityService::migrations();
    let own = own.migrations.iter().filter(|it| it.version <= version).cloned().collect();
    Migrations { own: Migrator::with_migrations(own), grants: &[], ..ActivityService::migrations() }
}

#[tokio::test]
async fn events_from_before_there_were_positions_have_them_in_the_order_they_were_kept() {
    let database = TestDatabase::create(Peer::ACTIVITY, tables_of(2)).await;
    let mut owner = PgConnection::connect(database.owner_url()).await.unwrap();
    let ids: Vec<Uuid> = [3, 1, 2].map(Uuid::from_u128).to_vec();
    for id in &ids {
        let insert = format!(
            r#"insert into activity.activity_event (event_id, source, type, customer_id, resource, event_time, changes)
             values ('{id}', 'profile', 'customer.updated', '{id}', 'customers/x', now(),
                 '[{{"field": "first_name", "old": "", "new": "Ada"}}]')"#
        );
        owner.execute(AssertSqlSafe(insert)).await.unwrap();
    }
    pg::migrate(database.settings(), Peer::ACTIVITY, ActivityService::migrations()).await.unwrap();

    let tables = Database::new(database.pool().clone());
    let kept = store::arrival::list_after(&tables, Position(0), 10).await.unwrap();
    assert_eq!(kept.iter().map(|it| it.event.id.0).collect::<Vec<_>>(), ids);
    assert_eq!(kept.iter().map(|it| it.position.0).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(kept[0].event.changes[0].new, Some("Ada".into()));
    drop(owner);
    database.drop_database().await;
}

#[tokio::test]
async fn customers_who_were_deleted_before_are_found_as_well() {
    let database = TestDatabase::create(Peer::ACTIVITY, tables_of(4)).await;
    let customer = Uuid::from_u128(7);
    let insert = format!(
        r#"insert into activity.activity_event (event_id, source, type, customer_id, resource, actor, event_time, changes)
         values ('{customer}', 'profile', 'customer.deleted', '{customer}', 'customers/x', 'services/shop', now(),
             '[{{"field": "number", "old": "100042"}}, {{"field": "first_name", "old": "Luís"}},
               {{"field": "last_name", "old": "Gonçalves"}}]')"#
    );
    database.pool().execute(AssertSqlSafe(insert)).await.unwrap();
    pg::migrate(database.settings(), Peer::ACTIVITY, ActivityService::migrations()).await.unwrap();

    let query = Query::parse("0042 goncalves luis").unwrap();
    let found =
        store::deleted_customer::list(&database.database(), Scope::All, &query, None, 2).await.unwrap();
    let shown = DeletedCustomer::from(&found[0]);
    assert_eq!((shown.number.as_str(), shown.display_name.as_str()), ("100042", "Luís Gonçalves"));
    assert_eq!((shown.context.unwrap().actor.as_str(), shown.event_count), ("services/shop", 1));
    database.drop_database().await;
}
