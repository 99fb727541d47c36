//! Who is woken to send what was written.

use patron_chassis::{clock::Clock, ids::Ids, peer::Peer, pg::Database, testing::TestDatabase};
use patron_ledger::outbox::{NewEvent, Outbox};
use patron_proto::event::v1::ChangeContext;
use patron_values::id::CustomerId;
use uuid::Uuid;

const CUSTOMER: CustomerId = CustomerId(Uuid::from_u128(1));

/// Writes an event to `subscribers` in a transaction of its own, held back until the customer is whole where that is asked for.
async fn write(database: &Database, version: i64, staged: bool, subscribers: &'static [Peer]) {
    let clock = Clock::System;
    let outbox = Outbox::new(Peer::GROUP, Ids::new(clock.clone()));
    let event = NewEvent {
        aggregate: "customers/1/memberships".to_owned(),
        version,
        kind: "membership.created",
        customer: Some(CUSTOMER),
        resource: "customers/1/memberships/1".to_owned(),
        changes: Vec::new(),
        snapshot: None,
        subscribers,
    };
    let mut transaction = database.begin().await.unwrap();
    let (context, events) = (ChangeContext::default(), vec![event]);
    let written = if staged {
        outbox.stage(&mut transaction, &context, clock.now(), events).await
    } else {
        outbox.publish(&mut transaction, &context, clock.now(), events).await
    };
    written.unwrap();
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn only_who_is_sent_something_is_woken_and_of_a_new_customer_once_it_is_whole() {
    let migrations = patron_ledger::migrations(sqlx::migrate::Migrator::DEFAULT, &[], true);
    let stored = TestDatabase::create(Peer::GROUP, migrations).await;
    let database = Database::new(stored.pool().clone());
    let written = database.written();
    let times_woken = |consumer: Peer| written.borrow().get(consumer.name()).copied().unwrap_or_default();

    write(&database, 1, true, &[Peer::ACTIVITY, Peer::PROFILE]).await;
    assert_eq!(
        (times_woken(Peer::ACTIVITY), times_woken(Peer::PROFILE)),
        (0, 0),
        "it waits for the customer"
    );

    let mut transaction = database.begin().await.unwrap();
    Outbox::release(&mut transaction, &[CUSTOMER]).await.unwrap();
    assert_eq!((times_woken(Peer::ACTIVITY), times_woken(Peer::PROFILE)), (0, 0), "it is not committed");
    transaction.commit().await.unwrap();
    assert_eq!((times_woken(Peer::ACTIVITY), times_woken(Peer::PROFILE)), (1, 1));

    write(&database, 2, false, &[Peer::ACTIVITY]).await;
    assert_eq!((times_woken(Peer::ACTIVITY), times_woken(Peer::PROFILE)), (2, 1));
    stored.drop_database().await;
}
