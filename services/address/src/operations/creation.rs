use super::Addresses;
use crate::{
    address::{self, Address, Content, Name},
    error::Error,
    store,
};
use patron_chassis::status::Problem;
use patron_ledger::{change, reference};
use patron_proto::event::v1::{ChangeContext, event::Snapshot};
use patron_values::id::CustomerId;

impl Addresses {
    /// Creates the addresses of customers that are not yet visible, once however often it is asked for: all or none.
    pub async fn create_pending(
        &self,
        customers: &[(CustomerId, Vec<(Name, Content)>)],
        context: &ChangeContext,
    ) -> Result<(), Error> {
        let mut transaction = self.ledger.database().begin().await?;
        let changes: Vec<_> = customers.iter().map(|(customer, all)| (*customer, all.len())).collect();
        let begun = reference::begin(&mut transaction, &changes).await?.map_err(Problem::from)?;
        let now = self.ledger.now();
        let (mut created, mut events) = (Vec::new(), Vec::new());
        for (_, contents) in customers.iter().filter(|(customer, _)| begun.contains(customer)) {
            let mut addresses: Vec<Address> =
                contents.iter().map(|(name, content)| Address::new(*name, content.clone(), now)).collect();
            address::settle_defaults(&mut addresses);
            let place = Snapshot::Addresses(address::main_place(&addresses).unwrap_or_default());
            events.extend(change::created(&addresses, Some(&place)));
            created.extend(addresses);
        }
        if created.is_empty() {
            return Ok(());
        }
        store::creation::insert_all(&mut transaction, &created).await?;
        self.ledger.outbox().stage(&mut transaction, context, now, events).await?;
        Ok(transaction.commit().await?)
    }
}
