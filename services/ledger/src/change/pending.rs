//! Resources that are created together with their customer.

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
    transaction: Transaction,
    customers: HashSet<CustomerId>,
}

impl<'a> Pending<'a> {
    pub(crate) async fn open(
        ledger: &'a Ledger,
        customers: &[(CustomerId, usize)],
    ) -> Result<Option<Self>, Problem> {
        let mut transaction = ledger.database().begin().await?;
        let customers =
            reference::insert_pending(&mut transaction, customers).await?.map_err(Problem::from)?;
        let opened = Self { ledger, transaction, customers };
        Ok((!opened.customers.is_empty()).then_some(opened))
    }

    /// Whether this transaction creates the resources of a customer; an earlier try did it for the others.
    pub fn includes(&self, customer: CustomerId) -> bool {
        self.customers.contains(&customer)
    }

    /// Writes the events of resources that are stored, to go out once their customers are visible, and commits.
    pub async fn conclude<R: Resource>(mut self, sets: &[InitialResources<'_, R>]) -> Result<(), Problem> {
        let (outbox, now) = (self.ledger.outbox(), self.ledger.now());
        for alike in sets.chunk_by(|one, next| one.context == next.context) {
            let events = alike.iter().flat_map(|set| created(&set.resources, Some(&set.snapshot)));
            outbox.stage(&mut self.transaction, alike[0].context, now, events.collect()).await?;
        }
        Ok(self.transaction.commit().await?)
    }
}

/// All resources with which a customer begins.
#[derive(Debug)]
pub struct InitialResources<'c, R> {
    /// The resources.
    pub resources: Vec<R>,
    /// What subscribers keep of them.
    pub snapshot: Snapshot,
    /// By whom, and in which request, the customer is created.
    pub context: &'c ChangeContext,
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
