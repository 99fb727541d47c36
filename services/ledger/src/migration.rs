use patron_chassis::pg::{Grant, Migrations, SharedMigration};
use sqlx::migrate::Migrator;

/// Outbox, inbox and idempotency keys, which every service has.
const MESSAGING: SharedMigration = SharedMigration {
    version: 1,
    description: "messaging",
    sql: include_str!("../migrations/0001_messaging.sql"),
    grants: &[Grant::new("select, insert, update, delete", "idempotency")],
};
/// What a service knows of the customers it keeps rows about.
const REFERENCE: SharedMigration = SharedMigration {
    version: 2,
    description: "reference",
    sql: include_str!("../migrations/0002_reference.sql"),
    grants: &[Grant::new("select, insert, update", "customer_ref")],
};
/// Outbox and inbox by their later names.
const NAMES: SharedMigration = SharedMigration {
    version: 3,
    description: "names",
    sql: include_str!("../migrations/0003_names.sql"),
    grants: &[Grant::new("select, insert, update, delete", "inbox")],
};
/// Which fields of a resource changed when.
const EDIT: SharedMigration = SharedMigration {
    version: 4,
    description: "edit",
    sql: include_str!("../migrations/0004_edit.sql"),
    grants: &[Grant::new("select, insert, delete", "resource_edit")],
};
/// The outbox as a queue, and an inbox that can be filled late.
const QUEUE: SharedMigration = SharedMigration {
    version: 5,
    description: "queue",
    sql: include_str!("../migrations/0005_queue.sql"),
    grants: &[Grant::new("select, insert, update, delete", "queue")],
};
/// A customer who is being deleted.
const DELETING: SharedMigration = SharedMigration {
    version: 10,
    description: "deleting",
    sql: include_str!("../migrations/0010_deleting.sql"),
    grants: &[],
};
/// What takes longer than a request.
const OPERATION: SharedMigration = SharedMigration {
    version: 12,
    description: "operation",
    sql: include_str!("../migrations/0012_operation.sql"),
    grants: &[Grant::new("select, insert, update, delete", "operation")],
};
/// Which worker an operation belongs to.
const OPERATION_WORKER: SharedMigration = SharedMigration {
    version: 13,
    description: "operation worker",
    sql: include_str!("../migrations/0013_operation_worker.sql"),
    grants: &[],
};
/// What an operation does more closely.
const OPERATION_ACTION: SharedMigration = SharedMigration {
    version: 15,
    description: "operation action",
    sql: include_str!("../migrations/0015_operation_action.sql"),
    grants: &[],
};
/// When the queue is vacuumed.
const QUEUE_VACUUM: SharedMigration = SharedMigration {
    version: 14,
    description: "queue vacuum",
    sql: include_str!("../migrations/0014_queue_vacuum.sql"),
    grants: &[],
};
/// Sagas in the queue.
const SAGA: SharedMigration = SharedMigration {
    version: 11,
    description: "saga",
    sql: include_str!("../migrations/0011_saga.sql"),
    grants: &[],
};

/// The tables of a service: its own with what its statements need of them, and those that the ledger keeps in its schema.
/// `refers_to_customers` says whether it keeps rows about customers of profile.
pub fn migrations(own: Migrator, grants: &'static [Grant], refers_to_customers: bool) -> Migrations {
    let shared: &[SharedMigration] = if refers_to_customers {
        &[
            MESSAGING,
            REFERENCE,
            NAMES,
            EDIT,
            QUEUE,
            DELETING,
            SAGA,
            OPERATION,
            OPERATION_WORKER,
            QUEUE_VACUUM,
            OPERATION_ACTION,
        ]
    } else {
        &[MESSAGING, NAMES, EDIT, QUEUE, SAGA, OPERATION, OPERATION_WORKER, QUEUE_VACUUM, OPERATION_ACTION]
    };
    Migrations { shared, own, grants }
}
