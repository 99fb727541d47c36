//! Locks on customers whom a service need not see: those of whom events tell.

use super::customers_in;
use patron_chassis::pg::Transaction;
use patron_proto::event::v1::{Event, customer_reference::State};
use patron_values::id::CustomerId;
use std::ops::{Deref, DerefMut};

/// Customers who were deleted or given up, locked, so that what a service keeps of them may go.
#[derive(Debug)]
pub struct Ended<'t> {
    pub(super) transaction: &'t mut Transaction,
    pub(super) customers: Vec<CustomerId>,
}

impl Ended<'_> {
    /// Who they are.
    pub fn customers(&self) -> &[CustomerId] {
        &self.customers
    }
}

impl Deref for Ended<'_> {
    type Target = Transaction;

    fn deref(&self) -> &Transaction {
        self.transaction
    }
}

impl DerefMut for Ended<'_> {
    fn deref_mut(&mut self) -> &mut Transaction {
        self.transaction
    }
}

/// Locks the customers that these events say were deleted or given up. A consumer removes its rows about them before [`apply`](super::apply).
pub async fn lock_ended<'t>(
    transaction: &'t mut Transaction,
    events: &[Event],
) -> Result<Ended<'t>, sqlx::Error> {
    let customers = customers_in(events, State::Deleted);
    if !customers.is_empty() {
        lock_known(transaction, &customers).await?;
    }
    Ok(Ended { transaction, customers })
}

/// Locks customers until the transaction ends, whether they are visible or not. Who is not known here is passed over.
pub async fn lock_known(transaction: &mut Transaction, customers: &[CustomerId]) -> Result<(), sqlx::Error> {
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query(
        "select from customer_ref where customer_id = any($1)
         -- in one order for all, so that two transactions cannot wait for each other
         order by customer_id for update",
    );
    statement.bind(customers).execute(transaction).await.map(drop)
}
