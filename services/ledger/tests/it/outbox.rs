//! Who is woken to send what was written.

use patron_chassis::{clock::Clock, ids::Ids, peer::Peer, pg::Database, testing::TestDatabase};
use patron_ledger::outbox::{Draft, Outbox};
use patron_proto::event::v1::ChangeContext;
use patron_values::id::CustomerId;
use uuid::Uuid;

const CUSTOMER: CustomerId = CustomerId(Uuid::from_u128(1));

/// Writes an event to `to` in a transaction of its own, held back until the customer is whole where that is asked for.
async fn write(database: &Database, version: i64, held: bool, to: &'static [Peer]) {
    let clock = Clock::System;
    let outbox = Outbox::new(Peer::GROUP, Ids::new(clock.clone()));
    let draft = Draft {
        aggregate: "customers/1/memberships".to_owned(),
        version,
        kind: "membership.created",
        customer: Some(CUSTOMER),
        resource: "customers/1/memberships/1".to_owned(),
        changes: Vec::new(),
        snapshot: None,
        to,
    };
    let mut transaction = database.begin().await.unwrap();
    let (context, drafts) = (ChangeContext::default(), vec![draft]);
    let written = if held {
        outbox.hold(&mut transaction, &context, clock.now(), drafts).await
    } else {
        outbox.write(&mut transaction, &context, clock.now(), drafts).await
    };
    written.unwrap();
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn only_who_is_told_something_is_woken_and_of_a_new_customer_once_it_is_whole() {
    let migrations = patron_ledger::migrations(sqlx::migrate::Migrator::DEFAULT, &[], true);
    let stored = TestDatabase::create(Peer::GROUP, migrations).await;
    let database = Database::new(stored.pool().clone());
    let written = database.written();
    let times_told = |consumer| written.borrow().get(&consumer).copied().unwrap_or_default();

    write(&database, 1, true, &[Peer::ACTIVITY, Peer::PROFILE]).await;
    assert_eq!((times_told(Peer::ACTIVITY), times_told(Peer::PROFILE)), (0, 0), "it waits for the customer");

    let mut transaction = database.begin().await.unwrap();
    Outbox::release(&mut transaction, &[CUSTOMER]).await.unwrap();
    assert_eq!((times_told(Peer::ACTIVITY), times_told(Peer::PROFILE)), (0, 0), "it is not committed");
    transaction.commit().await.unwrap();
    assert_eq!((times_told(Peer::ACTIVITY), times_told(Peer::PROFILE)), (1, 1));

    write(&database, 2, false, &[Peer::ACTIVITY]).await;
    assert_eq!((times_told(Peer::ACTIVITY), times_told(Peer::PROFILE)), (2, 1));
    stored.drop_database().await;
}
