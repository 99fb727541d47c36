//! How resources begin together with the customer whose they are.

use super::{Resource, conclude::created};
use crate::{Ledger, reference};
use patron_chassis::{pg::Transaction, status::Problem};
use patron_proto::event::v1::{ChangeContext, event::Snapshot};
use patron_values::id::CustomerId;
use std::{
    collections::HashSet,
    ops::{Deref, DerefMut},
};

/// A transaction that has locked customers who are being created: only now may rows about them be written.
#[derive(Debug)]
pub struct Pending<'a> {
    ledger: &'a Ledger,
    context: &'a ChangeContext,
    transaction: Transaction,
    customers: HashSet<CustomerId>,
}

impl<'a> Pending<'a> {
    pub(crate) async fn open(
        ledger: &'a Ledger,
        context: &'a ChangeContext,
        customers: &[(CustomerId, usize)],
    ) -> Result<Option<Self>, Problem> {
        let mut transaction = ledger.database().begin().await?;
        let customers = reference::begin(&mut transaction, customers).await?.map_err(Problem::from)?;
        let opened = Self { ledger, context, transaction, customers };
        Ok((!opened.customers.is_empty()).then_some(opened))
    }

    /// Whether this transaction creates the resources of a customer; an earlier try did it for the others.
    pub fn includes(&self, customer: CustomerId) -> bool {
        self.customers.contains(&customer)
    }

    /// Writes the events of resources that are stored, to go out once their customers are visible, and commits. Each set is all that
    /// its customer has, with what subscribers keep of it.
    pub async fn conclude<R: Resource>(mut self, sets: &[(Vec<R>, Snapshot)]) -> Result<(), Problem> {
        let events = sets.iter().flat_map(|(resources, snapshot)| created(resources, Some(snapshot)));
        let (outbox, now) = (self.ledger.outbox(), self.ledger.now());
        outbox.stage(&mut self.transaction, self.context, now, events.collect()).await?;
        Ok(self.transaction.commit().await?)
    }
}

impl Deref for Pending<'_> {
    type Target = Transaction;

    fn deref(&self) -> &Transaction {
        &self.transaction
    }
}

impl DerefMut for Pending<'_> {
    fn deref_mut(&mut self) -> &mut Transaction {
        &mut self.transaction
    }
}
