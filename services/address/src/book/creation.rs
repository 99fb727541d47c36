use super::{AddressBook, Change, event};
use crate::{
    address::{self, Address, Content, Name},
    error::Error,
    store,
};
use patron_chassis::status::Problem;
use patron_ledger::reference;
use patron_proto::event::v1::ChangeContext;
use patron_values::id::CustomerId;

impl AddressBook {
    /// Creates the addresses of customers that are not yet visible, once however often it is asked for: all or none.
    pub async fn create_pending(
        &self,
        customers: &[(CustomerId, Vec<(Name, Content)>)],
        context: &ChangeContext,
    ) -> Result<(), Error> {
        let mut transaction = self.database.begin().await?;
        let changes: Vec<_> = customers.iter().map(|(customer, all)| (*customer, all.len())).collect();
        let begun = reference::begin(&mut transaction, &changes).await?.map_err(Problem::from)?;
        let now = self.clock.now();
        let (mut created, mut events) = (Vec::new(), Vec::new());
        for (_, contents) in customers.iter().filter(|(customer, _)| begun.contains(customer)) {
            let mut addresses: Vec<Address> =
                contents.iter().map(|(name, content)| Address::new(*name, content.clone(), now)).collect();
            address::settle_defaults(&mut addresses);
            let place = address::main_place(&addresses).unwrap_or_default();
            let told = (reference::FIRST..).zip(&addresses);
            events.extend(told.map(|(version, address)| event(Change::Created(address), version, &place)));
            created.extend(addresses);
        }
        if created.is_empty() {
            return Ok(());
        }
        store::creation::insert_all(&mut transaction, &created).await?;
        self.outbox.stage(&mut transaction, context, now, events).await?;
        Ok(transaction.commit().await?)
    }
}
